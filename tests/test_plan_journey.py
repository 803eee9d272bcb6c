"""A treatment plan in a real browser: from the offer to the refund of what is left."""

from datetime import timedelta

from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.medical_billing.tests.prepaid_common import PrepaidPlanCommon

PLANS = "medical_records.medical_treatment_plan_action"


@tagged("post_install", "-at_install")
class TestPlanJourney(PrepaidPlanCommon, HttpCase):
    """Three sessions of 120.00, paid in three installments of 120.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure.list_price = 120.0
        cls.ada = cls.env["res.users"].create(
            {
                "name": "Ada Patient",
                "login": "ada-of-the-portal",
                "password": "ada-of-the-portal",
                "partner_id": cls.patient.id,
                "group_ids": [(6, 0, cls.env.ref("base.group_portal").ids)],
            }
        )

    def _tour(self, name, user, record=None, action=None):
        """Let a user walk through a tour, and read anew what came of it."""
        url = f"/odoo/action-{action or PLANS}"
        if record:
            url += f"/{record.id}"
        self.env.flush_all()
        self.start_tour(url, name, login=user.login)
        self.env.invalidate_all()

    def test_from_the_offer_to_the_refund(self):
        plan = self._propose()
        self._accept(plan)
        self._pay_installment(plan)
        self._do_two_sessions(plan)
        self._close_with_refund(plan)
        self.assertEqual(self._get_account_balance(), 0.0)

    def _propose(self):
        self._tour("medical_plan_propose", self.medic)
        plan = self.env["medical.treatment.plan"].search(
            [("patient_id", "=", self.patient.id)]
        )
        self.assertRecordValues(
            plan,
            [
                {
                    "state": "proposed",
                    "billing_mode": "installments",
                    "amount_total": 360.0,
                    "sessions_planned": 3,
                }
            ],
        )
        self.assertEqual(plan.installment_ids.mapped("amount"), [120.0] * 3)
        return plan

    def _accept(self, plan):
        self.start_tour("/my/home", "medical_portal_plan", login=self.ada.login)
        self.env.invalidate_all()
        self.assertEqual(plan.state, "accepted")
        self.assertTrue(plan.signature)

    def _pay_installment(self, plan):
        """The first is paid in the browser; the others come due and are posted."""
        first = self._get_documents(plan)
        self._tour(
            "medical_plan_pay",
            self.biller,
            first,
            "account.action_move_out_invoice_type",
        )
        self.assertIn(first.payment_state, ("in_payment", "paid"))
        with freeze_time(self.today + timedelta(days=100)):
            plan.installment_ids._draft_due()
        self._get_documents(plan).filtered(
            lambda move: move.state == "draft"
        ).action_post()
        self._assert_advance(plan, 360.0, 0.0)

    def _do_two_sessions(self, plan):
        for _session in range(2):
            visit = self._create_visit(patient_id=self.patient.id)
            self._tour(
                "medical_plan_session",
                self.medic,
                visit,
                "medical_records.medical_consultation_action",
            )
        self._assert_sessions(plan, done=2, scheduled=0, left=1)
        self._tour("medical_plan_bill_sessions", self.biller, plan)
        self._assert_advance(plan, 360.0, 240.0)

    def _close_with_refund(self, plan):
        for name, user in (
            ("medical_plan_close", self.medic),
            ("medical_plan_refund", self.biller),
        ):
            self._tour(name, user, plan)
        self.assertEqual(plan.state, "closed")
        credit = plan.down_payment_ids.filtered("credited_item_id").move_line_ids
        self.assertRecordValues(
            credit.move_id,
            [{"move_type": "out_refund", "state": "posted", "amount_total": 120.0}],
        )
        self._assert_advance(plan, 240.0, 240.0)
