from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
class TestPlanMoving(TreatmentPlanCommon):
    """No session leaves the time that was agreed, however its visit is planned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.now = fields.Datetime.now()

    def _in(self, days):
        return self.today + timedelta(days=days)

    def _move(self, visits, days, user=None):
        """Move visits to a day, as the diary does."""
        visits.with_user(user or self.reception).write(
            {"date": self.now + timedelta(days=days)}
        )
        visits.env.invalidate_all()

    def _assert_not_after(self, plan, visit, deed, *args):
        """Assert that a deed is refused, naming plan and visit and no treatment."""
        message = self._assert_refused(UserError, deed, *args)
        self.assertIn(f"{plan.name} ends on", message)
        self.assertIn(visit.name, message)
        self.assertIn("for an earlier day", message)
        for line in plan.line_ids:
            self.assertNotIn(line.name, message)
        return message

    # === MOVING === #

    def test_reception_moves_sessions_up_to_the_last_day(self):
        plan = self._create_accepted_plan(date_end=self._in(20))
        visit = self._create_sessions(plan, 1)
        self._move(visit, 20)
        self._assert_not_after(plan, visit, self._move, visit, 21)
        self._assert_not_after(plan, visit, self._move, visit, 21, self.medic)
        self.assertEqual(visit.date.date(), self._in(20))
        plan.with_user(self.medic).date_end = self._in(21)
        self._move(visit, 21)

    def test_one_check_for_all_that_are_moved(self):
        plan = self._create_accepted_plan((self.procedure, 2), date_end=self._in(20))
        visits = self._create_sessions(plan, 2)
        free = self._create_visit(self.lab_test)
        self._assert_not_after(plan, visits[0], self._move, visits | free, 21)
        self._move(free, 21)
        self._move(visits | free, 20)

    def test_plan_without_an_end(self):
        visit = self._create_sessions(self._create_accepted_plan(), 1)
        self._move(visit, 900)

    def test_what_is_done_is_corrected(self):
        plan = self._create_accepted_plan((self.procedure, 2), date_end=self._in(20))
        done, cancelled = self._create_sessions(plan, 2)
        done.line_ids.with_user(self.medic).action_done()
        self._move(done, 30)
        cancelled.line_ids.with_user(self.medic).action_cancel()
        self._move(cancelled, 30)

    def test_what_was_signed_is_corrected(self):
        # A lab test stays ordered when its visit is signed.
        plan = self._create_accepted_plan((self.lab_test, 1), date_end=self._in(20))
        visit = self._sign(self._create_sessions(plan, 1))
        self.assertEqual(visit.line_ids.state, "ordered")
        self._amend(visit)
        self._move(visit, 30, self.medic)

    def test_visit_that_has_begun_is_not_moved(self):
        plan = self._create_accepted_plan(date_end=self._in(20))
        visit = self._create_sessions(plan, 1)
        visit.with_user(self.medic).action_start()
        self._assert_not_after(plan, visit, self._move, visit, 21)

    def test_many_are_checked_at_once(self):
        def count(number):
            plan = self._create_accepted_plan(
                (self.procedure, number), date_end=self._in(900)
            )
            visits = self._create_sessions(plan, number)
            return self._count_queries(
                lambda: visits.line_ids._filter_waiting()._check_plans_go_on()
            )

        count(1)  # what is read once and kept
        self.assertEqual(count(3), count(12))

    # === PLANNING AGAIN === #

    def test_visit_after_the_last_day_is_not_planned_again(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        visit, other = self._create_sessions(plan, 2)
        self._cancel(visit | other)
        plan.with_user(self.medic).date_end = self._in(7)
        visits = (visit | other).with_user(self.reception)
        self._assert_not_after(plan, other, visits.action_reinstate)
        visits[0].action_reinstate()
        self._assert_not_after(plan, other, visits[1].action_reinstate)
        self._assert_sessions(plan, done=0, scheduled=1, left=1)
        plan.with_user(self.medic).date_end = False
        visits[1].action_reinstate()
        self._assert_sessions(plan, done=0, scheduled=2, left=0)

    def test_cancelled_session_keeps_no_visit_from_being_planned_again(self):
        plan = self._create_accepted_plan()
        visit = self._create_sessions(plan, 1)
        visit.line_ids.with_user(self.medic).action_cancel()
        self._cancel(visit)
        plan.with_user(self.medic).date_end = self._in(1)
        visit.with_user(self.reception).action_reinstate()
        self.assertEqual(visit.state, "draft")

    # === AN EARLIER END === #

    def test_plan_does_not_end_before_what_is_scheduled(self):
        plan = self._create_accepted_plan().with_user(self.medic)
        first, second, third = self._create_sessions(plan.sudo(), 3)
        message = self._assert_refused(
            ValidationError, plan.write, {"date_end": self._in(10)}
        )
        self.assertIn("after that day: 2, the first", message)
        self.assertIn(second.name, message)
        self.assertIn("Move or cancel them first", message)
        self.assertNotIn(self.procedure.name, message)
        self._cancel(third)
        self._move(second, 10)
        plan.date_end = self._in(10)
        self.assertEqual(first.line_ids.state, "ordered")

    def test_plan_may_end_before_what_took_place(self):
        plan = self._create_accepted_plan((self.lab_test, 2), (self.procedure, 1))
        signed, done = self._create_sessions(plan, 2)
        self._sign(signed)
        done.line_ids.with_user(self.medic).action_done()
        plan.with_user(self.medic).date_end = self._in(1)
        self.assertEqual(plan.date_end, self._in(1))
