const CLINIC = "medical_records.menu_clinic_root";
// A list without records may show a sample of what could be there.
const ROW =
    ".o_list_view:not(:has(.o_view_sample_data)) .o_data_row .o_data_cell:not(:has(button, input))";

const DIALOG = ".o_dialog .modal";

/** Wait for something on the screen, or for the dialog that says what went wrong. */
async function until(what, condition) {
    for (let attempt = 0; attempt < 400; attempt++) {
        const dialog = document.querySelector(".o_error_dialog");
        if (dialog) {
            throw new Error(`${what}: ${dialog.innerText}`);
        }
        if (condition()) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${what}: nothing has come up`);
}

/** Do what brings up another screen, or a row to type into, and wait for that. */
async function openScreen(env, what, deed) {
    let isUp = false;
    env.bus.addEventListener("ACTION_MANAGER:UI-UPDATED", () => (isUp = true), {
        once: true,
    });
    deed();
    await until(what, () => isUp || document.querySelector(".o_selected_row"));
}

function withActions(menu) {
    const below = menu.childrenTree.flatMap(withActions);
    return menu.actionID ? [menu, ...below] : below;
}

/** Open every menu of the Clinic app, and the first record of every list. */
export async function openEveryMenu() {
    const { env } = odoo.__WOWL_DEBUG__.root;
    const { menu: menus } = env.services;
    const app = menus.getApps().find((candidate) => candidate.xmlid === CLINIC);
    await until("the web client", () => document.querySelector(".o_action_manager > *"));
    for (const menu of withActions(menus.getMenuAsTree(app.id))) {
        console.log(`Opening ${menu.xmlid}`);
        await openScreen(env, menu.xmlid, () => menus.selectMenu(menu));
        if (document.querySelector(DIALOG)) {
            // The list that it came up over is not this menu's.
            document.querySelector(`${DIALOG} .btn-close`).click();
            await until("the list again", () => !document.querySelector(DIALOG));
            continue;
        }
        const row = document.querySelector(ROW);
        if (row) {
            console.log("Opening its first record");
            await openScreen(env, `a record of ${menu.xmlid}`, () => row.click());
        }
    }
}
