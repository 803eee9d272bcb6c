from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestDiagnosis(MedicalRecordsCommon):
    """Diagnoses of a visit, and the problems they open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._create_visit(
            diagnosis_ids=[
                Command.create({"code_id": cls.code_flu.id, "rank": "principal"}),
                Command.create({"code_id": cls.code_cough.id}),
            ]
        )
        cls.flu, cls.cough = cls.visit.diagnosis_ids

    # === CODES === #

    def test_archived_code_is_refused(self):
        old = self._create_code("J00", "Old", active=False)
        for deed in (
            lambda: self.flu.write({"code_id": old.id}),
            lambda: self._create_visit(
                diagnosis_ids=[Command.create({"code_id": old.id})]
            ),
        ):
            message = self._assert_refused(ValidationError, deed)
            self.assertIn("J00 Old is no longer in use", message)

    def test_diagnosis_outlives_its_code(self):
        self.code_flu.active = False
        self.flu.note = "Seen again"
        self.assertEqual(self.flu.code_id, self.code_flu)

    # === RANK === #

    def test_second_principal_diagnosis_is_refused(self):
        visits = self.env["medical.consultation"].with_user(self.medic)
        result = visits.load(
            [".id", "diagnosis_ids/code_id/.id", "diagnosis_ids/rank"],
            [[str(self.visit.id), str(self.code_cough.id), "Principal"]],
        )
        self.assertIn("one principal diagnosis", str(result["messages"]))
        principal = {"code_id": self.code_cough.id, "rank": "principal"}
        for deed in (
            lambda: self.cough.write({"rank": "principal"}),
            lambda: self.visit.write({"diagnosis_ids": [Command.create(principal)]}),
            lambda: self._create_visit(diagnosis_ids=[Command.create(principal)] * 2),
        ):
            message = self._assert_refused(ValidationError, deed)
            self.assertIn("one principal diagnosis", message)

    def test_principal_diagnosis_changes_places_in_one_save(self):
        for first, second in ((0, 1), (1, 0)):
            with self.subTest(first=first):
                ranks = ["principal", "secondary"]
                records = self.flu | self.cough
                target = self.cough if self.flu.rank == "principal" else self.flu
                commands = [
                    Command.update(
                        record.id,
                        {"rank": ranks[0] if record == target else ranks[1]},
                    )
                    for record in (records[first], records[second])
                ]
                self.visit.write({"diagnosis_ids": commands})
                self.env.flush_all()
                self.assertEqual(target.rank, "principal")

    def test_principal_diagnosis_is_deleted_and_replaced_in_one_save(self):
        self.visit.with_user(self.medic).write(
            {
                "diagnosis_ids": [
                    Command.update(self.cough.id, {"rank": "principal"}),
                    Command.delete(self.flu.id),
                ]
            }
        )
        self.env.flush_all()
        self.assertEqual(self.visit.diagnosis_ids, self.cough)

    def test_signed_diagnoses_change_no_places(self):
        self._sign(self.visit)
        self._assert_refused(
            UserError,
            self._as(self.medic, self.visit).write,
            {
                "diagnosis_ids": [
                    Command.update(self.flu.id, {"rank": "secondary"}),
                    Command.update(self.cough.id, {"rank": "principal"}),
                ]
            },
        )

    # === PROBLEMS === #

    def test_one_click_opens_a_problem(self):
        self._as(self.medic, self.flu).action_open_problem()
        self.assertRecordValues(
            self.patient.condition_ids,
            [
                {
                    "code_id": self.code_flu.id,
                    "diagnosis_id": self.flu.id,
                    "date_onset": Date.to_date("2026-03-02"),
                    "state": "active",
                }
            ],
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.visit.diagnosis_ids.mapped("is_on_problem_list"), [True, False]
        )
        self.assertEqual(self.visit.problem_ids.code_id, self.code_flu)

    def test_known_problem_is_not_opened_twice(self):
        self.flu.action_open_problem()
        message = self._assert_refused(
            UserError, self._as(self.medic, self.flu).action_open_problem
        )
        self.assertIn("Ada Patient already has J11 Influenza", message)
        self.assertIn("2026-03-02", message)
        again = self._create_visit(
            diagnosis_ids=[Command.create({"code_id": self.code_flu.id})]
        )
        self._assert_refused(UserError, again.diagnosis_ids.action_open_problem)
        self.assertEqual(len(self.patient.condition_ids), 1)

    def test_resolved_problem_is_opened_again(self):
        self.flu.action_open_problem()
        self.patient.condition_ids.date_end = "2026-03-10"
        again = self._create_visit(
            date="2026-04-01 09:00:00",
            diagnosis_ids=[Command.create({"code_id": self.code_flu.id})],
        )
        self.assertFalse(again.diagnosis_ids.is_on_problem_list)
        again.diagnosis_ids.action_open_problem()
        self.assertEqual(len(self.patient.condition_ids), 2)

    def test_same_diagnosis_of_two_visits_opens_one_problem(self):
        again = self._create_visit(
            diagnosis_ids=[Command.create({"code_id": self.code_flu.id})]
        )
        (self.flu | again.diagnosis_ids).action_open_problem()
        self.assertEqual(len(self.patient.condition_ids), 1)

    def test_signed_diagnosis_still_opens_a_problem(self):
        self._sign(self.visit)
        self._as(self.medic, self.flu).action_open_problem()
        self.assertEqual(self.patient.condition_ids.code_id, self.code_flu)
        self.assertEqual(self.visit.state, "signed")

    def test_cancelled_visit_opens_no_problem(self):
        self._cancel(self.visit)
        self._assert_refused(
            UserError, self._as(self.medic, self.flu).action_open_problem
        )

    def test_only_medics_open_problems(self):
        for user in (self.assistant, self.reception, self.internal, self.portal):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._call, user, self.flu, "action_open_problem"
                )
        self.assertFalse(self.patient.condition_ids)

    # === BANNER === #

    def test_banner_follows_the_patient(self):
        self.flu.action_open_problem()
        self.visit.reason = "Fever"
        self._sign(self.visit)
        form = Form(self.env["medical.consultation"].with_user(self.medic))
        self.assertFalse(form.last_visit_id)
        form.patient_id = self.patient
        self.assertEqual(form.last_visit_id, self.visit)
        self.assertEqual(form.last_visit_summary, "03/02/2026 – Fever – J11 Influenza")
        self.assertEqual(form.problem_ids[:].code_id, self.code_flu)
        form.patient_id = self.other_patient
        self.assertFalse(form.last_visit_id)
        self.assertFalse(form.problem_ids[:])

    def test_last_visit_took_place_before(self):
        earlier = self._sign(self._create_visit(date="2026-01-01 09:00:00"))
        self._cancel(self._create_visit(date="2026-02-01 09:00:00"))
        self._create_visit(date="2026-02-02 09:00:00")
        self._sign(self._create_visit(date="2026-05-01 09:00:00"))
        self._sign(
            self._create_visit(
                patient_id=self.other_patient.id, date="2026-02-03 09:00:00"
            )
        )
        self.assertEqual(self.visit.last_visit_id, earlier)
        self.assertFalse(earlier.last_visit_id)

    def test_last_visit_of_the_same_moment_is_the_one_recorded_first(self):
        twin = self._create_visit()
        (self.visit | twin).action_start()
        self.assertEqual(twin.last_visit_id, self.visit)
        self.assertFalse(self.visit.last_visit_id)

    def test_visits_of_another_company_are_no_last_visit(self):
        other = self._create_company(name="Other clinic")
        self._sign(self.visit)
        stranger = self._create_medic(
            "stranger", company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        visit = (
            self.env["medical.consultation"]
            .with_user(stranger)
            .create({"patient_id": self.patient.id})
        )
        self.assertFalse(visit.last_visit_id)
