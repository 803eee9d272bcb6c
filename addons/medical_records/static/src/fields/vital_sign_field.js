import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { FloatField, floatField } from "@web/views/fields/float/float_field";
import { parseInteger } from "@web/views/fields/parsers";

/**
 * A number that nobody alive has as zero: zero says that it was not taken, and shows as
 * an empty field. What was measured last may stand there as a hint; it is not copied.
 */
export class VitalSignField extends FloatField {
    static template = "medical_records.VitalSignField";
    static props = { ...FloatField.props, lastField: { type: String, optional: true } };
    static defaultProps = { ...FloatField.defaultProps, trailingZeros: false };

    get isInteger() {
        return this.props.record.fields[this.props.name].type === "integer";
    }

    /** @override */
    parse(value) {
        if (!value.trim()) {
            return 0;
        }
        return this.isInteger
            ? parseInteger(value, { allowOperation: true })
            : super.parse(value);
    }

    /** @override */
    get formattedValue() {
        return this.format(this.value);
    }

    get placeholder() {
        const last = this.format(this.props.record.data[this.props.lastField]);
        return last && _t("last %s", last);
    }

    format(value) {
        if (!value) {
            return "";
        }
        const field = this.props.record.fields[this.props.name];
        return formatFloat(value, {
            field,
            digits: this.isInteger ? [0, 0] : undefined,
            trailingZeros: false,
        });
    }
}

registry.category("fields").add("medical_vital_sign", {
    ...floatField,
    component: VitalSignField,
    displayName: _t("Vital Sign"),
    supportedOptions: [
        {
            label: _t("Field with the last value"),
            name: "last_field",
            type: "field",
            availableTypes: ["float", "integer"],
        },
    ],
    supportedTypes: ["float", "integer"],
    isEmpty: (record, fieldName) => !record.data[fieldName],
    extractProps: ({ options }) => ({ lastField: options.last_field }),
});
