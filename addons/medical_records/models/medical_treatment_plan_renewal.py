from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class MedicalTreatmentPlan(models.Model):
    """How a plan goes on: another one like it, which knows what it renews."""

    _inherit = "medical.treatment.plan"

    renewed_plan_id = fields.Many2one(
        comodel_name="medical.treatment.plan",
        string="Renews",
        ondelete="restrict",
        index="btree_not_null",
        readonly=True,
        copy=False,
        check_company=True,
    )
    renewal_ids = fields.One2many(
        comodel_name="medical.treatment.plan",
        inverse_name="renewed_plan_id",
        string="Renewed By",
        readonly=True,
    )
    renewal_count = fields.Integer(compute="_compute_renewal_count")

    # === COMPUTE METHODS === #

    @api.depends("renewal_ids")
    def _compute_renewal_count(self):
        for plan in self:
            plan.renewal_count = len(plan.renewal_ids)

    # === ACTION METHODS === #

    def action_renew(self):
        """Make a draft that goes on with this plan, and open it.

        :raise AccessError: for users who are not medics
        :raise UserError: when the plan was never accepted
        """
        self._check_medic()
        self.ensure_one()
        if not self.date_accepted:
            raise UserError(
                self.env._(
                    "%(plan)s was never accepted: revise it instead.", plan=self.name
                )
            )
        renewal = self.copy()
        # In sudo mode: the field is closed to direct writes.
        renewal.sudo().renewed_plan_id = self
        # That was decided on.
        self._remove_reminders()
        return renewal._get_records_action()

    def action_view_renewals(self):
        """Show the plans that go on with these."""
        self.check_access("read")
        return self.renewal_ids._get_records_action(name=self.env._("Renewals"))

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.guarded
        return super()._get_fields_set_by_actions() | {
            "renewed_plan_id",
            "renewal_ids",
        }

    @api.model
    def _get_to_remind_domain(self):
        # EXTENDS: of what goes on already nobody is reminded.
        return super()._get_to_remind_domain() & Domain("renewal_ids", "=", False)
