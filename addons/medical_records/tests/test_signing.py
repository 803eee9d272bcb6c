from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Datetime
from odoo.tests import freeze_time, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestSigning(MedicalRecordsCommon):
    def test_medic_signs_their_visit(self):
        visit = self._create_visit(self.procedure, self.lab_test)
        with freeze_time("2026-03-02 09:30:00"):
            self._as(self.medic, visit).action_sign()
        self.assertRecordValues(
            visit,
            [
                {
                    "state": "signed",
                    "signed_by_id": self.medic.id,
                    "date_signed": visit.date_end,
                }
            ],
        )
        self.assertEqual(str(visit.date_end), "2026-03-02 09:30:00")

    def test_signing_does_what_is_not_for_later(self):
        visit = self._create_visit(
            {"product_id": self.procedure.id, "quantity": 2}, self.lab_test
        )
        self._sign(visit)
        self.assertRecordValues(
            visit.line_ids,
            [
                {
                    "state": "done",
                    "qty_done": 2,
                    "done_by_id": self.medic.partner_id.id,
                },
                {"state": "ordered", "qty_done": 0, "done_by_id": False},
            ],
        )

    def test_signing_leaves_cancelled_lines_alone(self):
        visit = self._create_visit(self.procedure, self.drug)
        visit.line_ids[1].action_cancel()
        self._sign(visit)
        self.assertEqual(visit.line_ids.mapped("qty_done"), [1, 0])

    def test_visit_ends_when_it_is_signed_or_as_planned_when_that_is_late(self):
        same_day, later = self._create_visit(duration=0.5), self._create_visit()
        later.duration = 0.5
        with freeze_time("2026-03-02 09:20:00"):
            self._sign(same_day)
        with freeze_time("2026-03-05 18:00:00"):
            self._sign(later)
        self.assertEqual(
            (same_day | later).mapped("date_end"),
            [
                Datetime.to_datetime("2026-03-02 09:20:00"),
                Datetime.to_datetime("2026-03-02 09:30:00"),
            ],
        )

    def test_visit_without_patient_cannot_be_signed(self):
        visit = self._create_visit(patient_id=False)
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("Choose the patient", message)

    def test_visit_without_practitioner_cannot_be_signed(self):
        visit = self._create_visit(practitioner_id=False)
        for user in (self.medic, self.administrator):
            with self.subTest(user=user.login):
                message = self._assert_refused(UserError, self._sign, visit, user)
                self.assertIn("Choose the practitioner", message)

    def test_visit_cannot_be_signed_twice(self):
        visit = self._sign(self._create_visit())
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("was already signed by Medic", message)

    def test_cancelled_visit_cannot_be_signed(self):
        visit = self._create_visit()
        self._cancel(visit)
        self._assert_refused(UserError, self._sign, visit)

    def test_medic_cannot_sign_the_visit_of_somebody_else(self):
        visit = self._create_visit(self.procedure)
        self._assert_refused(AccessError, self._sign, visit, self.other_medic)
        self.assertEqual(visit.state, "draft")
        self.assertEqual(visit.line_ids.qty_done, 0)

    def test_administrator_signs_for_anybody(self):
        visit = self._sign(self._create_visit(), self.administrator)
        self.assertEqual(visit.signed_by_id, self.administrator)

    def test_assistant_and_reception_cannot_sign(self):
        visit = self._create_visit()
        for user in (self.assistant, self.reception, self.internal, self.portal):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._call, user, visit, "action_sign"
                )

    def test_assistant_who_is_a_practitioner_cannot_sign(self):
        self.assistant.partner_id.is_practitioner = True
        visit = self._create_visit(practitioner_id=self.assistant.partner_id.id)
        self._assert_refused(AccessError, self._sign, visit, self.assistant)

    def test_one_bad_visit_among_many_leaves_all_unsigned(self):
        visits = self._create_visit() | self._create_visit(patient_id=False)
        self._assert_refused(UserError, self._sign, visits)
        self.assertEqual(visits.mapped("state"), ["draft", "draft"])

    def test_only_who_may_sign_is_offered_it(self):
        visit = self._create_visit()
        for user, expected in (
            (self.medic, True),
            (self.administrator, True),
            (self.other_medic, False),
            (self.assistant, False),
            (self.reception, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(user, visit).can_sign, expected)

    # === FULFILMENT AFTER SIGNING === #

    def test_lab_test_is_done_after_signing(self):
        visit = self._sign(self._create_visit(self.lab_test))
        line = self._as(self.assistant, visit.line_ids)
        line.action_done()
        line.result = "Normal"
        self.assertRecordValues(
            visit.line_ids, [{"state": "done", "qty_done": 1, "result": "Normal"}]
        )

    def test_result_is_added_once_and_then_stays(self):
        visit = self._sign(self._create_visit(self.lab_test))
        line = self._as(self.medic, visit.line_ids)
        line.result = "Normal"
        for result in ("Abnormal", False, ""):
            with self.subTest(result=result):
                self._assert_refused(UserError, line.write, {"result": result})
        self.assertEqual(visit.line_ids.result, "Normal")

    def test_result_can_be_corrected_before_signing(self):
        visit = self._create_visit(self.lab_test)
        visit.line_ids.result = "Normal"
        visit.line_ids.result = "Abnormal"
        self.assertEqual(visit.line_ids.result, "Abnormal")

    def test_drug_given_in_parts_goes_up_and_never_down(self):
        visit = self._sign(
            self._create_visit(
                {"product_id": self.drug.id, "quantity": 10, "is_done_later": True}
            )
        )
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 4
        line.qty_done = 7
        self.assertEqual(visit.line_ids.qty_done, 7)
        message = self._assert_refused(UserError, line.write, {"qty_done": 6})
        self.assertIn("cannot become less", message)
        self._assert_refused(ValidationError, line.write, {"qty_done": 11})
        self.assertEqual(visit.line_ids.qty_done, 7)

    def test_order_that_is_never_done_can_be_cancelled_after_signing(self):
        visit = self._sign(self._create_visit(self.lab_test))
        self._as(self.assistant, visit.line_ids).action_cancel()
        self.assertEqual(visit.line_ids.state, "cancelled")

    def test_reception_cannot_fulfil_lines(self):
        visit = self._sign(self._create_visit(self.lab_test))
        for method, args in (
            ("action_done", ()),
            ("action_cancel", ()),
            ("write", ({"qty_done": 1},)),
        ):
            with self.subTest(method=method):
                self._assert_refused(
                    AccessError,
                    self._call,
                    self.reception,
                    visit.line_ids,
                    method,
                    *args,
                )
