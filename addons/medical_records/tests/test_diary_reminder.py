from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Datetime
from odoo.tests import freeze_time, tagged

from .common import MedicalRecordsCommon

BEGIN = Datetime.to_datetime("2026-03-02 08:00:00")


@tagged("post_install", "-at_install")
class TestDiaryReminder(MedicalRecordsCommon):
    """Visits begun and not signed: the practitioner is reminded once of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type = cls.quick_ref("medical_records.mail_activity_type_unsigned")
        cls.cron = cls.quick_ref(
            "medical_records.medical_consultation_remind_unsigned_cron"
        )
        cls.visit = cls._create_visit(date=BEGIN, reason="Secret reason")

    def _start(self, visits, at=BEGIN):
        with freeze_time(at):
            visits.action_start()

    def _run(self, hours):
        """Run the scheduled action so many hours after the visit began."""
        self.env.flush_all()
        with (
            freeze_time(BEGIN + timedelta(hours=hours)),
            self.enter_registry_test_mode(),
        ):
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _reminders(self, visits=None):
        visits = self.visit if visits is None else visits
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "medical.consultation"),
                ("res_id", "in", visits.ids),
                ("activity_type_id", "=", self.type.id),
            ]
        )

    def test_practitioner_is_reminded_after_twelve_hours(self):
        self._start(self.visit)
        self._run(11)
        self.assertFalse(self._reminders())
        self._run(12)
        self.assertRecordValues(
            self._reminders(),
            [{"user_id": self.medic.id, "automated": True, "note": False}],
        )

    def test_reminder_says_nothing_of_the_patient(self):
        self._start(self.visit)
        self._run(13)
        reminder = self._reminders()
        self.assertEqual(reminder.res_name, self.visit.name)
        said = str(reminder.read()) + str(self.visit.message_ids.mapped("body"))
        self.assertNotIn("Secret", said)
        self.assertNotIn("Ada", said)

    def test_nobody_is_reminded_twice(self):
        self._start(self.visit)
        self._run(13)
        self._run(14)
        self.assertEqual(len(self._reminders()), 1)
        # Put away without signing: not again either.
        self._reminders().with_user(self.medic).action_feedback()
        self._run(15)
        self.assertFalse(self._reminders())

    def test_reminder_goes_when_the_visit_is_signed(self):
        self._start(self.visit)
        self._run(13)
        self._sign(self.visit)
        self.assertFalse(self._reminders())
        self.assertFalse(self.visit.date_reminded)
        self._run(40)
        self.assertFalse(self._reminders())

    def test_reminder_goes_when_reception_cancels_the_visit(self):
        self._start(self.visit)
        self._run(13)
        self._cancel(self.visit, self.reception)
        self.assertFalse(self._reminders())

    def test_reminder_follows_the_visit_to_another_practitioner(self):
        self._start(self.visit)
        self._run(13)
        self.visit.practitioner_id = self.other_medic.partner_id
        self.assertFalse(self._reminders())
        self._run(14)
        self.assertEqual(self._reminders().user_id, self.other_medic)

    def test_other_activities_of_the_visit_stay(self):
        self._start(self.visit)
        self._run(13)
        own = self.visit.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.assistant.id
        )
        self._sign(self.visit)
        self.assertEqual(self.visit.activity_ids, own)

    def test_planned_and_closed_visits_remind_nobody(self):
        signed, cancelled = self._create_visit(), self._create_visit()
        self._start(signed | cancelled)
        self._sign(signed)
        self._cancel(cancelled)
        self._run(100)
        self.assertFalse(self._reminders(self.visit | signed | cancelled))

    def test_visit_planned_long_ago_and_begun_now_waits_its_hours(self):
        self._start(self.visit, BEGIN + timedelta(hours=20))
        self._run(30)
        self.assertFalse(self._reminders())
        self._run(32)
        self.assertTrue(self._reminders())

    def test_company_chooses_the_hours_and_zero_is_off(self):
        self._start(self.visit)
        self.env.company.medical_unsigned_hours = 0
        self._run(100)
        self.assertFalse(self._reminders())
        self.env.company.medical_unsigned_hours = 2
        self._run(1)
        self.assertFalse(self._reminders())
        self._run(2)
        self.assertTrue(self._reminders())
        self._assert_refused(
            ValidationError,
            self.env.company.write,
            {"medical_unsigned_hours": -1},
        )

    def test_settings_write_the_hours_of_the_company(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.medical_unsigned_hours, 12)
        settings.medical_unsigned_hours = 24
        settings.execute()
        self.assertEqual(self.env.company.medical_unsigned_hours, 24)

    def test_practitioner_without_user_is_found_in_the_list_only(self):
        guest = self._create_partner(name="Dr. Guest", is_practitioner=True)
        visit = self._create_visit(practitioner_id=guest.id)
        self._start(self.visit | visit)
        self._run(13)
        self.assertEqual(len(self._reminders()), 1)
        self.assertFalse(self._reminders(visit))
        self.assertIn(
            visit,
            self.env["medical.consultation"].search([("state", "=", "in_progress")]),
        )

    def test_many_visits_are_reminded_of_in_batches(self):
        visits = self.visit
        for _number in range(6):
            visits |= self._create_visit()
        self._start(visits)
        self.cron.code = "model._cron_remind_unsigned(batch_size=3)"
        self._run(13)
        self.assertEqual(len(self._reminders(visits)), 7)

    def test_reminding_of_many_costs_no_more_than_of_few(self):
        def count(number):
            visits = self.visit.browse()
            for _number in range(number):
                visits |= self._create_visit()
            self._start(visits)
            return self._count_queries(visits._remind_unsigned)

        count(2)  # what is read once and kept
        # Not equal to the query: what Odoo keeps depends on what ran before.
        self.assertLess((count(40) - count(2)) / 38, 0.2)
