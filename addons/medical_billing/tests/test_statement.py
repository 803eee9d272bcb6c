from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Date
from odoo.tests import HttpCase, tagged

from .common import MedicalBillingCommon


class StatementCommon(MedicalBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 120.00 and 2.00
        cls.items = cls._create_items(cls.procedure, cls.drug)

    def _bill(self, items, day):
        move = self._build(items)
        move.invoice_payment_term_id = False
        move.invoice_date = day
        move.action_post()
        return move

    def _pay(self, move, amount, day, **values):
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(
                {
                    "amount": amount,
                    "payment_date": day,
                    "journal_id": self.cash_journal.id,
                    **values,
                }
            )
            ._create_payments()
        )

    def _get_statement(self, date_from, date_to, partner=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (partner or self.patient)._get_medical_statement(
            Date.to_date(date_from), Date.to_date(date_to), self.env.company
        )

    def _assert_rows(self, statement, *expected):
        """Assert what a statement lists: day, kind, amount, balance after it."""
        self.assertEqual(
            [
                (str(row["date"]), row["title"], row["amount"], row["balance"])
                for row in statement["rows"]
            ],
            list(expected),
        )


@tagged("post_install", "-at_install")
class TestStatement(StatementCommon):
    """What a payer was charged, what came in, and what is left."""

    def test_statement_lists_documents_payments_and_the_balance_after_each(self):
        self._create_payment(30, date="2026-02-20")
        first = self._bill(self.items[0], "2026-03-03")
        second = self._bill(self.items[1], "2026-03-10")
        payment = self._pay(first, 70, "2026-03-15")
        credit = self._reverse(second)
        credit.invoice_date = credit.date = "2026-03-20"
        credit.action_post()
        self._create_payment(5, date="2026-04-02")
        statement = self._get_statement("2026-03-01", "2026-03-31")
        self.assertEqual(statement["opening"], -30)
        self._assert_rows(
            statement,
            ("2026-03-03", "Invoice", 120, 90),
            ("2026-03-10", "Invoice", 2, 92),
            ("2026-03-15", "Payment (Cash)", -70, 22),
            ("2026-03-20", "Credit Note", -2, 20),
        )
        self.assertEqual(
            [row["name"] for row in statement["rows"]],
            [first.name, second.name, payment.name, credit.name],
        )
        self.assertEqual((statement["charged"], statement["paid"]), (122, -72))
        self.assertEqual((statement["closing"], statement["later"]), (20, -5))

    def test_balance_of_the_statement_is_that_of_the_page(self):
        move = self._bill(self.items, "2026-03-03")
        self._pay(move, 22, "2026-03-04")
        self._create_payment(7, date="2026-03-05")
        self.init_invoice(
            "out_invoice",
            partner=self.patient,
            invoice_date="2026-03-06",
            amounts=[80],
            taxes=[],
            post=True,
        )
        # 122 - 22 - 7 + 80
        today = Date.today()
        for date_from in ("2026-01-01", "2026-03-05", str(today), False):
            with self.subTest(date_from=date_from):
                statement = self._get_statement(date_from, today)
                self.assertEqual((statement["closing"], statement["later"]), (173, 0))
        page = self._as(self.biller, self.patient)
        self.assertEqual(page.medical_balance, 173)
        # What is booked for a later day is told apart.
        statement = self._get_statement("2026-03-01", "2026-03-04")
        self.assertEqual((statement["closing"], statement["balance"]), (100, 173))

    def test_receipt_and_its_payment_leave_nothing(self):
        move = self._build(self.items, move_type="out_receipt")
        move.invoice_date = "2026-03-03"
        move._post_and_pay_receipts(
            [{"journal": self.cash_journal}], Date.to_date("2026-03-03")
        )
        self._assert_rows(
            self._get_statement("2026-03-01", "2026-03-31"),
            ("2026-03-03", "Receipt", 122, 122),
            ("2026-03-03", "Payment (Cash)", -122, 0),
        )

    def test_what_was_written_off_stands_apart_from_what_was_paid(self):
        move = self._bill(self.items, "2026-03-03")
        self._pay(
            move,
            100,
            "2026-03-09",
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self._assert_rows(
            self._get_statement("2026-03-01", "2026-03-31"),
            ("2026-03-03", "Invoice", 122, 122),
            ("2026-03-09", "Payment (Cash)", -100, 22),
            ("2026-03-09", "Write-off", -22, 0),
        )

    def test_money_given_back_raises_the_balance(self):
        self._create_payment(50, date="2026-03-03")
        self._create_payment(20, date="2026-03-04", payment_type="outbound")
        self._assert_rows(
            self._get_statement("2026-03-01", "2026-03-31"),
            ("2026-03-03", "Payment (Cash)", -50, -50),
            ("2026-03-04", "Refund (Cash)", 20, -30),
        )

    def test_drafts_and_cancelled_documents_are_not_listed(self):
        self._build(self.items[0])
        self._build(self.items[1]).button_cancel()
        statement = self._get_statement("2026-01-01", Date.today())
        self.assertEqual((statement["rows"], statement["closing"]), ([], 0))

    def test_document_with_several_due_days_is_one_row(self):
        move = self._build(self.items)
        move.invoice_payment_term_id = self.pay_terms_b
        move.invoice_date = "2026-03-03"
        move.action_post()
        self.assertGreater(len(move._get_receivable_lines()), 1)
        self._assert_rows(
            self._get_statement("2026-03-01", "2026-03-31"),
            ("2026-03-03", "Invoice", 122, 122),
        )

    def test_other_currencies_are_told_beside_the_amount(self):
        # Two euros for a dollar.
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self._create_payment(50, currency_id=euro.id, date="2026-03-03")
        (row,) = self._get_statement("2026-03-01", "2026-03-31")["rows"]
        self.assertEqual(
            (row["amount"], row["amount_currency"], row["currency"]), (-25, -50, euro)
        )

    def test_statement_says_nothing_of_what_was_done(self):
        self.patient.lang = "en_US"
        self._bill(self.items, "2026-03-03")
        wizard = self._open_statement()
        html = self._print(wizard)
        self.assertIn("Ada Patient", html)
        for text in ("Suture", "Tablet", "Medic", self.items[0].consultation_id.name):
            self.assertNotIn(text, html)

    def test_statements_of_many_cost_no_more_queries_than_those_of_few(self):
        patients = self.env["res.partner"].create(
            [{"name": f"Patient {number}", "is_patient": True} for number in range(12)]
        )
        for patient in patients:
            self._create_payment(5, partner_id=patient.id)
        cost = self._count_per_record(
            lambda number: patients[:number]._get_medical_statements(
                Date.to_date("2026-01-01"), Date.today(), self.env.company
            ),
            2,
            12,
        )
        self.assertLess(cost, 0.5)

    # === WIZARD === #

    def _open_statement(self, user=None, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["medical.statement"]
            .with_user(user or self.biller)
            .create(
                {
                    "partner_ids": [Command.set(self.patient.ids)],
                    "date_from": "2026-03-01",
                    "date_to": "2026-03-31",
                    **values,
                }
            )
        )

    def _print(self, wizard):
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.biller)
            ._render_qweb_html("medical_billing.report_medical_statement", wizard.ids)
        )
        return html.decode()

    def test_statement_that_ends_before_it_begins_is_refused(self):
        message = self._assert_refused(
            UserError, self._open_statement, date_to="2026-02-28"
        )
        self.assertIn(
            "cannot end on 02/28/2026 before it begins on 03/01/2026", message
        )
        wizard = self._open_statement()
        self._assert_refused(UserError, wizard.write, {"date_to": "2026-02-28"})
        self._assert_refused(UserError, self._get_statement, "2026-03-02", "2026-03-01")

    def test_statement_without_an_end_is_refused(self):
        message = self._assert_refused(
            UserError, self._get_statement, "2026-03-02", False
        )
        self.assertIn("to which day", message)

    def test_biller_sees_the_statement_on_the_screen(self):
        self._bill(self.items, "2026-03-03")
        action = self._as(self.biller, self.patient).action_medical_statement()
        wizard = (
            self.env["medical.statement"]
            .with_user(self.biller)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.partner_ids, self.patient)
        self.assertIn("122.00", wizard.preview)
        wizard.date_from = "2026-03-04"
        self.assertIn("Opening balance", wizard.preview)

    def test_statement_is_printed_in_the_language_of_the_payer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.patient.lang = "fr_FR"
        self._bill(self.items, "2026-03-03")
        # French writes the day first.
        self.assertIn("03/03/2026", self._print(self._open_statement()))
        self.assertIn("31/03/2026", self._print(self._open_statement()))

    def test_statement_is_sent_to_the_payer_only(self):
        self.patient.write({"email": "ada@example.com", "lang": "en_US"})
        self.other_patient.write({"email": "ben@example.com", "lang": "en_US"})
        self._bill(self.items, "2026-03-03")
        wizard = self._open_statement(
            partner_ids=[Command.set((self.patient | self.other_patient).ids)]
        )
        before = self.env["mail.mail"].search([])
        wizard.action_send()
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(
            sorted(mail.recipient_ids.name for mail in mails),
            ["Ada Patient", "Ben Patient"],
        )
        for mail in mails:
            with self.subTest(payer=mail.recipient_ids.name):
                self.assertIn(mail.recipient_ids.name, mail.body_html)
                self.assertEqual(len(mail.attachment_ids), 1)
                self.assertNotEqual(mail.model, "res.partner")
        # The chatter, which everybody reads, has the fact and no figure.
        note = self.patient.message_ids[0]
        self.assertIn("Statement to 03/31/2026 sent", note.body)
        self.assertFalse(note.attachment_ids)

    def test_statement_is_not_sent_without_an_address(self):
        self.patient.email = False
        message = self._assert_refused(UserError, self._open_statement().action_send)
        self.assertIn("Ada Patient", message)

    # === WHO MAY SEE IT === #

    def test_only_billers_get_statements(self):
        for user in (
            self.reception,
            self.assistant,
            self.medic,
            self.accountant,
            self.internal,
            self.portal,
        ):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._open_statement, user=user)
                self._assert_refused(
                    AccessError,
                    self._call,
                    user,
                    self.patient,
                    "action_medical_statement",
                )
        for user in (self.biller, self.portal):
            self._assert_refused(
                AccessError,
                self._call,
                user,
                self.patient,
                "_get_medical_statement",
                "2026-01-01",
                "2026-12-31",
                self.env.company.id,
            )

    def test_statement_of_a_company_of_others_is_refused(self):
        other = self.setup_other_company(name="Other clinic")["company"]
        wizard = self._open_statement()
        wizard.sudo().company_id = other
        self._assert_refused(AccessError, wizard._get_statements)


