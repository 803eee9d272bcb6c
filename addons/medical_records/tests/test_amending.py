from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestAmending(MedicalRecordsCommon):
    """Opening a signed visit again, and adding to it without opening it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._create_visit(
            cls.procedure,
            {"product_id": cls.drug.id, "quantity": 2, "dosage": "Twice a day"},
            reason="Fever",
            history="Fever for three days, no cough",
            diagnosis_ids=[
                Command.create({"code_id": cls.code_flu.id, "rank": "principal"})
            ],
        )
        cls._sign(cls.visit)

    def _compare(self, amendment, user=None):
        """Return the comparison as rows of words, and the title of each group."""
        comparison = self._as(user or self.medic, amendment).comparison
        rows, title = {}, None
        for row in html.fromstring(comparison).xpath("//tbody/tr"):
            cells = [" ".join(cell.text_content().split()) for cell in row]
            if len(cells) == 1:
                title = cells[0]
                rows[title] = {}
            else:
                rows[title][cells[0]] = tuple(cells[1:])
        return rows

    # === AMENDING === #

    def test_amending_opens_the_visit_and_keeps_what_it_said(self):
        signed = self.visit.date_signed
        self._amend(self.visit, reason="Wrong history")
        self.assertRecordValues(
            self.visit,
            [{"state": "in_progress", "signed_by_id": False, "date_signed": False}],
        )
        self.assertRecordValues(
            self.visit.amendment_ids,
            [
                {
                    "reason": "Wrong history",
                    "user_id": self.medic.id,
                    "signed_by_id": self.medic.id,
                    "date_signed": signed,
                }
            ],
        )
        self.visit.with_user(self.medic).history = "Fever for five days"
        self._sign(self.visit)
        self.assertEqual(self.visit.state, "signed")
        self.assertEqual(
            self._compare(self.visit.amendment_ids),
            {
                "Visit": {
                    "History": (
                        "Fever for three days, no cough",
                        "Fever for five days",
                    )
                }
            },
        )

    def test_comparison_shows_parts_that_changed_came_and_went(self):
        self._amend(self.visit)
        visit = self._as(self.medic, self.visit)
        drug = visit.line_ids[1]
        drug.write({"quantity": 3, "dosage": "Three times a day"})
        visit.write(
            {
                "diagnosis_ids": [
                    Command.delete(visit.diagnosis_ids.id),
                    Command.create(
                        {"code_id": self.code_cough.id, "rank": "principal"}
                    ),
                ]
            }
        )
        self._sign(self.visit)
        rows = self._compare(self.visit.amendment_ids)
        self.assertEqual(
            rows["Tablet"],
            {
                "Ordered": ("2", "3"),
                "Done": ("2", "3"),
                "Dosage": ("Twice a day", "Three times a day"),
            },
        )
        self.assertEqual(
            rows["J11 Influenza Removed"]["Diagnosis"], ("J11 Influenza", "")
        )
        self.assertEqual(rows["R05 Cough Added"]["Diagnosis"], ("", "R05 Cough"))
        self.assertNotIn("Suture", rows)

    def test_each_version_is_compared_with_the_one_after_it(self):
        for number, history in enumerate(("Second", "Third")):
            self._amend(self.visit, reason=f"Reason {number}")
            self.visit.with_user(self.medic).history = history
            self._sign(self.visit)
        latest, first = self.visit.amendment_ids
        self.assertEqual(
            self._compare(first)["Visit"]["History"],
            ("Fever for three days, no cough", "Second"),
        )
        self.assertEqual(self._compare(latest)["Visit"]["History"], ("Second", "Third"))

    def test_markup_in_the_record_is_shown_and_not_run(self):
        self._amend(self.visit)
        self.visit.with_user(self.medic).history = "<script>alert(1)</script>"
        self._sign(self.visit)
        comparison = str(self.visit.amendment_ids.comparison)
        self.assertNotIn("<script", comparison)
        self.assertIn("&lt;script&gt;", comparison)

    def test_amending_does_nothing_by_itself(self):
        done = self.visit.line_ids.mapped("qty_done")
        self._amend(self.visit)
        self._sign(self.visit)
        self.assertEqual(self.visit.line_ids.mapped("qty_done"), done)
        self.assertEqual(self._compare(self.visit.amendment_ids), {})
        self.assertIn("Nothing differs", str(self.visit.amendment_ids.comparison))

    def test_only_who_answers_for_the_visit_amends_it(self):
        for user in (self.other_medic, self.assistant, self.reception, self.internal):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._call, user, self.visit, "action_amend"
                )
                self._assert_refused(
                    AccessError,
                    lambda user=user: (
                        self.env["medical.consultation.amend"]
                        .with_user(user)
                        .create(
                            {
                                "consultation_ids": [Command.set(self.visit.ids)],
                                "reason": "Because",
                            }
                        )
                        .action_confirm()
                    ),
                )
        self.assertEqual(self.visit.state, "signed")
        self._amend(self.visit, self.administrator)
        self.assertEqual(self.visit.amendment_ids.user_id, self.administrator)

    def test_visit_that_is_not_signed_is_not_amended(self):
        visit = self._create_visit()
        self._assert_refused(UserError, self._amend, visit)
        self._cancel(visit)
        self._assert_refused(UserError, self._amend, visit)

    def test_amended_visit_is_signed_by_its_practitioner_again(self):
        self._amend(self.visit, self.administrator)
        self._assert_refused(AccessError, self._sign, self.visit, self.other_medic)
        self._sign(self.visit)
        self.assertEqual(self.visit.signed_by_id, self.medic)

    def test_amended_visit_cannot_be_deleted(self):
        self._amend(self.visit)
        self._assert_refused(UserError, self.visit.with_user(self.medic).unlink)

    def test_chatter_says_that_it_was_amended_and_not_what(self):
        self.env.flush_all()
        before = self.visit.message_ids
        self._amend(self.visit, reason="Wrong history")
        self.visit.with_user(self.medic).history = "Pneumonia"
        self._sign(self.visit)
        self.env.cr.flush()
        said = str((self.visit.message_ids - before).mapped("body"))
        said += str(
            (self.visit.message_ids - before)
            .sudo()
            .tracking_value_ids.mapped("field_id.name")
        )
        self.assertNotIn("Wrong history", said)
        self.assertNotIn("Pneumonia", said)
        self.assertNotIn("history", said)

    # === ADDENDA === #

    def _add(self, user, visit=None, **values):
        return (
            self.env["medical.consultation.addendum"]
            .with_user(user)
            .create(
                {
                    "consultation_id": (visit or self.visit).id,
                    "text": "Culture was negative",
                    **values,
                }
            )
        )

    def test_any_medic_adds_to_a_signed_visit(self):
        for user in (self.medic, self.other_medic, self.administrator):
            self._add(user)
        self.assertEqual(
            self.visit.addendum_ids.user_id,
            self.medic | self.other_medic | self.administrator,
        )
        self.assertEqual(self.visit.state, "signed")

    def test_others_add_nothing(self):
        for user in (self.assistant, self.reception, self.internal, self.portal):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._add, user)
        self.assertFalse(self.visit.addendum_ids)

    def test_author_and_time_of_an_addendum_are_not_chosen(self):
        addendum = self._add(
            self.medic, user_id=self.other_medic.id, date="2020-01-01 00:00:00"
        )
        self.assertEqual(addendum.user_id, self.medic)
        self.assertGreater(addendum.date.year, 2020)

    def test_open_visit_needs_no_addendum(self):
        message = self._assert_refused(
            UserError, self._add, self.medic, self._create_visit()
        )
        self.assertIn("into the visit itself", message)

    # === WHAT IS KEPT === #

    def test_nobody_changes_or_deletes_what_is_kept(self):
        visit = self._sign(self._create_visit(self.lab_test))
        self._record(visit.line_ids, result="Normal")
        addendum = self._add(self.medic, visit)
        self._amend(visit)
        event = visit.line_ids.event_ids[:1]
        self.assertTrue(event)
        for user in (self.medic, self.administrator, self.env.ref("base.user_root")):
            for entry, vals in (
                (addendum, {"text": "Nothing"}),
                (addendum, {"user_id": self.other_medic.id}),
                (visit.amendment_ids, {"reason": "Nothing"}),
                (visit.amendment_ids, {"snapshot": {}}),
                (event, {"note": "Nothing"}),
            ):
                entry = entry.with_user(user)
                with self.subTest(user=user.login, entry=entry, vals=vals):
                    # People have no right to it; code in sudo mode is told, too.
                    self._assert_refused(UserError, entry.write, vals)
                    self._assert_refused(UserError, entry.sudo().write, vals)
                    self._assert_refused(UserError, entry.unlink)
                    self._assert_refused(UserError, entry.sudo().unlink)

    def test_nobody_makes_what_is_kept_by_hand(self):
        for model, vals in (
            ("amendment", {"reason": "x", "snapshot": {"story": {}}}),
            ("line.event", {"line_id": self.visit.line_ids[0].id, "kind": "done"}),
        ):
            for user in (self.medic, self.administrator):
                with self.subTest(model=model, user=user.login):
                    self._assert_refused(
                        AccessError,
                        self.env[f"medical.consultation.{model}"]
                        .with_user(user)
                        .create,
                        {"consultation_id": self.visit.id, **vals},
                    )

    # === CANCELLING === #

    def test_cancelling_needs_a_reason(self):
        visit = self._create_visit(self.procedure)
        message = self._assert_refused(
            UserError, self._cancel, visit, self.reception, reason="other"
        )
        self.assertIn("Say in a few words why", message)
        self._cancel(visit, self.reception, reason="no_show")
        self.assertRecordValues(
            visit, [{"state": "cancelled", "cancel_reason": "no_show"}]
        )

    def test_reason_of_a_cancelled_visit_is_closed_to_writes(self):
        visit = self._cancel(self._create_visit())
        for vals in ({"cancel_reason": "error"}, {"cancel_note": "Something"}):
            self._assert_refused(
                UserError, self._call, self.medic, visit, "write", vals
            )

    def test_billing_does_not_read_what_the_patient_told_reception(self):
        visit = self._cancel(self._create_visit(), self.reception, note="Is in labour")
        clerk = self._create_user("clerk", "medical_records.group_medical_user")
        self._assert_refused(
            AccessError, self._call, clerk, visit, "read", ["cancel_note"]
        )
        self.assertEqual(self._as(self.reception, visit).cancel_note, "Is in labour")

    def test_cancelled_visit_is_planned_again_with_all_its_lines(self):
        visit = self._create_visit(self.procedure, self.drug)
        visit.line_ids[1].action_cancel()
        self._cancel(visit, self.reception)
        self._as(self.reception, visit).action_reinstate()
        self.assertRecordValues(visit, [{"state": "draft", "cancel_reason": False}])
        self.assertEqual(visit.line_ids.mapped("state"), ["ordered", "cancelled"])

    def test_nothing_is_done_in_a_cancelled_visit(self):
        visit = self._cancel(self._create_visit(self.lab_test))
        self._assert_refused(UserError, visit.line_ids.action_done)
        self._assert_refused(UserError, visit.line_ids.write, {"qty_done": 1})

    def test_other_words_of_a_line_are_a_difference(self):
        self._amend(self.visit)
        self._as(self.medic, self.visit).line_ids[0].name = "Suture, 5 cm"
        self._sign(self.visit)
        self.assertEqual(
            self._compare(self.visit.amendment_ids),
            {"Suture, 5 cm": {"Description": ("Suture", "Suture, 5 cm")}},
        )

    def test_renamed_code_is_no_difference(self):
        self._amend(self.visit)
        self.code_flu.name = "Seasonal influenza"
        self._sign(self.visit)
        self.assertEqual(self._compare(self.visit.amendment_ids), {})

    def test_order_and_deed_are_corrected_in_one_go(self):
        self._amend(self.visit)
        drug = self._as(self.medic, self.visit).line_ids[1]
        for quantity in (1, 4, 2):
            drug.write({"quantity": quantity, "qty_done": quantity})
            self.env.flush_all()
            self.assertRecordValues(
                drug, [{"quantity": quantity, "qty_done": quantity, "state": "done"}]
            )

    # === DETOURS === #

    def test_amended_visit_is_not_deleted_after_it_was_cancelled(self):
        visit = self._sign(self._create_visit(history="Nothing was done"))
        self._add(self.medic, visit)
        self._amend(visit)
        self._cancel(visit, reason="error")
        self._as(self.medic, visit).action_reinstate()
        self._assert_refused(UserError, visit.with_user(self.medic).unlink)
        self._assert_refused(UserError, visit.sudo().unlink)
        self.assertEqual(len(visit.amendment_ids), 1)

    def test_only_who_answers_for_an_amended_visit_cancels_it(self):
        visit = self._sign(self._create_visit(history="Nothing was done"))
        self._amend(visit)
        for user in (self.reception, self.assistant, self.other_medic):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._cancel, visit, user)
        self._cancel(visit, self.medic, reason="error")
        self.assertEqual(visit.state, "cancelled")

    def test_order_with_a_history_is_not_deleted_in_an_amended_visit(self):
        visit = self._sign(self._create_visit(self.lab_test, self.procedure))
        test, suture = visit.line_ids
        with freeze_time("2026-03-03 08:00:00"):
            self._record(test, result="Normal", date_done="2026-03-03 07:00:00")
        with freeze_time("2026-03-04 08:00:00"):
            self._amend(visit)
        lines = self._as(self.medic, visit).line_ids
        lines.write({"qty_done": 0})
        message = self._assert_refused(UserError, lines[0].unlink)
        self.assertIn("Cancel it instead", message)
        self.assertTrue(test.event_ids)
        # What merely was done wrongly in this version may go.
        lines[1].unlink()
        self.assertFalse(suture.exists())

    def test_blank_is_no_reason(self):
        self._assert_refused(UserError, self._amend, self.visit, reason=" \n")
        self._assert_refused(UserError, self._add, self.medic, text="  ")
        self.assertEqual(self.visit.state, "signed")

    def test_company_of_an_entry_is_that_of_its_visit(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        addendum = self._add(self.medic, company_id=other.id)
        self.assertEqual(addendum.company_id, self.visit.company_id)
        visit = self.visit.with_context(default_company_id=other.id)
        self._amend(visit)
        self.assertEqual(self.visit.amendment_ids.company_id, self.visit.company_id)
