from odoo import api, fields, models

from .medical_consultation import CLINICAL


class MedicalConsultation(models.Model):
    _inherit = "medical.consultation"

    has_limited_lines = fields.Boolean(
        compute="_compute_has_limited_lines",
        groups=CLINICAL,
        help="Some goods are included up to a quantity: the lines say so.",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.included_note")
    def _compute_has_limited_lines(self):
        for visit in self:
            visit.has_limited_lines = any(visit.line_ids.mapped("included_note"))
