from datetime import timedelta

from odoo.tests import freeze_time, tagged

from . import plan_cases
from .prepaid_common import PrepaidPlanCommon


@tagged("post_install", "-at_install")
class TestPlanCases(PrepaidPlanCommon):
    """The books say of three plans what was worked out by hand."""

    def setUp(self):
        super().setUp()
        self.before = self.env["account.move"].search([])

    def _assert_entries(self, case):
        """Assert that the entries of all that happened are those of a case."""
        self.env.flush_all()
        self.env.invalidate_all()
        moves = self.env["account.move"].search(
            [("id", "not in", self.before.ids), ("state", "=", "posted")], order="id"
        )
        names = {
            "asset_receivable": "receivable",
            "income": "income",
            "asset_cash": "bank",
            # The way from a payment to the bank, where there is one.
            "asset_current": "bank",
        }
        entries = []
        for move in moves:
            amounts = dict.fromkeys(plan_cases.ACCOUNTS, 0.0)
            for line in move.line_ids.filtered("account_id"):
                if line.account_id == self.advance_account:
                    name = "down payments"
                elif line.tax_line_id:
                    name = "tax"
                else:
                    name = names[line.account_id.account_type]
                amounts[name] += line.balance
            entries.append(tuple(round(amount, 2) + 0.0 for amount in amounts.values()))
        self.assertEqual(entries, [amounts for _when, amounts in case])

    def _pay(self, move):
        journal = self.cash_journal
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"journal_id": journal.id}).action_create_payments()

    def _bill(self, items):
        return self._post(self._build(items))

    def test_package_with_two_of_ten_done_and_the_rest_refunded(self):
        # One that has an account of its own, as real taxes have.
        self.procedure.taxes_id = self.company_data["default_tax_sale"].copy(
            {"name": "Tax 10 %", "amount": 10.0}
        )
        plan = self._create_prepaid_plan()
        self._pay(self._post(self._get_documents(plan)))
        for _number in range(2):
            self._bill(self._do_sessions(plan, 1))
        self._close(plan, reason="patient")
        self._pay(self._bill(plan.down_payment_ids.filtered("qty_to_bill")))
        self._assert_entries(plan_cases.PACKAGE)

    def test_installments_of_which_one_is_missed(self):
        self.procedure.list_price = 50.0
        plan = self._create_prepaid_plan(
            (self.procedure, 6),
            mode="installments",
            installments=[(0, 100.0), (30, 100.0), (60, 100.0)],
        )
        self._pay(self._post(self._get_documents(plan)))
        self._bill(self._do_sessions(plan, 3))
        with freeze_time(self.today + timedelta(days=30)):
            plan.installment_ids._draft_due()
        missed = self._get_documents(plan).filtered(lambda move: move.state == "draft")
        self._post(missed)
        self._bill(self._do_sessions(plan, 2))
        self._close(plan, reason="patient")
        self._bill(plan.down_payment_ids.filtered("qty_to_bill"))
        self._assert_entries(plan_cases.INSTALLMENTS)
        self.assertEqual(missed.payment_state, "not_paid")

    def test_per_session_with_another_price(self):
        self.procedure.list_price = 80.0
        plan = self._create_accepted_plan((self.procedure, 4))
        for _number in range(2):
            self._bill(self._do_sessions(plan, 1))
        plan.line_ids.with_user(self.billing_manager).price_unit = 70.0
        self._bill(self._do_sessions(plan, 1))
        self._close(plan, reason="patient")
        self._assert_entries(plan_cases.PER_SESSION)
        self.assertFalse(self._get_session_items(plan).filtered("qty_to_bill"))
