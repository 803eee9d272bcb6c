from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestCreditDecision(MedicalBillingCommon):
    """What an accountant credited waits until a biller decides, in one dialog."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )
        cls.item, cls.other_item = cls.items

    def _credit(self):
        credit = self._reverse(self._post(self._build(self.items)))
        self._as(self.accountant, credit).action_post()
        self._assert_ledger(self.item, quantity=3, undecided=3)
        return credit

    def _open_decision(self, items=None, **context):
        items = self._as(self.biller, self.items if items is None else items)
        action = items.with_context(**context).action_decide_credits()
        model = self.env[action["res_model"]].with_user(self.biller)
        return Form(model.with_context(**action["context"]))

    def test_one_answer_with_an_exception(self):
        self._credit()
        form = self._open_decision()
        self.assertEqual(
            [(row["name"], row["quantity"]) for row in form.line_ids._records],
            [("Tablet", 3), ("Suture", 1)],
        )
        form.outcome = "rebill"
        with form.line_ids.edit(1) as row:
            row.outcome = "waive"
        form.save().action_confirm()
        self._assert_ledger(self.item, quantity=3, to_bill=3, state="to_bill")
        self._assert_ledger(self.other_item, quantity=1, waived=1, state="waived")

    def test_another_payer(self):
        self._credit()
        form = self._open_decision(self.item, medical_outcome="payer")
        self.assertEqual(form.outcome, "payer")
        form.payer_id = self.guarantor
        form.save().action_confirm()
        self._assert_ledger(self.item, state="cancelled")
        self._assert_ledger(self.item.split_ids, quantity=3, to_bill=3)
        self.assertEqual(self.item.split_ids.payer_id, self.guarantor)
        self._assert_ledger(self.other_item, quantity=1, undecided=1)

    def test_a_row_can_wait(self):
        self._credit()
        form = self._open_decision()
        form.outcome = "waive"
        form.reason = "Hardship"
        with form.line_ids.edit(0) as row:
            row.outcome = False
        form.save().action_confirm()
        self.assertEqual(
            self.other_item.move_line_ids.filtered(
                "credit_outcome"
            ).credit_outcome_reason,
            "Hardship",
        )
        self._assert_ledger(self.item, quantity=3, undecided=3)
        self._assert_ledger(self.other_item, quantity=1, waived=1)

    def test_decision_is_changed(self):
        self._credit()
        self._waive_credited(self.items)
        form = self._open_decision(self.item)
        self.assertEqual(form.line_ids._records[0]["outcome"], "waive")
        form.save().action_confirm()
        self._assert_ledger(self.item, quantity=3, waived=3)
        form = self._open_decision(self.item)
        form.outcome = "rebill"
        form.save().action_confirm()
        self._assert_ledger(self.item, quantity=3, to_bill=3)

    def test_nothing_to_decide_is_refused(self):
        form = self._open_decision()
        message = self._assert_refused(UserError, form.save().action_confirm)
        self.assertIn("Nothing here was credited", message)

    def test_payer_must_be_named(self):
        self._credit()
        wizard = (
            self.env["medical.credit.decision"]
            .with_user(self.biller)
            .create({"item_ids": self.item.ids, "outcome": "payer"})
        )
        message = self._assert_refused(UserError, wizard.action_confirm)
        self.assertIn("say who pays instead", message)

    def test_only_billers_decide(self):
        credit = self._credit()
        for user in (self.accountant, self.medic, self.reception):
            for model, vals in (
                ("medical.credit.decision", {"item_ids": self.item.ids}),
                (
                    "medical.credit.line",
                    {"move_line_id": credit.invoice_line_ids[0].id},
                ),
            ):
                with self.subTest(user=user.login, model=model):
                    self._assert_refused(
                        AccessError, self.env[model].with_user(user).create, vals
                    )
