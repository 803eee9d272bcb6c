import { choose, waitForState } from "./steps";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const LINES = ".o_field_widget[name=line_ids]";
const ROW = `${LINES} .o_data_row:contains(Vaccine)`;

registry.category("web_tour.tours").add("medical_lot_corrected", {
    steps: () => [
        {
            content: "The lot that expires first is proposed",
            trigger: `${ROW} .o_data_cell[name=lot_id]:contains(SOON)`,
        },
        {
            content: "Three were used",
            trigger: `${ROW} .o_data_cell[name=quantity]`,
            run: "click",
        },
        {
            content: "Type how many",
            trigger: `${LINES} .o_selected_row .o_field_widget[name=quantity] input`,
            run: "edit 3",
        },
        ...choose(`${LINES} .o_selected_row .o_field_widget[name=lot_id]`, "LATE"),
        ...stepUtils.saveForm(),
        {
            content: "It is the lot that will be taken",
            trigger: `${ROW} .o_data_cell[name=lot_id]:contains(LATE)`,
        },
        {
            content: "Sign it",
            trigger: "button[name=action_sign]:enabled",
            run: "click",
        },
        waitForState("signed"),
        {
            content: "The record says which lot was used",
            trigger: `${ROW}:contains(Done) .o_data_cell[name=lot_id]:contains(LATE)`,
        },
    ],
});
