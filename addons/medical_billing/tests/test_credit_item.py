from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestCreditItem(MedicalBillingCommon):
    """Less was done than was billed: drafts follow, posted documents are credited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._create_visit({"product_id": cls.drug.id, "quantity": 5})
        cls.visit.action_start()
        cls.line = cls.visit.line_ids
        cls.line.qty_done = 5
        cls.item = cls.line.billable_item_ids

    def _do(self, quantity, line=None, user=None):
        self._as(user or self.medic, line or self.line).qty_done = quantity
        self.env.flush_all()
        self.env.invalidate_all()

    def _bill(self, quantity=None, item=None, post=True, **values):
        move = self._build(item or self.item)
        if quantity:
            move.invoice_line_ids.quantity = quantity
        if values:
            move.invoice_line_ids.write(values)
        return self._post(move) if post else move

    @property
    def credit(self):
        return self.item.credit_ids

    # === WHAT IS NOT POSTED FOLLOWS === #

    def test_less_of_what_is_not_billed_needs_nothing(self):
        self._bill(3)
        self._do(3)
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")
        self.assertFalse(self.credit)

    def test_draft_follows_down(self):
        move = self._bill(post=False)
        self._do(2)
        self._assert_ledger(self.item, quantity=2, drafted=2, state="drafted")
        self.assertEqual((move.invoice_line_ids.quantity, move.amount_total), (2, 4))
        self.assertFalse(self.credit)
        note = move.message_ids[0].body
        self.assertIn("visit was corrected", note)
        self.assertNotIn("Tablet", note)

    def test_emptied_line_goes_and_the_others_stay(self):
        other = self._create_items(self.procedure)
        move = self._build(self.item | other)
        self._do(0)
        self._assert_ledger(self.item, state="pending")
        self.assertEqual(move.invoice_line_ids.billable_item_id, other)

    def test_emptied_draft_is_deleted(self):
        move = self._bill(post=False)
        self._do(0)
        self.assertFalse(move.exists())
        self._assert_ledger(self.item, state="pending")

    def test_emptied_draft_with_a_number_is_cancelled(self):
        move = self._bill()
        name = move.name
        move.button_draft()
        self._do(0)
        self.assertRecordValues(move, [{"state": "cancel", "name": name}])
        self._assert_ledger(self.item, state="pending")

    def test_newest_draft_gives_first(self):
        older = self._bill(2, post=False)
        newer = self._bill(post=False)
        self._do(3)
        self.assertEqual((older | newer).mapped("invoice_line_ids.quantity"), [2, 1])
        self._do(1)
        self.assertFalse(newer.exists())
        self.assertEqual(older.invoice_line_ids.quantity, 1)

    def test_waiver_follows_down_before_drafts(self):
        waiver = self.item._waive(quantity=3, reason="Hardship")
        self._bill(post=False)
        self._do(3)
        self._assert_ledger(self.item, quantity=3, drafted=2, waived=1)
        self.assertTrue(waiver.undone_date)
        self.assertRecordValues(
            self.item.waiver_ids - waiver,
            [{"quantity": 1, "reason": "Hardship", "user_id": waiver.user_id.id}],
        )

    def test_waived_credit_follows_down(self):
        self._reverse(self._bill()).action_post()
        self._waive_credited(self.item)
        self._do(2)
        self._assert_ledger(self.item, quantity=2, waived=2, state="waived")
        self._do(0)
        self._assert_ledger(self.item, state="pending")

    def test_undecided_credit_follows_down(self):
        self._reverse(self._bill()).action_post()
        self._do(2)
        self._assert_ledger(self.item, quantity=2, undecided=2)

    # === WHAT IS POSTED IS CREDITED === #

    def test_posted_document_is_credited_by_an_item(self):
        self._bill()
        self._do(3)
        self._assert_ledger(self.item, quantity=5, posted=5, state="billed")
        self._assert_ledger(self.credit, quantity=-2, to_bill=-2, state="to_bill")
        self.assertRecordValues(
            self.credit,
            [
                {
                    "credited_item_id": self.item.id,
                    "consultation_id": self.visit.id,
                    "patient_id": self.patient.id,
                    "payer_id": self.patient.id,
                    "price_unit": 2,
                    "amount_to_bill": -4,
                    "blocking_reason": False,
                }
            ],
        )

    def test_credit_note_is_as_the_document_it_corrects(self):
        tax = self._create_tax(15)
        invoice = self._bill(price_unit=3, discount=10, tax_ids=[Command.set(tax.ids)])
        self._do(3)
        note = self._build(self.credit)
        self.assertRecordValues(
            note,
            [
                {
                    "move_type": "out_refund",
                    "reversed_entry_id": invoice.id,
                    "partner_id": self.patient.id,
                    "medical_patient_id": self.patient.id,
                    "state": "draft",
                    # 2 × 3.00 − 10 % = 5.40, and 15 % of it
                    "amount_untaxed": 5.4,
                    "amount_tax": 0.81,
                }
            ],
        )
        self.assertRecordValues(
            note.invoice_line_ids,
            [
                {
                    "quantity": 2,
                    "price_unit": 3,
                    "discount": 10,
                    "tax_ids": tax.ids,
                    "account_id": invoice.invoice_line_ids.account_id.id,
                    "billable_item_id": self.credit.id,
                }
            ],
        )
        self._assert_ledger(self.credit, quantity=-2, drafted=-2, state="drafted")
        self._post(note)
        self._assert_ledger(self.credit, quantity=-2, posted=-2, state="billed")
        # 5 × 3.00 − 10 % = 13.50 and 15 % of it, 2.03; less 6.21
        self.assertAlmostEqual(invoice.amount_residual, 9.32)

    def test_newest_documents_are_credited_first(self):
        first, second, third = self._bill(2), self._bill(2), self._bill()
        self._do(2)
        notes = self._build(self.credit)
        self.assertEqual(
            {note.reversed_entry_id: note.invoice_line_ids.quantity for note in notes},
            {third: 1, second: 2},
        )
        for note in notes:
            self._post(note)
        self._do(1)
        self.assertEqual(self._build(self.credit).reversed_entry_id, first)

    def test_items_of_one_document_are_credited_together(self):
        self._do(5)
        self._create_line(self.visit, self.procedure)
        line = self.visit.line_ids - self.line
        line.qty_done = 1
        items = self.visit.line_ids.billable_item_ids
        invoice = self._post(self._build(items))
        self._do(4)
        self._do(0, line)
        credits = items.credit_ids
        note = self._build(credits, grouping="item")
        self.assertEqual(note.reversed_entry_id, invoice)
        self.assertEqual(sorted(note.invoice_line_ids.mapped("quantity")), [1, 1])

    def test_currency_of_the_document_stays(self):
        euro = self.setup_other_currency("EUR")
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        self.item.pricelist_id = pricelist
        invoice = self._bill()
        self.assertEqual(invoice.currency_id, euro)
        self._do(1)
        note = self._build(self.credit)
        self.assertEqual(note.currency_id, euro)
        self.assertEqual(
            note.invoice_line_ids.price_unit, invoice.invoice_line_ids.price_unit
        )

    def test_draft_gives_before_posted(self):
        self._bill(3)
        draft = self._bill(post=False)
        self._do(1)
        self.assertFalse(draft.exists())
        self._assert_ledger(self.item, quantity=3, posted=3)
        self._assert_ledger(self.credit, quantity=-2, to_bill=-2)

    def test_less_and_less_again_is_one_correction(self):
        self._bill()
        self._do(4)
        self._post(self._build(self.credit))
        self._do(2)
        self._assert_ledger(self.credit, quantity=-3, posted=-1, to_bill=-2)
        self._do(0)
        self._post(self._build(self.credit))
        self._assert_ledger(self.credit, quantity=-5, posted=-5, state="billed")
        self._assert_ledger(self.item, quantity=5, posted=5)

    def test_more_takes_back_what_is_not_credited_yet(self):
        self._bill()
        self._do(2)
        self._do(4)
        self._assert_ledger(self.credit, quantity=-1, to_bill=-1)
        self._do(5)
        self.assertFalse(self.credit)
        self._assert_ledger(self.item, quantity=5, posted=5, state="billed")

    def test_more_takes_back_a_draft_credit_note(self):
        self._bill()
        self._do(2)
        note = self._build(self.credit)
        self._do(4)
        self.assertEqual(note.invoice_line_ids.quantity, 1)
        self._assert_ledger(self.credit, quantity=-1, drafted=-1)
        self._do(5)
        self.assertFalse(note.exists())
        self.assertFalse(self.credit)

    def test_more_after_a_posted_credit_note_is_billed_anew(self):
        self._bill()
        self._do(2)
        self._post(self._build(self.credit))
        self._do(4)
        self._assert_ledger(self.credit, quantity=-3, posted=-3)
        self._assert_ledger(self.item, quantity=7, posted=5, to_bill=2)
        self._bill()
        self._assert_ledger(self.item, quantity=7, posted=7)

    def test_amended_visit_is_corrected(self):
        self.visit.action_sign()
        self._bill()
        message = self._assert_refused(UserError, self._do, 3)
        self.assertIn("cannot become less", message)
        self.assertFalse(self.credit)
        self._amend(self.visit, self.medic)
        self._as(self.medic, self.line).write({"quantity": 3, "qty_done": 3})
        self._as(self.medic, self.visit).action_sign()
        self._assert_ledger(self.item, quantity=5, posted=5)
        self._assert_ledger(self.credit, quantity=-2, to_bill=-2)

    def test_clinic_that_bills_orders_corrects_them(self):
        self.env.company.medical_billing_policy = "ordered"
        visit = self._create_visit(
            {"product_id": self.drug.id, "quantity": 4}, self.procedure
        )
        visit.action_start()
        line, other_line = visit.line_ids
        items = visit.line_ids.billable_item_ids
        self._post(self._build(items))
        self._as(self.medic, line).quantity = 3
        self._assert_ledger(
            line.billable_item_ids[:1].credit_ids, quantity=-1, to_bill=-1
        )
        self._as(self.medic, other_line).action_cancel()
        other = items.filtered(lambda item: item.product_id == self.procedure)
        self._assert_ledger(other, quantity=1, posted=1)
        self._assert_ledger(other.credit_ids, quantity=-1, to_bill=-1)
        self._cancel(visit)
        item = items - other
        self._assert_ledger(item.credit_ids, quantity=-4, to_bill=-4)

    # === PARTS === #

    def test_parts_give_last(self):
        part = self.item._split(self.guarantor, quantity=2)
        self._do(4)
        self._assert_ledger(self.item, quantity=2, to_bill=2)
        self._do(1)
        self._assert_ledger(self.item)
        self._assert_ledger(part, quantity=1, to_bill=1)
        self._do(0)
        self.assertFalse(part.exists())

    def test_posted_part_is_credited_to_its_payer(self):
        part = self.item._split(self.guarantor, quantity=2)
        self._bill(item=part)
        self._do(1)
        self._assert_ledger(self.item, state="cancelled")
        self._assert_ledger(part, quantity=2, posted=2)
        self._assert_ledger(part.credit_ids, quantity=-1, to_bill=-1)
        self.assertEqual(part.credit_ids.payer_id, self.guarantor)
        self._do(2)
        self._assert_ledger(part, quantity=2, posted=2)
        self.assertFalse(part.credit_ids)
        self._assert_ledger(self.item, state="cancelled")

    def test_each_share_of_a_price_is_credited(self):
        share = self.item._split(self.guarantor, share=0.5)
        self._bill(item=share)
        self._bill(post=False)
        self._do(2)
        self._assert_ledger(self.item, quantity=2, drafted=2)
        self._assert_ledger(share, quantity=5, posted=5)
        self._assert_ledger(share.credit_ids, quantity=-3, to_bill=-3)

    def test_share_after_a_part_follows_the_rest_only(self):
        part = self.item._split(self.guarantor, quantity=2)
        share = self.item._split(self.other_patient, share=0.5)
        self._assert_ledger(share, quantity=3, to_bill=3)
        self._do(4)
        self._assert_ledger(share, quantity=2, to_bill=2)
        self._assert_ledger(part, quantity=2, to_bill=2)
        self._do(1)
        self._assert_ledger(share, state="pending")
        self._assert_ledger(part, quantity=1, to_bill=1)

    def test_share_before_a_part_keeps_all(self):
        share = self.item._split(self.other_patient, share=0.5)
        part = self.item._split(self.guarantor, quantity=2)
        self._assert_ledger(self.item, quantity=3, to_bill=3)
        self._assert_ledger(share, quantity=5, to_bill=5)
        self._do(1)
        self._assert_ledger(share, quantity=1, to_bill=1)
        self._assert_ledger(part, quantity=1, to_bill=1)

    # === ODOO'S OWN BUTTONS === #

    def test_full_credit_note_makes_a_correction_needless(self):
        invoice = self._bill()
        self._do(3)
        self._reverse(invoice).action_post()
        self.assertFalse(self.credit)
        self._assert_ledger(self.item, quantity=3, undecided=3)

    def test_cancelling_the_document_makes_a_correction_needless(self):
        invoice = self._bill()
        self._do(3)
        self._as(self.accountant, invoice).button_cancel()
        self.assertFalse(self.credit)
        self._assert_ledger(self.item, quantity=3, to_bill=3)

    def test_no_more_is_credited_than_was_billed(self):
        invoice = self._bill()
        self._do(3)
        self._post(self._build(self.credit))
        note = self._reverse(invoice)
        message = self._assert_refused(ValidationError, note.action_post)
        self.assertIn("credit more than was billed", message)
        self._assert_ledger(self.item, quantity=5, posted=5)
        note.invoice_line_ids.quantity = 3
        note.action_post()
        self._assert_ledger(self.item, quantity=5, posted=2, undecided=3)

    def test_corrected_document_stays_posted(self):
        invoice = self._bill()
        self._do(3)
        self._post(self._build(self.credit))
        message = self._assert_refused(ValidationError, invoice.button_draft)
        self.assertIn("credit more than was billed", message)

    def test_document_in_draft_cannot_be_credited(self):
        invoice = self._bill()
        self._do(3)
        invoice.button_draft()
        message = self._assert_refused(UserError, self._build, self.credit)
        self.assertIn("corrects a document that is not posted any more", message)

    def test_credit_note_cannot_credit_more_than_the_correction(self):
        self._bill()
        self._do(3)
        line = self._build(self.credit).invoice_line_ids
        self._assert_refused(IntegrityError, line.write, {"quantity": 3})

    def test_deleting_the_credit_note_gives_it_back(self):
        self._bill()
        self._do(3)
        self._build(self.credit).unlink()
        self._assert_ledger(self.credit, quantity=-2, to_bill=-2)
        note = self._post(self._build(self.credit))
        note.button_draft()
        note.button_cancel()
        self._assert_ledger(self.credit, quantity=-2, to_bill=-2)

    def test_credit_note_that_is_reversed_waits_for_a_decision(self):
        self._bill()
        self._do(3)
        back = self._reverse(self._post(self._build(self.credit)))
        back.action_post()
        self._assert_ledger(self.credit, quantity=-2, undecided=-2, state="undecided")
        self._waive_credited(self.credit)
        self._assert_ledger(self.credit, quantity=-2, waived=-2, state="waived")

    def test_correction_can_be_waived(self):
        self._bill()
        self._do(3)
        waiver = self._as(self.biller, self.credit)._waive(
            quantity=1, reason="Agreed with the patient"
        )
        self._assert_ledger(self.credit, quantity=-2, waived=-1, to_bill=-1)
        waiver._undo()
        self._assert_ledger(self.credit, quantity=-2, to_bill=-2)

    def test_correction_is_not_split_or_priced(self):
        self._bill()
        self._do(3)
        for part in ({"quantity": 1}, {"share": 0.5}):
            self._assert_refused(
                UserError,
                self._as(self.biller, self.credit)._split,
                self.guarantor,
                **part,
            )
        self._assert_refused(
            UserError, self._as(self.biller, self.credit)._change_payer, self.guarantor
        )

    # === SPEED === #

    def test_correcting_many_lines_costs_few_queries_each(self):
        costs = {}
        for number in (2, 1, 21):
            visit = self._create_visit(*[self.drug] * number)
            visit.action_start()
            lines = visit.line_ids
            lines._record_done(dict.fromkeys(lines, 1))
            self._post(self._build(lines.billable_item_ids))
            lines = lines.browse(lines.ids)
            costs[number] = self._count_queries(
                lambda lines=lines: lines._record_done(dict.fromkeys(lines, 0))
            )
            credits = lines.billable_item_ids.credit_ids
            self.assertEqual(len(credits), number)
        self.assertLess((costs[21] - costs[1]) / 20, 1.5)
