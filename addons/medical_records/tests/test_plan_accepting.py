from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
class TestPlanAccepting(TreatmentPlanCommon):
    """The dialog that records at the desk who accepts an offer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._create_plan()
        cls.plan.with_user(cls.medic).action_propose()

    def _accept(self, plans, user=None, **values):
        user = user or self.reception
        self._confirm(plans.with_user(user).action_ask_acceptance(), user, **values)
        self.env.invalidate_all()

    def test_the_patient_accepts_when_nobody_else_is_named(self):
        action = self.plan.with_user(self.reception).action_ask_acceptance()
        dialog = Form(
            self.env[action["res_model"]]
            .with_user(self.reception)
            .with_context(**action["context"])
        )
        self.assertEqual(dialog.accepted_by, "Ada Patient")
        dialog.save().action_confirm()
        self.assertRecordValues(
            self.plan,
            [
                {
                    "state": "accepted",
                    "accepted_by": "Ada Patient",
                    "accepted_user_id": self.reception.id,
                }
            ],
        )

    def test_a_guardian_accepts(self):
        self._accept(self.plan, accepted_by=" Eve Mother ")
        self.assertEqual(self.plan.accepted_by, "Eve Mother")

    def test_nothing_is_accepted_before_it_is_confirmed(self):
        self.plan.with_user(self.reception).action_ask_acceptance()
        self.assertEqual(self.plan.state, "proposed")

    def test_empty_name_is_the_name_of_the_patient(self):
        self._accept(self.plan, accepted_by=" ")
        self.assertEqual(self.plan.accepted_by, "Ada Patient")

    def test_several_plans_are_accepted_by_their_patients(self):
        other = self._create_patient(name="Ben Other")
        plans = self.plan | self._create_plan(patient_id=other.id)
        plans[1].with_user(self.medic).action_propose()
        self._accept(plans, accepted_by="Eve Mother")
        self.assertEqual(plans.mapped("accepted_by"), ["Ada Patient", "Ben Other"])

    def test_only_open_offers_are_asked_about(self):
        draft = self._create_plan()
        accepted = self._create_accepted_plan()
        expired = self._create_plan()
        expired.action_propose()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE medical_treatment_plan SET date_validity = %s WHERE id = %s",
            [fields.Date.to_date("2020-01-01"), expired.id],
        )
        self.env.invalidate_all()
        for plan in (draft, accepted, expired):
            with self.subTest(plan.state):
                self._assert_refused(
                    UserError, plan.with_user(self.reception).action_ask_acceptance
                )

    def test_offer_that_was_accepted_in_the_meantime(self):
        action = self.plan.with_user(self.reception).action_ask_acceptance()
        self.plan.action_accept()
        message = self._assert_refused(
            UserError,
            lambda: self._confirm(action, self.reception, accepted_by="Eve Mother"),
        )
        self.assertIn("already accepted by Ada Patient", message)
        self.assertEqual(self.plan.accepted_by, "Ada Patient")

    def test_who_may_only_read_plans_accepts_none(self):
        reader = self._create_user(
            "reader", "base.group_user,medical_records.group_medical_user"
        )
        self.assertEqual(self.plan.with_user(reader).state, "proposed")
        self._assert_refused(
            AccessError, self.plan.with_user(reader).action_ask_acceptance
        )
        self._assert_refused(
            AccessError,
            lambda: (
                self.env["medical.treatment.plan.accept"]
                .with_user(reader)
                .create({"plan_ids": [Command.set(self.plan.ids)]})
            ),
        )
        self.assertEqual(self.plan.state, "proposed")
