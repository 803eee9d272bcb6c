from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import MedicalBillingCommon


class PortalCommon(MedicalBillingCommon, HttpCase):
    """Ada is a patient with documents; others want to read them.

    Eve is her mother and guarantor, Ben a patient like her, and Cem works where Dan
    does, who pays for a child.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mother = cls._create_patient(name="Eve Mother")
        cls.other_patient = cls._create_patient(name="Ben Other")
        cls.company_of_payers = cls._create_partner(name="Works", is_company=True)
        cls.employee, cls.colleague = (
            cls._create_partner(name=name, parent_id=cls.company_of_payers.id)
            for name in ("Dan Employee", "Cem Colleague")
        )
        for login, partner in (
            ("ada", cls.patient),
            ("eve", cls.mother),
            ("ben", cls.other_patient),
            ("dan", cls.employee),
            ("cem", cls.colleague),
        ):
            user = cls._create_user(
                login,
                "base.group_portal",
                partner_id=partner.id,
                password=f"{login}-secret",
            )
            setattr(cls, login, user)
        cls.items = cls._create_items(
            cls.procedure, cls.drug, date="2026-03-02 09:00:00"
        )

    def _log_in(self, user):
        self.env.flush_all()
        self.authenticate(user.login, f"{user.login}-secret")

    def _build_paid_receipt(self, items=None):
        move = self._build(items or self.items, move_type="out_receipt")
        move._post_and_pay_receipts([{"journal": self.cash_journal}])
        return move

    def _bill_to(self, payer, patient=None, neutral=None):
        """Post an invoice for a visit that somebody else pays."""
        patient = patient or self.patient
        patient.guarantor_id = payer
        if neutral is not None:
            payer.medical_neutral_wording = "neutral" if neutral else "full"
        items = self._create_items(
            self.procedure,
            self.drug,
            date="2026-03-02 09:00:00",
            patient_id=patient.id,
        )
        move = self._post(self._build(items))
        self.assertEqual(move.partner_id, payer)
        return move

    def _attach(self, move):
        return self.env["ir.attachment"].create(
            {
                "name": "secret.txt",
                "raw": b"what was done",
                "res_model": "account.move",
                "res_id": move.id,
            }
        )

    def _quiet(self):
        return mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")

    def _call(self, address, **params):
        return self.url_open(address, json={"params": params}).json()

    def _call_model(self, model, method, *args, **kwargs):
        return self._call(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=args,
            kwargs=kwargs,
        )


@tagged("post_install", "-at_install")
class TestPortalOwn(PortalCommon):
    """Patients find what is theirs."""

    def test_patient_finds_own_invoices_and_receipts(self):
        invoice = self._post(self._build(self.items[0]))
        receipt = self._build_paid_receipt(self.items[1])
        self._log_in(self.ada)
        page = self.url_open("/my/invoices").text
        for move in (invoice, receipt):
            with self.subTest(document=move.name):
                self.assertIn(move.name, page)
                self.assertIn(f'href="/my/invoices/{move.id}?', page)
                opened = self.url_open(f"/my/invoices/{move.id}")
                self.assertTrue(opened.url.endswith(f"/my/invoices/{move.id}"))
                self.assertIn(move.name, opened.text)

    def test_patient_sees_what_a_receipt_says(self):
        receipt = self._build_paid_receipt()
        self._log_in(self.ada)
        page = self.url_open(f"/my/invoices/{receipt.id}?report_type=html").text
        for expected in ("Receipt", "Suture", self.cash_journal.name, "LIC-1"):
            with self.subTest(text=expected):
                self.assertIn(expected, page)
        for unexpected in ("Proforma", "Invoice Date"):
            with self.subTest(text=unexpected):
                self.assertNotIn(unexpected, page)

    def test_patient_downloads_own_documents(self):
        for move in (
            self._post(self._build(self.items[0])),
            self._build_paid_receipt(self.items[1]),
        ):
            self._log_in(self.ada)
            response = self.url_open(
                f"/my/invoices/{move.id}?report_type=pdf&download=true"
            )
            with self.subTest(document=move.name):
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.headers["Content-Type"], "application/pdf")

    def test_drafts_are_not_found(self):
        draft = self._build(self.items)
        self._log_in(self.ada)
        opened = self.url_open(f"/my/invoices/{draft.id}")
        self.assertTrue(opened.url.endswith("/my"))

    def test_patient_reads_own_messages(self):
        move = self._post(self._build(self.items))
        move.message_post(
            body="Thank you for paying",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._log_in(self.ada)
        answer = self._call(
            "/mail/chatter_fetch", thread_model="account.move", thread_id=move.id
        )
        self.assertIn("Thank you for paying", str(answer))

    def test_patient_finds_the_way_in_the_browser(self):
        self._post(self._build(self.items[0]))
        self._build_paid_receipt(self.items[1])
        self.ada.password = self.ada.login = "ada-of-the-portal"
        self.env.flush_all()
        self.start_tour(
            "/my/home", "medical_portal_documents", login="ada-of-the-portal"
        )

    def test_patient_may_pay_like_any_invoice(self):
        move = self._post(self._build(self.items))
        payments = self.env["ir.module.module"]._get("account_payment")
        self._log_in(self.ada)
        page = self.url_open(f"/my/invoices/{move.id}").text
        self.assertIn("122.00", page)
        # Odoo's online payment may be left out; the page works all the same.
        if payments.state == "installed":
            self.assertTrue(move._has_to_be_paid())
            self.assertIn("Pay Now", page)


@tagged("post_install", "-at_install")
class TestPortalOthers(PortalCommon):
    """Nobody finds what is somebody else's, by whatever means."""

    def _assert_hidden(self, move, user, own=None):
        """Assert that a portal user finds nothing of a document.

        :param own: a document of the user, whose token must open no other
        """
        attachment = self._attach(move)
        message = move.message_post(
            body="About the act",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        line = move.invoice_line_ids[0]
        token = own._portal_ensure_token() if own else "x" * 36
        self._log_in(user)
        self.assertNotIn(move.name, self.url_open("/my/invoices").text)
        for query in ("", f"?access_token={token}", "?access_token="):
            joiner = "&" if query else "?"
            for more in ("", "report_type=html", "report_type=pdf&download=true"):
                address = f"/my/invoices/{move.id}{query}{joiner if more else ''}{more}"
                with self.subTest(address=address):
                    opened = self.url_open(address)
                    self.assertTrue(opened.url.endswith("/my"), opened.url)
        for address in (
            f"/report/html/account.report_invoice/{move.id}",
            f"/report/pdf/account.report_invoice_with_payments/{move.id}",
            f"/report/html/medical_billing.report_receipt_small/{move.id}",
            f"/account/download_invoice_documents/{move.id}/pdf",
            f"/account/download_move_attachments/{move.id}",
            f"/account/download_invoice_attachments/{attachment.id}",
            f"/web/content/{attachment.id}",
            f"/web/content/account.move/{move.id}/invoice_pdf_report_file",
        ):
            with self.subTest(address=address), self._quiet():
                response = self.url_open(address)
                self.assertGreaterEqual(response.status_code, 400, response.url)
                for secret in ("what was done", "Suture", move.name):
                    self.assertNotIn(secret, response.text)
        for model, method, args in (
            ("account.move", "read", [move.ids, ["name"]]),
            ("account.move", "web_read", [move.ids, {"name": {}}]),
            ("account.move.line", "read", [line.ids, ["name", "product_id"]]),
            ("ir.attachment", "read", [attachment.ids, ["name", "raw"]]),
            ("mail.message", "read", [message.ids, ["body"]]),
            ("medical.billable.item", "search_read", [[]]),
            ("account.move", "action_post", [move.ids]),
            ("account.move", "get_portal_url", [move.ids]),
        ):
            with self.subTest(model=model, method=method), self._quiet():
                answer = self._call_model(model, method, *args)
                self.assertIn("error", answer, answer)
                self.assertIn("AccessError", answer["error"]["data"]["name"])
        for model, domain in (
            ("account.move", [("id", "=", move.id)]),
            (
                "account.move",
                [
                    ("id", "=", move.id),
                    ("invoice_line_ids.name", "=", line.name),
                ],
            ),
            ("account.move.line", [("move_id", "=", move.id)]),
            ("account.move.line", [("move_id.name", "=", move.name)]),
            ("mail.message", [("res_id", "=", move.id)]),
        ):
            with self.subTest(model=model, domain=domain), self._quiet():
                answer = self._call_model(model, "search_count", domain)
                self.assertEqual(answer.get("result"), 0, answer)
        for address in ("/mail/thread/messages", "/mail/chatter_fetch"):
            for more in ({}, {"token": token}):
                with self.subTest(address=address, more=more), self._quiet():
                    answer = self._call(
                        address,
                        thread_model="account.move",
                        thread_id=move.id,
                        **more,
                    )
                    self.assertNotIn("About the act", str(answer))
        if self.env["ir.module.module"]._get("account_payment").state == "installed":
            with self._quiet():
                answer = self._call(
                    f"/invoice/transaction/{move.id}", access_token=token
                )
            self.assertIn("access token is invalid", str(answer))

    def test_another_patient_finds_nothing(self):
        move = self._post(self._build(self.items))
        own = self._post(
            self._build(
                self._create_items(self.procedure, patient_id=self.other_patient.id)
            )
        )
        self._assert_hidden(move, self.ben, own)

    def test_receipts_of_another_patient_are_hidden(self):
        self._assert_hidden(self._build_paid_receipt(), self.ben)

    def test_mother_finds_no_document_of_the_child(self):
        move = self._post(self._build(self.items))
        self.patient.guarantor_id = self.mother
        self.env["medical.partner.relation"].create(
            {
                "partner_id": self.patient.id,
                "related_partner_id": self.mother.id,
                "relationship": "parent",
            }
        )
        self._assert_hidden(move, self.eve)

    def test_patient_finds_no_document_of_the_payer(self):
        self._assert_hidden(self._bill_to(self.mother), self.ada)

    def test_colleague_finds_no_document(self):
        # Odoo lets all contacts of a company read what any of them was billed.
        self._assert_hidden(self._bill_to(self.employee), self.cem)

    def test_nobody_reads_without_logging_in(self):
        move = self._post(self._build(self.items))
        self.env.flush_all()
        opened = self.url_open(f"/my/invoices/{move.id}?report_type=html")
        self.assertNotIn(move.name, opened.text)

    def test_holder_of_the_token_reads_that_document_only(self):
        # Odoo's way to share a document: the link in its e-mail.
        move = self._post(self._build(self.items[0]))
        other = self._post(self._build(self.items[1]))
        token = move._portal_ensure_token()
        self.env.flush_all()
        opened = self.url_open(f"/my/invoices/{move.id}?access_token={token}")
        self.assertIn(move.name, opened.text)
        refused = self.url_open(f"/my/invoices/{other.id}?access_token={token}")
        self.assertNotIn(other.name, refused.text)


@tagged("post_install", "-at_install")
class TestPortalNeutral(PortalCommon):
    """Payers read their documents, and not what was done."""

    hidden = ("Suture", "LIC-1", "12001")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure.write(
            {
                "default_code": "SUT",
                "description_sale": "Suture with three stitches",
                "medical_code_id": cls._create_code("12001", "Simple repair").id,
            }
        )

    def _assert_neutral(self, text):
        for word in (*self.hidden, self.drug.name):
            with self.subTest(word=word):
                self.assertNotIn(word, text)

    def test_payer_reads_neutral_pages(self):
        move = self._bill_to(self.mother)
        self._log_in(self.eve)
        self.assertIn(move.name, self.url_open("/my/invoices").text)
        self._assert_neutral(self.url_open(f"/my/invoices/{move.id}").text)
        page = self.url_open(f"/my/invoices/{move.id}?report_type=html").text
        self.assertIn("Medical services of 03/02/2026", page)
        self._assert_neutral(page)

    def test_payer_pays_neutral_receipt(self):
        self.patient.guarantor_id = self.mother
        items = self._create_items(self.procedure, date="2026-03-02 09:00:00")
        receipt = self._build_paid_receipt(items)
        self._log_in(self.eve)
        page = self.url_open(f"/my/invoices/{receipt.id}?report_type=html").text
        self.assertIn(self.cash_journal.name, page)
        self._assert_neutral(page)

    def test_lines_name_nothing_by_remote_call(self):
        move = self._bill_to(self.mother)
        line = move.invoice_line_ids[0]
        self._log_in(self.eve)
        for model, method, args in (
            ("account.move.line", "read", [line.ids, ["product_id"]]),
            ("account.move.line", "read", [line.ids, ["billable_item_id"]]),
            ("account.move.line", "web_read", [line.ids, {"product_id": {}}]),
        ):
            with self.subTest(method=method, args=args), self._quiet():
                answer = self._call_model(model, method, *args)
                self.assertIn("AccessError", answer["error"]["data"]["name"])
        for domain in (
            [("move_id", "=", move.id), ("product_id", "!=", False)],
            [("move_id", "=", move.id), ("product_id", "=", self.procedure.id)],
        ):
            with self.subTest(domain=domain):
                answer = self._call_model("account.move.line", "search_count", domain)
                self.assertEqual(answer["result"], 0)
        answer = self._call_model(
            "account.move",
            "search_count",
            [("invoice_line_ids.product_id", "=", self.procedure.id)],
        )
        self.assertEqual(answer["result"], 0)
        answer = self._call_model(
            "account.move",
            "web_read",
            move.ids,
            {
                "invoice_line_ids": {"fields": {"product_id": {}, "name": {}}},
                "line_ids": {"fields": {"product_id": {}, "name": {}}},
            },
        )
        self._assert_neutral(str(answer))

    def test_payer_with_full_wording_reads_the_lines(self):
        move = self._bill_to(self.mother, neutral=False)
        self._log_in(self.eve)
        answer = self._call_model(
            "account.move.line", "read", move.invoice_line_ids[:1].ids, ["name"]
        )
        self.assertEqual(answer["result"][0]["name"], "[SUT] Suture")

    def test_email_and_file_name_nothing(self):
        move = self._bill_to(self.mother)
        sending = self.env["account.move.send.wizard"]
        wizard = sending.with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})
        self._assert_neutral(f"{wizard.subject} {wizard.body}")
        self._assert_neutral(str(wizard.mail_attachments_widget))
        wizard.sending_methods = ["email"]
        wizard.action_send_and_print()
        self.assertTrue(move.invoice_pdf_report_id)
        for message in move.message_ids:
            self._assert_neutral(f"{message.subject} {message.body}")
            self._assert_neutral(str(message.attachment_ids.mapped("name")))


@tagged("post_install", "-at_install")
class TestPortalRules(MedicalBillingCommon):
    """The same for whoever comes by another way than the web."""

    def test_internal_users_are_not_limited(self):
        move = self._build(self.items_of_guarantor())
        self.env.invalidate_all()
        move.with_user(self.accountant).invoice_line_ids.mapped("name")
        with self.assertRaises(AccessError):
            move.with_user(self.reception).invoice_line_ids.mapped("name")

    def items_of_guarantor(self):
        self.patient.guarantor_id = self.guarantor
        return self._create_items(self.procedure)
