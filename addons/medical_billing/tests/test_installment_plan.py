from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .prepaid_common import PrepaidPlanCommon

THREE = [(0, 400.0), (30, 300.0), (60, 300.0)]


@tagged("post_install", "-at_install")
class TestInstallmentPlan(PrepaidPlanCommon):
    """A plan that is paid by installments: each is drafted once, when it is due."""

    def _create_installments(self, *lines, installments=THREE, **values):
        return self._create_prepaid_plan(
            *lines, mode="installments", installments=installments, **values
        )

    # === DRAFTED WHEN DUE === #

    def test_first_is_drafted_at_the_acceptance_and_the_others_wait(self):
        plan = self._create_installments()
        self.assertEqual(self._get_documents(plan).amount_total, 400.0)
        self.assertEqual(
            plan.installment_ids.mapped("state"), ["drafted", "agreed", "agreed"]
        )
        self._assert_refused(UserError, self._build, plan.installment_ids[1].item_ids)

    def test_job_drafts_each_once_and_reminds(self):
        plan = self._create_installments()
        self._draft_due(30)
        self._draft_due(30)
        moves = self._get_documents(plan)
        self.assertEqual(moves.mapped("amount_total"), [400.0, 300.0])
        self.assertEqual(moves.mapped("state"), ["draft", "draft"])
        self.assertEqual(len(moves[1].activity_ids), 1)
        self.assertTrue(
            moves[1].activity_ids.user_id.has_group("medical_billing.group_biller")
        )
        self._draft_due(60)
        self.assertEqual(len(self._get_documents(plan)), 3)

    def test_one_that_fails_does_not_stop_the_others(self):
        failing = self._create_installments()
        others = [self._create_installments() for _plan in range(2)]
        model = type(self.env["medical.billable.item"])
        build = model._build_invoices

        def build_or_fail(items, **options):
            if failing in items.plan_id:
                raise UserError(failing.name)
            return build(items, **options)

        with (
            patch.object(model, "_build_invoices", build_or_fail),
            self.assertLogs(
                "odoo.addons.medical_billing.models.medical_treatment_plan_installment",
                "WARNING",
            ) as logged,
        ):
            self._draft_due(30)
        self.assertIn(failing.name, logged.output[0])
        self.assertEqual(len(self._get_documents(failing)), 1)
        for plan in others:
            self.assertEqual(len(self._get_documents(plan)), 2)
        self._draft_due(30)
        self.assertEqual(len(self._get_documents(failing)), 2)

    def test_blocked_ones_do_not_stop_the_others(self):
        blocked = self._create_installments()
        other = self._create_installments()
        blocked.down_payment_ids.sudo().write({"blocking_reason": "no_receivable"})
        self._draft_due(30)
        self.assertEqual(len(self._get_documents(blocked)), 1)
        self.assertEqual(len(self._get_documents(other)), 2)

    def test_installments_of_several_treatments_add_up(self):
        plan = self._create_installments(
            (self.procedure, 10),
            (self.lab_test, 7),
            installments=[(0, 403.34), (30, 403.33), (60, 403.33)],
        )
        # 10 × 100.00 and 7 × 30.00
        self.assertEqual(plan.amount_total, 1210.0)
        self._draft_due(60)
        self.assertEqual(
            self._get_documents(plan).mapped("amount_total"), [403.34, 403.33, 403.33]
        )
        for line in plan.line_ids:
            self.assertAlmostEqual(
                sum(line.down_payment_ids.mapped("price_subtotal")),
                line.price_subtotal,
            )

    def test_sessions_use_what_was_paid(self):
        plan = self._create_installments()
        self._post(self._get_documents(plan))
        self._post(self._build(self._do_sessions(plan, 5)))
        # Five sessions of 100.00, and 400.00 so far.
        self._assert_advance(plan, 400.0, 500.0)
        self._draft_due(60)
        for move in self._get_documents(plan)[1:]:
            self._post(move)
        self._post(self._build(self._do_sessions(plan, 5)))
        self._assert_advance(plan, 1000.0, 1000.0)
        self.assertEqual(self._get_account_balance(), 0.0)

    def test_paid_installment(self):
        plan = self._create_installments()
        move = self._post(self._get_documents(plan))
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({}).action_create_payments()
        self.env.invalidate_all()
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        self.assertEqual(plan.installment_ids[0].state, "paid")

    def test_future_installments_are_no_debt_yet(self):
        self._create_installments()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.patient.with_user(self.biller).medical_unbilled, 0.0)
        self._draft_due(30)
        self.assertEqual(self.patient.with_user(self.biller).medical_drafted, 700.0)

    # === CLOSED EARLY, CHANGED === #

    def test_closing_charges_what_was_done_and_no_more(self):
        plan = self._create_installments()
        self._post(self._get_documents(plan))
        self._post(self._build(self._do_sessions(plan, 5)))
        self._close(plan, reason="patient")
        # 500.00 done, 400.00 charged: the next two fall away, and 100.00 are charged.
        rest = plan.down_payment_ids.filtered("qty_to_bill")
        self.assertEqual(rest.amount_to_bill, 100.0)
        self._post(self._build(rest))
        self._assert_advance(plan, 500.0, 500.0)
        self.assertEqual(plan.installment_ids.mapped("state").count("cancelled"), 2)

    def test_closing_credits_what_was_charged_too_much(self):
        plan = self._create_installments()
        self._draft_due(30)
        for move in self._get_documents(plan):
            self._post(move)
        self._post(self._build(self._do_sessions(plan, 5)))
        self._close(plan, reason="patient")
        # 700.00 charged, 500.00 done: the second of 300.00 is credited, 100.00 charged.
        moves = self._build(plan.down_payment_ids.filtered("qty_to_bill"))
        self.assertEqual(sorted(moves.mapped("amount_total_signed")), [-300.0, 100.0])
        moves.action_post()
        self._assert_advance(plan, 500.0, 500.0)
        self.assertEqual(self._get_account_balance(), 0.0)

    def test_more_sessions_are_one_installment_more(self):
        plan = self._create_installments()
        plan.line_ids.with_user(self.medic).sessions = 12
        added = plan.installment_ids.filtered(
            lambda installment: installment.amount == 200.0
        )
        self.assertEqual(added.date_due, self.today + timedelta(days=60))
        self.assertEqual(sum(plan.installment_ids.mapped("amount_net")), 1200.0)

    def test_fewer_sessions_take_from_the_last_installment(self):
        plan = self._create_installments()
        plan.line_ids.with_user(self.medic).sessions = 9
        # The last of 300.00 falls away, and 200.00 are due on its day.
        rest = plan.installment_ids.filtered(
            lambda installment: installment.amount == 200.0
        )
        self.assertEqual(rest.date_due, self.today + timedelta(days=60))
        self.assertEqual(sum(plan.installment_ids.mapped("amount_net")), 900.0)
        self.assertEqual(self._get_documents(plan).amount_total, 400.0)

    def test_other_price_is_one_installment_more(self):
        plan = self._create_installments()
        plan.line_ids.with_user(self.billing_manager).price_unit = 105.0
        self.assertEqual(sum(plan.installment_ids.mapped("amount_net")), 1050.0)

    # === WHAT IS REFUSED === #

    def test_more_than_is_left_is_not_refunded(self):
        plan = self._create_installments()
        self._draft_due(30)
        first, second = self._get_documents(plan)
        (first | second).action_post()
        self._post(self._build(self._do_sessions(plan, 4)))
        # 700.00 were charged, 400.00 are used.
        refund = self._reverse(first)
        self._assert_refused(ValidationError, refund.action_post)
        refund.unlink()
        self._reverse(second).action_post()
        self._assert_advance(plan, 400.0, 400.0)
        # It is owed all the same, and waits for a decision.
        self.assertEqual(plan.installment_ids[1].state, "to_bill")

    def test_installments_that_do_not_add_up(self):
        plan = self._create_plan((self.procedure, 10))
        message = self._assert_refused(
            UserError,
            self._set_billing,
            plan,
            "installments",
            [(0, 400.0), (30, 599.99)],
        )
        self.assertIn("0.01", message)
        self.assertIn("too little", message)
        self._assert_refused(UserError, self._set_billing, plan, "installments", [])
        self._assert_refused(
            UserError,
            self._set_billing,
            plan,
            "installments",
            [(0, 1000.01)],
        )

    def test_plan_that_changed_since_is_not_proposed(self):
        plan = self._create_plan((self.procedure, 10))
        self._set_billing(plan, "installments", THREE)
        plan.line_ids.sessions = 11
        self._assert_refused(UserError, plan.action_propose)
        self._set_billing(plan, "installments", [*THREE, (90, 100.0)])
        plan.action_propose()

    def test_installments_are_closed_to_direct_writes(self):
        plan = self._create_plan((self.procedure, 10))
        self._set_billing(plan, "installments", THREE)
        for user in (self.medic, self.biller):
            installment = plan.installment_ids[0].with_user(user)
            self.assertEqual(installment.amount, 400.0)
            self._assert_refused(AccessError, installment.write, {"amount": 1.0})
            self._assert_refused(AccessError, installment.unlink)
        for user in (self.reception, self.assistant):
            with self.assertRaises(AccessError):
                self._as(user, plan.installment_ids).read(["amount"])
        self._assert_refused(
            UserError,
            plan.with_user(self.medic).write,
            {"installment_ids": [Command.clear()]},
        )

    # === THE DIALOG === #

    def _open_dialog(self, plan, user):
        action = plan.with_user(user).action_change_billing()
        return Form(
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"])
        )

    def test_dialog_proposes_equal_installments(self):
        plan = self._create_plan((self.procedure, 10))
        dialog = self._open_dialog(plan, self.medic)
        dialog.billing_mode = "installments"
        dialog.count = 3
        dialog.date_first = self.today
        self.assertEqual(dialog.amount_missing, 0.0)
        dialog.save().action_confirm()
        self.env.invalidate_all()
        self.assertEqual(
            plan.installment_ids.mapped("amount"), [333.33, 333.33, 333.34]
        )
        self.assertEqual(plan.installment_ids[0].date_due, self.today)

    def test_dialog_says_what_is_missing(self):
        plan = self._create_plan((self.procedure, 10))
        dialog = self._open_dialog(plan, self.biller)
        dialog.billing_mode = "installments"
        with dialog.line_ids.edit(0) as line:
            line.amount = 300.0
        self.assertAlmostEqual(dialog.amount_missing, 33.33)
        record = dialog.save()
        self._assert_refused(UserError, record.action_confirm)

    def test_biller_changes_an_accepted_plan(self):
        plan = self._create_accepted_plan((self.procedure, 10))
        dialog = self._open_dialog(plan, self.biller)
        dialog.billing_mode = "installments"
        dialog.count = 2
        dialog.date_first = self.today
        dialog.save().action_confirm()
        self.env.invalidate_all()
        self.assertEqual(self._get_documents(plan).amount_total, 500.0)
