import { registry } from "@web/core/registry";

const DIALOG = ".modal .o_form_view";
const ROWS = `${DIALOG} [name=medical_line_ids] .o_data_row`;

registry.category("web_tour.tours").add("medical_credit_note_with_question", {
    steps: () => [
        {
            content: "Open the dialog of credit notes",
            trigger: "button[name=action_reverse]:visible",
            run: "click",
        },
        {
            content: "All that was billed is in the question",
            trigger: `${DIALOG} [name=medical_line_ids]:contains(Tablet):contains(Suture)`,
        },
        {
            content: "Credit without an answer",
            trigger: ".modal button[name=refund_moves]",
            run: "click",
        },
        {
            content: "An answer is needed",
            trigger: `${DIALOG} .o_field_invalid[name=medical_outcome]`,
        },
        {
            content: "Bill all of it again",
            trigger: `${DIALOG} [name=medical_outcome] input[data-value=rebill]`,
            run: "click",
        },
        {
            content: "The rows say so",
            trigger: `${ROWS}:contains(Tablet):contains(Bill again)`,
        },
        {
            content: "Only a part of the tablets",
            trigger: `${ROWS}:contains(Tablet) td[name=quantity]`,
            run: "click",
        },
        {
            content: "Two of them",
            trigger: `${ROWS} td[name=quantity] input`,
            run: "edit 2",
        },
        {
            content: "Waive the suture",
            trigger: `${ROWS}:contains(Suture) td[name=outcome]`,
            run: "click",
        },
        {
            content: "In its own row",
            trigger: `${ROWS}:contains(Suture) td[name=outcome] input`,
            run: "click",
        },
        {
            content: "Choose it",
            trigger: ".o_select_menu_item:contains(Waive)",
            run: "click",
        },
        {
            content: "It is chosen, and the tablets stay as they are",
            trigger: `${DIALOG} [name=medical_line_ids]:has(.o_data_row:contains(Tablet):contains(Bill again))`,
        },
        {
            content: "Make the credit note",
            trigger: ".modal button[name=refund_moves]",
            run: "click",
        },
        {
            content: "The draft is there",
            trigger: ".o_form_view .o_arrow_button_current[data-value=draft]",
        },
        {
            content: "Confirm it",
            trigger: ".o_form_view button[name=action_post]:visible",
            run: "click",
        },
        {
            content: "It is posted",
            trigger: ".o_form_view .o_arrow_button_current[data-value=posted]",
        },
    ],
});