@tagged("post_install", "-at_install")
class TestStatementPortal(StatementCommon, HttpCase):
    """Patients read their own statement, and nobody else's by whatever means."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls._create_user(
            "ada", "base.group_portal", partner_id=cls.patient.id, password="ada-secret"
        )
        cls.ben = cls._create_user(
            "ben",
            "base.group_portal",
            partner_id=cls.other_patient.id,
            password="ben-secret",
        )

    def setUp(self):
        super().setUp()
        self.move = self._bill(self.items, "2026-03-03")
        self.env.flush_all()

    def _get(self, address):
        response = self.url_open(address)
        self.assertEqual(response.status_code, 200)
        return response

    def test_patient_reads_the_own_statement(self):
        self.authenticate("ada", "ada-secret")
        page = self._get("/my/statement?date_from=2026-03-01&date_to=2026-03-31").text
        self.assertIn(self.move.name, page)
        self.assertIn("122.00", page)
        self.assertNotIn("Suture", page)

    def test_patient_downloads_the_own_statement(self):
        self.authenticate("ada", "ada-secret")
        response = self._get(
            "/my/statement?date_from=2026-03-01&date_to=2026-03-31&download=1"
        )
        self.assertEqual(response.headers["Content-Type"], "application/pdf")

    def test_nobody_reads_the_statement_of_another(self):
        token = self.move._portal_ensure_token()
        self.env.flush_all()
        self.authenticate("ben", "ben-secret")
        for address in (
            "/my/statement",
            f"/my/statement?partner_id={self.patient.id}",
            f"/my/statement?partner_ids={self.patient.id}&access_token={token}",
            f"/my/statement?id={self.patient.id}&company_id={self.env.company.id}",
        ):
            with self.subTest(address=address):
                page = self._get(address).text
                self.assertNotIn(self.move.name, page)
                self.assertIn("Nothing was charged to you yet", page)
        for address in (f"/my/statement/{self.patient.id}",):
            self.assertEqual(self.url_open(address).status_code, 404)

    def test_mother_does_not_read_the_statement_of_the_child(self):
        self.patient.guarantor_id = self.other_patient
        self.env["medical.partner.relation"].create(
            {
                "partner_id": self.patient.id,
                "related_partner_id": self.other_patient.id,
                "relationship": "parent",
            }
        )
        self.env.flush_all()
        self.authenticate("ben", "ben-secret")
        self.assertNotIn(self.move.name, self._get("/my/statement").text)

    def test_statement_is_not_read_without_logging_in(self):
        response = self.url_open("/my/statement")
        self.assertIn("/web/login", response.url)
        self.assertNotIn(self.move.name, response.text)

    def test_statement_of_another_is_not_made_by_remote_call(self):
        self.authenticate("ben", "ben-secret")
        for model, method, args in (
            ("medical.statement", "create", [{"partner_ids": self.patient.ids}]),
            ("medical.statement", "search_read", [[]]),
            ("res.partner", "action_medical_statement", [self.patient.ids]),
            ("res.partner", "read", [self.patient.ids, ["medical_balance"]]),
        ):
            with self.subTest(model=model, method=method):
                response = self.url_open(
                    f"/web/dataset/call_kw/{model}/{method}",
                    json={
                        "params": {
                            "model": model,
                            "method": method,
                            "args": args,
                            "kwargs": {},
                        }
                    },
                ).json()
                self.assertIn("error", response)
                self.assertIn("AccessError", response["error"]["data"]["name"])

    def test_wrong_dates_are_told_on_the_page(self):
        self.authenticate("ada", "ada-secret")
        page = self._get("/my/statement?date_from=2026-03-31&date_to=2026-03-01").text
        self.assertIn("before it begins", page)
        self.assertNotIn(self.move.name, page)
        self._get("/my/statement?date_from=yesterday&date_to=2026-13-45")
