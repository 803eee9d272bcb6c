from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestCreditOutcome(MedicalBillingCommon):
    """What becomes of a credit is kept on its line, and undone with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls._create_items({"product_id": cls.drug.id, "quantity": 3})
        cls.invoice = cls.env["account.move"]

    def _credit(self, quantity=None, post=True):
        """Bill the item and credit it, or some of it."""
        self.invoice = self.invoice or self._post(self._build(self.item))
        credit = self._reverse(self.invoice)
        if quantity is not None:
            credit.invoice_line_ids.quantity = quantity
        if post:
            credit.action_post()
        return credit

    def _choose(self, credit, outcome, payer=None, user=None):
        lines = self._as(user or self.biller, credit.invoice_line_ids)
        lines._set_credit_outcome(outcome, payer)

    def _get_part(self):
        return self.item.split_ids

    def test_another_payer_is_billed_what_was_credited(self):
        credit = self._credit()
        self._choose(credit, "payer", self.guarantor)
        part = self._get_part()
        self._assert_ledger(self.item, state="cancelled")
        self._assert_ledger(part, quantity=3, to_bill=3, state="to_bill")
        self.assertRecordValues(
            part,
            [
                {
                    "payer_id": self.guarantor.id,
                    "origin_id": self.item.id,
                    "price_unit": 2,
                    "share": 1,
                }
            ],
        )
        self.assertEqual(credit.invoice_line_ids.credit_payer_id, self.guarantor)
        move = self._post(self._build(part))
        self.assertEqual((move.partner_id, move.amount_total), (self.guarantor, 6))
        self._assert_ledger(part, quantity=3, posted=3, state="billed")

    def test_part_of_it_goes_to_another_payer(self):
        self._choose(self._credit(2), "payer", self.guarantor)
        self._assert_ledger(self.item, quantity=1, posted=1, state="billed")
        self._assert_ledger(self._get_part(), quantity=2, to_bill=2)

    def test_two_credits_go_to_one_payer(self):
        self._choose(self._credit(1), "payer", self.guarantor)
        self._choose(self._credit(2), "payer", self.guarantor)
        self._assert_ledger(self.item)
        self._assert_ledger(self._get_part(), quantity=3, to_bill=3)

    def test_two_credits_go_to_two_payers(self):
        self._choose(self._credit(1), "payer", self.guarantor)
        self._choose(self._credit(1), "payer", self.other_patient)
        self._assert_ledger(self.item, quantity=1, posted=1)
        self.assertEqual(self._get_part().mapped("quantity"), [1, 1])

    def test_credit_joins_what_was_split_off_before(self):
        part = self.item._split(self.guarantor, quantity=1)
        self._choose(self._credit(), "payer", self.guarantor)
        self.assertEqual(self._get_part(), part)
        self._assert_ledger(self.item)
        self._assert_ledger(part, quantity=3, to_bill=3)

    def test_outcome_chosen_on_a_draft_counts_from_its_posting(self):
        credit = self._credit(post=False)
        self._choose(credit, "payer", self.guarantor)
        part = self._get_part()
        self._assert_ledger(self.item, quantity=3, posted=3)
        self._assert_ledger(part, state="cancelled")
        credit.action_post()
        self._assert_ledger(self.item, state="cancelled")
        self._assert_ledger(part, quantity=3, to_bill=3)

    def test_waive_and_rebill_chosen_on_a_draft(self):
        credit = self._credit(1, post=False)
        self._choose(credit, "waive")
        credit.action_post()
        self._assert_ledger(self.item, quantity=3, posted=2, waived=1)
        credit = self._credit(2, post=False)
        self._choose(credit, "rebill")
        credit.action_post()
        self._assert_ledger(self.item, quantity=3, to_bill=2, waived=1)

    def test_undoing_the_credit_undoes_the_other_payer(self):
        for undo in ("button_draft", "button_cancel"):
            with self.subTest(undo=undo):
                credit = self._credit()
                self._choose(credit, "payer", self.guarantor)
                getattr(self._as(self.accountant, credit), undo)()
                self._assert_ledger(self.item, quantity=3, posted=3, state="billed")
                self._assert_ledger(self._get_part(), state="cancelled")
                if undo == "button_draft":
                    self._as(self.accountant, credit).unlink()
                self._assert_ledger(self.item, quantity=3, posted=3, state="billed")

    def test_credit_stays_while_the_other_payer_is_billed(self):
        credit = self._credit()
        self._choose(credit, "payer", self.guarantor)
        move = self._post(self._build(self._get_part()))
        for undo in ("button_draft", "button_cancel"):
            message = self._assert_refused(
                UserError, getattr(self._as(self.accountant, credit), undo)
            )
            self.assertIn("billed to Insurer, and this is done already", message)
            self.assertIn(move.name, message)
        self._assert_refused(UserError, self._choose, credit, "rebill")
        move.button_cancel()
        credit.button_draft()
        self._assert_ledger(self.item, quantity=3, posted=3)

    def test_choice_can_be_changed(self):
        credit = self._credit()
        self._choose(credit, "waive")
        self._choose(credit, "payer", self.guarantor)
        self._assert_ledger(self._get_part(), quantity=3, to_bill=3)
        self._choose(credit, "payer", self.other_patient)
        self.assertEqual(self._get_part().payer_id, self.other_patient)
        self._choose(credit, "rebill")
        self.assertFalse(self._get_part())
        self._assert_ledger(self.item, quantity=3, to_bill=3)
        self._choose(credit, False)
        self._assert_ledger(self.item, quantity=3, undecided=3)

    def test_other_payer_may_refuse_too(self):
        self._choose(self._credit(), "payer", self.guarantor)
        part = self._get_part()
        credit = self._reverse(self._post(self._build(part)))
        credit.action_post()
        self._choose(credit, "payer", self.patient)
        self._assert_ledger(part)
        self._assert_ledger(part.split_ids, quantity=3, to_bill=3)
        self.assertEqual(part.split_ids.payer_id, self.patient)

    def test_what_is_billed_again_cannot_be_given_away(self):
        credit = self._credit()
        self._choose(credit, "rebill")
        self._build(self.item).invoice_line_ids.quantity = 2
        for outcome, payer in (("waive", None), ("payer", self.guarantor)):
            message = self._assert_refused(
                UserError, self._choose, credit, outcome, payer
            )
            self.assertIn("only 1.0 are not billed again yet", message)

    # === REFUSED === #

    def test_bad_choices_are_refused(self):
        credit = self._credit()
        for outcome, payer in (
            ("payer", None),
            ("rebill", self.guarantor),
            ("payer", self.patient),
        ):
            with self.subTest(outcome=outcome):
                self._assert_refused(UserError, self._choose, credit, outcome, payer)
        message = self._assert_refused(UserError, self._choose, self.invoice, "waive")
        self.assertIn("credits no billable item", message)

    def test_payer_with_a_part_at_another_price_is_refused(self):
        self.item._split(self.guarantor, share=0.5)
        credit = self._credit()
        message = self._assert_refused(
            UserError, self._choose, credit, "payer", self.guarantor
        )
        self.assertIn("Insurer already has a part of Tablet at another price", message)

    def test_only_billers_choose(self):
        credit = self._credit()
        for user in (self.accountant, self.medic, self.reception):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._choose, credit, "waive", user=user
                )

    def test_outcome_is_closed_to_direct_writes(self):
        line = self._credit().invoice_line_ids
        for user in (self.accountant, self.biller):
            for vals in (
                {"credit_outcome": "waive"},
                {"credit_outcome": False},
                {"credit_part_id": self.item.id},
            ):
                with self.subTest(user=user.login, vals=vals):
                    self._assert_refused(
                        UserError, self._call, user, line, "write", vals
                    )
            self._assert_refused(
                UserError,
                self._call,
                user,
                self._credit(0, post=False),
                "write",
                {"invoice_line_ids": [Command.create({"credit_outcome": "waive"})]},
            )
