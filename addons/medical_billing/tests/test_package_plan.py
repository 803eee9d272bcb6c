from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .prepaid_common import PrepaidPlanCommon


@tagged("post_install", "-at_install")
class TestPackagePlan(PrepaidPlanCommon):
    """A plan that is paid in advance: charged once, and used up in sessions."""

    # === CHARGED AT THE ACCEPTANCE, USED BY SESSIONS === #

    def test_one_document_at_the_acceptance(self):
        plan = self._create_prepaid_plan()
        move = self._get_documents(plan)
        self.assertRecordValues(
            move,
            [
                {
                    "state": "draft",
                    "move_type": "out_invoice",
                    "partner_id": self.patient.id,
                    "medical_patient_id": self.patient.id,
                    "amount_total": 1000.0,
                    "invoice_origin": plan.name,
                }
            ],
        )
        self.assertRecordValues(
            move.invoice_line_ids,
            [
                {
                    "name": "Down payment: Suture",
                    "quantity": 10.0,
                    "price_unit": 100.0,
                    "account_id": self.advance_account.id,
                    "is_medical_unlinked": False,
                }
            ],
        )
        self._assert_advance(plan, 0.0, 0.0)
        self._post(move)
        self._assert_advance(plan, 1000.0, 0.0)
        self.assertEqual(self._get_account_balance(), 1000.0)
        self.assertEqual(plan.installment_ids.state, "invoiced")

    def test_template_says_how_its_plans_are_billed(self):
        package, other = self.env["medical.treatment.plan.template"].create(
            [
                {
                    "name": "Ten sessions",
                    "billing_mode": "package",
                    "terms": "<p>Cancel a day before.</p>",
                    "line_ids": [
                        Command.create(
                            {"product_id": self.procedure.id, "sessions": 10}
                        )
                    ],
                },
                {
                    "name": "Control",
                    "terms": "<p>Come sober.</p>",
                    "line_ids": [Command.create({"product_id": self.fee.id})],
                },
            ]
        )
        form = Form(self.env["medical.treatment.plan"].with_user(self.medic))
        form.patient_id = self.patient
        form.template_id = package
        form.template_id = other
        plan = form.save()
        self.assertEqual(plan.billing_mode, "package")
        self.assertEqual(plan.terms, "<p>Cancel a day before.</p>")
        self.assertEqual(plan.sessions_planned, 11)
        plan.action_propose()
        plan.with_user(self.reception).action_accept()
        self.assertEqual(self._get_documents(plan).amount_total, plan.amount_total)
        # How plans are billed is nothing for reception, as on the plan.
        self._assert_refused(
            AccessError, package.with_user(self.reception).read, ["billing_mode"]
        )

    def test_billers_are_reminded_of_the_document(self):
        move = self._get_documents(self._create_prepaid_plan())
        self.assertTrue(
            move.activity_ids.user_id.has_group("medical_billing.group_biller")
        )

    def test_session_is_billed_against_the_down_payment(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        item = self._do_sessions(plan, 1)
        self.assertEqual((item.price_total, item.amount_to_bill), (100.0, 0.0))
        move = self._post(self._build(item))
        self.assertEqual(move.amount_total, 0.0)
        self.assertEqual(move.payment_state, "paid")
        income = self.procedure.product_tmpl_id.get_product_accounts()["income"]
        self.assertEqual(
            {line.account_id: line.balance for line in move.line_ids if line.balance},
            {income: -100.0, self.advance_account: 100.0},
        )
        self._assert_advance(plan, 1000.0, 100.0)
        self.assertEqual(self._get_account_balance(), 900.0)
        self._assert_ledger(item, "billed", quantity=1, posted=1)

    def test_all_sessions_use_all_of_it(self):
        self.procedure.taxes_id = self._create_tax(10)
        plan = self._create_prepaid_plan((self.procedure, 3))
        self._post(self._get_documents(plan))
        self.assertEqual(self._get_documents(plan).amount_total, 330.0)
        items = self._do_sessions(plan, 3)
        move = self._post(self._build(items))
        self.assertEqual((move.amount_untaxed, move.amount_total), (0.0, 0.0))
        self.assertEqual(plan.state, "done")
        self._assert_advance(plan, 300.0, 300.0)
        self.assertEqual(self._get_account_balance(), 0.0)

    def test_what_goes_beyond_the_plan_is_charged(self):
        plan = self._create_prepaid_plan((self.procedure, 1))
        self._post(self._get_documents(plan))
        visit = self._create_sessions(plan, 1)
        self._create_line(visit, self.procedure)
        self._sign(visit)
        move = self._build(visit.billable_item_ids)
        self.assertEqual(move.amount_total, 100.0)
        self._assert_advance(plan, 100.0, 100.0)

    def test_receipt_of_a_session_takes_no_money(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        wizard = self._open_wizard(self._do_sessions(plan, 1), document_type="receipt")
        self.assertEqual(wizard.amount_total, 0.0)
        wizard.action_build()
        move = self._get_session_items(plan).move_line_ids.move_id
        self.assertRecordValues(move, [{"state": "posted", "amount_total": 0.0}])

    def test_parts_of_a_package_share_the_down_payment(self):
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        self.env.company.medical_package_printing = "one_line"
        plan = self._create_prepaid_plan((package, 2))
        self._post(self._get_documents(plan))
        items = self._do_sessions(plan, 1)
        self.assertEqual(len(items), 2)
        move = self._post(self._build(items))
        self.assertEqual(move.amount_total, 0.0)
        self._assert_advance(plan, 200.0, 100.0)

    def test_cents_of_parts_are_no_reason_to_bill(self):
        package = self._create_medical_product("Check-up", "procedure", 85.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        plan = self._create_prepaid_plan(
            {"product_id": package.id, "sessions": 2, "discount": 50}
        )
        move = self._post(self._get_documents(plan))
        # 2 × 42.50; the parts are 28.33 and 56.67, half of that 14.17 and 28.34.
        self.assertEqual(move.amount_total, 85.0)
        items = self._do_sessions(plan, 2)
        self.assertAlmostEqual(sum(items.mapped("price_total")), 85.02)
        self._post(self._build(items))
        self.assertEqual(plan.state, "done")
        self.assertFalse(plan.down_payment_ids.filtered("qty_to_bill"))

    def test_part_of_a_session_that_is_billed_first(self):
        package = self._create_medical_product("Check-up", "procedure", 90.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        plan = self._create_prepaid_plan((package, 2))
        self._post(self._get_documents(plan))
        fee, _procedure = self._do_sessions(plan, 1)
        self._post(self._build(fee))
        plan.line_ids.with_user(self.medic).sessions = 3
        # One session of 90.00 more, whatever is billed of the first one.
        self.assertEqual(sum(plan.down_payment_ids.mapped("amount_to_bill")), 90.0)

    def test_less_than_agreed_is_credited_when_all_is_done(self):
        plan = self._create_prepaid_plan(
            {"product_id": self.lab_test.id, "sessions": 1, "quantity": 3}
        )
        move = self._post(self._get_documents(plan))
        self.assertEqual(move.amount_total, 90.0)
        visit = self._create_sessions(plan, 1)
        visit.with_user(self.medic).action_start()
        line = self._as(self.medic, visit.line_ids)
        line.qty_done = 2
        line.action_cancel()
        self._sign(visit)
        self.assertEqual(plan.state, "done")
        items = plan.down_payment_ids.filtered("qty_to_bill")
        self.assertEqual(sum(items.mapped("amount_to_bill")), -30.0)
        # A session of 90.00 is credited, and 60.00 are charged.
        self._build(items).action_post()
        self._build(self._get_session_items(plan)).action_post()
        self._assert_advance(plan, 60.0, 60.0)

    def test_revenue_is_that_of_the_sessions(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        self._post(self._build(self._do_sessions(plan, 2)))
        self.env.flush_all()
        rows = self.env["medical.revenue"].search(
            [("patient_id", "=", self.patient.id)]
        )
        self.assertEqual(sum(rows.mapped("amount_invoiced")), 200.0)

    # === NOTHING IS CHARGED TWICE, OR FORGOTTEN === #

    def test_session_waits_for_the_down_payment(self):
        plan = self._create_prepaid_plan()
        items = self._do_sessions(plan, 1)
        self._assert_refused(UserError, self._build, items)
        self._post(self._get_documents(plan))
        self.assertEqual(self._build(items).amount_total, 0.0)

    def test_down_payment_is_not_billed_twice(self):
        plan = self._create_prepaid_plan()
        self._assert_refused(UserError, self._build, plan.down_payment_ids)
        self._get_documents(plan).unlink()
        self.assertEqual(plan.down_payment_ids.state, "to_bill")
        self.assertEqual(self._build(plan.down_payment_ids).amount_total, 1000.0)

    def test_session_and_deduction_belong_together(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        items = self._do_sessions(plan, 2)
        move = self._build(items)
        line = move.invoice_line_ids.filtered("billable_item_id")[0]
        deduction = move.invoice_line_ids.filtered("medical_covered_item_id")[0]
        for record, values in (
            (line, {"price_unit": 50.0}),
            (line, {"discount": 10.0}),
            (deduction, {"quantity": -2.0}),
            (deduction, {"price_unit": 50.0}),
            (deduction, {"account_id": line.account_id.id}),
        ):
            with self.subTest(values):
                self._assert_refused(UserError, record.write, values)
        self._assert_refused(UserError, deduction.unlink)
        move.write({"invoice_line_ids": [Command.delete(line.id)]})
        self.assertFalse(deduction.exists())
        self.assertEqual(move.amount_total, 0.0)
        self._assert_advance(plan, 1000.0, 100.0)

    def test_draft_is_deleted(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        item = self._do_sessions(plan, 1)
        self._build(item).unlink()
        self._assert_advance(plan, 1000.0, 0.0)
        self._assert_ledger(item, "to_bill", quantity=1, to_bill=1)

    def test_credited_session_gives_back_what_it_used(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        item = self._do_sessions(plan, 1)
        move = self._post(self._build(item))
        credit = self._reverse(move)
        self.assertEqual(credit.amount_total, 0.0)
        self._post(credit)
        self._assert_advance(plan, 1000.0, 0.0)
        self.assertEqual(self._get_account_balance(), 1000.0)
        item.with_user(self.biller).action_bill_again()
        self._post(self._build(item))
        self._assert_advance(plan, 1000.0, 100.0)

    def test_session_that_was_not_done_after_all(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        item = self._do_sessions(plan, 1)
        self._post(self._build(item))
        self._take_back(item)
        credit = item.credit_ids
        self.assertEqual(credit.qty_to_bill, -1)
        move = self._post(self._build(credit))
        self.assertEqual((move.move_type, move.amount_total), ("out_refund", 0.0))
        self._assert_advance(plan, 1000.0, 0.0)
        self.assertEqual(plan.sessions_left, 10)

    def test_price_payer_and_waiver_are_those_of_the_plan(self):
        plan = self._create_prepaid_plan()
        session = self._do_sessions(plan, 1).with_user(self.billing_manager)
        advance = plan.down_payment_ids.with_user(self.billing_manager)
        for item in (session, advance):
            for values in ({"price_unit": 1.0}, {"payer_id": self.guarantor.id}):
                with self.subTest(item=item.name, values=values):
                    self._assert_refused(UserError, item.write, values)
            self._assert_refused(UserError, item._waive, None, "Goodwill")
            self._assert_refused(UserError, item._split, self.guarantor, 0.5)

    # === CLOSED EARLY === #

    def test_unused_part_is_refunded(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        items = self._do_sessions(plan, 2)
        self._post(self._build(items))
        self._close(plan, reason="patient")
        credit = plan.down_payment_ids.filtered("credited_item_id")
        self.assertEqual(credit.qty_to_bill, -8)
        move = self._build(credit)
        self.assertRecordValues(
            move,
            [
                {
                    "move_type": "out_refund",
                    "amount_total": 800.0,
                    "reversed_entry_id": self._get_documents(plan)[0].id,
                }
            ],
        )
        self._post(move)
        self._assert_advance(plan, 200.0, 200.0)
        self.assertEqual(self._get_account_balance(), 0.0)

    def test_dialog_says_what_becomes_of_the_money(self):
        def says(plan, user):
            action = plan.with_user(user).action_close()
            dialog = self.env[action["res_model"]].with_user(user)
            return Form(dialog.with_context(**action["context"])).is_paid_in_advance

        self.assertTrue(says(self._create_prepaid_plan(), self.medic))
        self.assertFalse(says(self._create_accepted_plan(), self.medic))
        # Nothing was charged for an offer.
        offer = self._create_plan(billing_mode="package")
        offer.action_propose()
        self.assertFalse(says(offer, self.reception))

    def test_what_was_done_and_not_billed_is_kept(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        items = self._do_sessions(plan, 2)
        self._close(plan, reason="patient")
        self._post(self._build(plan.down_payment_ids.filtered("qty_to_bill")))
        self._assert_advance(plan, 200.0, 0.0)
        self._post(self._build(items))
        self._assert_advance(plan, 200.0, 200.0)

    def test_draft_follows_the_closing(self):
        plan = self._create_prepaid_plan()
        self._do_sessions(plan, 1)
        self._close(plan, reason="patient")
        self.assertEqual(self._get_documents(plan).amount_total, 100.0)
        other = self._create_prepaid_plan()
        self._close(other, reason="patient")
        self.assertFalse(self._get_documents(other))
        self.assertEqual(other.down_payment_ids.state, "cancelled")

    def test_closed_plan_follows_what_was_done_after_all(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        first, _second = self._do_sessions(plan, 2)
        self._close(plan, reason="patient")
        self._take_back(first)
        self.assertEqual(
            plan.down_payment_ids.filtered("credited_item_id").qty_to_bill, -9
        )

    def test_more_than_is_left_is_not_refunded(self):
        plan = self._create_prepaid_plan((self.procedure, 2))
        move = self._post(self._get_documents(plan))
        self._post(self._build(self._do_sessions(plan, 1)))
        credit = self._reverse(move)
        self._assert_refused(ValidationError, credit.action_post)
        self._assert_refused(ValidationError, move.button_draft)
        line = credit.invoice_line_ids
        credit.write({"invoice_line_ids": [Command.update(line.id, {"quantity": 1})]})
        credit.action_post()
        self._assert_advance(plan, 100.0, 100.0)

    # === THE MODE === #

    def test_mode_is_changed_while_nothing_is_billed(self):
        plan = self._create_prepaid_plan()
        item = self._do_sessions(plan, 1)
        self._assert_refused(
            UserError, plan.with_user(self.biller)._set_billing_mode, "session"
        )
        self._get_documents(plan).unlink()
        self._set_billing(plan, "session", user=self.biller)
        self.assertFalse(plan.down_payment_ids)
        self.assertEqual(item.amount_to_bill, 100.0)
        move = self._build(item)
        self.assertEqual(move.amount_total, 100.0)
        self._assert_refused(
            UserError, plan.with_user(self.biller)._set_billing_mode, "package"
        )
        move.unlink()
        self._set_billing(plan, "package", user=self.biller)
        self.assertEqual(self._get_documents(plan).amount_total, 1000.0)
        self.assertEqual(item.amount_to_bill, 0.0)

    def test_mode_of_an_offer_stays(self):
        plan = self._create_plan()
        plan.with_user(self.medic).billing_mode = "package"
        plan.action_propose()
        self._assert_refused(UserError, plan.write, {"billing_mode": "session"})
        for user in (self.biller, self.medic):
            self._assert_refused(UserError, plan.with_user(user).action_change_billing)

    def test_who_changes_the_mode(self):
        plan = self._create_accepted_plan()
        for user in (self.medic, self.reception):
            self._assert_refused(
                AccessError, plan.with_user(user).action_change_billing
            )
        self._assert_refused(
            UserError, plan.with_user(self.medic).write, {"billing_mode": "package"}
        )
        self.assertTrue(plan.with_user(self.biller).action_change_billing())

    def test_without_an_account_nothing_is_proposed(self):
        self.env.company.medical_down_payment_account_id = False
        plan = self._create_plan(billing_mode="package")
        self._assert_refused(UserError, plan.action_propose)

    def test_package_with_other_taxes_is_billed_per_session(self):
        tax = self._create_tax(10)
        self.fee.taxes_id = tax
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        plan = self._create_plan((package, 2), billing_mode="package")
        self._assert_refused(UserError, plan.action_propose)
        self.fee.taxes_id = False
        plan.action_propose()
        self.fee.taxes_id = tax
        # Reception is told of the plan, and not what is treated.
        message = self._assert_refused(
            UserError, plan.with_user(self.reception).action_accept
        )
        self.assertIn(plan.name, message)
        self.assertNotIn(package.name, message)

    def test_free_plan_is_not_paid_in_advance(self):
        plan = self._create_plan(billing_mode="package")
        plan.line_ids.price_unit = 0.0
        self._assert_refused(UserError, plan.action_propose)
