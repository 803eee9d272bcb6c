from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestSplit(MedicalBillingCommon):
    def test_part_of_the_quantity_goes_to_another_payer(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        part = item._split(self.guarantor, quantity=2)
        self._assert_ledger(item, quantity=3, to_bill=3)
        self._assert_ledger(part, quantity=2, to_bill=2)
        self.assertRecordValues(
            part,
            [
                {
                    "payer_id": self.guarantor.id,
                    "origin_id": item.id,
                    "price_unit": 2,
                    "price_total": 4,
                }
            ],
        )
        self.assertEqual(item.payer_id, self.patient)
        moves = self._build(item | part)
        self.assertEqual(sorted(moves.mapped("amount_total")), [4, 6])

    def test_share_of_the_price_goes_to_another_payer(self):
        # A third of 100.00 is 33.33; the rest, 66.67, takes the cent.
        self.procedure.list_price = 100
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, share=1 / 3)
        self.assertRecordValues(
            item | part,
            [
                {"price_unit": 66.67, "price_total": 66.67, "quantity": 1},
                {"price_unit": 33.33, "price_total": 33.33, "quantity": 1},
            ],
        )
        self.assertAlmostEqual(item.share + part.share, 1, places=8)
        moves = self._build(item | part)
        self.assertEqual(sum(moves.mapped("amount_total")), 100)

    def test_three_thirds_add_up(self):
        self.procedure.list_price = 100
        item = self._create_items(self.procedure)
        employer = self._create_partner(name="Employer")
        item._split(self.guarantor, share=1 / 3)
        # Half of the 66.67 that are left: 33.335, rounded 33.34 (half up).
        item._split(employer, share=0.5)
        items = item.consultation_line_id.billable_item_ids
        self.assertEqual(sorted(items.mapped("price_unit")), [33.33, 33.33, 33.34])
        self.assertAlmostEqual(sum(items.mapped("share")), 1, places=8)
        self.assertEqual(sum(self._build(items).mapped("amount_total")), 100)

    def test_amount_goes_to_another_payer(self):
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, amount=20)
        self.assertEqual((part.price_unit, item.price_unit), (20, 100))

    def test_shared_item_follows_what_is_done(self):
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 4})
        line = visit.line_ids
        line.qty_done = 1
        item = line.billable_item_ids
        part = item._split(self.guarantor, share=0.5)
        line.qty_done = 3
        self.assertEqual((item | part).mapped("quantity"), [3, 3])
        self.assertEqual((item | part).mapped("price_total"), [3, 3])

    def test_split_price_does_not_follow_the_pricelist(self):
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, share=0.25)
        item.product_id.list_price = 400
        self.env.add_to_compute(item._fields["price_unit"], item | part)
        self.assertEqual((item | part).mapped("price_unit"), [90, 30])

    def test_parts_must_be_parts(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        for part in (
            {"quantity": 0},
            {"quantity": -1},
            {"quantity": 5},
            {"quantity": 6},
            {"share": 0},
            {"share": 1},
            {"share": 1.5},
            {"amount": 0},
            {"amount": 2},
            {"amount": -1},
            {},
            {"share": 0.5, "amount": 1},
        ):
            with self.subTest(part=part):
                self._assert_refused(UserError, item._split, self.guarantor, **part)
        self._assert_ledger(item, quantity=5, to_bill=5)

    def test_billed_price_cannot_be_shared(self):
        item = self._create_items(self.procedure)
        self._build(item)
        self._assert_refused(UserError, item._split, self.guarantor, share=0.5)

    def test_billed_quantity_cannot_be_split_off(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        move = self._build(item)
        move.invoice_line_ids.quantity = 3
        self._assert_refused(UserError, item._split, self.guarantor, quantity=3)
        part = item._split(self.guarantor, quantity=2)
        self._assert_ledger(item, quantity=3, drafted=3)
        self._assert_ledger(part, quantity=2, to_bill=2)
