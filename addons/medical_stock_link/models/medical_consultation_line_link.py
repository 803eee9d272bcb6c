from odoo import api, models


class MedicalConsultationLine(models.Model):
    """What the links of transfers show of a visit."""

    _inherit = "medical.consultation.line"

    # === COMPUTE METHODS === #

    @api.depends("consultation_id.name")
    @api.depends_context("uid")
    def _compute_display_name(self):
        # Whoever reads a move gets the name behind its link, without any right to the
        # line. What a medic wrote there is not for them: they see the visit's number.
        if self.sudo(False).browse().has_access("read"):
            return super()._compute_display_name()
        for line in self:
            line.display_name = line.sudo().consultation_id.name
        return None
