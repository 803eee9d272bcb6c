from lxml import html

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestReport(MedicalBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure.medical_code_id = cls._create_code("12001", "Simple repair")
        cls.items = cls._create_items(
            cls.procedure, cls.drug, date="2026-03-02 09:00:00"
        )

    def _print(self, move, report="account.account_invoices", **context):
        """Return the words of a printed document."""
        self.env.flush_all()
        self.env.invalidate_all()
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.biller)
            .with_context(**context)
            ._render_qweb_html(report, move.ids)
        )
        return " ".join(html.fromstring(content).text_content().split())

    def test_invoice_says_whom_when_by_whom_and_what(self):
        move = self._post(self._build(self.items))
        text = self._print(move)
        for expected in (
            move.name,
            "Ada Patient",
            self.patient.patient_number,
            "03/02/2026",
            "Medic",
            "LIC-1",
            "12001",
            "Suture",
            "122.00",
        ):
            with self.subTest(text=expected):
                self.assertIn(expected, text)
        self.assertNotIn("Receipt", text)

    def test_receipt_is_called_a_receipt(self):
        wizard = self._open_wizard(self.items, document_type="receipt")
        wizard.action_build()
        move = self.items.move_line_ids.move_id
        text = self._print(move)
        self.assertIn(f"Receipt {move.name}", text)
        self.assertIn("12001", text)

    def test_draft_receipt_is_called_a_draft(self):
        move = self._build(self.items, move_type="out_receipt")
        self.assertIn("Draft Receipt", self._print(move))

    def test_other_invoices_are_unchanged(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.patient.id,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.procedure.id, "tax_ids": [Command.clear()]}
                    )
                ],
            }
        )
        text = self._print(self._post(move))
        self.assertIn("Invoice", text)
        for unexpected in ("Receipt", "12001", "LIC-1", "03/02/2026"):
            with self.subTest(text=unexpected):
                self.assertNotIn(unexpected, text)

    def test_credit_note_names_the_patient(self):
        credit = self._reverse(self._post(self._build(self.items)))
        text = self._print(self._post(credit))
        self.assertIn("Credit Note", text)
        self.assertIn("Ada Patient", text)
        self.assertIn("12001", text)

    # === SECTIONS === #

    def test_sections_have_subtotals(self):
        move = self._build(self.items, sections=True)
        visit = self.items.consultation_id
        self.assertIn(
            f"Visit {visit.name} of 03/02/2026 $ 122.00",
            self._print(move).replace("$122.00", "$ 122.00"),
        )

    # === NEUTRAL DOCUMENTS === #

    def test_neutral_invoice_says_nothing_of_the_act(self):
        self._diagnose("J06.9", "Cold")
        self.patient.with_user(self.assistant).diagnosis_consent = True
        move = self._build(self.items, sections=True)
        move.medical_neutral_wording = True
        text = self._print(self._post(move))
        for expected in ("Ada Patient", "03/02/2026", "Medical services", "122.00"):
            with self.subTest(text=expected):
                self.assertIn(expected, text)
        for hidden in ("12001", "Suture", self.drug.name, "LIC-1", "Medic ", "Cold"):
            with self.subTest(text=hidden):
                self.assertNotIn(hidden, text)

    def test_neutral_invoice_names_no_unit(self):
        self.env.user.group_ids |= self.env.ref("uom.group_uom")
        self.biller.group_ids |= self.env.ref("uom.group_uom")
        self.drug.uom_id.name = "Box of tests"
        items = self._create_items(self.drug, date="2026-03-02 09:00:00")
        move = self._build(items)
        self.assertIn("Box of tests", self._print(move))
        move.medical_neutral_wording = True
        self.assertNotIn("Box of tests", self._print(move))

    # === DIAGNOSIS === #

    def _diagnose(self, code, name, **values):
        """Bill a visit with a diagnosis instead of the one without."""
        visit = self._create_visit(
            self.procedure, self.drug, date="2026-03-02 09:00:00"
        )
        diagnosis = self.env["medical.diagnosis"].create(
            {
                "consultation_id": visit.id,
                "code_id": self._create_code(code, name).id,
                **values,
            }
        )
        self._sign(visit, self.administrator)
        self.items = visit.line_ids.billable_item_ids
        return diagnosis

    def test_diagnosis_is_printed_with_the_consent_of_the_patient(self):
        diagnosis = self._diagnose("J06.9", "Cold")
        move = self._post(self._build(self.items))
        self.assertNotIn("Cold", self._print(move))
        self.patient.with_user(self.assistant).diagnosis_consent = True
        # Codes get other words with the years; what was signed does not.
        signed = diagnosis.name
        diagnosis.code_id.name = "Common cold"
        text = self._print(move)
        self.assertIn(f"Diagnosis {signed}", text)
        self.assertNotIn("Common cold", text)
        self.patient.with_user(self.assistant).diagnosis_consent = False
        self.assertNotIn("Cold", self._print(move))

    def test_what_is_only_suspected_is_not_printed(self):
        self._diagnose("J06.9", "Cold", verification="provisional")
        self.patient.with_user(self.assistant).diagnosis_consent = True
        self.assertNotIn("Cold", self._print(self._build(self.items)))

    # === RECEIPTS === #

    def _build_receipt(self, payments):
        move = self._build(self.items, move_type="out_receipt")
        paid = move._post_and_pay_receipts(payments)
        return move, paid

    def test_receipt_names_its_payments_and_the_change(self):
        move, _paid = self._build_receipt(
            [
                {"journal": self.cash_journal, "amount": 22, "given": 50},
                {"journal": self.bank_journal, "amount": 60},
            ]
        )
        for report in (
            "account.account_invoices",
            self.small,
            "account.report_invoice",
        ):
            text = self._print(move, report=report).replace("\xa0", " ")
            for expected in (
                f"Receipt {move.name}",
                f"{self.cash_journal.name}, ",
                "22.00",
                f"{self.bank_journal.name}, ",
                "60.00",
                "Given $ 50.00",
                "Change $ 28.00",
                "Amount Due $ 40.00",
            ):
                with self.subTest(report=report, text=expected):
                    self.assertIn(expected, text)
            with self.subTest(report=report):
                self.assertNotIn("Paid on", text)

    small = "medical_billing.report_receipt_small"

    def test_small_receipt_says_what_the_large_one_says(self):
        move, _paid = self._build_receipt([{"journal": self.cash_journal}])
        text = self._print(move, report=self.small)
        for expected in (
            self.env.company.name,
            "Ada Patient",
            self.patient.patient_number,
            "03/02/2026",
            "LIC-1",
            "12001",
            "Suture",
            "122.00",
        ):
            with self.subTest(text=expected):
                self.assertIn(expected, text)

    def test_small_neutral_receipt_says_nothing_of_the_act(self):
        self.patient.medical_neutral_wording = "neutral"
        move, _paid = self._build_receipt([{"journal": self.cash_journal}])
        text = self._print(move, report=self.small)
        self.assertIn("Medical services of 03/02/2026", text)
        for hidden in ("12001", "Suture", "LIC-1"):
            with self.subTest(text=hidden):
                self.assertNotIn(hidden, text)

    def test_invoice_in_the_books_is_printed_as_receipt(self):
        self.env.company.medical_receipt_type = "out_invoice"
        move, _paid = self._build_receipt([{"journal": self.cash_journal}])
        self.assertEqual(move.move_type, "out_invoice")
        # The portal shows the proforma until the document was sent.
        for proforma in (False, True):
            text = self._print(move, proforma_invoice=proforma)
            with self.subTest(proforma=proforma):
                self.assertIn(f"Receipt {move.name}", text)
                self.assertNotIn(f"Invoice {move.name}", text)

    def test_proforma_receipt_is_called_a_receipt(self):
        move, _paid = self._build_receipt([{"journal": self.cash_journal}])
        text = self._print(move, proforma_invoice=True)
        self.assertIn(f"Receipt {move.name}", text)

    def test_receipt_has_an_email_of_its_own(self):
        move, _paid = self._build_receipt([{"journal": self.cash_journal}])
        template = move._get_mail_template()
        mail = template._generate_template(move.ids, ["subject", "body_html"])[move.id]
        self.assertEqual(
            mail["subject"], f"{self.env.company.name} Receipt (Ref {move.name})"
        )
        self.assertIn("It is paid", mail["body_html"])
        self.assertNotIn("invoice", mail["body_html"].lower())

    def test_other_documents_have_the_emails_of_odoo(self):
        receipt, _paid = self._build_receipt([{"journal": self.cash_journal}])
        self.items = self._create_items(self.procedure)
        invoice = self._post(self._build(self.items))
        for moves in (invoice, invoice | receipt):
            with self.subTest(moves=moves.mapped("name")):
                self.assertEqual(
                    moves._get_mail_template(),
                    self.env.ref("account.email_template_edi_invoice"),
                )

    def test_reception_prints_no_receipt(self):
        move, _paid = self._build_receipt([{"journal": self.cash_journal}])
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(self.reception)._render_qweb_html(
                self.small, move.ids
            )
