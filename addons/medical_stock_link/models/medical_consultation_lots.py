from odoo import api, fields, models


class MedicalConsultation(models.Model):
    """Whether the lots of what is used need a column."""

    _inherit = "medical.consultation"

    has_lots = fields.Boolean(
        compute="_compute_has_lots",
        groups="medical_records.group_assistant",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.product_id", "line_ids.lots_taken")
    def _compute_has_lots(self):
        for visit in self:
            visit.has_lots = any(
                line.lots_taken or line.tracking in ("lot", "serial")
                for line in visit.line_ids
            )
