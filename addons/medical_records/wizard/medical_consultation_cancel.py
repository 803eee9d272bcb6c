from odoo import fields, models
from odoo.exceptions import UserError

from ..models.medical_consultation_signing import CANCEL_REASONS


class MedicalConsultationCancel(models.TransientModel):
    """Asks why visits do not take place."""

    _name = "medical.consultation.cancel"
    _description = "Cancel Consultations"

    consultation_ids = fields.Many2many(
        comodel_name="medical.consultation",
        string="Visits",
        required=True,
    )
    reason = fields.Selection(selection=CANCEL_REASONS, required=True)
    note = fields.Char(
        help="Everybody at reception reads this: nothing of the patient's health.",
    )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Cancel the visits.

        :raise UserError: when another reason is not said, when something was already
            done, or when a visit is closed
        """
        self.ensure_one()
        if self.reason == "other" and not (self.note or "").strip():
            raise UserError(self.env._("Say in a few words why."))
        self.consultation_ids._action_cancel(self.reason, self.note)
        return {"type": "ir.actions.act_window_close"}
