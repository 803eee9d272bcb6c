import { openMenu, waitForState } from "./steps";
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("medical_visit_without_record", {
    steps: () => [
        {
            content: "The visit can be seen: who, when, with whom",
            trigger:
                ".o_form_view .o_field_widget[name=practitioner_id]:contains(Medic)",
        },
        waitForState("signed"),
        {
            content: "What it was about cannot",
            trigger:
                ".o_form_view:not(:has(.o_field_x2many)):not(:has([name=history])):not(:has([name=reason]))",
        },
        {
            content: "Nor what was done",
            trigger: ".o_form_view:not(:contains(splinter))",
        },
    ],
});

tours.add("medical_transfer_without_patient", {
    steps: () => [
        {
            content: "The goods that were used can be seen",
            trigger: ".o_form_view .o_data_row:contains(Sterile drape)",
        },
        waitForState("done"),
        {
            content: "The patient cannot",
            trigger: "body:not(:contains(Sanders))",
        },
        {
            content: "Nor the visit",
            trigger: ".o_form_view:not(:has([name=consultation_id]))",
        },
    ],
});

tours.add("medical_item_to_decide", {
    steps: () => [
        ...openMenu(
            "medical_billing.menu_billing",
            "medical_billing.menu_billable_items_trouble",
            "To Clear Up"
        ),
        {
            content: "Both items wait",
            trigger: ".o_data_row:contains(To Decide):count(2)",
        },
        {
            content: "Bill the act again",
            trigger: ".o_data_row:contains(Removal) button[name=action_bill_again]",
            run: "click",
        },
        {
            content: "It waits no longer",
            trigger: ".o_list_view:not(:contains(Removal))",
        },
        {
            content: "Give up the drug",
            trigger: ".o_data_row:contains(Anesthetic) button[name=action_waive]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Goodwill",
        },
        {
            content: "Waive it",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "Nothing is left to clear up",
            trigger: ".o_view_nocontent:contains(Nothing to clear up)",
        },
    ],
});
