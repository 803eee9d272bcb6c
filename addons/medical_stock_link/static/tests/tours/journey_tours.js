import { addRow, choose, openMenu, waitForState } from "./steps";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

tours.add("medical_journey_medic", {
    steps: () => [
        ...openMenu(
            "medical_records.menu_visits",
            "medical_records.menu_visits_all",
            "Visits"
        ),
        {
            content: "Record a new visit",
            trigger: ".o_list_button_add",
            run: "click",
        },
        ...choose(".o_field_widget[name=patient_id]", "Mia Sanders"),
        ...choose(".o_field_widget[name=visit_type_id]", "First contact"),
        {
            content: "Say why the patient came",
            trigger: ".o_field_widget[name=reason] input",
            run: "edit A splinter",
        },
        ...addRow("diagnosis_ids"),
        ...choose(
            ".o_field_widget[name=diagnosis_ids] .o_field_widget[name=code_id]",
            "W45"
        ),
        ...addRow("line_ids"),
        ...choose(
            ".o_field_widget[name=line_ids] .o_field_widget[name=product_id]",
            "Removal",
            "Removal of a splinter"
        ),
        {
            content: "Two of them",
            trigger:
                ".o_field_widget[name=line_ids] .o_selected_row .o_field_widget[name=quantity] input",
            run: "edit 2",
        },
        ...stepUtils.saveForm(),
        {
            content: "The fee and the components have come by themselves",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:count(4)",
        },
        {
            content: "The visit begins",
            trigger: "button[name=action_start]:enabled",
            run: "click",
        },
        waitForState("in_progress"),
        {
            content: "Sign it",
            trigger: "button[name=action_sign]:enabled",
            run: "click",
        },
        waitForState("signed"),
        {
            content: "Everything is done",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row:contains(Done):count(4)",
        },
    ],
});

const ITEMS_OF_VISIT = ".o_data_row:contains(Mia Sanders)";

tours.add("medical_journey_biller", {
    steps: () => [
        ...openMenu(
            "medical_billing.menu_billing",
            "medical_billing.menu_billable_items",
            "Items to Bill"
        ),
        {
            content: "What waits to be billed of this visit, and of another one",
            trigger: `.o_list_view:has(${ITEMS_OF_VISIT}:count(3)) .o_data_row:count(4)`,
        },
        ...[0, 1, 2].map((row) => ({
            content: `Select item ${row + 1} of the visit`,
            trigger: `${ITEMS_OF_VISIT}:eq(${row}) .o_list_record_selector input`,
            run: "click",
        })),
        {
            content: "Press the button",
            trigger: "button[name=action_build]:contains(Build Receipt)",
            run: "click",
        },
        {
            content: "The preview says who pays how much",
            trigger:
                ".modal .o_field_widget[name=preview] tbody tr:count(1):contains(Mia Sanders):contains(308.00)",
        },
        {
            content: "The patient pays a part of it",
            trigger: ".modal .o_field_widget[name=amount_given] input",
            run: "edit 200.00 && press Tab",
        },
        {
            content: "The rest stays open",
            trigger: ".modal .o_field_widget[name=amount_open]:contains(108.00)",
        },
        {
            content: "Build it",
            trigger: ".modal button[name=action_build]:contains(Receipt)",
            run: "click",
        },
        waitForState("posted"),
        {
            content: "The receipt says what is still open",
            trigger: ".o_form_view .o_field_widget[name=amount_residual]:contains(108.00)",
        },
    ],
});
