from odoo.exceptions import UserError
from odoo.fields import Command, Date
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestReceipt(MedicalBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 3 × 2.00 and 120.00
        cls.items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )

    def _build_receipts(self, items=None, **values):
        """Build receipts by the wizard, as the biller; return them."""
        items = items or self.items
        wizard = self._open_wizard(items, document_type="receipt", **values)
        wizard.action_build()
        self.env.flush_all()
        self.env.invalidate_all()
        return items.move_line_ids.move_id

    def test_receipt_is_posted_and_paid_at_once(self):
        move = self._build_receipts(invoice_date="2026-03-05")
        self.assertRecordValues(
            move,
            [
                {
                    "move_type": "out_receipt",
                    "is_medical_receipt": True,
                    "state": "posted",
                    "payment_state": "paid",
                    "amount_total": 126,
                    "amount_residual": 0,
                    "invoice_date": Date.to_date("2026-03-05"),
                    "medical_patient_id": self.patient.id,
                }
            ],
        )
        self.assertRegex(move.name, r"^REC/2026/0*1$")
        self.assertRecordValues(
            move.matched_payment_ids,
            [
                {
                    "amount": 126,
                    "payment_type": "inbound",
                    "partner_id": self.patient.id,
                    "journal_id": self.cash_journal.id,
                    "date": Date.to_date("2026-03-05"),
                }
            ],
        )
        for item in self.items:
            self.assertEqual((item.state, item.qty_to_bill), ("billed", 0))

    def test_receipts_have_a_journal_of_their_own(self):
        invoices = self.company_data["default_journal_sale"]
        first = self._build_receipts(self.items[0])
        second = self._build_receipts(self.items[1])
        journal = first.journal_id
        self.assertEqual(second.journal_id, journal)
        self.assertRecordValues(
            journal,
            [
                {
                    "code": "REC",
                    "type": "sale",
                    "default_account_id": invoices.default_account_id.id,
                }
            ],
        )
        self.assertNotEqual(journal, invoices)
        self.assertEqual(
            int(second.name.split("/")[-1]), int(first.name.split("/")[-1]) + 1
        )

    def test_code_of_the_receipt_journal_avoids_one_in_use(self):
        self.env["account.journal"].create(
            {"name": "Records", "code": "REC", "type": "general"}
        )
        self.assertEqual(self._build_receipts().journal_id.code, "REC1")

    def test_each_receipt_has_one_payment(self):
        moves = self._build_receipts(grouping="item")
        self.assertEqual(len(moves), 2)
        self.assertEqual(
            sorted(move.matched_payment_ids.amount for move in moves), [6, 120]
        )
        self.assertEqual(set(moves.mapped("payment_state")), {"paid"})
        # The receivable side is cleared, payment by payment.
        receivable = moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(receivable.mapped("amount_residual"), [0, 0])

    def test_money_reaches_the_chosen_journal_to_the_cent(self):
        moves = self._build_receipts(
            grouping="item", payments=[(self.bank_journal, 126)]
        )
        payments = moves.matched_payment_ids
        self.assertEqual(payments.journal_id, self.bank_journal)
        debit = payments.move_id.line_ids.filtered(
            lambda line: line.account_type != "asset_receivable"
        )
        self.assertEqual(sum(debit.mapped("balance")), 126)

    def test_part_payment_leaves_the_rest_open(self):
        move = self._build_receipts(payments=[(self.cash_journal, 26.5)])
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted",
                    "payment_state": "partial",
                    "amount_residual": 99.5,
                }
            ],
        )
        self.assertEqual(move.matched_payment_ids.amount, 26.5)

    def test_rest_is_paid_by_odoos_own_wizard(self):
        move = self._build_receipts(payments=[(self.cash_journal, 26.5)])
        self.env["account.payment.register"].with_user(self.biller).with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        self.assertRecordValues(move, [{"payment_state": "paid", "amount_residual": 0}])

    def test_nothing_paid_leaves_all_open(self):
        move = self._build_receipts(payments=[(self.cash_journal, 0)])
        self.assertRecordValues(
            move,
            [{"state": "posted", "payment_state": "not_paid", "amount_residual": 126}],
        )
        self.assertFalse(move.matched_payment_ids)

    def test_negative_amount_is_refused(self):
        message = self._assert_refused(
            UserError, self._build_receipts, payments=[(self.cash_journal, -1)]
        )
        self.assertIn("less than nothing", message)
        self.assertFalse(self.items.move_line_ids)

    def test_more_than_the_total_is_refused(self):
        message = self._assert_refused(
            UserError, self._build_receipts, payments=[(self.cash_journal, 126.01)]
        )
        self.assertIn("is more than the", message)
        self.assertFalse(self.items.move_line_ids)

    def test_more_than_the_rest_is_refused(self):
        move = self._build_receipts(payments=[(self.cash_journal, 100)])
        self._assert_refused(
            UserError,
            move._post_and_pay_receipts,
            [{"journal": self.cash_journal, "amount": 26.01}],
        )
        move._post_and_pay_receipts([{"journal": self.cash_journal, "amount": 26}])
        self.assertEqual(move.payment_state, "paid")

    def test_receipt_with_a_negative_total_is_refused(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_receipt",
                "partner_id": self.patient.id,
                "invoice_line_ids": [
                    Command.create({"name": "Less", "price_unit": -5, "tax_ids": []})
                ],
            }
        )
        message = self._assert_refused(
            UserError,
            move._post_and_pay_receipts,
            [{"journal": self.cash_journal}],
        )
        self.assertIn("A receipt cannot be negative", message)

    def test_receipt_may_be_an_invoice_in_the_books(self):
        self.env.company.medical_receipt_type = "out_invoice"
        move = self._build_receipts()
        self.assertRecordValues(
            move,
            [
                {
                    "move_type": "out_invoice",
                    "is_medical_receipt": True,
                    "payment_state": "paid",
                }
            ],
        )
        self.assertEqual(move._get_medical_report_title(), "Receipt")

    def test_receipt_in_another_currency_is_paid_in_it(self):
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        self.patient.property_product_pricelist = self._create_pricelist(
            currency_id=euro.id
        )
        item = self._create_items(self.procedure)
        move = self._build_receipts(item)
        # 120.00 dollars are 240.00 euros.
        self.assertRecordValues(move, [{"amount_total": 240, "payment_state": "paid"}])
        self.assertRecordValues(
            move.matched_payment_ids, [{"amount": 240, "currency_id": euro.id}]
        )

    def test_credited_receipt_waits_for_a_decision(self):
        move = self._build_receipts()
        credit = self._reverse(move)
        self.assertRecordValues(
            credit, [{"move_type": "out_refund", "is_medical_receipt": False}]
        )
        credit.action_post()
        self._assert_ledger(self.items[0], quantity=3, undecided=3)

    def test_receipts_of_two_companies_are_paid_apart(self):
        other = self.setup_other_company(name="Other clinic")["company"]
        moves = self._build(self.items) | self.env["account.move"].create(
            {"move_type": "out_invoice", "company_id": other.id}
        )
        message = self._assert_refused(
            UserError,
            moves._post_and_pay_receipts,
            [{"journal": self.cash_journal}],
        )
        self.assertIn("one company at a time", message)

    # === SEVERAL METHODS, MONEY GIVEN === #

    def test_receipt_is_paid_by_two_methods(self):
        move = self._build_receipts(
            payments=[(self.cash_journal, 26.5), (self.bank_journal, 99.5)]
        )
        self.assertRecordValues(move, [{"payment_state": "paid", "amount_residual": 0}])
        self.assertRecordValues(
            move.matched_payment_ids.sorted("amount"),
            [
                {"journal_id": self.cash_journal.id, "amount": 26.5},
                {"journal_id": self.bank_journal.id, "amount": 99.5},
            ],
        )

    def test_two_methods_may_pay_a_part(self):
        move = self._build_receipts(
            payments=[(self.cash_journal, 26), (self.bank_journal, 50)]
        )
        self.assertRecordValues(
            move, [{"payment_state": "partial", "amount_residual": 50}]
        )

    def test_two_methods_that_pay_too_much_are_refused(self):
        message = self._assert_refused(
            UserError,
            self._build_receipts,
            payments=[(self.cash_journal, 100), (self.bank_journal, 26.01)],
        )
        self.assertIn("is more than the", message)
        self.assertFalse(self.items.move_line_ids)

    def test_change_is_told_and_only_the_price_is_booked(self):
        wizard = self._open_wizard(
            self.items, document_type="receipt", amount_given=150
        )
        self.assertRecordValues(
            wizard, [{"amount_paid": 126, "amount_open": 0, "amount_change": 24}]
        )
        wizard.action_build()
        self.assertRecordValues(
            self.items.move_line_ids.move_id.matched_payment_ids,
            [{"amount": 126, "medical_amount_given": 150}],
        )

    def test_change_is_of_the_part_in_cash(self):
        wizard = self._open_wizard(
            self.items,
            document_type="receipt",
            payments=[(self.cash_journal, 26), (self.bank_journal, 100)],
            amount_given=50,
        )
        self.assertEqual(wizard.amount_change, 24)
        wizard.action_build()
        self.assertRecordValues(
            self.items.move_line_ids.move_id.matched_payment_ids.sorted("amount"),
            [
                {"amount": 26, "medical_amount_given": 50},
                {"amount": 100, "medical_amount_given": 0},
            ],
        )

    def test_less_money_given_than_paid_is_refused(self):
        message = self._assert_refused(
            UserError, self._build_receipts, amount_given=100
        )
        self.assertIn("is less than the", message)
        self.assertFalse(self.items.move_line_ids)

    def test_several_receipts_are_paid_by_one_method(self):
        message = self._assert_refused(
            UserError,
            self._build_receipts,
            grouping="item",
            payments=[(self.cash_journal, 26), (self.bank_journal, 100)],
        )
        self.assertIn("paid by one method", message)

    def test_several_receipts_are_paid_in_full(self):
        message = self._assert_refused(
            UserError,
            self._build_receipts,
            grouping="item",
            payments=[(self.cash_journal, 100)],
        )
        self.assertIn("paid in full", message)

    def test_receipt_without_any_payment_method_is_refused(self):
        message = self._assert_refused(UserError, self._build_receipts, payments=[])
        self.assertIn("Choose where the money goes", message)

    def test_receipts_in_two_currencies_are_refused(self):
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        self.items[1].pricelist_id = self._create_pricelist(currency_id=euro.id)
        message = self._assert_refused(UserError, self._build_receipts)
        self.assertIn("one currency at a time", message)
        self.assertFalse(self.items.move_line_ids)

    def test_receipt_that_costs_more_than_shown_is_refused(self):
        wizard = self._open_wizard(self.items, document_type="receipt")
        self.assertEqual(wizard.amount_proposed, 126)
        # Meanwhile somebody sets another price.
        self.items[1].price_unit = 150
        wizard.payment_ids.amount = 126
        wizard.amount_proposed = 126
        message = self._assert_refused(UserError, wizard.action_build)
        self.assertIn("has changed meanwhile", message)
        self.assertFalse(self.items.move_line_ids)

    # === CLOSED BOOKS === #

    def test_receipt_in_closed_books_is_refused_and_nothing_stays(self):
        self.env.company.fiscalyear_lock_date = "2026-03-31"
        message = self._assert_refused(
            UserError, self._build_receipts, invoice_date="2026-03-05"
        )
        self.assertIn("closed until 03/31/2026", message)
        self.assertFalse(self.items.move_line_ids)
        self.assertEqual(self.items[0].qty_to_bill, 3)
        move = self._build_receipts(invoice_date="2026-04-01")
        self.assertEqual(move.payment_state, "paid")

    def test_invoice_in_closed_books_is_refused(self):
        self.env.company.sale_lock_date = "2026-03-31"
        wizard = self._open_wizard(self.items, invoice_date="2026-03-05")
        message = self._assert_refused(UserError, wizard.action_build)
        self.assertIn("closed until 03/31/2026", message)
        self.assertFalse(self.items.move_line_ids)

    def test_draft_receipt_in_closed_books_is_not_paid(self):
        move = self._build(
            self.items,
            move_type="out_receipt",
            invoice_date=Date.to_date("2026-03-05"),
        )
        self.env.company.fiscalyear_lock_date = "2026-03-31"
        self._assert_refused(
            UserError, move._post_and_pay_receipts, [{"journal": self.cash_journal}]
        )
        self.assertEqual(move.state, "draft")
