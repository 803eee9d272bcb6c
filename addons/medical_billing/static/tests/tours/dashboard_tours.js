import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

tours.add("medical_dashboard", {
    steps: () => [
        ...stepUtils.goToAppSteps("medical_records.menu_clinic_root", "Open the clinic"),
        {
            content: "Open Billing",
            trigger: `.o_menu_sections [data-menu-xmlid="medical_billing.menu_billing"]`,
            run: "click",
        },
        {
            content: "Open the dashboard",
            trigger: `.o-dropdown--menu [data-menu-xmlid="medical_billing.menu_dashboard"]`,
            run: "click",
        },
        {
            content: "It says what was invoiced this month",
            trigger: ".o_medical_dashboard [data-tile=invoiced]:contains(120)",
        },
        {
            content: "And what waits, with its amount; open that",
            trigger:
                ".o_medical_dashboard [data-name=waiting] tr[data-reason=to_bill]:contains(50) a",
            run: "click",
        },
        {
            content: "The list has what waits, and nothing else",
            trigger: ".o_list_view .o_data_row:contains(Visit):not(:contains(Suture))",
        },
        {
            content: "Go back",
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "Open what a practitioner earned",
            trigger: ".o_medical_dashboard [data-name=practitioner_id] a:contains(Medic)",
            run: "click",
        },
        {
            content: "The revenue is that of the practitioner",
            trigger: ".o_pivot_view, .o_pivot",
        },
        {
            content: "Only that",
            trigger: ".o_searchview_facet:contains(Practitioner)",
        },
    ],
});
