from unittest.mock import patch

from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestPaymentState(MedicalBillingCommon):
    """How far an item is paid is what its documents say."""

    def _pay(self, moves, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({} if amount is None else {"amount": amount})
        )
        wizard._create_payments()

    def _assert_state(self, items, *states):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(items.mapped("payment_state"), list(states))

    def test_item_is_paid_with_its_document(self):
        item = self._create_items(self.procedure)
        self._assert_state(item, False)
        move = self._build(item)
        self._assert_state(item, False)
        self._post(move)
        self._assert_state(item, "not_paid")
        self._pay(move, 20)
        self._assert_state(item, "partial")
        self._pay(move)
        self._assert_state(item, "paid")

    def test_payment_before_posting_counts_only_then(self):
        item = self._create_items(self.procedure)
        move = self._build(item)
        self._pay(move)
        self._assert_state(item, False)

    def test_payment_on_its_way_is_what_the_document_says(self):
        # As with Odoo's accounting app, where the residual stays until the bank says.
        item = self._create_items(self.procedure)
        move = self._post(self._build(item))
        with patch.object(
            type(move), "_get_invoice_in_payment_state", lambda self: "in_payment"
        ):
            self._pay(move)
            self._assert_state(item, "in_payment")

    def test_credited_document_leaves_the_item_reversed(self):
        item = self._create_items(self.procedure)
        move = self._post(self._build(item))
        self._reverse(move, modify=True)
        self.assertEqual(move.payment_state, "reversed")
        self._assert_state(item, "reversed")

    def test_item_on_two_documents_is_paid_with_both(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 4})
        first = self._build(item)
        first.invoice_line_ids.quantity = 1
        self._post(first)
        second = self._post(self._build(item))
        self._assert_state(item, "not_paid")
        self._pay(first)
        self._assert_state(item, "partial")
        self._pay(second)
        self._assert_state(item, "paid")

    def test_reset_and_deleted_documents_say_nothing(self):
        item = self._create_items(self.procedure)
        move = self._post(self._build(item))
        move.button_draft()
        self._assert_state(item, False)
        move.action_post()
        self._pay(move)
        self._assert_state(item, "paid")
        move.button_draft()
        self._assert_state(item, False)
        move.unlink()
        self._assert_state(item, False)

    def test_items_of_one_document_share_its_state(self):
        items = self._create_items(self.procedure, self.drug)
        move = self._post(self._build(items))
        self._pay(move, 50)
        self._assert_state(items, "partial", "partial")
        found = self.env["medical.billable.item"].search(
            [("payment_state", "=", "partial"), ("id", "in", items.ids)]
        )
        self.assertEqual(found, items)

    def test_posting_and_paying_many_costs_few_queries_for_it(self):
        """The state is computed in bulk: no more queries for forty than for ten."""

        def build(number):
            items = self.env["medical.billable.item"].concat(
                *(self._create_items(self.drug) for _index in range(number))
            )
            return self._build(items, grouping="item", move_type="out_receipt")

        item_model = self.env.registry["medical.billable.item"]
        original = item_model._compute_payment_state
        spent = []

        def compute(items):
            before = self.env.cr.sql_log_count
            original(items)
            spent.append((len(items), self.env.cr.sql_log_count - before))

        build(1)._post_and_pay_receipts([{"journal": self.bank_journal}])
        costs = []
        for number in (10, 40):
            spent.clear()
            with patch.object(item_model, "_compute_payment_state", compute):
                moves = build(number)
                moves._post_and_pay_receipts([{"journal": self.bank_journal}])
                self.env.flush_all()
            self.assertEqual(
                set(moves.invoice_line_ids.billable_item_id.mapped("payment_state")),
                {"paid"},
            )
            costs.append(sum(queries for _count, queries in spent))
        self.assertLessEqual(costs[1], costs[0] + 8)
