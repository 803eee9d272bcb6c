from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time

from odoo.addons.medical_records.tests.plan_common import TreatmentPlanCommon

from .common import MedicalBillingCommon


class PrepaidPlanCommon(TreatmentPlanCommon, MedicalBillingCommon):
    """Plans that are paid in advance: as a package, or by installments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.advance_account = cls.env["account.account"].create(
            {
                "name": "Down Payments of Patients",
                "code": "259900",
                "account_type": "liability_current",
            }
        )
        cls.env.company.medical_down_payment_account_id = cls.advance_account
        cls.today = fields.Date.context_today(cls.env.user)
        # Some ten sessions of 100.00 each make sums that a reader can check.
        cls.procedure.list_price = 100.0

    # === FACTORIES === #

    @classmethod
    def _create_prepaid_plan(cls, *lines, mode="package", installments=(), **values):
        """Create and accept a plan that is paid in advance; ten sessions by default.

        :param installments: tuples of the days from today until each is due, and its
            amount
        """
        plan = cls._create_plan(*(lines or [(cls.procedure, 10)]), **values)
        cls._set_billing(plan, mode, installments)
        plan.with_user(cls.medic).action_propose()
        plan.with_user(cls.reception).action_accept()
        plan.env.invalidate_all()
        return plan

    @classmethod
    def _set_billing(cls, plan, mode, installments=(), user=None):
        """Say how a plan is billed."""
        plan.with_user(user or cls.medic)._set_billing_mode(
            mode,
            [
                (cls.today + timedelta(days=days), amount)
                for days, amount in installments
            ],
        )
        plan.env.invalidate_all()

    @classmethod
    def _get_session_items(cls, plan):
        return plan.line_ids._get_session_items().filtered(
            lambda item: not item.credited_item_id
        )

    @classmethod
    def _get_documents(cls, plan):
        """Return the documents that charge the plan in advance, and credit that."""
        return plan.down_payment_ids.move_line_ids.move_id.sorted("id")

    @classmethod
    def _do_sessions(cls, plan, number):
        """Record sessions as done, and return their items."""
        before = cls._get_session_items(plan)
        cls._sign(cls._create_sessions(plan, number))
        plan.env.invalidate_all()
        return cls._get_session_items(plan) - before

    @classmethod
    def _take_back(cls, item):
        """Amend the visit of a session: it was not done after all."""
        visit, line = item.consultation_id, item.consultation_line_id
        cls._amend(visit)
        line.with_user(cls.medic).qty_done = 0
        line.with_user(cls.medic).action_cancel()
        cls._sign(visit)

    def _draft_due(self, days):
        """Have the scheduled job run, so many days from today."""
        cron = self.env.ref("medical_billing.medical_treatment_plan_installment_cron")
        self.env.flush_all()
        with (
            freeze_time(self.today + timedelta(days=days)),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()

    # === ASSERTIONS === #

    def _get_account_balance(self):
        """Return what is on the account for down payments; credit is positive."""
        self.env.flush_all()
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.advance_account.id),
                ("parent_state", "=", "posted"),
            ]
        )
        return -sum(lines.mapped("balance")) or 0.0

    def _assert_advance(self, plan, advanced, used):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(
            (plan.amount_advanced, plan.amount_used, plan.amount_left),
            (advanced, used, advanced - used),
        )
