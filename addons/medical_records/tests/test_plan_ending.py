from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
class TestPlanEnding(TreatmentPlanCommon):
    """Sessions are done in the time that was agreed, and nobody is surprised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)

    def _in(self, days):
        return self.today + timedelta(days=days)

    def test_no_session_after_the_last_day(self):
        plan = self._create_accepted_plan(date_end=self._in(7))
        self._create_sessions(plan, 1)
        later = self._create_visit(date=fields.Datetime.now() + timedelta(days=9))
        message = self._assert_refused(
            UserError, later.with_user(self.medic).action_add_plan_sessions
        )
        self.assertIn(plan.name, message)
        self.assertEqual(plan.sessions_left, 2)
        self._assert_refused(
            AccessError,
            plan.with_user(self.reception).write,
            {"date_end": self._in(30)},
        )
        plan.with_user(self.medic).date_end = self._in(30)
        later.with_user(self.medic).action_add_plan_sessions()
        self.assertEqual(plan.sessions_left, 1)

    def test_appointments_after_the_last_day_are_not_made(self):
        plan = self._create_accepted_plan(date_end=self._in(10))
        action = plan.with_user(self.reception).action_schedule()
        dialog = (
            self.env[action["res_model"]]
            .with_user(self.reception)
            .with_context(**action["context"])
            .create({})
        )
        dialog._onchange_propose_visits()
        self._assert_refused(UserError, dialog.action_confirm)
        self.assertEqual(plan.sessions_left, 3)

    def test_plan_does_not_end_before_it_begins(self):
        self._assert_refused(ValidationError, self._create_plan, date_end=self._in(-1))

    def test_plan_that_has_ended(self):
        plan = self._create_accepted_plan(
            date_start=self._in(-60), date_end=self._in(-1)
        )
        self.assertTrue(plan.is_ended)
        self._close(plan, reason="reached")
        self.assertFalse(plan.is_ended)

    def test_plans_that_run_out_are_found(self):
        few = self._create_accepted_plan((self.procedure, 3))
        soon = self._create_accepted_plan((self.lab_test, 9), date_end=self._in(30))
        many = self._create_accepted_plan((self.fee, 9), date_end=self._in(31))
        offer = self._create_plan((self.procedure, 1))
        plans = few | soon | many | offer

        def find(value=True):
            self.env.flush_all()
            self.env.invalidate_all()
            found = plans.search(
                [("id", "in", plans.ids), ("is_running_out", "=", value)]
            )
            self.assertEqual(
                found, plans.filtered(lambda plan: plan.is_running_out == value)
            )
            return found

        self.assertEqual(find(), soon)
        self._sign(self._create_sessions(few, 1))
        self.assertEqual(find(), few | soon)
        self.assertEqual(find(False), many | offer)
