from odoo.tests import HttpCase, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestReversalTours(MedicalBillingCommon, HttpCase):
    """The biller makes a credit note by hand, in the browser."""

    def test_biller_credits_an_invoice_and_answers_the_question(self):
        item, other_item = items = self._create_items(
            {"product_id": self.drug.id, "quantity": 3}, self.procedure
        )
        move = self._post(self._build(items))
        self.start_tour(
            f"/odoo/customer-invoices/{move.id}",
            "medical_credit_note_with_question",
            login="biller",
        )
        self.env.invalidate_all()
        # 2 × 2.00 + 120.00
        self.assertRecordValues(
            move.reversal_move_ids, [{"state": "posted", "amount_total": 124}]
        )
        self._assert_ledger(item, quantity=3, posted=1, to_bill=2, state="to_bill")
        self._assert_ledger(other_item, quantity=1, waived=1, state="waived")
