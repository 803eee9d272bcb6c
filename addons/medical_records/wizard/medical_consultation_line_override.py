from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalConsultationLineOverride(models.TransientModel):
    """Asks a medic why a drug is given in spite of an allergy."""

    _name = "medical.consultation.line.override"
    _description = "Give a Drug in Spite of an Allergy"

    line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Drug",
        required=True,
        ondelete="cascade",
    )
    allergy_alert = fields.Char(compute="_compute_allergy_alert")
    reason = fields.Char(required=True)

    # === COMPUTE METHODS === #

    @api.depends("line_id.allergy_alert")
    def _compute_allergy_alert(self):
        for override in self:
            # Not by a related field: it would show a line of another company.
            override.line_id._origin.check_access("read")
            override.allergy_alert = override.line_id.allergy_alert

    # === ACTION METHODS === #

    def action_confirm(self):
        """Record the decision on the line.

        :raise AccessError: for users who are not medics
        :raise UserError: without a reason, or when no alert stands any more
        """
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(
                self.env._("Say why the drug is given in spite of the allergy.")
            )
        self.line_id._check_can_override()
        self.line_id._action_override_allergy(reason)
        return {"type": "ir.actions.act_window_close"}
