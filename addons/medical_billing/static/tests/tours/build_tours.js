import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

function openItemsToBill() {
    return [
        ...stepUtils.goToAppSteps("medical_records.menu_clinic_root", "Open the clinic"),
        {
            content: "Open Billing",
            trigger: `.o_menu_sections [data-menu-xmlid="medical_billing.menu_billing"]`,
            run: "click",
        },
        {
            content: "Open the items to bill",
            trigger: `.o-dropdown--menu [data-menu-xmlid="medical_billing.menu_billable_items"]`,
            run: "click",
        },
        {
            content: "The items have come up",
            trigger: ".o_control_panel .o_last_breadcrumb_item:contains(Items to Bill)",
        },
    ];
}

function selectItem(name) {
    return {
        content: `Select ${name}`,
        trigger: `.o_data_row:contains(Ada Patient):contains(${name}) .o_list_record_selector input`,
        run: "click",
    };
}

const DIALOG = ".modal .o_form_view";

tours.add("medical_build_invoice_of_selection", {
    steps: () => [
        ...openItemsToBill(),
        selectItem("Tablet"),
        selectItem("Suture"),
        {
            content: "Press the button",
            trigger: "button[name=action_build]:contains(Build Invoice)",
            run: "click",
        },
        {
            content: "One document is shown before it is made",
            trigger: `${DIALOG} [name=preview] tbody tr:count(1):contains(Ada Patient):contains(126.00)`,
        },
        {
            content: "One for each item",
            trigger: `${DIALOG} [name=grouping] input[data-value=item]`,
            run: "click",
        },
        {
            content: "Two documents come out, and the total stays",
            trigger: `${DIALOG} [name=preview]:has(tbody tr:count(2)) .o_medical_build_totals:contains(2):contains(126.00)`,
        },
        {
            content: "One for each patient again",
            trigger: `${DIALOG} [name=grouping] input[data-value=patient]`,
            run: "click",
        },
        {
            content: "One document",
            trigger: `${DIALOG} [name=preview] tbody tr:count(1)`,
        },
        {
            content: "Build it",
            trigger: ".modal button[name=action_build]:contains(Draft Invoices)",
            run: "click",
        },
        {
            content: "The draft is there",
            trigger: ".o_form_view .o_arrow_button_current[data-value=draft]",
        },
        {
            content: "With the lines of both",
            trigger: ".o_form_view [name=invoice_line_ids]:contains(Tablet):contains(Suture)",
        },
    ],
});

tours.add("medical_build_receipt_with_change", {
    steps: () => [
        ...openItemsToBill(),
        selectItem("Tablet"),
        selectItem("Suture"),
        {
            content: "Press the button",
            trigger: "button[name=action_build]:contains(Build Receipt)",
            run: "click",
        },
        {
            content: "The whole amount is proposed, in cash",
            trigger: `${DIALOG} [name=payment_ids] .o_data_row:count(1):contains(126.00)`,
        },
        {
            content: "The patient has a hundred only",
            trigger: `${DIALOG} [name=amount_given] input`,
            run: "edit 100 && press Tab",
        },
        {
            content: "The rest stays open",
            trigger: `${DIALOG} [name=amount_open]:contains(26.00)`,
        },
        {
            content: "He finds another fifty",
            trigger: `${DIALOG} [name=amount_given] input`,
            run: "edit 150 && press Tab",
        },
        {
            content: "What to give back",
            trigger: `${DIALOG} [name=amount_change]:contains(24.00)`,
        },
        {
            content: "But he pays only a part now",
            trigger: `${DIALOG} [name=payment_ids] .o_data_row [name=amount]`,
            run: "click",
        },
        {
            content: "So much of it",
            trigger: `${DIALOG} [name=payment_ids] .o_selected_row [name=amount] input`,
            run: "edit 120 && press Tab",
        },
        {
            content: "More to give back, and the rest stays open",
            trigger: `${DIALOG}:has([name=amount_change]:contains(30.00)) [name=amount_open]:contains(6.00)`,
        },
        {
            content: "Build it",
            trigger: ".modal button[name=action_build]:contains(Pay Receipts)",
            run: "click",
        },
        {
            content: "The receipt is posted",
            trigger: ".o_form_view .o_arrow_button_current[data-value=posted]",
        },
        {
            content: "And says what is still open",
            trigger: ".o_form_view [name=amount_residual]:contains(6.00)",
        },
    ],
});
