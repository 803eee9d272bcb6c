from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import Form, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestAdvance(MedicalBillingCommon):
    """Money that is paid before any document, and what becomes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 120.00 and 2.00
        cls.items = cls._create_items(cls.procedure, cls.drug)

    def _get_advance(self, partner=None, currency=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (partner or self.patient)._get_medical_advance(
            self.env.company, currency or self.env.company.currency_id
        )

    # === TAKING MONEY === #

    def test_biller_takes_a_payment_on_account_and_prints_the_receipt(self):
        action = self._as(self.biller, self.patient).action_medical_pay_on_account()
        form = Form(
            self.env["account.payment"]
            .with_user(self.biller)
            .with_context(**action["context"]),
            view=action["view_id"][0],
        )
        form.amount = 200
        payment = form.save()
        printing = payment.action_medical_receive_and_print()
        self.assertEqual(printing["report_name"], "account.report_payment_receipt")
        self.assertRecordValues(
            payment,
            [
                {
                    "partner_id": self.patient.id,
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "journal_id": self.cash_journal.id,
                    "amount": 200,
                    "state": "in_process",
                }
            ],
        )
        self.assertEqual(self._get_advance(), 200)
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.biller)
            ._render_qweb_html(printing["report_name"], payment.ids)
        )
        self.assertIn(b"Ada Patient", html)
        self.assertIn(b"200.00", html)

    def test_payment_of_nothing_is_refused(self):
        payment = self.env["account.payment"].create(
            {"partner_id": self.patient.id, "journal_id": self.cash_journal.id}
        )
        message = self._assert_refused(UserError, payment.action_medical_receive)
        self.assertIn("how much", message)

    # === USING IT === #

    def test_advance_pays_a_document(self):
        self._create_payment(200)
        move = self._post(self._build(self.items))
        self.assertEqual(self._as(self.biller, move).medical_advance, 200)
        self._call(self.biller, move, "action_medical_use_advance")
        self.assertRecordValues(move, [{"payment_state": "paid", "amount_residual": 0}])
        self.assertEqual(self._get_advance(), 78)
        self.assertEqual(self._as(self.biller, move).medical_advance, 0)

    def test_small_advance_pays_a_part(self):
        self._create_payment(22)
        move = self._post(self._build(self.items))
        self.assertEqual(move._use_advance(), {move: 22})
        self.assertRecordValues(
            move, [{"payment_state": "partial", "amount_residual": 100}]
        )
        self.assertEqual(self._get_advance(), 0)

    def test_advance_pays_what_was_due_first(self):
        late, early = self._build(self.items[0]), self._build(self.items[1])
        for move, day in ((late, 0), (early, -9)):
            move.invoice_payment_term_id = False
            move.invoice_date = Date.today() + relativedelta(days=day)
            move.invoice_date_due = move.invoice_date
        (late | early).action_post()
        self._create_payment(50)
        self.assertEqual((late | early)._use_advance(), {early: 2, late: 48})

    def test_biller_uses_the_advance_on_the_page_of_the_patient(self):
        moves = self._build(self.items, grouping="item")
        moves.action_post()
        self._create_payment(122)
        self._call(self.biller, self.patient, "action_medical_use_advance")
        self.assertEqual(set(moves.mapped("payment_state")), {"paid"})

    def test_advance_in_another_currency_pays_at_its_rate(self):
        # Two euros for a dollar.
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self._create_payment(244, currency_id=euro.id)
        self.assertEqual(self._get_advance(), 122)
        self.assertEqual(self._get_advance(currency=euro), 244)
        move = self._post(self._build(self.items))
        move._use_advance()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self._get_advance(), 0)

    def test_money_given_back_cannot_be_used(self):
        self._create_payment(200)
        self._create_payment(150, payment_type="outbound")
        self.assertEqual(self._get_advance(), 50)
        move = self._post(self._build(self.items))
        self.assertEqual(move._use_advance(), {move: 50})

    # === WHAT IS NO ADVANCE === #

    def test_draft_is_told_of_the_advance_and_cannot_use_it(self):
        self._create_payment(200)
        move = self._build(self.items)
        self.assertEqual(self._as(self.biller, move).medical_advance, 200)
        message = self._assert_refused(
            UserError, self._call, self.biller, move, "action_medical_use_advance"
        )
        self.assertIn("nothing to use", message)

    def test_money_that_pays_a_draft_already_is_not_used_twice(self):
        draft, other = self._build(self.items, grouping="item")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=draft.ids
        ).create({})._create_payments()
        self.assertEqual(self._get_advance(), 0)
        self.assertFalse(self._post(other)._use_advance())

    def test_advance_of_somebody_else_is_not_used(self):
        self._create_payment(200, partner_id=self.other_patient.id)
        move = self._post(self._build(self.items))
        self.assertFalse(move._use_advance())
        self.assertEqual(move.payment_state, "not_paid")

    def test_advance_of_another_company_is_not_used(self):
        other = self.setup_other_company(name="Other clinic")
        self._create_payment(
            200,
            company_id=other["company"].id,
            journal_id=other["default_journal_cash"].id,
        )
        self.assertEqual(self._get_advance(), 0)
        self.assertEqual(
            self.patient._get_medical_advance(
                other["company"], other["company"].currency_id
            ),
            200,
        )
        self.assertFalse(self._post(self._build(self.items))._use_advance())

    def test_document_of_other_business_is_left_alone(self):
        self._create_payment(200)
        move = self.init_invoice(
            "out_invoice", partner=self.patient, amounts=[10], taxes=[], post=True
        )
        self.assertFalse(move._use_advance())

    # === MANY AT ONCE === #

    def test_advances_of_many_cost_no_more_queries_than_those_of_few(self):
        patients = self.env["res.partner"].create(
            [{"name": f"Patient {number}", "is_patient": True} for number in range(12)]
        )
        for patient in patients:
            self._create_payment(5, partner_id=patient.id)
        currency = self.env.company.currency_id
        cost = self._count_per_record(
            lambda number: patients[:number]._get_medical_advances(
                self.env.company, currency
            ),
            2,
            12,
        )
        self.assertLessEqual(cost, 0)

    # === WHO MAY === #

    def test_only_who_takes_payments_takes_them_on_account(self):
        move = self._post(self._build(self.items))
        self._create_payment(200)
        for user in (self.reception, self.medic, self.portal):
            for record, method in (
                (self.patient, "action_medical_pay_on_account"),
                (self.patient, "action_medical_use_advance"),
                (move, "action_medical_use_advance"),
            ):
                with self.subTest(user=user.login, method=method, record=record):
                    self._assert_refused(AccessError, self._call, user, record, method)
        for user in (self.biller, self.portal):
            self._assert_refused(AccessError, self._call, user, move, "_use_advance")
