from odoo import api, models


class MedicalConsultationLine(models.Model):
    """What of a line makes sense in another visit, too."""

    _inherit = "medical.consultation.line"

    # === BUSINESS METHODS === #

    @api.model
    def _get_repeated_fields(self):
        """Return the names of the fields that a repeated line or a template copies.

        Nothing of what was done, and nothing that came from elsewhere: no component,
        no plan, no device identifier.

        :rtype: list[str]
        """
        return [
            "sequence",
            "product_id",
            "kind",
            "name",
            "quantity",
            "product_uom_id",
            "dosage",
            "dispensing",
            "note",
        ]

    def _filter_repeated(self):
        """Return the lines that make sense in another visit."""
        return self.filtered_domain(
            self.env["medical.consultation"]._get_repeated_lines_domain()
        )

    def _prepare_repeated_vals_list(self):
        """Return the values of lines like these in another visit.

        :rtype: list[dict]
        """
        names = self._get_repeated_fields()
        return [
            line._convert_to_write({name: line[name] for name in names})
            for line in self
        ]
