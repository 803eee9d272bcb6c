import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ViewButton } from "@web/views/view_button/view_button";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * Opens the graph of vital signs over the patient's visits. It is no stop for the Tab
 * key, which goes from one value to the next.
 */
export class VitalSignGraph extends Component {
    static template = "medical_records.VitalSignGraph";
    static components = { ViewButton };
    static props = {
        ...standardWidgetProps,
        signs: { type: Array, element: String },
        title: { type: String, optional: true },
    };

    get clickParams() {
        return {
            name: "action_view_vital_signs",
            type: "object",
            context: { vital_signs: this.props.signs },
        };
    }
}

registry.category("view_widgets").add("medical_vital_sign_graph", {
    component: VitalSignGraph,
    extractProps: ({ attrs }) => ({
        signs: attrs.signs.split(","),
        title: attrs.title,
    }),
    supportedAttributes: [
        { label: _t("Vital signs, with commas between"), name: "signs", type: "string" },
        { label: _t("Title"), name: "title", type: "string" },
    ],
});
