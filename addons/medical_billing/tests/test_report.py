from lxml import html

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

    def _print(self, move):
        """Return the words of a printed document."""
        self.env.flush_all()
        self.env.invalidate_all()
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.biller)
            ._render_qweb_html("account.account_invoices", move.ids)
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
