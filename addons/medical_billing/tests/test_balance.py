from contextlib import contextmanager
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.fields import Command, Date
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestBalance(MedicalBillingCommon):
    """What payers owe and what stands open for patients, at each step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = Date.today()
        # 120.00 and 2.00
        cls.items = cls._create_items(cls.procedure, cls.drug)

    def _assert_balances(self, partner, **expected):
        """Assert the figures of somebody; what is not named is nothing."""
        self.env.flush_all()
        self.env.invalidate_all()
        balances = partner._get_medical_balances(self.env.company)[partner]
        self.assertEqual(
            balances, {**dict.fromkeys(balances, 0.0), **expected}, partner.name
        )
        # The page reads the same figures.
        page = partner.with_user(self.biller)
        self.assertEqual(
            (page.medical_due, page.medical_balance, page.amount_to_bill),
            (balances["due"], balances["balance"], balances["patient_unbilled"]),
        )

    def _bill_posted(self, items=None, days=0):
        """Post an invoice that is due so many days from today."""
        move = self._build(self.items if items is None else items)
        due = self.today + relativedelta(days=days)
        move.invoice_date = min(due, self.today)
        move.invoice_payment_term_id = False
        move.invoice_date_due = due
        return self._post(move)

    @contextmanager
    def _without_payment_entries(self):
        """Let payments wait for the bank statement, as with Enterprise accounting."""
        self.bank_journal.inbound_payment_method_line_ids.payment_account_id = False
        with patch.object(
            self.registry["account.move"],
            "_get_invoice_in_payment_state",
            lambda self: "in_payment",
        ):
            yield

    def _pay(self, move, amount, **values):
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount, "journal_id": self.cash_journal.id, **values})
            ._create_payments()
        )

    # === ONE STEP AFTER THE OTHER === #

    def test_what_is_not_billed_yet(self):
        self._assert_balances(self.patient, unbilled=122, patient_unbilled=122)

    def test_what_is_on_a_draft(self):
        self._build(self.items[0])
        self._assert_balances(
            self.patient,
            unbilled=2,
            patient_unbilled=2,
            drafted=120,
            patient_drafted=120,
        )

    def test_what_is_due_and_what_is_overdue(self):
        self._bill_posted(self.items[0], days=30)
        self._bill_posted(self.items[1], days=-1)
        self._assert_balances(
            self.patient,
            due=122,
            overdue=2,
            balance=122,
            patient_due=122,
            patient_overdue=2,
        )

    def test_what_is_due_today_is_not_overdue(self):
        self._bill_posted(days=0)
        self._assert_balances(self.patient, due=122, balance=122, patient_due=122)

    def test_part_payment_leaves_the_rest_due(self):
        self._pay(self._bill_posted(days=-5), 100.5)
        self._assert_balances(
            self.patient,
            due=21.5,
            overdue=21.5,
            balance=21.5,
            patient_due=21.5,
            patient_overdue=21.5,
        )

    def test_nothing_is_due_when_all_is_paid(self):
        self._pay(self._bill_posted(), 122)
        self._assert_balances(self.patient)

    def test_receipt_counts_like_an_invoice(self):
        move = self._build(self.items, move_type="out_receipt")
        self._assert_balances(self.patient, drafted=122, patient_drafted=122)
        move._post_and_pay_receipts([{"journal": self.cash_journal, "amount": 22}])
        self.assertEqual(move.move_type, "out_receipt")
        self._assert_balances(self.patient, due=100, balance=100, patient_due=100)

    # === CREDITS === #

    def test_credit_note_counts_when_it_is_posted(self):
        move = self._bill_posted()
        credit = self._reverse(move)
        credit.invoice_line_ids[1].unlink()
        self._assert_balances(
            self.patient,
            due=122,
            balance=122,
            patient_due=122,
            drafted=-120,
            patient_drafted=-120,
        )
        self._post(credit)
        self._assert_balances(self.patient, due=2, balance=2, patient_due=2)

    def test_reversed_document_owes_nothing(self):
        move = self._bill_posted()
        self._post(self._reverse(move))
        self.assertEqual(move.payment_state, "reversed")
        # Credited and undecided: neither due nor to bill.
        self._assert_balances(self.patient)

    def test_credit_of_a_paid_document_is_money_of_the_payer(self):
        move = self._bill_posted()
        self._pay(move, 122)
        self._post(self._reverse(move))
        self._assert_balances(self.patient, due=-122, balance=-122, patient_due=-122)

    # === MONEY BEFORE DOCUMENTS === #

    def test_payment_without_document_is_paid_in_advance(self):
        self._create_payment(200)
        self._assert_balances(
            self.patient,
            unbilled=122,
            patient_unbilled=122,
            advance=200,
            balance=-200,
        )

    def test_money_given_back_is_no_advance_any_more(self):
        self._create_payment(200)
        self._create_payment(50, payment_type="outbound")
        self._assert_balances(
            self.patient,
            unbilled=122,
            patient_unbilled=122,
            advance=150,
            balance=-150,
        )

    def test_draft_that_is_already_paid(self):
        move = self._build(self.items)
        self._pay(move, 122)
        self.assertEqual((move.state, move.payment_state), ("draft", "paid"))
        self._assert_balances(
            self.patient, drafted=122, patient_drafted=122, advance=122, balance=-122
        )
        self._post(move)
        self._assert_balances(self.patient)

    def test_document_in_payment_is_not_due(self):
        move = self._bill_posted(days=-3)
        with self._without_payment_entries():
            self._pay(move, 122, journal_id=self.bank_journal.id)
            self.assertEqual(move.payment_state, "in_payment")
            self.assertEqual(move.amount_residual, 122)
            self._assert_balances(self.patient)

    def test_money_on_its_way_without_document_is_paid_in_advance(self):
        with self._without_payment_entries():
            payment = self._create_payment(30, journal_id=self.bank_journal.id)
            self.assertFalse(payment.move_id)
            self._assert_balances(
                self.patient,
                unbilled=122,
                patient_unbilled=122,
                advance=30,
                balance=-30,
            )

    # === OTHER BUSINESS === #

    def test_other_business_stands_apart(self):
        self._bill_posted(self.items[0])
        self._post(
            self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.patient.id,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Old desk", "price_unit": 80, "tax_ids": False}
                        )
                    ],
                }
            )
        )
        self._assert_balances(
            self.patient,
            due=120,
            other=80,
            balance=200,
            patient_due=120,
            unbilled=2,
            patient_unbilled=2,
        )

    # === WHO PAYS === #

    def test_guarantor_owes_what_was_done_for_the_patient(self):
        self.other_patient.guarantor_id = self.guarantor
        items = self._create_items(
            self.procedure, self.drug, patient_id=self.other_patient.id
        )
        self._bill_posted(items[0], days=-1)
        self._assert_balances(
            self.other_patient,
            patient_unbilled=2,
            patient_due=120,
            patient_overdue=120,
        )
        self._assert_balances(
            self.guarantor, unbilled=2, due=120, overdue=120, balance=120
        )

    def test_patient_who_pays_for_another_owes_both(self):
        self.other_patient.guarantor_id = self.patient
        self._bill_posted(self.items)
        self._build(self._create_items(self.drug, patient_id=self.other_patient.id))
        self._assert_balances(
            self.patient, due=122, balance=122, patient_due=122, drafted=2
        )
        self._assert_balances(self.other_patient, patient_drafted=2)

    def test_company_owes_what_its_contact_is_billed(self):
        insurer = self._create_partner(name="Big insurer", is_company=True)
        desk = self._create_partner(name="Claims desk", parent_id=insurer.id)
        self.other_patient.guarantor_id = desk
        items = self._create_items(
            self.procedure, self.drug, self.fee, patient_id=self.other_patient.id
        )
        self._bill_posted(items[0])
        self._build(items[1])
        self._assert_balances(insurer, unbilled=50, drafted=2, due=120, balance=120)
        self._assert_balances(desk)

    # === CURRENCIES AND COMPANIES === #

    def test_currencies_are_converted(self):
        # Two euros for a dollar.
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        self.patient.property_product_pricelist = self._create_pricelist(
            currency_id=euro.id
        )
        items = self._create_items(self.procedure, self.drug, self.fee)
        self.assertEqual(items.currency_id, euro)
        move = self._bill_posted(items[0])
        self.assertEqual(move.amount_total, 240)
        self._build(items[1])
        self._assert_balances(
            self.patient,
            due=120,
            balance=120,
            patient_due=120,
            drafted=2,
            patient_drafted=2,
            # In dollars from the set-up, and 50 in euros.
            unbilled=172,
            patient_unbilled=172,
        )

    def test_companies_are_apart(self):
        self._bill_posted()
        other = self.setup_other_company(name="Other clinic")["company"]
        balances = self.patient._get_medical_balances(other)[self.patient]
        self.assertEqual(set(balances.values()), {0.0})

    # === MANY AT ONCE === #

    def test_figures_of_many_cost_no_more_queries_than_those_of_few(self):
        patients = self.env["res.partner"].create(
            [{"name": f"Patient {number}", "is_patient": True} for number in range(12)]
        )
        for patient in patients:
            items = self._create_items(
                self.procedure, self.drug, self.fee, patient_id=patient.id
            )
            self._bill_posted(items[0], days=-1)
            self._build(items[1])
        cost = self._count_per_record(
            lambda number: patients[:number]._get_medical_balances(self.env.company),
            2,
            12,
        )
        self.assertLessEqual(cost, 0)

    # === LISTS === #

    def test_lists_find_who_owes(self):
        self._bill_posted(days=-1)
        self._create_payment(10, partner_id=self.other_patient.id)
        both = self.patient | self.other_patient
        for name, found in (
            ("medical_due", self.patient),
            ("medical_overdue", self.patient),
            ("medical_advance", self.other_patient),
        ):
            with self.subTest(field=name):
                self.assertEqual(
                    self._as(self.biller, both).search(
                        [("id", "in", both.ids), (name, ">", 0)]
                    ),
                    found,
                )

    # === WHO MAY SEE IT === #

    def test_balances_are_for_billers_only(self):
        names = ["medical_due", "medical_balance", "medical_advance"]
        self.assertTrue(self._as(self.biller, self.patient).read(names))
        for user in (self.reception, self.medic, self.accountant, self.portal):
            for name in names:
                with self.subTest(user=user.login, field=name):
                    self._assert_refused(
                        AccessError, self._as(user, self.patient).read, [name]
                    )
        for user in (self.biller, self.portal):
            self._assert_refused(
                AccessError,
                self._call,
                user,
                self.patient,
                "_get_medical_balances",
                self.env.company.id,
            )
