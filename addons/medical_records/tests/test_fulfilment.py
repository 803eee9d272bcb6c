from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import freeze_time, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestFulfilment(MedicalRecordsCommon):
    """What is ordered now and done later: parts, results, files, review."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.assistant.partner_id.is_practitioner = True
        cls.visit = cls._create_visit(
            cls.lab_test,
            {"product_id": cls.drug.id, "quantity": 10, "is_done_later": True},
        )
        cls._sign(cls.visit)
        cls.blood_count, cls.tablets = cls.visit.line_ids

    def _create_file(self, name="result.pdf", user=None):
        return (
            self.env["ir.attachment"]
            .with_user(user or self.assistant)
            .create({"name": name, "raw": b"%PDF-1.4 of a laboratory"})
        )

    # === RECORDING === #

    def test_result_and_file_are_recorded_in_one_go(self):
        file = self._create_file()
        self._record(
            self.blood_count,
            result="Hb 14.1 g/dl",
            attachment_ids=[Command.set(file.ids)],
        )
        self.assertRecordValues(
            self.blood_count,
            [
                {
                    "state": "done",
                    "qty_done": 1,
                    "result": "Hb 14.1 g/dl",
                    "done_by_id": self.assistant.partner_id.id,
                    "attachment_ids": file.ids,
                    "result_status": "arrived",
                }
            ],
        )
        self.assertEqual(
            self.blood_count.event_ids.sorted("id").mapped("kind"),
            ["result", "file", "done"],
        )

    def test_drug_is_given_in_parts_by_different_people(self):
        self._record(self.tablets, quantity=4)
        self._record(self.tablets, self.medic, quantity=3)
        self.assertRecordValues(
            self.tablets,
            [
                {
                    "state": "ordered",
                    "qty_done": 7,
                    "done_by_id": self.assistant.partner_id.id,
                }
            ],
        )
        self.assertRecordValues(
            self.tablets.event_ids.sorted("id"),
            [
                {
                    "quantity": 4,
                    "done_by_id": self.assistant.partner_id.id,
                    "user_id": self.assistant.id,
                },
                {
                    "quantity": 3,
                    "done_by_id": self.medic.partner_id.id,
                    "user_id": self.medic.id,
                },
            ],
        )

    def test_dialog_offers_what_is_left(self):
        self._record(self.tablets, quantity=4)
        self._record(self.tablets)
        self.assertEqual(self.tablets.qty_done, 10)
        self.assertEqual(self.tablets.event_ids.sorted("id").mapped("quantity"), [4, 6])

    def test_more_than_ordered_is_refused(self):
        message = self._assert_refused(
            ValidationError, self._record, self.tablets, quantity=11
        )
        self.assertIn("more than the 10", message)
        self._assert_refused(UserError, self._record, self.tablets, quantity=-1)

    def test_nothing_at_all_is_refused(self):
        message = self._assert_refused(
            UserError, self._record, self.tablets, quantity=0
        )
        self.assertIn("how much was done, a result, or add a file", message)

    def test_deed_in_the_future_is_refused(self):
        self._assert_refused(
            UserError,
            self._record,
            self.tablets,
            quantity=1,
            date_done=Datetime.now() + timedelta(days=1),
        )

    def test_time_and_person_can_be_said_afterwards(self):
        self._record(
            self.blood_count,
            done_by_id=self.other_medic.partner_id.id,
            date_done="2026-03-03 08:00:00",
        )
        self.assertRecordValues(
            self.blood_count,
            [
                {
                    "done_by_id": self.other_medic.partner_id.id,
                    "date_done": Datetime.to_datetime("2026-03-03 08:00:00"),
                }
            ],
        )
        self.assertEqual(self.blood_count.event_ids.user_id, self.assistant)

    def test_later_result_is_added_below_the_first(self):
        self._record(self.blood_count, result="Preliminary: normal")
        self._record(self.blood_count, result="Final: normal")
        self.assertEqual(self.blood_count.result, "Preliminary: normal\nFinal: normal")
        self.assertEqual(
            self.blood_count.event_ids.filtered(lambda e: e.kind == "result")
            .sorted("id")
            .mapped("note"),
            ["Preliminary: normal", "Final: normal"],
        )

    def test_who_and_when_stay_once_recorded(self):
        self._record(self.blood_count)
        line = self._as(self.medic, self.blood_count)
        for vals in (
            {"done_by_id": self.other_medic.partner_id.id},
            {"done_by_id": False},
            {"date_done": "2020-01-01 00:00:00"},
            {"date_done": False},
        ):
            with self.subTest(vals=vals):
                self._assert_refused(UserError, line.write, vals)
        # Saying the same again, as forms do, is no change.
        line.write({"done_by_id": self.assistant.partner_id.id})

    def test_cancelled_order_stays_cancelled(self):
        self._as(self.assistant, self.tablets).action_cancel()
        self.assertEqual(self.tablets.event_ids.kind, "cancelled")
        self._assert_refused(
            UserError,
            self._call,
            self.medic,
            self.tablets,
            "write",
            {"is_cancelled": False},
        )
        self._assert_refused(UserError, self._record, self.tablets, quantity=1)

    def test_reception_records_nothing(self):
        for method in ("action_record", "action_done", "action_review"):
            with self.subTest(method=method):
                self._assert_refused(
                    AccessError, self._call, self.reception, self.blood_count, method
                )
        self._assert_refused(
            AccessError,
            self.env["medical.consultation.line.record"]
            .with_user(self.reception)
            .create,
            {"line_id": self.blood_count.id},
        )

    def test_act_done_at_once_needs_no_event(self):
        visit = self._sign(self._create_visit(self.procedure))
        self.assertEqual(visit.line_ids.qty_done, 1)
        self.assertFalse(visit.line_ids.event_ids)

    # === REVIEW === #

    def test_medic_reviews_what_somebody_else_recorded(self):
        self._record(self.blood_count, result="Normal")
        line = self._as(self.medic, self.blood_count)
        self.assertEqual(line.result_status, "arrived")
        line.action_review()
        self.assertRecordValues(
            self.blood_count,
            [{"result_status": "reviewed", "reviewed_by_id": self.medic.id}],
        )

    def test_news_after_the_review_wait_again(self):
        with freeze_time("2026-03-03 08:00:00"):
            self._record(
                self.blood_count, result="Normal", date_done="2026-03-03 07:00:00"
            )
            self._as(self.medic, self.blood_count).action_review()
        with freeze_time("2026-03-04 08:00:00"):
            self._record(self.blood_count, result="Correction: low")
        self.assertEqual(self.blood_count.result_status, "arrived")

    def test_own_result_needs_no_review(self):
        self._record(self.blood_count, self.medic, result="Normal")
        self.assertEqual(self.blood_count.result_status, "reviewed")

    def test_assistant_cannot_review(self):
        self._record(self.blood_count, result="Normal")
        self._assert_refused(
            AccessError, self._call, self.assistant, self.blood_count, "action_review"
        )
        for vals in (
            {"date_reviewed": "2026-03-03 08:00:00"},
            {"reviewed_by_id": self.medic.id},
            {"date_result": False},
            {"result_status": "reviewed"},
        ):
            with self.subTest(vals=vals):
                self._assert_refused(
                    UserError,
                    self._call,
                    self.assistant,
                    self.blood_count,
                    "write",
                    vals,
                )
        self.assertEqual(self.blood_count.result_status, "arrived")

    def test_result_waits_for_the_medic_whose_visit_it_is(self):
        self._record(self.blood_count, result="Normal")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_consultation_line_action_results"
        )
        lines = self.env["medical.consultation.line"].search(
            [
                ("result_status", "!=", False),
                ("result_status", "=", "arrived"),
                ("consultation_id.practitioner_id.user_ids", "in", self.medic.ids),
            ]
        )
        self.assertEqual(action["res_model"], lines._name)
        self.assertEqual(lines, self.blood_count)
