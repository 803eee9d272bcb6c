from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestDocumentButtons(MedicalBillingCommon):
    """Accountants and billers press Odoo's own buttons; the ledger stays true."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )
        cls.item, cls.other_item = cls.items
        cls.users = (cls.accountant, cls.biller)
        cls.day = fields.Date.to_date("2026-03-02")

    def _get_line(self, move, item=None):
        item = item or self.item
        return move.invoice_line_ids.filtered(
            lambda line: line.billable_item_id == item
        )

    def _edit(self, move, user):
        """Open a document in Odoo's own form."""
        return Form(self._as(user, move), "account.view_move_form")

    # === DRAFTS === #

    def test_draft_goes_through_all_buttons(self):
        for user in self.users:
            with self.subTest(user=user.login):
                move = self._as(user, self._build(self.items))
                move.action_post()
                self._assert_ledger(self.item, quantity=3, posted=3)
                self._as(user, move).button_draft()
                self._assert_ledger(self.item, quantity=3, drafted=3)
                self._as(user, move).button_cancel()
                self._assert_ledger(self.item, quantity=3, to_bill=3)
                self._as(user, move).button_draft()
                self._assert_ledger(self.item, quantity=3, drafted=3)
                self._as(user, move).unlink()
                self._assert_ledger(self.item, quantity=3, to_bill=3)

    def test_lines_are_edited_and_removed_in_the_form(self):
        for user in self.users:
            with self.subTest(user=user.login):
                move = self._build(self.items)
                with (
                    self._edit(move, user) as form,
                    form.invoice_line_ids.edit(0) as line,
                ):
                    line.quantity = 2
                    line.name = "Tablets"
                    if user == self.accountant:
                        line.price_unit = 1.5
                self._assert_ledger(self.item, quantity=3, drafted=2, to_bill=1)
                with self._edit(move, user) as form:
                    form.invoice_line_ids.remove(0)
                self._assert_ledger(self.item, quantity=3, to_bill=3)
                self._assert_ledger(self.other_item, quantity=1, drafted=1)
                self._as(user, move).unlink()

    def test_duplicates_bill_nothing(self):
        move = self._post(self._build(self.items))
        for user in self.users:
            with self.subTest(user=user.login):
                copied = self._as(user, move).copy()
                self.assertFalse(copied.invoice_line_ids.billable_item_id)
                copied.action_post()
                self._assert_ledger(self.item, quantity=3, posted=3)

    def test_invoice_that_becomes_a_credit_note_gives_all_back(self):
        for user in self.users:
            with self.subTest(user=user.login):
                move = self._as(user, self._build(self.items))
                move.action_switch_move_type()
                self.assertEqual(move.move_type, "out_refund")
                self._assert_ledger(self.item, quantity=3, to_bill=3)
                self._assert_refused(IntegrityError, self._as(user, move).action_post)
                self._as(user, move).action_switch_move_type()
                self._assert_ledger(self.item, quantity=3, drafted=3)
                self._as(user, move).unlink()

    def test_credit_note_that_becomes_an_invoice_is_refused(self):
        credit = self._reverse(self._post(self._build(self.items)))
        for user in self.users:
            self._assert_refused(
                IntegrityError, self._as(user, credit).action_switch_move_type
            )
        self._assert_ledger(self.item, quantity=3, posted=3)

    def test_journal_in_another_currency_is_refused(self):
        euro = self.setup_other_currency("EUR")
        journal = self.env["account.journal"].create(
            {
                "name": "Sales in euros",
                "code": "SEUR",
                "type": "sale",
                "currency_id": euro.id,
            }
        )
        move = self._build(self.items)
        currency = move.currency_id
        for user in self.users:
            with self.subTest(user=user.login):
                message = self._assert_refused(
                    UserError, self._as(user, move).write, {"journal_id": journal.id}
                )
                self.assertIn("currency", message)
        self.assertEqual(move.currency_id, currency)
        self.assertEqual(move.line_ids.currency_id, currency)
        journal.currency_id = False
        self._as(self.accountant, move).journal_id = journal
        self._assert_ledger(self.item, quantity=3, drafted=3)

    def test_cancelled_draft_does_not_come_back_for_another_payer(self):
        move = self._build(self.items)
        move.button_cancel()
        self._as(self.biller, self.items).payer_id = self.guarantor
        for user in self.users:
            with self.subTest(user=user.login):
                message = self._assert_refused(
                    ValidationError, self._as(user, move).button_draft
                )
                self.assertIn("must be those of the item", message)
        self._assert_ledger(self.item, quantity=3, to_bill=3)

    def test_payer_who_joined_a_company_is_billed(self):
        self._as(self.biller, self.items).payer_id = self.guarantor
        moves = self._build(self.items)
        employer = self._create_partner(name="Employer", is_company=True)
        self.guarantor.parent_id = employer
        self._as(self.accountant, moves).action_post()
        self.assertRecordValues(
            moves,
            [
                {
                    "state": "posted",
                    "partner_id": self.guarantor.id,
                    "commercial_partner_id": employer.id,
                }
            ],
        )
        self.assertEqual(moves.line_ids.partner_id, employer)
        self._assert_ledger(self.item, quantity=3, posted=3)

    # === CREDIT NOTES === #

    def test_part_is_credited_in_the_form(self):
        for user in self.users:
            with self.subTest(user=user.login):
                move = self._post(self._build(self.items))
                credit = self._reverse(move, user=self.accountant)
                with self._edit(credit, user) as form:
                    with form.invoice_line_ids.edit(0) as line:
                        line.quantity = 1
                    form.invoice_line_ids.remove(1)
                self._as(user, credit).action_post()
                self._assert_ledger(self.item, quantity=3, posted=2, undecided=1)
                self._assert_ledger(self.other_item, quantity=1, posted=1)
                self._as(user, credit).button_cancel()
                self._as(user, move).button_draft()
                self._as(user, move).button_cancel()
                self._assert_ledger(self.item, quantity=3, to_bill=3)

    def test_credit_note_is_reset_cancelled_and_deleted(self):
        move = self._post(self._build(self.items))
        for user in self.users:
            with self.subTest(user=user.login):
                credit = self._reverse(move)
                self._as(user, credit).action_post()
                self._assert_ledger(self.item, quantity=3, undecided=3)
                self._as(user, credit).button_draft()
                self._assert_ledger(self.item, quantity=3, posted=3)
                self._as(user, credit).button_cancel()
                self._as(user, credit).unlink()
                self._assert_ledger(self.item, quantity=3, posted=3)

    def test_reversed_credit_note_bills_again(self):
        for user in self.users:
            with self.subTest(user=user.login):
                move = self._post(self._build(self.items))
                credit = self._post(self._reverse(move))
                again = self._reverse(credit, user=user)
                self.assertEqual(again.move_type, "out_invoice")
                self._assert_ledger(self.item, quantity=3, drafted=3)
                self._as(user, again).action_post()
                self._assert_ledger(self.item, quantity=3, posted=3)
                again.button_cancel()
                credit.button_cancel()
                move.button_cancel()
                self._assert_ledger(self.item, quantity=3, to_bill=3)

    def test_credit_note_that_gave_up_is_not_reversed(self):
        credit = self._post(self._reverse(self._post(self._build(self.items))))
        lines = self._as(self.biller, credit.invoice_line_ids)
        for outcome, payer in (("waive", None), ("payer", self.guarantor)):
            lines._set_credit_outcome(outcome, payer)
            for user in self.users:
                with self.subTest(outcome=outcome, user=user.login):
                    message = self._assert_refused(
                        UserError, self._reverse, credit, user=user
                    )
                    self.assertIn("choose to bill it again first", message)
        lines._set_credit_outcome("rebill")
        self._reverse(credit)
        self._assert_ledger(self.item, quantity=3, drafted=3)

    def test_credit_note_whose_items_are_billed_again_is_not_reversed(self):
        credit = self._post(self._reverse(self._post(self._build(self.items))))
        self._as(self.biller, self.items).action_bill_again()
        again = self._post(self._build(self.items))
        message = self._assert_refused(UserError, self._reverse, credit)
        self.assertIn("only 0.0 are not billed again yet", message)
        self.assertIn(again.name, message)

    def test_one_of_two_documents_is_not_credited_twice(self):
        first = self._build(self.item)
        first.invoice_line_ids.quantity = 2
        self._post(first)
        second = self._post(self._build(self.item))
        self._reverse(first).action_post()
        self._assert_ledger(self.item, quantity=3, posted=1, undecided=2)
        credit = self._reverse(first)
        credit.invoice_line_ids.quantity = 1
        message = self._assert_refused(ValidationError, credit.action_post)
        self.assertIn(f"{first.name} bills 2.0 of Tablet", message)
        self._reverse(second).action_post()
        self._assert_ledger(self.item, quantity=3, undecided=3)

    def test_credited_document_stays_posted(self):
        move = self._build(self.item)
        move.invoice_line_ids.quantity = 1
        self._post(move)
        self._post(self._build(self.item))
        credit = self._post(self._reverse(move))
        for user in self.users:
            for button in ("button_draft", "button_cancel"):
                with self.subTest(user=user.login, button=button):
                    message = self._assert_refused(
                        ValidationError, getattr(self._as(user, move), button)
                    )
                    self.assertIn(credit.name, message)
        self._assert_ledger(self.item, quantity=3, posted=2, undecided=1)

    # === LOCKED PERIODS === #

    def _lock(self, name, day="2026-03-31"):
        self.env.company.write({name: day and fields.Date.to_date(day)})

    def test_posting_in_a_locked_period_moves_the_date(self):
        for name in ("fiscalyear_lock_date", "sale_lock_date", "hard_lock_date"):
            with self.subTest(lock=name):
                # Odoo sets no hard lock while there are drafts.
                self._lock(name)
                move = self._build(self.item, invoice_date=self.day)
                self._as(self.biller, move).action_post()
                self.assertEqual(move.state, "posted")
                self.assertGreater(move.date, fields.Date.to_date("2026-03-31"))
                self._assert_ledger(self.item, quantity=3, posted=3)
                move.button_cancel()
                if name != "hard_lock_date":
                    self._lock(name, False)

    def test_locked_document_stays_and_is_credited_later(self):
        move = self._build(self.items, invoice_date=self.day)
        self._post(move)
        self._lock("fiscalyear_lock_date")
        for user in self.users:
            for button in ("button_draft", "button_cancel"):
                self._assert_refused(UserError, getattr(self._as(user, move), button))
        self._assert_ledger(self.item, quantity=3, posted=3)
        credit = self._reverse(move)
        credit.action_post()
        self.assertGreater(credit.date, fields.Date.to_date("2026-03-31"))
        self._assert_ledger(self.item, quantity=3, undecided=3)

    def test_receipt_is_not_paid_in_a_locked_period(self):
        self._lock("fiscalyear_lock_date")
        payments = [{"journal": self.cash_journal}]
        receipt = self._build(self.items, move_type="out_receipt")
        for day in ("2026-03-02", "2026-03-31"):
            message = self._assert_refused(
                UserError, receipt._post_and_pay_receipts, payments, date=day
            )
            self.assertIn("closed until", message)
        receipt.invoice_date = "2026-03-02"
        message = self._assert_refused(
            UserError, receipt._post_and_pay_receipts, payments
        )
        self.assertIn("closed until", message)
        self.assertEqual(receipt.state, "draft")
        receipt.invoice_date = "2026-04-01"
        payment = receipt._post_and_pay_receipts(payments, date="2026-04-01")
        self.assertEqual(payment.move_id.date or payment.date, receipt.date)


