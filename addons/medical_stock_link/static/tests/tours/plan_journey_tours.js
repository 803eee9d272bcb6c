import { addRow, choose, waitForState } from "./steps";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

function press(what, button) {
    return { content: what, trigger: button, run: "click" };
}

/** Build what is due of a plan, from its form, and post the document. */
function buildAndPost(total) {
    return [
        press("Bill what is due", ".o_form_view button[name=action_build]:enabled"),
        {
            content: "The preview says how much it is",
            trigger: `.modal .o_field_widget[name=preview] tbody tr:count(1):contains(${total})`,
        },
        press("Build it", ".modal button[name=action_build]:contains(Draft):visible"),
        press("Post it", "button[name=action_post]:enabled:visible"),
        waitForState("posted"),
    ];
}

tours.add("medical_plan_propose", {
    steps: () => [
        press("Make a new plan", ".o_list_button_add"),
        ...choose(".o_field_widget[name=patient_id]", "Ada Patient"),
        ...addRow("line_ids"),
        ...choose(
            ".o_field_widget[name=line_ids] .o_field_widget[name=product_id]",
            "Suture"
        ),
        {
            content: "Three sessions",
            trigger:
                ".o_field_widget[name=line_ids] .o_selected_row .o_field_widget[name=sessions] input",
            run: "edit 3",
        },
        press("See how it is billed", ".o_notebook_headers a[name=terms]"),
        press(
            "By installments",
            ".o_field_widget[name=billing_mode] input[data-value=installments]"
        ),
        ...stepUtils.saveForm(),
        press("Choose them", "button[name=action_change_billing]:contains(Set)"),
        {
            content: "Three are proposed, of a third each",
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains(120.00):count(3)",
        },
        press("Take them", ".modal button[name=action_confirm]"),
        {
            content: "They are on the plan",
            trigger: ".o_field_widget[name=installment_ids] .o_data_row:count(3)",
        },
        press("Propose it", "button[name=action_propose]:enabled"),
        waitForState("proposed"),
    ],
});

tours.add("medical_plan_pay", {
    steps: () => [
        press("Post the installment", "button[name=action_post]:enabled:visible"),
        waitForState("posted"),
        press("Take the money", "button[name=action_register_payment]:visible"),
        press("It is paid", ".modal button[name=action_create_payments]"),
        {
            content: "The document says so",
            trigger: ".o_widget_web_ribbon .ribbon:visible",
        },
    ],
});

tours.add("medical_plan_session", {
    steps: () => [
        press("Take up the plan", "button[name=action_add_plan_sessions]:enabled"),
        {
            content: "Its next session is there",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Suture)",
        },
        press("The visit begins", "button[name=action_start]:enabled"),
        waitForState("in_progress"),
        press("Sign it", "button[name=action_sign]:enabled"),
        waitForState("signed"),
    ],
});

tours.add("medical_plan_bill_sessions", { steps: () => buildAndPost("0.00") });

tours.add("medical_plan_close", {
    steps: () => [
        press("Close it early", "button[name=action_close]:contains(Close):enabled"),
        press("The patient wants no more", ".modal input[data-value=patient]"),
        press("Close it", ".modal button[name=action_confirm]"),
        waitForState("closed"),
    ],
});

tours.add("medical_plan_refund", { steps: () => buildAndPost("120.00") });
