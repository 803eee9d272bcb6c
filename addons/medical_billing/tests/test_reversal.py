from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestReversal(MedicalBillingCommon):
    """The dialog of credit notes asks billers what becomes of each item."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )
        cls.item, cls.other_item = cls.items
        cls.invoice = cls._create_invoice()

    @classmethod
    def _create_invoice(cls):
        move = cls.items.with_user(cls.biller)._build_invoices()
        move.action_post()
        return move.with_user(cls.env.user)

    def _open_reversal(self, moves=None, user=None):
        """Open the dialog in the form, as the biller."""
        moves = moves or self.invoice
        self.env.flush_all()
        self.env.invalidate_all()
        return Form(
            self.env["account.move.reversal"]
            .with_user(user or self.biller)
            .with_context(active_model="account.move", active_ids=moves.ids)
        )

    def _confirm(self, form, modify=False):
        """Press Reverse; return what it made."""
        wizard = form.save()
        if modify:
            wizard.modify_moves()
        else:
            wizard.refund_moves()
        return wizard.new_move_ids.with_user(self.env.user)

    def _get_line(self, move, item=None):
        item = item or self.item
        return move.invoice_line_ids.filtered(
            lambda line: line.billable_item_id == item
        )

    # === THE QUESTION === #

    def test_biller_is_asked_about_each_item(self):
        form = self._open_reversal()
        rows = [
            (row["name"], row["left"], row["quantity"], row["outcome"])
            for row in form.medical_line_ids._records
        ]
        self.assertEqual(rows, [("Tablet", 3, 3, False), ("Suture", 1, 1, False)])

    def test_one_answer_for_all(self):
        form = self._open_reversal()
        form.medical_outcome = "waive"
        credit = self._confirm(form)
        self.assertEqual(
            credit.invoice_line_ids.mapped("credit_outcome"), ["waive"] * 2
        )
        self._assert_ledger(self.item, quantity=3, posted=3)
        credit.action_post()
        self._assert_ledger(self.item, quantity=3, waived=3, state="waived")
        self._assert_ledger(self.other_item, quantity=1, waived=1, state="waived")

    def test_another_answer_for_one_line(self):
        form = self._open_reversal()
        form.medical_outcome = "rebill"
        with form.medical_line_ids.edit(1) as row:
            row.outcome = "payer"
            row.payer_id = self.guarantor
        self._confirm(form).action_post()
        self._assert_ledger(self.item, quantity=3, to_bill=3, state="to_bill")
        self._assert_ledger(self.other_item, state="cancelled")
        part = self.other_item.split_ids
        self.assertEqual(part.payer_id, self.guarantor)
        self._assert_ledger(part, quantity=1, to_bill=1, state="to_bill")

    def test_all_go_to_another_payer(self):
        form = self._open_reversal()
        form.medical_outcome = "payer"
        form.medical_payer_id = self.guarantor
        self._confirm(form).action_post()
        self.assertEqual(self.items.split_ids.mapped("payer_id"), self.guarantor)
        self.assertEqual(self.items.split_ids.mapped("qty_to_bill"), [3, 1])

    def test_part_of_a_line_is_credited(self):
        form = self._open_reversal()
        form.medical_outcome = "waive"
        with form.medical_line_ids.edit(0) as row:
            row.quantity = 2
        with form.medical_line_ids.edit(1) as row:
            row.quantity = 0
        credit = self._confirm(form)
        # 2 × 2.00
        self.assertEqual(credit.amount_total, 4)
        credit.action_post()
        self._assert_ledger(self.item, quantity=3, posted=1, waived=2, state="billed")
        self._assert_ledger(self.other_item, quantity=1, posted=1, state="billed")

    def test_part_of_a_taxed_line_is_credited(self):
        self.drug.taxes_id = self._create_tax(10)
        items = self._create_items({"product_id": self.drug.id, "quantity": 3})
        invoice = self._post(self._build(items))
        form = self._open_reversal(invoice)
        form.medical_outcome = "rebill"
        with form.medical_line_ids.edit(0) as row:
            row.quantity = 1
        credit = self._confirm(form)
        # 2.00 + 10 %
        self.assertRecordValues(
            credit, [{"amount_untaxed": 2, "amount_tax": 0.2, "amount_total": 2.2}]
        )
        credit.action_post()
        self._assert_ledger(items, quantity=3, posted=2, to_bill=1)

    def test_next_credit_note_offers_what_is_left(self):
        form = self._open_reversal()
        form.medical_outcome = "waive"
        with form.medical_line_ids.edit(0) as row:
            row.quantity = 2
        self._confirm(form)
        form = self._open_reversal()
        self.assertEqual(
            [(row["left"], row["quantity"]) for row in form.medical_line_ids._records],
            [(1, 1), (0, 0)],
        )
        form.medical_outcome = "rebill"
        credit = self._confirm(form)
        self.assertEqual(credit.invoice_line_ids.billable_item_id, self.item)
        self.assertEqual(credit.invoice_line_ids.quantity, 1)
        form = self._open_reversal()
        form.medical_outcome = "rebill"
        message = self._assert_refused(UserError, self._confirm, form)
        self.assertIn("Nothing of", message)

    def test_unlinked_lines_are_in_the_question_and_have_no_outcome(self):
        invoice = self._post_with_certificate()
        form = self._open_reversal(invoice)
        form.medical_outcome = "waive"
        self.assertEqual(
            [
                (row["name"], row["quantity"], row["outcome"])
                for row in form.medical_line_ids._records
            ],
            [("Suture", 1, "waive"), ("Certificate", 2, False)],
        )
        with form.medical_line_ids.edit(1) as row:
            row.quantity = 1
        self.assertEqual(self._confirm(form).amount_total, 130)

    def _post_with_certificate(self):
        move = self._build(self._create_items(self.procedure))
        move.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Certificate", "quantity": 2, "price_unit": 10}
                    )
                ]
            }
        )
        return self._post(move)

    def test_sections_without_lines_go(self):
        visits = self.items | self._create_items(self.procedure)
        self.invoice.button_draft()
        self.invoice.unlink()
        invoice = self._post(self._build(visits, sections=True))
        form = self._open_reversal(invoice)
        form.medical_outcome = "rebill"
        last = len(form.medical_line_ids) - 1
        for index in range(last):
            with form.medical_line_ids.edit(index) as row:
                row.quantity = 0
        credit = self._confirm(form)
        self.assertEqual(
            credit.invoice_line_ids.sorted("sequence").mapped("display_type"),
            ["line_section", "product"],
        )

    def test_several_documents_at_once(self):
        second = self._post(self._build(self._create_items(self.procedure)))
        moves = self.invoice | second
        form = self._open_reversal(moves)
        form.medical_outcome = "waive"
        self._confirm(form).action_post()
        items = moves.invoice_line_ids.billable_item_id
        self.assertEqual(set(items.mapped("state")), {"waived"})

    # === REVERSE AND CREATE === #

    def test_reverse_and_create_bills_what_is_billed_again(self):
        form = self._open_reversal()
        form.medical_outcome = "rebill"
        with form.medical_line_ids.edit(1) as row:
            row.outcome = "waive"
        new = self._confirm(form, modify=True)
        self.assertRecordValues(
            new, [{"state": "draft", "move_type": "out_invoice", "amount_total": 6}]
        )
        self.assertEqual(self.invoice.payment_state, "reversed")
        self._assert_ledger(self.item, quantity=3, drafted=3, state="drafted")
        self._assert_ledger(self.other_item, quantity=1, waived=1, state="waived")
        new.action_post()
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_reverse_and_create_for_a_part(self):
        form = self._open_reversal()
        form.medical_outcome = "rebill"
        with form.medical_line_ids.edit(0) as row:
            row.quantity = 1
        with form.medical_line_ids.edit(1) as row:
            row.quantity = 0
        new = self._confirm(form, modify=True)
        self.assertEqual(new.amount_total, 2)
        self._assert_ledger(self.item, quantity=3, drafted=1, posted=2, state="drafted")
        self._assert_ledger(self.other_item, quantity=1, posted=1, state="billed")

    def test_reverse_and_create_with_nothing_left_is_refused(self):
        form = self._open_reversal()
        form.medical_outcome = "waive"
        message = self._assert_refused(UserError, self._confirm, form, modify=True)
        self.assertIn("press Reverse", message)
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    # === REFUSED === #

    def test_more_than_was_billed_is_refused(self):
        for quantity in (4, -1):
            form = self._open_reversal()
            form.medical_outcome = "waive"
            with form.medical_line_ids.edit(0) as row:
                row.quantity = quantity
            message = self._assert_refused(UserError, self._confirm, form)
            self.assertIn("still bills 3.0 of it", message)
        self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_other_payer_must_be_named_and_another(self):
        wizard = self._create_reversal(medical_outcome="payer")
        message = self._assert_refused(UserError, wizard.refund_moves)
        self.assertIn("say who pays instead", message)
        wizard = self._create_reversal(
            medical_outcome="payer", medical_payer_id=self.patient.id
        )
        message = self._assert_refused(UserError, wizard.refund_moves)
        self.assertIn("choose to bill it again", message)

    def _create_reversal(self, user=None, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["account.move.reversal"]
            .with_user(user or self.biller)
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, **values})
        )

    def test_biller_without_an_answer_leaves_it_undecided(self):
        wizard = self._create_reversal()
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        self._assert_ledger(self.item, quantity=3, undecided=3, state="undecided")

    # === ACCOUNTANTS === #

    def test_accountant_is_asked_nothing(self):
        model = self.env["account.move.reversal"].with_user(self.accountant)
        view = model.get_views([(False, "form")])["views"]["form"]
        self.assertNotIn("medical", view["arch"])
        self.assertFalse(
            [name for name in model.fields_get() if name.startswith("medical")]
        )
        form = self._open_reversal(user=self.accountant)
        form.reason = "Mistake"
        credit = self._confirm(form)
        self._as(self.accountant, credit).action_post()
        self._assert_ledger(self.item, quantity=3, undecided=3, state="undecided")

    def test_accountant_reverses_and_creates(self):
        new = self._confirm(self._open_reversal(user=self.accountant), modify=True)
        self._assert_ledger(self.item, quantity=3, drafted=3, state="drafted")
        self._as(self.accountant, new).unlink()
        self._assert_ledger(self.item, quantity=3, undecided=3, state="undecided")

    def test_documents_of_others_are_credited_without_question(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.guarantor.id,
                "invoice_line_ids": [Command.create({"name": "Rent", "price_unit": 5})],
            }
        )
        move.action_post()
        form = self._open_reversal(move)
        self.assertFalse(form.medical_line_ids._records)
        self.assertEqual(self._confirm(form).amount_total, 5)
