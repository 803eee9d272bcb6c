import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CharField } from "@web/views/fields/char/char_field";
import {
    buildM2OFieldDescription,
    Many2OneField,
} from "@web/views/fields/many2one/many2one_field";

/**
 * What a line is about, in one column: a product, or the words that stand for one when
 * a drug is only prescribed and the clinic does not keep it.
 */
export class LineProductField extends Component {
    static template = "medical_records.LineProductField";
    static components = { CharField, Many2OneField };
    static props = { ...Many2OneField.props };

    get isInWords() {
        const { dispensing, name } = this.props.record.data;
        const isPrescription = dispensing === "external";
        const hasProduct = this.props.record.data[this.props.name];
        return !hasProduct && (isPrescription || (this.props.readonly && name));
    }

    get wordsProps() {
        return {
            id: this.props.id,
            name: "name",
            placeholder: _t("Drug, form and strength"),
            readonly: this.props.readonly,
            record: this.props.record,
        };
    }
}

registry.category("fields").add("medical_line_product", {
    ...buildM2OFieldDescription(LineProductField),
    displayName: _t("Product or Words"),
    fieldDependencies: [
        { name: "name", type: "char" },
        { name: "dispensing", type: "selection" },
    ],
});
