from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Date
from odoo.tests import Form, tagged

from .common import MedicalBillingCommon

TILL_REPORT = "medical_billing.report_medical_till_session"


@tagged("post_install", "-at_install")
class TestTill(MedicalBillingCommon):
    """A till from its opening to its closing count, and who may correct it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Takes money and may not correct the till.
        cls.clerk = cls._create_user("clerk", "medical_billing.group_biller")
        cls.manager = cls._create_user(
            "till_manager", "medical_billing.group_billing_manager"
        )
        # 120.00 and 2.00
        cls.items = cls._create_items(cls.procedure, cls.drug)
        cls.tills = cls.env["medical.till.session"]

    def _open(self, amount=100, user=None, journal=None):
        self.env.flush_all()
        self.env.invalidate_all()
        session = self.tills.with_user(user or self.clerk)._open(
            (journal or self.cash_journal).with_user(user or self.clerk), amount
        )
        return session.with_user(self.env.user)

    def _close(self, session, amount, user=None):
        self._as(user or self.clerk, session)._close(amount)
        self.env.invalidate_all()

    def _make_receipt(self, user=None, journal=None, items=None):
        user = user or self.clerk
        move = self._build(
            self.items if items is None else items, user=user, move_type="out_receipt"
        )
        self._as(user, move)._post_and_pay_receipts(
            [{"journal": journal or self.cash_journal}]
        )
        self.env.invalidate_all()
        return move

    def _pay(self, amount, user=None, **values):
        payment = (
            self.env["account.payment"]
            .with_user(user or self.clerk)
            .create(
                {
                    "amount": amount,
                    "partner_id": self.patient.id,
                    "partner_type": "customer",
                    "payment_type": "inbound",
                    "journal_id": self.cash_journal.id,
                    **values,
                }
            )
        )
        payment.action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        return payment.with_user(self.env.user)

    def _get_balance(self, account):
        self.env.flush_all()
        groups = self.env["account.move.line"]._read_group(
            [("account_id", "in", account.ids), ("parent_state", "=", "posted")],
            aggregates=["balance:sum"],
        )
        return groups[0][0]

    # === FROM OPENING TO CLOSING === #

    def test_till_knows_what_should_be_in_it(self):
        session = self._open(100)
        self._make_receipt()
        self._pay(30)
        self._pay(5, user=self.manager, payment_type="outbound")
        self._as(self.clerk, session)._move_cash(-50, "transfer", "To the bank")
        self._as(self.clerk, session)._move_cash(10, "other", "Change")
        self.env.invalidate_all()
        # 100 + 122 + 30 - 5 - 50 + 10
        self.assertRecordValues(
            session,
            [
                {
                    "state": "open",
                    "amount_taken": 152,
                    "amount_given": 5,
                    "amount_moved": -40,
                    "amount_expected": 207,
                }
            ],
        )
        self._close(session, 207)
        self.assertRecordValues(
            session,
            [
                {
                    "state": "closed",
                    "amount_close": 207,
                    "amount_close_expected": 207,
                    "close_difference": 0,
                    "closed_by_id": self.clerk.id,
                }
            ],
        )

    def test_account_of_the_till_holds_what_was_counted(self):
        account = self.cash_journal.default_account_id
        before = self._get_balance(account)
        session = self._open(0)
        self._make_receipt()
        payment = self._pay(30)
        self._as(self.clerk, session)._move_cash(-50, "transfer", "To the bank")
        self._close(session, 95, user=self.manager)
        # 122 + 30 - 50, and 7 too few.
        self.assertEqual(self._get_balance(account) - before, 95)
        self.assertEqual(self._get_balance(self.cash_journal.loss_account_id), 7)
        self.assertEqual(self._get_balance(self.env.company.transfer_account_id), 50)
        self.assertEqual(payment.state, "paid")
        outstanding = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        self.assertTrue(outstanding.reconciled)

    def test_too_much_is_a_profit(self):
        session = self._open(0)
        self._pay(30)
        self._close(session, 31, user=self.manager)
        self.assertEqual(self._get_balance(self.cash_journal.profit_account_id), -1)
        self.assertEqual(session.close_difference, 1)

    def test_difference_at_opening_is_booked_too(self):
        self._close(self._open(100), 100)
        session = self._open(98, user=self.manager)
        self.assertRecordValues(
            session, [{"amount_open_expected": 100, "open_difference": -2}]
        )
        self.assertEqual(self._get_balance(self.cash_journal.loss_account_id), 2)

    def test_first_opening_has_no_difference(self):
        self.assertEqual(self._open(250).open_difference, 0)

    def test_journal_without_account_for_differences_is_named(self):
        self.cash_journal.loss_account_id = False
        session = self._open(100)
        message = self._assert_refused(
            UserError, self._close, session, 99, user=self.manager
        )
        self.assertIn("Cash has no account for differences", message)
        self.assertEqual(session.state, "open")

    def test_journal_that_pays_into_its_own_account_has_nothing_to_move(self):
        account = self.cash_journal.default_account_id
        self.cash_journal.inbound_payment_method_line_ids.payment_account_id = account
        session = self._open(0)
        before = self._get_balance(account)
        self._pay(30)
        self._close(session, 30)
        self.assertEqual(self._get_balance(account) - before, 30)

    # === WHO TOOK WHAT AND HOW === #

    def test_session_lists_methods_and_people(self):
        session = self._open(0)
        self._pay(30)
        self._pay(12, user=self.manager)
        self._pay(40, journal_id=self.bank_journal.id)
        totals = session._get_totals()
        self.assertEqual(
            {row["name"].split(":")[0]: row["net"] for row in totals["methods"]},
            {"Cash": 42, "Bank": 40},
        )
        self.assertEqual(
            {row["name"]: (row["count"], row["net"]) for row in totals["users"]},
            {"Clerk": (2, 70), "Till manager": (1, 12)},
        )
        # Cards are no cash.
        self.assertEqual(session.amount_expected, 42)
        self.assertIn("42.00", session.summary)

    def test_card_counts_to_the_till_of_who_sits_there(self):
        session = self._open(0)
        other = self._pay(40, user=self.manager, journal_id=self.bank_journal.id)
        self.assertFalse(other.medical_till_session_id)
        self._call(self.manager, session, "action_join")
        mine = self._pay(41, user=self.manager, journal_id=self.bank_journal.id)
        self.assertEqual(mine.medical_till_session_id, session)
        self._call(self.manager, session, "action_leave")
        later = self._pay(42, user=self.manager, journal_id=self.bank_journal.id)
        self.assertFalse(later.medical_till_session_id)

    def test_payment_counts_when_it_is_taken(self):
        draft = self.env["account.payment"].create(
            {
                "amount": 30,
                "partner_id": self.patient.id,
                "journal_id": self.cash_journal.id,
            }
        )
        first = self._open(0)
        self._close(first, 0)
        second = self._open(0)
        draft.action_post()
        self.assertEqual(draft.medical_till_session_id, second)

    def test_payment_with_a_write_off_counts_what_was_paid(self):
        session = self._open(0)
        move = self._post(self._build(self.items))
        self.env["account.payment.register"].with_user(self.clerk).with_context(
            active_model="account.move", active_ids=move.ids
        ).create(
            {
                "amount": 100,
                "journal_id": self.cash_journal.id,
                "payment_difference_handling": "reconcile",
                "writeoff_account_id": self.company_data["default_account_expense"].id,
            }
        )._create_payments()
        self.env.invalidate_all()
        self.assertEqual(session.amount_expected, 100)
        self._close(session, 100)

    def test_report_says_what_was_taken_and_what_differs(self):
        session = self._open(100)
        self._make_receipt()
        self._as(self.clerk, session)._move_cash(-50, "other", "Stamps")
        self._close(session, 170, user=self.manager)
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.clerk)
            ._render_qweb_html(
                "medical_billing.report_medical_till_session", session.ids
            )
        )
        html = html.decode()
        for text in (session.name, "Stamps", "122.00", "172.00", "170.00", "Clerk"):
            with self.subTest(text=text):
                self.assertIn(text, html)
        for text in ("Suture", "Tablet"):
            self.assertNotIn(text, html)

    # === DIALOGS === #

    def test_coins_and_notes_add_up(self):
        form = Form(self.env["medical.till.count"].with_user(self.clerk))
        self.assertEqual(form.journal_id, self.cash_journal.with_user(self.clerk))
        with form.line_ids.edit(1) as line:  # hundreds
            line.quantity = 1
        with form.line_ids.edit(3) as line:  # twenties
            line.quantity = 3
        self.assertEqual(form.amount, 160)
        count = form.save()
        action = count.action_open()
        session = self.tills.browse(action["res_id"])
        self.assertEqual(session.amount_open, 160)
        self.assertIn("3 ×", session.open_count)
        action = self._as(self.clerk, session).action_close()
        form = Form(
            self.env["medical.till.count"]
            .with_user(self.clerk)
            .with_context(**action["context"])
        )
        form.amount = 160
        printing = form.save().action_close()
        self.assertEqual(
            printing["report_name"], "medical_billing.report_medical_till_session"
        )
        self.assertEqual(session.state, "closed")

    def test_cash_out_needs_a_reason_and_an_amount(self):
        session = self._open(100)
        for values, error in (
            ({"amount": 0, "reason": "Bank"}, UserError),
            ({"amount": -5, "reason": "Bank"}, UserError),
            ({"amount": 5, "reason": " "}, IntegrityError),
            ({"amount": 100.01, "reason": "Bank"}, UserError),
        ):
            with self.subTest(values=values):
                self._assert_refused(
                    error,
                    lambda values=values: (
                        self.env["medical.till.move"]
                        .with_user(self.clerk)
                        .create({"session_id": session.id, **values})
                        .action_confirm()
                    ),
                )
        self.assertFalse(session.movement_ids)

    # === WHAT IS REFUSED === #

    def test_till_is_opened_once(self):
        self._open()
        message = self._assert_refused(UserError, self._open)
        self.assertIn("Cash is already open: Clerk opened it", message)

    def test_database_refuses_a_second_open_session(self):
        session = self._open()
        self._assert_refused(
            IntegrityError,
            self.tills.sudo().create,
            {
                "journal_id": session.journal_id.id,
                "company_id": session.company_id.id,
            },
        )

    def test_closed_till_stays_closed(self):
        session = self._open(100)
        self._close(session, 100)
        for deed in (
            lambda: self._as(self.manager, session)._close(100),
            lambda: self._as(self.manager, session)._move_cash(1, "other", "Late"),
            lambda: self._as(self.manager, session).action_join(),
        ):
            message = self._assert_refused(UserError, deed)
            self.assertIn("was closed by Clerk", message)

    def test_negative_count_is_refused(self):
        self._assert_refused(UserError, self._open, -1)
        session = self._open(0)
        self._assert_refused(UserError, self._close, session, -1, user=self.manager)

    def test_bank_is_no_till(self):
        message = self._assert_refused(UserError, self._open, journal=self.bank_journal)
        self.assertIn("is not a cash journal", message)

    def test_difference_is_for_those_who_may_correct_the_till(self):
        session = self._open(100)
        message = self._assert_refused(AccessError, self._close, session, 99)
        self.assertIn("Count again", message)
        self._close(session, 99, user=self.manager)
        self.assertEqual(session.close_difference, -1)
        self._assert_refused(AccessError, self._open, 98)

    def test_cash_needs_an_open_till_where_the_company_wants_it(self):
        self._pay(5)
        self.env.company.medical_till_required = True
        message = self._assert_refused(UserError, self._pay, 5)
        self.assertIn("The till Cash is not open", message)
        # Cards and what is paid to vendors need none.
        self._pay(5, journal_id=self.bank_journal.id)
        self._pay(5, partner_type="supplier", payment_type="outbound")
        self._open(0)
        self.assertTrue(self._pay(5).medical_till_session_id)

    def test_cash_is_paid_back_by_those_who_may(self):
        self._open(100)
        message = self._assert_refused(
            AccessError, self._pay, 5, payment_type="outbound"
        )
        self.assertIn("Cash is paid back by those who may", message)
        # By bank anybody may, and accountants do as ever.
        self._pay(5, payment_type="outbound", journal_id=self.bank_journal.id)
        self._pay(5, payment_type="outbound", user=self.manager)
        self._pay(5, payment_type="outbound", user=self.accountant)

    # === CORRECTIONS === #

    def test_receipt_of_today_is_voided_and_its_items_are_free(self):
        session = self._open(100)
        move = self._make_receipt()
        payment = move.matched_payment_ids
        wizard = (
            self.env["medical.receipt.void"]
            .with_user(self.manager)
            .with_context(
                **self._call(self.manager, move, "action_medical_void")["context"]
            )
            .create({"reason": "Wrong patient"})
        )
        wizard.action_confirm()
        self.env.invalidate_all()
        self.assertEqual(payment.state, "canceled")
        self.assertEqual(payment.move_id.state, "cancel")
        self.assertRecordValues(
            move,
            [{"state": "posted", "payment_state": "reversed", "amount_residual": 0}],
        )
        self.assertEqual(move.reversal_move_ids.state, "posted")
        self.assertIn("Wrong patient", move.reversal_move_ids.ref)
        for item in self.items:
            self._assert_ledger(item, quantity=1, to_bill=1)
        self.assertEqual(session.amount_expected, 100)
        self.assertEqual(session._get_totals()["voided"], payment)
        self._close(session, 100)

    def test_voided_receipt_may_be_waived(self):
        self._open(100)
        move = self._make_receipt()
        self._as(self.manager, move)._void("Goodwill", "waive")
        for item in self.items:
            self._assert_ledger(item, quantity=1, waived=1)

    def test_advance_used_by_a_voided_receipt_is_an_advance_again(self):
        self._pay(22)
        self._open(100)
        move = self._build(self.items, move_type="out_receipt")
        move.action_post()
        move._use_advance()
        self._as(self.clerk, move)._post_and_pay_receipts(
            [{"journal": self.cash_journal}]
        )
        self.assertEqual(move.payment_state, "paid")
        self._as(self.manager, move)._void("Wrong", "rebill")
        self.env.invalidate_all()
        company = self.env.company
        self.assertEqual(
            self.patient._get_medical_advance(company, company.currency_id), 22
        )

    def test_receipt_of_yesterday_is_not_voided(self):
        self._open(100)
        move = self._build(self.items, move_type="out_receipt")
        yesterday = Date.today() - relativedelta(days=1)
        move.invoice_date = yesterday
        self._as(self.clerk, move)._post_and_pay_receipts(
            [{"journal": self.cash_journal}], yesterday
        )
        message = self._assert_refused(
            UserError, self._as(self.manager, move)._void, "Late", "rebill"
        )
        self.assertIn("Make a credit note and pay the money back", message)
        self.assertEqual(move.payment_state, "paid")

    def test_receipt_in_a_closed_till_is_not_voided(self):
        session = self._open(100)
        move = self._make_receipt()
        self._close(session, 222)
        message = self._assert_refused(
            UserError, self._as(self.manager, move)._void, "Late", "rebill"
        )
        self.assertIn("closed and counted", message)

    def test_receipt_is_voided_once_and_invoices_never(self):
        self._open(100)
        move = self._make_receipt(items=self.items[0])
        self._as(self.manager, move)._void("Wrong", "rebill")
        message = self._assert_refused(
            UserError, self._as(self.manager, move)._void, "Again", "rebill"
        )
        self.assertIn("already credited", message)
        invoice = self._post(self._build(self.items[1]))
        message = self._assert_refused(
            UserError, self._as(self.manager, invoice)._void, "Wrong", "rebill"
        )
        self.assertIn("is no posted receipt", message)

    def test_void_is_for_those_who_may_correct_the_till(self):
        self._open(100)
        move = self._make_receipt()
        self._assert_refused(
            AccessError, self._call, self.clerk, move, "action_medical_void"
        )
        self._assert_refused(
            AccessError, self._as(self.clerk, move)._void, "Wrong", "rebill"
        )
        self._assert_refused(
            AccessError,
            self.env["medical.receipt.void"].with_user(self.clerk).create,
            {"move_id": move.id, "reason": "Wrong"},
        )
        self.assertEqual(move.payment_state, "paid")

    def test_clerk_cancels_no_payment_in_a_till_by_whatever_door(self):
        self._open(100)
        payment = self._pay(30)
        for record, method, args in (
            (payment, "action_draft", []),
            (payment, "action_cancel", []),
            (payment, "write", [{"state": "canceled"}]),
            (payment, "write", [{"amount": 3}]),
            (payment, "write", [{"journal_id": self.bank_journal.id}]),
            (payment, "unlink", []),
            (payment.move_id, "button_draft", []),
            (payment.move_id, "button_cancel", []),
        ):
            with self.subTest(model=record._name, method=method, args=args):
                self._assert_refused(
                    AccessError, self._call, self.clerk, record, method, *args
                )
        self._call(self.manager, payment, "action_cancel")
        self.assertEqual(payment.state, "canceled")

    def test_payment_that_was_counted_is_corrected_by_accountants_only(self):
        session = self._open(0)
        payment = self._pay(30)
        self._close(session, 30)
        self._assert_refused(
            UserError, self._call, self.manager, payment, "action_draft"
        )
        self._call(self.accountant, payment, "action_draft")
        self._call(self.accountant, payment, "action_cancel")
        self.env.invalidate_all()
        self.assertTrue(session.is_changed)
        self.assertRecordValues(
            session, [{"amount_close_expected": 30, "amount_expected": 0}]
        )

    # === WHO MAY SEE AND DO WHAT === #

    def test_nobody_writes_a_session_by_hand(self):
        session = self._open(100)
        movement = self._as(self.clerk, session)._move_cash(5, "other", "Change")
        for user in (self.clerk, self.manager, self.accountant, self.reception):
            for record, method, args in (
                (session, "write", [{"amount_open": 1}]),
                (session, "write", [{"date_close": False}]),
                (session, "unlink", []),
                (movement, "write", [{"amount": 1}]),
                (movement, "unlink", []),
                (session, "_close", [100]),
                (session, "_move_cash", [5, "other", "x"]),
            ):
                with self.subTest(user=user.login, method=method, args=args):
                    self._assert_refused(
                        AccessError, self._call, user, record, method, *args
                    )
            for model, values in (
                ("medical.till.session", {"journal_id": self.cash_journal.id}),
                (
                    "medical.till.movement",
                    {"session_id": session.id, "amount": 5, "reason": "x"},
                ),
            ):
                with self.subTest(user=user.login, model=model):
                    self._assert_refused(
                        AccessError, self.env[model].with_user(user).create, values
                    )
        payment = self._pay(5)
        self._assert_refused(
            AccessError,
            self._call,
            self.clerk,
            payment,
            "write",
            {"medical_till_session_id": False},
        )

    def test_tills_are_for_billers_only(self):
        session = self._open(100)
        self.assertEqual(self._as(self.clerk, session).name, session.name)
        for user in (
            self.reception,
            self.assistant,
            self.medic,
            self.accountant,
            self.internal,
            self.portal,
        ):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._as(user, session).read, ["name"]
                )
                self._assert_refused(
                    AccessError, self._open, user=user, journal=self.cash_journal
                )
                for method in ("action_close", "action_join"):
                    self._assert_refused(AccessError, self._call, user, session, method)

    def test_accountant_takes_cash_as_ever(self):
        session = self._open(0)
        payment = self._pay(30, user=self.accountant)
        self.assertEqual(payment.medical_till_session_id, session)
        views = self._as(self.accountant, payment).get_views(
            [(False, "form"), (False, "list")]
        )
        self.assertNotIn(
            "medical_till_session_id", views["models"]["account.payment"]["fields"]
        )

    def test_companies_have_tills_of_their_own(self):
        session = self._open(100)
        other = self.setup_other_company(name="Other clinic")
        stranger = self._create_user(
            "stranger",
            "medical_billing.group_billing_manager",
            company_id=other["company"].id,
            company_ids=[Command.set(other["company"].ids)],
        )
        self._assert_refused(AccessError, self._as(stranger, session).read, ["name"])
        self._assert_refused(AccessError, self._open, user=stranger)
        theirs = self._open(10, user=stranger, journal=other["default_journal_cash"])
        self.assertEqual(theirs.company_id, other["company"])
        self.assertFalse(
            self._as(self.clerk, self.tills).search([("id", "=", theirs.id)])
        )
