from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tests import tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
class TestPlanRenewal(TreatmentPlanCommon):
    """From the last visit of a plan to the next plan, and nobody renews twice."""

    def _create_last_visit(self, *lines, sessions=1):
        """Create a plan and a begun visit with the last of its sessions."""
        plan = self._create_accepted_plan(*lines or [(self.procedure, sessions)])
        visits = self._create_sessions(plan, sessions)
        self._sign(visits[:-1])
        visits[-1].with_user(self.medic).action_start()
        self.env.invalidate_all()
        return plan, visits[-1]

    def _can_renew(self, visit):
        self.env.invalidate_all()
        return self._as(self.medic, visit).can_renew_plan

    def test_visit_shows_its_plans(self):
        plan, visit = self._create_last_visit()
        other = self._create_visit()
        for user in (self.reception, self.assistant, self.medic):
            self.env.invalidate_all()
            self.assertFalse(self._as(user, other).treatment_plan_count)
            self.assertEqual(self._as(user, visit).treatment_plan_count, 1)
            action = self._as(user, visit).action_view_treatment_plans()
            self.assertEqual(action["res_model"], plan._name)
            self.assertEqual(action["res_id"], plan.id)
        self._assert_refused(
            AccessError, visit.with_user(self.internal).action_view_treatment_plans
        )

    def test_last_visit_renews_its_plan(self):
        plan, visit = self._create_last_visit(sessions=2)
        self.assertTrue(self._can_renew(visit))
        self._sign(visit)
        self.assertTrue(self._can_renew(visit))
        action = self._as(self.medic, visit).action_renew_plan()
        renewal = plan.browse(action["res_id"])
        self.assertEqual(renewal.renewed_plan_id, plan)
        self.assertEqual(renewal.state, "draft")
        self.assertFalse(self._can_renew(visit))
        message = self._assert_refused(
            UserError, self._as(self.medic, visit).action_renew_plan
        )
        self.assertIn("somebody has renewed it", message)

    def test_plan_that_goes_on_is_not_renewed(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        first, second = self._create_sessions(plan, 2)
        self.assertFalse(self._can_renew(first))
        first.with_user(self.medic).action_start()
        # The other one is still to come.
        self.assertFalse(self._can_renew(first))
        self._cancel(second)
        self.assertEqual(plan.sessions_left, 1)
        self.assertFalse(self._can_renew(first))
        self._close(plan, reason="reached", scheduled="keep")
        self.assertFalse(self._can_renew(first))
        self._assert_refused(UserError, self._as(self.medic, first).action_renew_plan)

    def test_visit_without_plan_renews_nothing(self):
        visit = self._create_visit()
        visit.with_user(self.medic).action_start()
        self.assertFalse(self._can_renew(visit))
        self._assert_refused(UserError, self._as(self.medic, visit).action_renew_plan)

    def test_several_plans_are_shown_to_choose(self):
        plans = self._create_accepted_plan((self.procedure, 1))
        plans |= self._create_accepted_plan((self.lab_test, 1))
        visit = self._create_sessions(plans[0], 1)
        visit.with_user(self.medic).action_start()
        action = self._as(self.medic, visit).action_renew_plan()
        self.assertEqual(plans.search(action["domain"]), plans.sorted())
        self.assertFalse(plans.renewal_ids)

    def test_only_medics_renew(self):
        plan, visit = self._create_last_visit()
        for user in (self.reception, self.assistant):
            self._assert_refused(AccessError, self._as(user, visit).action_renew_plan)
            self._assert_refused(
                AccessError, self._as(user, visit).read, ["can_renew_plan"]
            )
        self.assertFalse(plan.renewal_ids)

    def test_plan_shows_that_it_was_renewed(self):
        plan = self._create_accepted_plan()
        self.assertFalse(plan.renewal_count)
        renewal = plan.browse(plan.with_user(self.medic).action_renew()["res_id"])
        self.env.invalidate_all()
        seen = self._as(self.reception, plan)
        self.assertEqual(seen.renewal_count, 1)
        self.assertEqual(seen.renewal_ids, renewal)
        self.assertEqual(seen.action_view_renewals()["res_id"], renewal.id)
        self._assert_refused(
            UserError,
            self._as(self.medic, plan).write,
            {"renewal_ids": [Command.clear()]},
        )
        self._assert_refused(
            AccessError, plan.with_user(self.internal).action_view_renewals
        )

    def test_nobody_is_reminded_of_what_was_renewed(self):
        soon = fields.Date.context_today(self.env.user) + timedelta(days=9)
        plans = self._create_accepted_plan(date_end=soon)
        plans |= self._create_accepted_plan(date_end=soon)
        Plans = self.env["medical.treatment.plan"]
        domain = Plans._get_to_remind_domain() & Domain("id", "in", plans.ids)
        self.assertEqual(Plans.search(domain), plans.sorted())
        plans[0].with_user(self.medic).action_renew()
        self.assertEqual(Plans.search(domain), plans[1])
        plans[1]._remind_running_out()
        self.assertTrue(plans[1].activity_ids)
        plans[1].with_user(self.other_medic).action_renew()
        self.assertFalse(plans[1].activity_ids)
        self.assertTrue(plans[1].date_reminded)
