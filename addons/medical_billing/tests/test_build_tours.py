from odoo.tests import HttpCase, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestBuildTours(MedicalBillingCommon, HttpCase):
    """The biller builds documents by hand, in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )

    def test_biller_builds_an_invoice_of_a_selection(self):
        other = self._create_items(self.swab)
        self.start_tour("/odoo", "medical_build_invoice_of_selection", login="biller")
        self.env.invalidate_all()
        self.assertRecordValues(
            self.items.move_line_ids.move_id, [{"state": "draft", "amount_total": 126}]
        )
        self.assertFalse(other.move_line_ids)

    def test_biller_builds_a_receipt_that_is_paid_in_part_with_change(self):
        self.start_tour("/odoo", "medical_build_receipt_with_change", login="biller")
        self.env.invalidate_all()
        self.assertRecordValues(
            self.items.move_line_ids.move_id,
            [{"payment_state": "partial", "amount_total": 126, "amount_residual": 6}],
        )
        self.assertRecordValues(
            self.items.move_line_ids.move_id.matched_payment_ids,
            [
                {
                    "amount": 120,
                    "medical_amount_given": 150,
                    "journal_id": self.cash_journal.id,
                }
            ],
        )
