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

    def _visit_in(self, days):
        return self._create_visit(date=fields.Datetime.now() + timedelta(days=days))

    def test_plan_that_has_ended_leaves_the_others_alone(self):
        ended = self._create_accepted_plan(
            (self.procedure, 2), date_start=self._in(-60), date_end=self._in(-1)
        )
        renewal = self.env["medical.treatment.plan"].browse(
            ended.with_user(self.medic).action_renew()["res_id"]
        )
        renewal.action_propose()
        renewal.action_accept()
        visits = self._visit_in(0) | self._visit_in(1)
        visits.with_user(self.assistant).action_add_plan_sessions()
        self.assertEqual(visits.line_ids.plan_line_id, renewal.line_ids)
        self._assert_sessions(ended, done=0, scheduled=0, left=2)
        # Now nothing but the ended plan has something left, and both are told of.
        third = self._as(self.assistant, self._visit_in(2))
        self.assertEqual(third.open_plan_count, 2)
        message = self._assert_refused(UserError, third.action_add_plan_sessions)
        self.assertIn(f"{ended.name} ends on", message)
        self.assertIn(f"All sessions of {renewal.name} are done", message)
        self.assertIn(visits.sorted("date")[0].name, message)

    def test_only_plans_that_have_ended(self):
        plans = self._create_accepted_plan(date_end=self._in(1))
        plans |= self._create_accepted_plan(date_end=self._in(2))
        visit = self._as(self.assistant, self._visit_in(5))
        # The button is there, so that it can say why.
        self.assertEqual(visit.open_plan_count, 2)
        message = self._assert_refused(UserError, visit.action_add_plan_sessions)
        for plan in plans:
            self.assertIn(f"{plan.name} ends on", message)
        self.assertNotIn("done or scheduled", message)

    def test_last_day_is_one_of_the_plan(self):
        plan = self._create_accepted_plan(date_end=self._in(3))
        self._visit_in(3).with_user(self.assistant).action_add_plan_sessions()
        self._assert_sessions(plan, done=0, scheduled=1, left=2)

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
        # Three weekly ones, of which the last is shown and left out.
        self.assertEqual(dialog.visit_ids.mapped("is_chosen"), [True, True, False])
        last = dialog.visit_ids[2]
        self.assertIn("After the last day of the plan", last.warning)
        last.is_chosen = True
        message = self._assert_refused(UserError, dialog.action_confirm)
        self.assertIn(f"{plan.name} ends on", message)
        self.assertEqual(plan.sessions_left, 3)
        last.is_chosen = False
        dialog.action_confirm()
        self._assert_sessions(plan, done=0, scheduled=2, left=1)

    def test_plan_does_not_end_before_it_begins(self):
        self._assert_refused(ValidationError, self._create_plan, date_end=self._in(-1))

    def test_plan_that_has_ended(self):
        plan = self._create_accepted_plan(
            date_start=self._in(-60), date_end=self._in(-1)
        )
        others = self._create_accepted_plan(date_end=self.today)
        others |= self._create_accepted_plan()
        plans = plan | others

        def find(value=True):
            found = plans.search([("id", "in", plans.ids), ("is_ended", "=", value)])
            self.assertEqual(found, plans.filtered(lambda plan: plan.is_ended == value))
            return found

        self.assertEqual(find(), plan)
        self.assertEqual(find(False), others)
        self._close(plan, reason="reached")
        self.assertFalse(find())
        self.assertEqual(find(False), plans)

    def test_plans_that_run_out_are_found(self):
        few = self._create_accepted_plan((self.procedure, 3))
        soon = self._create_accepted_plan((self.lab_test, 9), date_end=self._in(30))
        many = self._create_accepted_plan((self.fee, 9), date_end=self._in(31))
        offer = self._create_plan((self.procedure, 1))
        short = self._create_accepted_plan(
            (self.procedure, 1), patient_id=self.other_patient.id
        )
        plans = few | soon | many | offer | short

        def find(value=True):
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
        # Of the short plan nothing is done yet.
        self.assertEqual(find(False), many | offer | short)
