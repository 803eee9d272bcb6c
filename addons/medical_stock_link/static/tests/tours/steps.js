import { stepUtils } from "@web_tour/tour_utils";

/** Open a menu of the Clinic app, as a hand would. */
export function openMenu(section, menu, title) {
    return [
        ...stepUtils.goToAppSteps("medical_records.menu_clinic_root", "Open the clinic"),
        {
            content: "Open the section of the menu",
            trigger: `.o_menu_sections [data-menu-xmlid="${section}"]`,
            run: "click",
        },
        {
            content: "Open the menu",
            trigger: `.o-dropdown--menu [data-menu-xmlid="${menu}"]`,
            run: "click",
        },
        {
            content: `${title} has come up`,
            trigger: `.o_control_panel .o_last_breadcrumb_item:contains(${title})`,
        },
    ];
}

/** Type into a many2one field and take what it offers. */
export function choose(field, words, name = words) {
    return [
        {
            content: `Type ${words}`,
            trigger: `${field} input`,
            run: `edit ${words}`,
        },
        {
            // Before the words count, all that there is is offered: wait for the one.
            content: `Choose ${name}`,
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):count(1):contains("${name}")`,
            run: "click",
        },
    ];
}

/** Add a row to a list in the form. */
export function addRow(list) {
    return [
        {
            content: `Add a row to ${list}`,
            trigger: `.o_field_widget[name=${list}] .o_field_x2many_list_row_add a`,
            run: "click",
        },
        {
            content: "The row can be typed into",
            trigger: `.o_field_widget[name=${list}] .o_selected_row`,
        },
    ];
}

/** Wait until a document says that it is in a state. */
export function waitForState(state) {
    return {
        content: `It is ${state}`,
        trigger: `.o_statusbar_status .o_arrow_button_current[data-value=${state}]`,
    };
}
