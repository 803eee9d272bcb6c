from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon

NINE = Datetime.to_datetime("2026-03-02 09:00:00")


@tagged("post_install", "-at_install")
class TestDiaryOverlap(MedicalRecordsCommon):
    """Who or which room is planned twice at the same time is shown, never refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls._create_location("Elm Street")
        cls.room = cls._create_location("Room 1", cls.site)
        # 9:00 to 9:30
        cls.visit = cls._create_visit(location_id=cls.room.id)

    def _plan(self, minutes, duration=0.5, **values):
        return self._create_visit(
            date=NINE + timedelta(minutes=minutes),
            duration=duration,
            patient_id=self.other_patient.id,
            **values,
        )

    def _plan_elsewhere(self, minutes, **values):
        """Plan a visit of another practitioner."""
        return self._plan(
            minutes, practitioner_id=self.other_medic.partner_id.id, **values
        )

    def _assert_overlapping(self, visits):
        """Assert that these visits overlap and no others: read, and found."""
        all_visits = self.env["medical.consultation"].search(
            [("patient_id", "in", (self.patient | self.other_patient).ids)]
        )
        all_visits.invalidate_recordset()
        self.assertEqual(all_visits.filtered("has_overlap"), visits.sorted())
        domain = [("id", "in", all_visits.ids)]
        self.assertEqual(
            all_visits.search([*domain, ("has_overlap", "=", True)]), visits.sorted()
        )
        self.assertEqual(
            all_visits.search([*domain, ("has_overlap", "=", False)]),
            (all_visits - visits).sorted(),
        )

    def test_visits_of_a_practitioner_at_the_same_time_overlap(self):
        other = self._plan(15)
        self._assert_overlapping(self.visit | other)
        self.assertEqual(
            self.visit.with_context(tz="UTC").overlap_warning,
            "Medic 9:15\u202fAM–9:45\u202fAM Ben Patient",
        )

    def test_one_visit_within_another_overlaps_it(self):
        self._assert_overlapping(self.visit | self._plan(-60, duration=4))

    def test_touching_ends_do_not_overlap(self):
        self._plan(30)
        self._plan(-30)
        self._assert_overlapping(self.visit.browse())

    def test_touching_by_odd_minutes_does_not_overlap(self):
        # A third of an hour is no whole number in binary.
        self._create_visit(date=NINE + timedelta(hours=3), duration=1 / 3)
        self._create_visit(date=NINE + timedelta(hours=3, minutes=20))
        self._assert_overlapping(self.visit.browse())

    def test_cancelled_visits_overlap_nothing(self):
        other = self._plan(0)
        self._cancel(other)
        self._assert_overlapping(self.visit.browse())

    def test_another_practitioner_elsewhere_does_not_overlap(self):
        self._plan_elsewhere(0)
        self._assert_overlapping(self.visit.browse())

    def test_two_practitioners_in_one_room_overlap(self):
        other = self._plan_elsewhere(15, location_id=self.room.id)
        self._assert_overlapping(self.visit | other)
        self.assertIn("Elm Street / Room 1", self.visit.overlap_warning)

    def test_two_practitioners_at_one_site_do_not_overlap(self):
        self.visit.location_id = self.site
        self._plan_elsewhere(0, location_id=self.site.id)
        self._plan_elsewhere(60, location_id=self.room.id)
        self._assert_overlapping(self.visit.browse())

    def test_visits_without_practitioner_and_room_do_not_overlap(self):
        nobody = self._plan(0, practitioner_id=False)
        somebody = self._plan(0, practitioner_id=False)
        self.assertFalse(nobody.has_overlap or somebody.has_overlap)

    def test_visits_of_other_companies_are_no_business_of_this_one(self):
        other = self._create_company(name="Other clinic")
        self._plan(0, company_id=other.id)
        self._assert_overlapping(self.visit.browse())

    def test_long_visit_of_the_day_before_still_overlaps(self):
        other = self._plan(-23 * 60, duration=24)
        self._assert_overlapping(self.visit | other)

    def test_form_warns_before_the_visit_is_saved(self):
        visits = self.env["medical.consultation"].with_user(self.reception)
        with Form(
            visits, "medical_records.medical_consultation_view_form_plan"
        ) as form:
            form.patient_id = self.other_patient
            form.practitioner_id = self.medic.partner_id
            form.date = NINE + timedelta(hours=1)
            self.assertFalse(form.overlap_warning)
            form.date = NINE + timedelta(minutes=15)
            self.assertIn("Ada Patient", form.overlap_warning)
        # A warning, not a wall.
        self.assertTrue(form.record.has_overlap)
        with Form(form.record) as form:
            form.date = NINE + timedelta(minutes=30)
            self.assertFalse(form.overlap_warning)

    def test_warning_names_three_and_counts_the_rest(self):
        for _number in range(5):
            self._plan(0)
        self.assertIn("and 2 more", self.visit.overlap_warning)

    def test_button_shows_what_overlaps(self):
        other = self._plan(15)
        self._plan(600)
        action = self._call(self.reception, self.visit, "action_view_overlaps")
        self.assertEqual(
            self.visit.search(action["domain"]), (self.visit | other).sorted()
        )

    def test_reception_filters_overlaps_within_a_day(self):
        other = self._plan(15)
        self._plan(24 * 60)
        self._plan(24 * 60)
        found = (
            self.env["medical.consultation"]
            .with_user(self.reception)
            .search(
                [
                    ("date", ">=", "2026-03-02"),
                    ("date", "<", "2026-03-03"),
                    ("has_overlap", "=", True),
                ]
            )
        )
        self.assertEqual(found, (self.visit | other).sorted())
