from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.medical_treatment_plan_closing import CLOSE_REASONS


class MedicalTreatmentPlanClose(models.TransientModel):
    """Asks why plans are refused or closed early, and what becomes of their visits."""

    _name = "medical.treatment.plan.close"
    _description = "Close Treatment Plans"

    plan_ids = fields.Many2many(
        comodel_name="medical.treatment.plan",
        string="Plans",
        required=True,
    )
    sessions_scheduled = fields.Integer(compute="_compute_sessions_scheduled")
    reason = fields.Selection(selection=CLOSE_REASONS, required=True)
    note = fields.Char(
        help="Everybody at reception reads this: nothing of the patient's health.",
    )
    scheduled = fields.Selection(
        selection=[
            ("cancel", "Cancel their visits"),
            ("keep", "Keep them, as visits without a plan"),
        ],
        string="Scheduled Sessions",
    )

    # === COMPUTE METHODS === #

    @api.depends("plan_ids.sessions_scheduled")
    def _compute_sessions_scheduled(self):
        for dialog in self:
            dialog.plan_ids._origin.check_access("read")
            dialog.sessions_scheduled = sum(
                dialog.plan_ids.mapped("sessions_scheduled")
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Refuse or close the plans.

        :raise UserError: when another reason is not said, or sessions are scheduled and
            nobody said what becomes of them
        """
        self.ensure_one()
        if self.reason == "other" and not (self.note or "").strip():
            raise UserError(self.env._("Say in a few words why."))
        self.plan_ids._action_close(self.reason, self.note, self.scheduled)
        return {"type": "ir.actions.act_window_close"}
