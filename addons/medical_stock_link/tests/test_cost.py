from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestCost(MedicalStockCommon):
    """The cost is booked when goods are used, and never again."""

    def _use(self, product, quantity):
        """Let a medic use goods in a visit; return the visit."""
        return self._sign(
            self._create_visit({"product_id": product.id, "quantity": quantity})
        )

    def _assert_cost(self, visit, amount):
        moves = visit.picking_ids.move_ids
        self._assert_entry(moves, amount)
        self.assertEqual(sum(moves.mapped("value")), amount)
        self.assertEqual(visit.material_cost, amount)

    def test_standard_cost(self):
        self._receive(self.gauze, 10)
        # 2 × 6.00
        self._assert_cost(self._use(self.gauze, 2), 12)

    def test_average_cost(self):
        product = self._create_goods("Splint", "average", cost=0)
        self._receive(product, 10, cost=4)
        self._receive(product, 10, cost=8)
        # 3 × (10 × 4.00 + 10 × 8.00) / 20
        self._assert_cost(self._use(product, 3), 18)

    def test_first_in_first_out_cost(self):
        product = self._create_goods("Stent", "fifo", cost=0)
        self._receive(product, 2, cost=4)
        self._receive(product, 10, cost=8)
        # 2 × 4.00 + 1 × 8.00
        self._assert_cost(self._use(product, 3), 16)
        # What is left cost 8.00 each.
        self._assert_cost(self._use(product, 2), 16)

    def test_visits_signed_together_have_an_entry_each(self):
        self._receive(self.gauze, 10)
        visits = self._create_visit(self.gauze) | self._create_visit(
            {"product_id": self.gauze.id, "quantity": 3}
        )
        self._sign(visits)
        self._assert_cost(visits[0], 6)
        self._assert_cost(visits[1], 18)
        self.assertEqual(len(visits.picking_ids.move_ids.account_move_id), 2)

    def test_visit_has_one_entry_for_all_it_uses(self):
        bandage = self._create_goods("Bandage", cost=1.5)
        self._receive(self.gauze, 10)
        self._receive(bandage, 10)
        visit = self._sign(
            self._create_visit(self.gauze, {"product_id": bandage.id, "quantity": 2})
        )
        # 6.00 + 2 × 1.50
        self._assert_cost(visit, 9)

    def test_return_gives_the_cost_back(self):
        self._receive(self.gauze, 10)
        visit = self._use(self.gauze, 2)
        self._return_all(visit.picking_ids)
        self.env.invalidate_all()
        self.assertEqual(visit.material_cost, 0)
        entries = visit.picking_ids.move_ids.account_move_id
        self.assertEqual(len(entries), 2)
        for account in (self.expense_account, self.valuation_account):
            lines = entries.line_ids.filtered(
                lambda line, account=account: line.account_id == account
            )
            self.assertEqual(sum(lines.mapped("balance")), 0)

    # === DOCUMENTS BOOK NO COST AGAIN === #

    def _get_cogs(self, move):
        return move.line_ids.filtered(lambda line: line.display_type == "cogs")

    def test_linked_invoice_books_no_cost(self):
        self._receive(self.gauze, 10)
        item = self._use(self.gauze, 2).line_ids.billable_item_ids
        move = self._post(self._build(item))
        self.assertFalse(self._get_cogs(move))
        credit = self._post(self._reverse(move))
        self.assertFalse(self._get_cogs(credit))

    def test_accountant_posts_a_linked_invoice_without_cost(self):
        self._receive(self.gauze, 10)
        item = self._use(self.gauze, 2).line_ids.billable_item_ids
        move = self._as(self.accountant, self._build(item))
        move.action_post()
        self.assertFalse(self._get_cogs(move))

    def test_linked_receipt_books_no_cost(self):
        self._receive(self.gauze, 10)
        item = self._use(self.gauze, 2).line_ids.billable_item_ids
        move = self._build(item, move_type="out_receipt")
        move._post_and_pay_receipts([{"journal": self.cash_journal}])
        self.assertFalse(self._get_cogs(move))

    def test_unlinked_line_books_its_cost(self):
        self._receive(self.gauze, 10)
        item = self._use(self.gauze, 2).line_ids.billable_item_ids
        move = self._build(item)
        move.invoice_line_ids = [
            Command.create(
                {
                    "product_id": self.gauze.id,
                    "quantity": 3,
                    "price_unit": 10,
                    "tax_ids": [Command.clear()],
                }
            )
        ]
        self._post(move)
        # Sold over the counter, 3 × 6.00, and nothing for the 2 used in the visit.
        self.assertEqual(sorted(self._get_cogs(move).mapped("balance")), [-18, 18])
        self.assertEqual(self._get_cogs(move).product_id, self.gauze)
