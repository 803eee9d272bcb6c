from odoo import fields, models
from odoo.exceptions import UserError


class MedicalConsultationAmend(models.TransientModel):
    """Asks why a signed visit is to be opened again."""

    _name = "medical.consultation.amend"
    _description = "Amend a Consultation"

    consultation_ids = fields.Many2many(
        comodel_name="medical.consultation",
        string="Visits",
        required=True,
    )
    reason = fields.Text(required=True)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Open the visits again.

        :raise AccessError: for a visit of another practitioner
        :raise UserError: when one is not signed, or without a reason
        """
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Say why the visit is opened again."))
        self.consultation_ids._check_can_amend()
        self.consultation_ids._action_amend(self.reason)
        return {"type": "ir.actions.act_window_close"}
