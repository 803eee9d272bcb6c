import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { ProgressBarField, progressBarField } from "@web/views/fields/progress_bar/progress_bar_field";

const OPEN_STATES = ["pending", "running"];
const SECONDS = 3;

/** A progress bar that looks again by itself while the job is at work. */
export class BuildProgressField extends ProgressBarField {
    setup() {
        super.setup();
        const timer = setInterval(() => this.look(), SECONDS * 1000);
        onWillUnmount(() => clearInterval(timer));
    }

    async look() {
        if (OPEN_STATES.includes(this.props.record.data.state)) {
            await this.props.record.load();
        }
    }
}

registry.category("fields").add("medical_build_progress", {
    ...progressBarField,
    component: BuildProgressField,
    fieldDependencies: [{ name: "state", type: "selection" }],
});
