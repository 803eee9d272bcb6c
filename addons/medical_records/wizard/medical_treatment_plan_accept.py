from odoo import api, fields, models


class MedicalTreatmentPlanAccept(models.TransientModel):
    """Asks who accepts an offer, before what cannot be taken back is recorded."""

    _name = "medical.treatment.plan.accept"
    _description = "Accept Treatment Plans"

    plan_ids = fields.Many2many(
        comodel_name="medical.treatment.plan",
        string="Plans",
        required=True,
    )
    plan_count = fields.Integer(string="Number of Plans", compute="_compute_plan_count")
    accepted_by = fields.Char(
        compute="_compute_accepted_by",
        # With the rights of who asks: it is the name of a patient.
        compute_sudo=False,
        store=True,
        readonly=False,
        help="The name of who accepts: the patient, a parent, a guardian. Of several "
        "plans each is accepted in the name of its patient.",
    )

    # === COMPUTE METHODS === #

    @api.depends("plan_ids")
    def _compute_plan_count(self):
        for dialog in self:
            dialog.plan_count = len(dialog.plan_ids)

    @api.depends("plan_ids")
    def _compute_accepted_by(self):
        for dialog in self:
            plans = dialog.plan_ids
            plans._origin.check_access("read")
            dialog.accepted_by = len(plans) == 1 and plans.patient_id.name

    # === ACTION METHODS === #

    def action_confirm(self):
        """Record that the plans are accepted.

        :raise UserError: see :meth:`action_accept` of the plans
        """
        self.ensure_one()
        self.plan_ids.check_access("write")
        name = (self.accepted_by or "").strip() if len(self.plan_ids) == 1 else False
        self.plan_ids._action_accept(name)
        return {"type": "ir.actions.act_window_close"}
