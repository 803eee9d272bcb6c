from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
class TestPlanReminder(TreatmentPlanCommon):
    """Plans that run out: the practitioner is reminded once of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type = cls.quick_ref("medical_records.mail_activity_type_running_out")
        cls.cron = cls.quick_ref(
            "medical_records.medical_treatment_plan_remind_running_out_cron"
        )
        cls.soon = fields.Date.context_today(cls.env.user) + timedelta(days=10)

    def _create_ending_plan(self, **values):
        return self._create_accepted_plan(
            title="Secret title", **{"date_end": self.soon, **values}
        )

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _reminders(self, plans):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", plans._name),
                ("res_id", "in", plans.ids),
                ("activity_type_id", "=", self.type.id),
            ]
        )

    def test_practitioner_is_reminded_once(self):
        plan = self._create_ending_plan()
        later = self._create_accepted_plan()
        self._run()
        reminder = self._reminders(plan)
        self.assertRecordValues(
            reminder,
            [
                {
                    "user_id": self.medic.id,
                    "automated": True,
                    "note": False,
                    "summary": "Running out: renew it, extend it, or close it",
                }
            ],
        )
        self.assertFalse(self._reminders(later))
        self._run()
        self.assertEqual(self._reminders(plan), reminder)
        # Put away without a decision: not again either.
        reminder.with_user(self.medic).action_feedback()
        self._run()
        self.assertFalse(self._reminders(plan))

    def test_reminder_says_nothing_of_the_patient(self):
        plan = self._create_ending_plan()
        self._run()
        reminder = self._reminders(plan)
        self.assertEqual(reminder.res_name, plan.name)
        said = str(reminder.read()) + str(plan.message_ids.mapped("body"))
        for word in ("Secret", self.procedure.name, self.patient.name):
            self.assertNotIn(word, said)

    def test_few_sessions_left(self):
        plan = self._create_accepted_plan((self.procedure, 3))
        self._run()
        self.assertFalse(self._reminders(plan))
        first, *others = self._create_sessions(plan, 3)
        self._sign(first)
        self._run()
        self.assertTrue(self._reminders(plan))
        # When all is done it is still to be renewed, or not.
        for visit in others:
            self._sign(visit)
        self.assertEqual(plan.state, "done")
        self._run()
        self.assertEqual(len(self._reminders(plan)), 1)

    def test_finished_plans_and_offers_remind_nobody(self):
        done = self._create_ending_plan()
        self._sign(self._create_visits_of(done))
        closed = self._create_ending_plan()
        self._close(closed, reason="reached")
        offer = self._create_plan(date_end=self.soon)
        offer.with_user(self.medic).action_propose()
        self.assertEqual(done.state, "done")
        self._run()
        self.assertFalse(self._reminders(done | closed | offer))

    def _create_visits_of(self, plan):
        """Create visits with all sessions of a plan, before its last day."""
        visits = self.env["medical.consultation"].browse()
        for day in range(plan.sessions_left):
            visit = self._create_visit(
                date=fields.Datetime.now() + timedelta(days=day + 1)
            )
            visit.with_user(self.medic).action_add_plan_sessions()
            visits |= visit
        return visits

    def test_reminder_goes_when_the_plan_is_closed(self):
        plan = self._create_ending_plan()
        self._run()
        self._close(plan, reason="reached")
        self.assertFalse(self._reminders(plan))

    def test_another_end_is_reminded_of_again(self):
        plan = self._create_ending_plan()
        self._run()
        plan.with_user(self.medic).date_end = self.soon
        self.assertTrue(self._reminders(plan))
        plan.with_user(self.medic).date_end = self.soon + timedelta(days=90)
        self.assertFalse(self._reminders(plan))
        self.assertFalse(plan.date_reminded)
        self._run()
        self.assertFalse(self._reminders(plan))
        plan.with_user(self.medic).date_end = self.soon + timedelta(days=1)
        self._run()
        self.assertEqual(len(self._reminders(plan)), 1)

    def test_other_sessions_are_reminded_of_again(self):
        plan = self._create_ending_plan()
        self._run()
        plan.line_ids.with_user(self.medic).sessions = 8
        self.assertFalse(self._reminders(plan))
        self._run()
        self.assertEqual(len(self._reminders(plan)), 1)

    def test_reminder_follows_the_plan_to_another_practitioner(self):
        plan = self._create_ending_plan()
        self._run()
        plan.with_user(self.reception).practitioner_id = self.other_medic.partner_id
        self.assertFalse(self._reminders(plan))
        self._run()
        self.assertEqual(self._reminders(plan).user_id, self.other_medic)

    def test_practitioner_without_user_does_not_stop_the_others(self):
        guest = self._create_partner(name="Dr. Guest", is_practitioner=True)
        plans = self._create_ending_plan(practitioner_id=guest.id)
        plans |= self._create_ending_plan()
        self._run()
        self.assertEqual(self._reminders(plans).res_id, plans[1].id)
        self.assertFalse(plans[0].date_reminded)

    def test_reminding_is_not_set_by_hand(self):
        plan = self._create_ending_plan()
        self._assert_refused(
            UserError,
            plan.with_user(self.medic).write,
            {"date_reminded": fields.Datetime.now()},
        )

    def test_many_plans_are_reminded_of_in_batches(self):
        plans = self.env["medical.treatment.plan"].browse()
        for _number in range(5):
            plans |= self._create_ending_plan()
        self.cron.code = "model._cron_remind_running_out(batch_size=2)"
        self._run()
        self.assertEqual(len(self._reminders(plans)), 5)

    def test_reminding_of_many_costs_no_more_than_of_few(self):
        def count(number):
            plans = self.env["medical.treatment.plan"].browse()
            for _number in range(number):
                plans |= self._create_ending_plan()
            return self._count_queries(plans._remind_running_out)

        count(2)  # what is read once and kept
        # Not equal to the query: what Odoo keeps depends on what ran before.
        self.assertLess((count(22) - count(2)) / 20, 0.2)
