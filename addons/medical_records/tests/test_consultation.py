from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestConsultation(MedicalRecordsCommon):
    def test_visit_starts_planned_with_a_neutral_reference(self):
        visit = self._create_visit()
        self.assertRegex(visit.name, r"^V\d{6}$")
        self.assertRecordValues(
            visit,
            [
                {
                    "state": "draft",
                    "display_name": visit.name,
                    "company_id": self.env.company.id,
                    "signed_by_id": False,
                }
            ],
        )

    def test_medic_is_the_practitioner_of_visits_they_record(self):
        visit = (
            self.env["medical.consultation"]
            .with_user(self.medic)
            .create({"patient_id": self.patient.id})
        )
        self.assertEqual(visit.practitioner_id, self.medic.partner_id)

    def test_body_mass_index_follows_height_and_weight(self):
        visit = self._create_visit(height=180, weight=81)
        self.assertEqual(visit.body_mass_index, 25.0)
        visit.height = 0
        self.assertEqual(visit.body_mass_index, 0)

    def test_visit_cannot_end_before_it_starts(self):
        message = self._assert_refused(
            ValidationError,
            self._create_visit,
            date=Datetime.to_datetime("2026-03-02 09:00:00"),
            date_end=Datetime.to_datetime("2026-03-02 08:59:00"),
        )
        self.assertIn("ends before it starts", message)

    def test_visit_has_one_principal_diagnosis(self):
        visit = self._create_visit(
            diagnosis_ids=[
                Command.create({"code_id": self.code_flu.id, "rank": "principal"}),
                Command.create({"code_id": self.code_cough.id}),
            ]
        )
        self.assertRecordValues(
            visit.diagnosis_ids,
            [
                {"code_id": self.code_flu.id, "rank": "principal"},
                {"code_id": self.code_cough.id, "rank": "secondary"},
            ],
        )
        self._assert_refused(
            ValidationError, visit.diagnosis_ids[1].write, {"rank": "principal"}
        )

    def test_planned_visit_can_be_deleted_with_its_lines(self):
        visit = self._create_visit(self.procedure)
        lines = visit.line_ids
        visit.with_user(self.medic).unlink()
        self.assertFalse(visit.exists() or lines.exists())

    def test_begun_visit_cannot_be_deleted(self):
        visit = self._create_visit(self.procedure)
        visit.with_user(self.medic).action_start()
        message = self._assert_refused(UserError, visit.with_user(self.medic).unlink)
        self.assertIn("has begun and stays in the record", message)
        self.assertTrue(visit.line_ids)

    def test_signed_and_cancelled_visits_cannot_be_deleted(self):
        signed, cancelled = self._create_visit(), self._create_visit()
        self._sign(signed)
        self._cancel(cancelled)
        for visit in signed, cancelled:
            with self.subTest(state=visit.state):
                self._assert_refused(UserError, visit.unlink)

    def test_visit_cannot_begin_twice(self):
        visit = self._create_visit()
        visit.action_start()
        self.assertEqual(visit.state, "in_progress")
        self._assert_refused(UserError, visit.action_start)

    def test_reception_cancels_a_visit_that_did_not_take_place(self):
        visit = self._create_visit(self.procedure, self.lab_test)
        self._cancel(visit, self.reception)
        self.assertEqual(visit.state, "cancelled")
        self.assertEqual(visit.line_ids.mapped("state"), ["cancelled"] * 2)

    def test_visit_in_which_something_was_done_cannot_be_cancelled(self):
        visit = self._create_visit(self.procedure)
        visit.line_ids.action_done()
        message = self._assert_refused(
            UserError, visit.with_user(self.reception).action_cancel
        )
        self.assertIn("Sign it instead", message)
        self.assertEqual(visit.state, "draft")

    def test_signed_visit_cannot_be_cancelled(self):
        visit = self._sign(self._create_visit())
        self._assert_refused(UserError, visit.action_cancel)
        self.assertEqual(visit.state, "signed")

    def test_copy_of_a_visit_is_a_new_empty_visit(self):
        visit = self._sign(
            self._create_visit(
                self.procedure,
                history="Fell off a horse",
                diagnosis_ids=[Command.create({"code_id": self.code_flu.id})],
            )
        )
        copied = visit.copy()
        self.assertNotEqual(copied.name, visit.name)
        self.assertRecordValues(
            copied,
            [
                {
                    "state": "draft",
                    "signed_by_id": False,
                    "date_signed": False,
                    "history": False,
                    "line_ids": [],
                    "diagnosis_ids": [],
                }
            ],
        )

    def test_condition_cannot_end_before_its_onset(self):
        condition = self.env["medical.condition"].create(
            {
                "patient_id": self.patient.id,
                "code_id": self.code_flu.id,
                "date_onset": "2026-03-02",
            }
        )
        self.assertEqual(condition.state, "active")
        self._assert_refused(
            ValidationError, condition.write, {"date_end": "2026-03-01"}
        )
        condition.date_end = "2026-03-09"
        self.assertEqual(condition.state, "resolved")

    def test_allergy_says_to_what(self):
        allergies = self.env["medical.allergy"]
        self._assert_refused(
            ValidationError, allergies.create, {"patient_id": self.patient.id}
        )
        allergy = allergies.create(
            {"patient_id": self.patient.id, "product_id": self.drug.id}
        )
        self.assertEqual(allergy.substance, "Tablet")

    def test_values_of_the_caller_stay_as_they_were(self):
        vals = {"patient_id": self.patient.id}
        first, second = self.env["medical.consultation"].create([vals, vals])
        self.assertEqual(vals, {"patient_id": self.patient.id})
        self.assertNotEqual(first.name, second.name)

    def test_visit_is_not_given_to_a_company_of_others(self):
        visit = self._create_visit()
        other = self._create_company(name="Other clinic")
        for user in (self.reception, self.medic, self.administrator):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError,
                    self._call,
                    user,
                    visit,
                    "write",
                    {"company_id": other.id},
                )
        self.assertEqual(visit.company_id, self.env.company)
        self.reception.company_ids += other
        self._as(self.reception, visit).with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        ).company_id = other
        self.assertEqual(visit.company_id, other)