@tagged("post_install", "-at_install")
class TestAccountantsScreens(MedicalBillingCommon):
    """Accountants see Odoo's own screens: none of our fields, and no error."""

    OURS = ("medical_records", "medical_billing", "medical_stock_link")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user(
            "chief", "account.group_account_manager,base.group_allow_export"
        )
        items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )
        cls.invoice = items.with_user(cls.biller)._build_invoices()
        cls.invoice.action_post()
        cls.invoice = cls.invoice.with_user(cls.env.user)

    def test_no_field_of_ours_is_on_their_screens(self):
        env = self.env(user=self.manager)
        ours = {
            field.name
            for name in env
            if name.startswith("account.")
            for field in env[name]._fields.values()
            if field._module in self.OURS
        }
        self.assertIn("medical_patient_id", ours)
        views = self.env["ir.ui.view"].search(
            [
                ("model", "=like", "account.%"),
                ("type", "in", ("form", "list", "search", "kanban", "pivot", "graph")),
                ("mode", "=", "primary"),
            ]
        )
        checked = 0
        found = []
        for view in views:
            if (view.xml_id or "").split(".")[0] in self.OURS:
                continue
            model = env[view.model]
            if not model.has_access("read"):
                continue
            checked += 1
            arch = model.get_views([(view.id, view.type)])["views"][view.type]["arch"]
            found += [(view.xml_id, name) for name in ours if f'"{name}"' in arch]
        self.assertFalse(found)
        self.assertGreater(checked, 50)

    def test_few_fields_of_ours_are_offered_for_export(self):
        env = self.env(user=self.manager)
        found = {
            f"{name}.{field}"
            for name in env
            if name.startswith("account.")
            and not env[name]._abstract
            and env[name].has_access("read")
            for field in env[name].fields_get(attributes=["type"])
            if env[name]._fields[field]._module in self.OURS
        }
        # What credit notes and prints of accountants need.
        self.assertEqual(
            found,
            {
                "account.move.medical_patient_id",
                "account.move.is_medical_receipt",
                "account.move.medical_neutral_wording",
                "account.move.line.billable_item_id",
                "account.move.line.medical_covered_item_id",
                "account.move.line.medical_plan_line_id",
                "account.payment.medical_amount_given",
            },
        )

    def test_documents_open_without_an_error(self):
        env = self.env(user=self.manager)
        Form(env["account.move"].browse(self.invoice.id), "account.view_move_form")
        for name in ("account.move", "account.move.line", "account.invoice.report"):
            domain = (
                [("move_id", "=", self.invoice.id)]
                if name != "account.move"
                else [("id", "=", self.invoice.id)]
            )
            records = env[name].search(domain)
            names = self._get_shown_fields(records, "list")
            self.assertTrue(records.read(names))
        self.assertTrue(
            env["account.move"]
            .browse(self.invoice.id)
            .invoice_line_ids.export_data(["name", "quantity", "product_id/name"])[
                "datas"
            ]
        )

    def test_payment_is_registered_and_reconciled(self):
        move = self.invoice.with_user(self.manager)
        self.env["account.payment.register"].with_user(self.manager).with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        move.line_ids.remove_move_reconcile()
        self.assertEqual(move.payment_state, "not_paid")
