from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 07:00:00")
class TestPlanSchedule(TreatmentPlanCommon):
    """Appointments for what is left of a plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.reception, cls.medic):
            user.tz = "Europe/Vienna"

    def _open(self, plan, user=None, **values):
        """Open the dialog as it shows; return its form."""
        user = user or self.reception
        action = plan.with_user(user).action_schedule()
        form = Form(
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"], tz=user.tz)
        )
        for name, value in values.items():
            form[name] = value
        return form

    def _get_dates(self, form):
        return [
            str(form.visit_ids.edit(index).date) for index in range(len(form.visit_ids))
        ]

    def _make(self, form):
        form.save().action_confirm()
        self.env.invalidate_all()

    # === WHEN === #

    def test_visits_in_the_interval_of_the_plan(self):
        plan = self._create_accepted_plan((self.procedure, 5), date_start="2026-03-09")
        form = self._open(plan)
        # Nine o'clock on the wall, also after summer time begins on 29 March.
        self.assertEqual(
            self._get_dates(form),
            [
                "2026-03-09 08:00:00",
                "2026-03-16 08:00:00",
                "2026-03-23 08:00:00",
                "2026-03-30 07:00:00",
                "2026-04-06 07:00:00",
            ],
        )
        self._make(form)
        self._assert_sessions(plan, done=0, scheduled=5, left=0)
        visits = plan.consultation_ids
        self.assertEqual(visits.patient_id, self.patient)
        self.assertEqual(visits.practitioner_id, self.medic.partner_id)
        self.assertEqual(visits.line_ids.mapped("plan_session"), [1, 2, 3, 4, 5])
        self.assertEqual(plan.date_next, datetime(2026, 3, 9, 8))

    def test_each_treatment_has_its_own_interval(self):
        plan = self._create_accepted_plan(
            {"product_id": self.procedure.id, "sessions": 3, "interval_number": 1},
            {
                "product_id": self.lab_test.id,
                "sessions": 2,
                "interval_number": 1,
                "interval_unit": "month",
                "delay_days": 7,
            },
            date_start="2026-03-09",
        )
        form = self._open(plan)
        self._make(form)
        self.assertEqual(
            [
                (str(visit.date.date()), visit.line_ids.product_id.mapped("name"))
                for visit in plan.consultation_ids
            ],
            [
                ("2026-03-09", ["Suture"]),
                ("2026-03-16", ["Suture", "Blood count"]),
                ("2026-03-23", ["Suture"]),
                ("2026-04-16", ["Blood count"]),
            ],
        )

    def test_taken_times_move_to_the_next_free_one(self):
        plan = self._create_accepted_plan((self.procedure, 2), date_start="2026-03-09")
        self._create_visit(
            patient_id=self.other_patient.id, date="2026-03-09 07:45:00", duration=0.5
        )
        self._create_visit(
            patient_id=self.other_patient.id, date="2026-03-09 08:15:00", duration=1
        )
        form = self._open(plan)
        self.assertEqual(
            self._get_dates(form), ["2026-03-09 09:15:00", "2026-03-16 08:00:00"]
        )
        self.assertFalse(form.visit_ids.edit(0).warning)
        with form.visit_ids.edit(0) as row:
            row.date = "2026-03-09 08:30:00"
            self.assertIn("Medic", row.warning)

    def test_plan_that_begins_on_a_weekend(self):
        plan = self._create_accepted_plan((self.procedure, 2), date_start="2026-03-07")
        # From the Saturday to the Monday, and a week later.
        self.assertEqual(
            self._get_dates(self._open(plan)),
            ["2026-03-09 08:00:00", "2026-03-16 08:00:00"],
        )

    def test_full_day_warns(self):
        plan = self._create_accepted_plan((self.procedure, 1), date_start="2026-03-09")
        self._create_visit(
            patient_id=self.other_patient.id, date="2026-03-09 06:00:00", duration=12
        )
        form = self._open(plan)
        self.assertEqual(self._get_dates(form), ["2026-03-09 08:00:00"])
        self.assertTrue(form.visit_ids.edit(0).warning)

    def test_weekends_and_the_last_day_warn(self):
        # Every third day from a Thursday on: Thursday, Sunday, Wednesday, Saturday.
        plan = self._create_accepted_plan(
            {
                "product_id": self.procedure.id,
                "sessions": 4,
                "interval_number": 3,
                "interval_unit": "day",
            },
            date_start="2026-03-05",
            date_end="2026-03-11",
        )
        form = self._open(plan)
        rows = form.save().visit_ids
        self.assertEqual(rows.mapped("is_chosen"), [True, True, True, False])
        self.assertFalse(rows[0].warning)
        self.assertEqual(rows[1].warning, "On a Sunday")
        self.assertFalse(rows[2].warning)
        self.assertIn("After the last day of the plan, 03/11/2026", rows[3].warning)
        self.assertIn("Saturday", rows[3].warning)
        # On an earlier day nothing speaks against it, and it may be chosen.
        with form.visit_ids.edit(3) as row:
            row.date = "2026-03-10 08:00:00"
            self.assertFalse(row.warning)
            row.is_chosen = True
        self._make(form)
        self._assert_sessions(plan, done=0, scheduled=4, left=0)

    def test_day_is_that_of_the_clock_on_the_wall(self):
        plan = self._create_accepted_plan(
            (self.procedure, 1), date_start="2026-03-06", date_end="2026-03-06"
        )
        form = self._open(plan)
        with form.visit_ids.edit(0) as row:
            row.date = "2026-03-06 22:30:00"
            self.assertFalse(row.warning)
            row.date = "2026-03-06 23:30:00"
            self.assertIn("After the last day", row.warning)
            self.assertIn("Saturday", row.warning)

    def test_colleague_is_free(self):
        plan = self._create_accepted_plan((self.procedure, 1), date_start="2026-03-09")
        self._create_visit(date="2026-03-09 08:00:00", duration=1)
        form = self._open(plan, practitioner_id=self.other_medic.partner_id)
        self.assertEqual(self._get_dates(form), ["2026-03-09 08:00:00"])
        self._make(form)
        self.assertEqual(
            plan.consultation_ids.practitioner_id, self.other_medic.partner_id
        )

    def test_what_goes_on_follows_the_last_visit(self):
        plan = self._create_accepted_plan((self.procedure, 3), date_start="2026-03-03")
        form = self._open(plan)
        for index in (1, 2):
            with form.visit_ids.edit(index) as row:
                row.is_chosen = False
        self._make(form)
        self._assert_sessions(plan, done=0, scheduled=1, left=2)
        form = self._open(plan)
        self.assertEqual(
            self._get_dates(form), ["2026-03-10 08:00:00", "2026-03-17 08:00:00"]
        )

    def test_missed_session_is_scheduled_again(self):
        plan = self._create_accepted_plan((self.procedure, 2), date_start="2026-03-03")
        self._make(self._open(plan))
        first, last = plan.consultation_ids
        self._cancel(first, reason="no_show")
        self._assert_sessions(plan, done=0, scheduled=1, left=1, missed=1)
        self.assertEqual(
            self._get_dates(self._open(plan)),
            [str(last.date + timedelta(weeks=1))],
        )

    def test_start_that_has_passed(self):
        plan = self._create_accepted_plan((self.procedure, 1), date_start="2026-02-02")
        self.assertEqual(self._get_dates(self._open(plan)), ["2026-03-02 08:00:00"])
        with freeze_time("2026-03-06 18:00:00"):  # a Friday
            self.assertEqual(self._get_dates(self._open(plan)), ["2026-03-09 08:00:00"])

    def test_late_session_is_found(self):
        plan = self._create_accepted_plan((self.procedure, 1), date_start="2026-03-03")
        self._make(self._open(plan))
        late = [("is_late", "=", True), ("id", "=", plan.id)]
        Plans = self.env["medical.treatment.plan"]
        self.assertFalse(Plans.search(late))
        with freeze_time("2026-03-04 07:00:00"):
            self.assertEqual(Plans.search(late), plan)
            self.assertTrue(self._as(self.reception, plan).is_late)

    def _is_late(self, plan, days=9):
        """Return whether a plan is late so many days later, as list and form say."""
        self.env.flush_all()
        with freeze_time(datetime(2026, 3, 2, 7) + timedelta(days=days)):
            self.env.invalidate_all()
            found = plan.search([("is_late", "=", True), ("id", "=", plan.id)])
            self.assertEqual(bool(found), plan.is_late)
        return bool(found)

    def test_who_has_come_is_not_late(self):
        plan = self._create_accepted_plan((self.procedure, 2), date_start="2026-03-03")
        self._make(self._open(plan))
        first, second = plan.consultation_ids
        self.assertTrue(self._is_late(plan, days=2))
        first.with_user(self.reception).action_arrive()
        self.assertFalse(self._is_late(plan, days=2))
        self.assertEqual(plan.date_next, second.date)
        first.with_user(self.reception).action_undo_arrival()
        self.assertTrue(self._is_late(plan, days=2))
        first.with_user(self.medic).action_start()
        self.assertFalse(self._is_late(plan, days=2))
        # The second was missed, whatever becomes of the first.
        self.assertTrue(self._is_late(plan, days=9))

    def test_waiting_for_a_result_is_not_late(self):
        plan = self._create_accepted_plan((self.lab_test, 1), date_start="2026-03-03")
        self._make(self._open(plan))
        self.assertTrue(self._is_late(plan))
        self._sign(plan.consultation_ids)
        self._assert_sessions(plan, done=0, scheduled=1, left=0)
        self.assertFalse(self._is_late(plan))
        self.assertFalse(plan.date_next)

    # === WHAT IS REFUSED === #

    def test_nothing_left(self):
        plan = self._create_accepted_plan((self.procedure, 1), date_start="2026-03-03")
        self._make(self._open(plan))
        self._assert_refused(UserError, plan.action_schedule)

    def test_nothing_chosen(self):
        plan = self._create_accepted_plan((self.procedure, 1), date_start="2026-03-03")
        form = self._open(plan)
        with form.visit_ids.edit(0) as row:
            row.is_chosen = False
        message = self._assert_refused(UserError, form.save().action_confirm)
        self.assertIn("at least one visit", message)

    def test_two_people_schedule_the_same(self):
        plan = self._create_accepted_plan((self.procedure, 2), date_start="2026-03-03")
        first, second = self._open(plan).save(), self._open(plan, self.medic).save()
        first.action_confirm()
        message = self._assert_refused(UserError, second.action_confirm)
        self.assertIn("were scheduled or done meanwhile", message)
        self._assert_sessions(plan, done=0, scheduled=2, left=0)

    def test_plan_of_another_company(self):
        company = self._create_company(name="Other clinic")
        plan = self._create_plan(
            (self.procedure, 1), company_id=company.id, date_start="2026-03-03"
        ).sudo()
        plan.action_propose()
        plan.action_accept()
        schedules = self.env["medical.treatment.plan.schedule"].with_user(
            self.reception
        )
        self._assert_refused(
            AccessError,
            schedules.with_context(default_plan_id=plan.id).default_get,
            ["plan_id", "date"],
        )
        schedule = schedules.create(
            {
                "plan_id": plan.id,
                "practitioner_id": self.medic.partner_id.id,
                "date": "2026-03-03 08:00:00",
                "duration": 1,
                "visit_ids": [
                    Command.create({"position": 0, "date": "2026-03-03 08:00:00"})
                ],
            }
        )
        self._assert_refused(AccessError, schedule.action_confirm)

    def test_reception_sees_how_many_and_not_what(self):
        plan = self._create_accepted_plan((self.procedure, 1), date_start="2026-03-03")
        form = self._open(plan)
        self.assertEqual(form.visit_ids.edit(0).treatments, 1)
        dialog = form.save()
        shown = dialog.read() + dialog.visit_ids.read()
        self.assertNotIn(self.procedure.name, str(shown))
