from odoo import api, fields, models


class MedicalTreatmentPlanClose(models.TransientModel):
    """Says what becomes of the money, before a plan paid in advance is closed."""

    _inherit = "medical.treatment.plan.close"

    is_paid_in_advance = fields.Boolean(
        compute="_compute_is_paid_in_advance",
        # Reception closes offers, and does not see how they are billed.
        compute_sudo=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("plan_ids.billing_mode", "plan_ids.date_accepted")
    def _compute_is_paid_in_advance(self):
        for dialog in self:
            dialog.is_paid_in_advance = any(
                plan.date_accepted and plan.billing_mode != "session"
                for plan in dialog.plan_ids
            )
