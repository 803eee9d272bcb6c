from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestLedger(MedicalBillingCommon):
    """Whatever is done to a document by Odoo's own buttons, the item tells it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )
        cls.item, cls.other_item = cls.items

    def _build_and_post(self):
        return self._post(self._build(self.items))

    def _get_line(self, move, item=None):
        item = item or self.item
        return move.invoice_line_ids.filtered(
            lambda line: line.billable_item_id == item
        )

    # === DRAFTS === #

    def test_draft_holds_the_quantity(self):
        self._build(self.items)
        self._assert_ledger(self.item, quantity=3, drafted=3, state="drafted")

    def test_deleting_a_line_of_a_draft_gives_it_back(self):
        move = self._build(self.items)
        self._get_line(move).unlink()
        self._assert_ledger(self.item, quantity=3, to_bill=3, state="to_bill")
        self._assert_ledger(self.other_item, quantity=1, drafted=1)

    def test_deleting_a_line_in_the_form_gives_it_back(self):
        move = self._build(self.items)
        self._as(self.accountant, move).write(
            {"invoice_line_ids": [Command.delete(self._get_line(move).id)]}
        )
        self._assert_ledger(self.item, quantity=3, to_bill=3)

    def test_deleting_a_draft_gives_all_back(self):
        self._as(self.accountant, self._build(self.items)).unlink()
        self._assert_ledger(self.item, quantity=3, to_bill=3, state="to_bill")
        self._assert_ledger(self.other_item, quantity=1, to_bill=1)

    def test_cancelling_a_draft_gives_all_back_and_reopening_takes_it(self):
        move = self._build(self.items)
        move.button_cancel()
        self._assert_ledger(self.item, quantity=3, to_bill=3)
        move.button_draft()
        self._assert_ledger(self.item, quantity=3, drafted=3)

    def test_billing_a_part_leaves_the_rest(self):
        move = self._build(self.items)
        self._as(self.accountant, self._get_line(move)).quantity = 1
        self._assert_ledger(
            self.item, quantity=3, drafted=1, to_bill=2, state="to_bill"
        )
        rest = self._build(self.item)
        self.assertEqual(rest.invoice_line_ids.quantity, 2)
        self._assert_ledger(self.item, quantity=3, drafted=3, state="drafted")

    def test_zero_on_a_draft_line_gives_it_back(self):
        move = self._build(self.items)
        self._get_line(move).quantity = 0
        self._assert_ledger(self.item, quantity=3, to_bill=3)

    # === POSTED === #

    def test_posting_bills(self):
        self._build_and_post()
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_resetting_to_draft_unbills(self):
        move = self._build_and_post()
        move.button_draft()
        self._assert_ledger(self.item, quantity=3, drafted=3, state="drafted")
        move.button_cancel()
        self._assert_ledger(self.item, quantity=3, to_bill=3, state="to_bill")

    def test_duplicate_of_an_invoice_bills_nothing(self):
        copied = self._build_and_post().copy()
        self.assertFalse(copied.invoice_line_ids.billable_item_id)
        self._assert_ledger(self.item, quantity=3, posted=3)
        self._post(copied)
        self._assert_ledger(self.item, quantity=3, posted=3)

    # === CREDITS === #

    def test_draft_credit_note_counts_for_nothing(self):
        credit = self._reverse(self._build_and_post())
        self.assertRecordValues(
            credit,
            [
                {
                    "state": "draft",
                    "move_type": "out_refund",
                    "medical_patient_id": self.patient.id,
                }
            ],
        )
        self.assertEqual(credit.invoice_line_ids.billable_item_id, self.items)
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_posted_credit_note_waits_for_a_decision(self):
        credit = self._reverse(self._build_and_post())
        self._as(self.accountant, credit).action_post()
        self._assert_ledger(self.item, quantity=3, undecided=3, state="undecided")

    def test_biller_bills_again_what_was_credited(self):
        self._reverse(self._build_and_post()).action_post()
        self._as(self.biller, self.item).action_bill_again()
        self._assert_ledger(self.item, quantity=3, to_bill=3, state="to_bill")
        self._assert_ledger(self.other_item, quantity=1, undecided=1)
        self._post(self._build(self.item))
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_biller_waives_what_was_credited(self):
        self._reverse(self._build_and_post()).action_post()
        self._waive_credited(self.item, reason="Hardship")
        self._assert_ledger(self.item, quantity=3, waived=3, state="waived")
        # Who gave it up and why stays on the credit note's line.
        self.assertRecordValues(
            self.item.move_line_ids.filtered("credit_outcome"),
            [
                {
                    "credit_outcome": "waive",
                    "credit_outcome_user_id": self.biller.id,
                    "credit_outcome_reason": "Hardship",
                }
            ],
        )
        message = self._assert_refused(UserError, self._build, self.item)
        self.assertIn("has nothing left to bill", message)

    def test_decision_needs_something_undecided(self):
        self._assert_refused(
            UserError, self._call, self.biller, self.item, "action_bill_again"
        )

    def test_credit_of_a_part(self):
        credit = self._reverse(self._build_and_post())
        self._get_line(credit).quantity = 1
        credit.action_post()
        self._assert_ledger(
            self.item, quantity=3, posted=2, undecided=1, state="undecided"
        )
        self._waive_credited(self.item)
        self._assert_ledger(self.item, quantity=3, posted=2, waived=1, state="billed")

    def test_undoing_a_credit_undoes_the_decision(self):
        credit = self._reverse(self._build_and_post())
        credit.action_post()
        self._waive_credited(self.item)
        credit.button_draft()
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")
        credit.unlink()
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_reverse_and_create_bills_again_on_a_draft(self):
        move = self._build_and_post()
        new = self._reverse(move, modify=True)
        self.assertEqual(new.state, "draft")
        self.assertEqual(new.invoice_line_ids.billable_item_id, self.items)
        self._assert_ledger(self.item, quantity=3, drafted=3, state="drafted")
        new.unlink()
        self._assert_ledger(self.item, quantity=3, undecided=3, state="undecided")

    def test_reverse_and_create_then_post(self):
        new = self._reverse(self._build_and_post(), modify=True)
        self._post(new)
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_credit_of_what_was_billed_again(self):
        self._reverse(self._build_and_post()).action_post()
        self.item.action_bill_again()
        self._reverse(self._post(self._build(self.item))).action_post()
        self._assert_ledger(self.item, quantity=3, undecided=3, state="undecided")

    def test_new_document_keeps_neither_patient_nor_receipt_on_a_copy(self):
        move = self._build(self.items)
        self.assertRecordValues(
            move.copy(), [{"medical_patient_id": False, "is_medical_receipt": False}]
        )

    # === THE DATABASE REFUSES === #

    def test_cancelled_invoice_cannot_come_back_after_billing_again(self):
        move = self._build(self.items)
        move.button_cancel()
        self._build(self.items)
        message = self._assert_refused(IntegrityError, move.button_draft)
        self.assertIn("billed_once", message)
        self.assertEqual(move.state, "cancel")
        self._assert_ledger(self.item, quantity=3, drafted=3)

    def test_refusal_of_the_database_is_readable(self):
        move = self._build(self.items)
        move.button_cancel()
        self._build(self.items)
        table = self.env["medical.billable.item"]._table_objects
        for name, expected in (
            ("medical_billable_item_billed_once", "already billed"),
            ("medical_billable_item_not_overcredited", "more than was billed"),
        ):
            self.assertIn(expected, table[name].get_error_message(self.item, None))

    def test_draft_quantity_cannot_be_raised_above_the_item(self):
        line = self._get_line(self._build(self.items))
        self._assert_refused(IntegrityError, line.write, {"quantity": 4})
        self._assert_ledger(self.item, quantity=3, drafted=3)

    def test_negative_draft_quantity_is_refused(self):
        line = self._get_line(self._build(self.items))
        self._assert_refused(IntegrityError, self._post_negative, line)
        self._assert_ledger(self.item, quantity=3, drafted=3)

    def _post_negative(self, line):
        line.quantity = -1
        line.move_id.invoice_date = "2026-03-02"
        line.move_id.action_post()

    def test_no_more_is_credited_than_was_billed(self):
        credit = self._reverse(self._build_and_post())
        self._get_line(credit).quantity = 4
        message = self._assert_refused(ValidationError, credit.action_post)
        self.assertIn("bills 3.0 of Tablet", message)
        self._assert_ledger(self.item, quantity=3, posted=3)

    def test_invoice_cannot_be_credited_twice(self):
        move = self._build_and_post()
        first, second = self._reverse(move), self._reverse(move)
        first.action_post()
        message = self._assert_refused(ValidationError, second.action_post)
        self.assertIn("credit more than was billed", message)
        self._assert_ledger(self.item, quantity=3, undecided=3)

    # === LOCKS ON DRAFT LINES === #

    def test_identity_of_a_linked_line_is_locked(self):
        move = self._build(self.items)
        line = self._get_line(move)
        for vals in (
            {"product_id": self.swab.id},
            {"product_id": False},
            {"product_uom_id": self.uom_dozen.id},
            {"billable_item_id": self.other_item.id},
            {"billable_item_id": False},
        ):
            for user in (self.accountant, self.biller):
                with self.subTest(vals=vals, user=user.login):
                    self._assert_refused(UserError, self._as(user, line).write, vals)
                    self._assert_refused(
                        UserError,
                        self._as(user, move).write,
                        {"invoice_line_ids": [Command.update(line.id, vals)]},
                    )

    def test_customer_and_currency_of_a_linked_document_are_locked(self):
        move = self._build(self.items)
        euro = self.setup_other_currency("EUR")
        for vals in ({"partner_id": self.guarantor.id}, {"currency_id": euro.id}):
            for user in (self.accountant, self.biller):
                with self.subTest(vals=vals, user=user.login):
                    self._assert_refused(UserError, self._as(user, move).write, vals)

    def test_document_customer_and_currency_of_a_linked_line_are_locked(self):
        line = self._get_line(self._build(self.items))
        other = self._build(self._create_items(self.drug))
        euro = self.setup_other_currency("EUR")
        for vals in (
            {"currency_id": euro.id},
            {"partner_id": self.guarantor.id},
            {"move_id": other.id},
        ):
            with self.subTest(vals=vals):
                self._assert_refused(
                    UserError, self._as(self.accountant, line).write, vals
                )

    def test_rest_of_a_linked_line_is_free(self):
        move = self._build(self.items)
        line = self._as(self.accountant, self._get_line(move))
        line.write(
            {"quantity": 2, "price_unit": 1.5, "name": "Tablets", "discount": 10}
        )
        # 2 × 1.50 − 10 %
        self.assertRecordValues(
            line,
            [{"price_subtotal": 2.7, "name": "Tablets"}],
        )
        self._assert_ledger(self.item, quantity=3, drafted=2, to_bill=1)

    def test_same_values_may_be_written(self):
        # As web clients do that send back what they were given.
        move = self._build(self.items)
        line = self._get_line(move)
        self._as(self.accountant, line).write(
            {"product_id": self.drug.id, "product_uom_id": self.uom_unit.id}
        )
        self._as(self.accountant, move).write({"partner_id": self.patient.id})

    def test_unlinked_lines_and_documents_are_free(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.patient.id,
                "invoice_line_ids": [Command.create({"product_id": self.drug.id})],
            }
        )
        self._as(self.accountant, move.invoice_line_ids).product_id = self.swab
        self._as(self.accountant, move).partner_id = self.guarantor
        self.assertEqual(move.partner_id, self.guarantor)

    def test_unlinked_lines_may_be_added_to_a_clinic_document(self):
        move = self._build(self.items)
        self._as(self.accountant, move).write(
            {
                "invoice_line_ids": [
                    Command.create({"name": "Certificate", "price_unit": 10})
                ]
            }
        )
        # 3 × 2.00 + 120.00 + 10.00
        self.assertEqual(move.amount_untaxed, 136)

    # === LINKS MADE BY HAND === #

    def test_line_made_by_hand_bills_only_the_very_item(self):
        item = self._create_items(self.procedure)
        move = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.patient.id}
        )
        line = {
            "product_id": self.procedure.id,
            "quantity": 1,
            "billable_item_id": item.id,
        }
        self._assert_refused(
            ValidationError,
            move.write,
            {
                "invoice_line_ids": [
                    Command.create({**line, "product_id": self.drug.id})
                ]
            },
        )
        move.write({"invoice_line_ids": [Command.create(line)]})
        self._assert_ledger(item, quantity=1, drafted=1, state="drafted")

    def test_document_of_another_customer_cannot_bill_the_item(self):
        item = self._create_items(self.procedure)
        move = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.other_patient.id}
        )
        message = self._assert_refused(
            ValidationError,
            move.write,
            {
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.procedure.id,
                            "quantity": 1,
                            "billable_item_id": item.id,
                        }
                    )
                ]
            },
        )
        self.assertIn("must be those of the item", message)
        self._assert_ledger(item, quantity=1, to_bill=1)

    # === AMENDED VISITS === #

    def test_credited_item_stays_with_its_line(self):
        self._reverse(self._build_and_post()).action_post()
        self.other_item.with_user(self.biller).action_bill_again()
        line = self.other_item.consultation_line_id
        self._amend(line.consultation_id)
        line = self._as(self.medic, line)
        line.qty_done = 0
        for deed in (line.unlink, lambda: line.write({"charge": "none"})):
            message = self._assert_refused(UserError, deed)
            self.assertIn("is on a document and stays", message)
        line.action_cancel()
        self._assert_ledger(self.other_item, quantity=0, state="cancelled")

    def test_less_and_more_in_an_amended_visit(self):
        self._build_and_post()
        line = self.item.consultation_line_id
        self._amend(line.consultation_id)
        line = self._as(self.medic, line)
        line.write({"quantity": 5, "qty_done": 5})
        self._assert_ledger(self.item, quantity=5, posted=3, to_bill=2, state="to_bill")
        line.write({"quantity": 4, "qty_done": 4})
        self._assert_ledger(self.item, quantity=4, posted=3, to_bill=1, state="to_bill")
