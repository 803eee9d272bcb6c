from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_treatment_plan_sessions import AGREED


class MedicalConsultation(models.Model):
    """From a visit to the plans of its sessions, and on to their renewal."""

    _inherit = "medical.consultation"

    treatment_plan_count = fields.Integer(compute="_compute_treatment_plan_count")
    can_renew_plan = fields.Boolean(
        compute="_compute_can_renew_plan",
        groups="medical_records.group_medic",
        help="A plan of this visit ends with it, and nobody has renewed it.",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.plan_line_id")
    def _compute_treatment_plan_count(self):
        for visit in self:
            visit.treatment_plan_count = len(visit._get_plans())

    # What else it follows from lies in plans: looked up where it is shown, and not
    # followed up with each session.
    @api.depends("state", "line_ids.plan_line_id", "line_ids.state")
    def _compute_can_renew_plan(self):
        for visit in self:
            visit.can_renew_plan = bool(visit._get_plans_to_renew())

    # === ACTION METHODS === #

    def action_view_treatment_plans(self):
        """Show the plans of which these visits have sessions."""
        self.check_access("read")
        plans = self._get_plans()
        plans.check_access("read")
        return plans._get_records_action(name=self.env._("Treatment Plans"))

    def action_renew_plan(self):
        """Renew the plan that ends with this visit; where several do, show them.

        :raise AccessError: for users who are not medics
        :raise UserError: when no plan of the visit is to be renewed
        """
        self.ensure_one()
        self.env["medical.treatment.plan"]._check_medic()
        self.check_access("read")
        plans = self._get_plans_to_renew()
        if not plans:
            raise UserError(
                self.env._(
                    "No plan ends with %(visit)s, or somebody has renewed it by now.",
                    visit=self.name,
                )
            )
        if len(plans) > 1:
            return plans._get_records_action(name=self.env._("Plans to Renew"))
        return plans.action_renew()

    # === BUSINESS METHODS === #

    def _get_plans(self):
        """Return the plans of which these visits have sessions, also cancelled ones.

        :rtype: medical.treatment.plan
        """
        # In sudo mode: reception sees the plans of a visit, and not its lines.
        plans = self.sudo().line_ids.plan_line_id.plan_id
        return plans.sudo(self.env.su).sorted("id")

    def _get_plans_to_renew(self):
        """Return the plans of which nothing is to be done after this visit.

        Those that were closed, or renewed before, are left out.

        :rtype: medical.treatment.plan
        """
        self.ensure_one()
        sessions = self.line_ids.filtered(
            lambda line: line.plan_line_id and line.state != "cancelled"
        )
        if self.state not in ("in_progress", "signed") or not sessions:
            return self.env["medical.treatment.plan"]
        waiting = sessions.filtered(lambda line: line.state == "ordered")
        return sessions.plan_line_id.plan_id.filtered(
            lambda plan: (
                plan.state in (*AGREED, "done")
                and not plan.sessions_left
                and not plan.renewal_ids
                and plan.sessions_scheduled
                == len(waiting.filtered(lambda line: line.plan_line_id.plan_id == plan))
            )
        )
