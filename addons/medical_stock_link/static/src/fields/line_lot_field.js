import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import {
    buildM2OFieldDescription,
    Many2OneField,
} from "@web/views/fields/many2one/many2one_field";

/**
 * The lot of a line, in one column: what was taken or is proposed, with its expiry;
 * and while the line is edited, the lot to take instead.
 */
export class LineLotField extends Component {
    static template = "medical_stock_link.LineLotField";
    static components = { Many2OneField };
    static props = { ...Many2OneField.props };

    get lots() {
        return this.props.record.data.lots_shown || "";
    }
}

registry.category("fields").add("medical_line_lot", {
    ...buildM2OFieldDescription(LineLotField),
    displayName: _t("Proposed or Chosen Lot"),
    fieldDependencies: [{ name: "lots_shown", type: "char" }],
});
