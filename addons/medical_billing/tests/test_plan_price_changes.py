from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.medical_records.tests.plan_common import TreatmentPlanCommon

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestPlanPriceChanges(TreatmentPlanCommon, MedicalBillingCommon):
    """Who changes an agreed price leaves a trace, and who reads prices finds it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._create_accepted_plan((cls.procedure, 3), (cls.lab_test, 2))
        cls.line = cls.plan.line_ids[0]

    def _set(self, **vals):
        self.line.with_user(self.billing_manager).write(vals)
        self.env.flush_all()
        self.env.invalidate_all()

    def _get_changes(self, plan=None):
        return [
            (
                change.user_id.login,
                change.treatment,
                change.what,
                change.old_value,
                change.new_value,
            )
            for change in (plan or self.plan).price_change_ids.sorted("id")
        ]

    # === WHAT IS KEPT === #

    def test_changes_of_agreed_prices_are_kept(self):
        self._set(price_unit=90.0)
        self._set(discount=12.5, price_unit=80.0)
        name = self.line.name
        self.assertEqual(
            self._get_changes(),
            [
                ("billing_manager", name, "price_unit", "120 USD", "90 USD"),
                ("billing_manager", name, "price_unit", "90 USD", "80 USD"),
                ("billing_manager", name, "discount", "0 %", "12.5 %"),
            ],
        )
        self.assertEqual(self.plan.price_change_ids.company_id, self.plan.company_id)

    def test_change_in_the_form_is_kept(self):
        owner = self._create_user(
            "owner", "medical_records.group_medic,medical_billing.group_price_editor"
        )
        with (
            Form(self.plan.with_user(owner)) as form,
            form.line_ids.edit(1) as line,
        ):
            line.price_unit = 25.0
        name = self.plan.line_ids[1].name
        self.assertEqual(
            self._get_changes(), [("owner", name, "price_unit", "30 USD", "25 USD")]
        )

    def test_what_is_no_change_is_not_kept(self):
        messages = self.plan.message_ids
        self._set(price_unit=120.0, discount=0.0)
        self.line.with_user(self.medic).sessions = 4
        self.assertEqual(self._get_changes(), [])
        said = " ".join((self.plan.message_ids - messages).mapped("body"))
        self.assertNotIn("price", said)

    def test_prices_that_nobody_accepted_are_not_kept(self):
        plan = self._create_plan()
        plan.line_ids.with_user(self.billing_manager).price_unit = 90.0
        self.assertEqual(self._get_changes(plan), [])
        self.assertNotIn("price", " ".join(plan.message_ids.mapped("body")))

    def test_change_outlives_its_line_and_is_not_renewed(self):
        self._set(price_unit=90.0)
        self.line.with_user(self.medic).unlink()
        self.assertEqual(len(self._get_changes()), 1)
        action = self._as(self.medic, self.plan).action_renew()
        self.assertEqual(self._get_changes(self.plan.browse(action["res_id"])), [])

    def test_nobody_writes_the_log_or_clears_it(self):
        self._set(price_unit=90.0)
        change = self.plan.price_change_ids
        for user in (self.medic, self.billing_manager):
            with self.subTest(user.login):
                self._assert_refused(
                    UserError, self._as(user, change).write, {"old_value": "1"}
                )
                self._assert_refused(AccessError, self._as(user, change).unlink)
                self._assert_refused(
                    AccessError,
                    change.with_user(user).create,
                    {"plan_id": self.plan.id, "what": "discount"},
                )
        self._assert_refused(
            UserError,
            self._as(self.medic, self.plan).write,
            {"price_change_ids": [Command.clear()]},
        )
        self._assert_refused(UserError, change.sudo().write, {"old_value": "1"})
        self._assert_refused(UserError, change.sudo().unlink)
        self.assertEqual(len(self._get_changes()), 1)

    # === WHO READS IT === #

    def test_chatter_names_neither_treatment_nor_price(self):
        messages = self.plan.message_ids
        self._set(price_unit=91.0, discount=5.0)
        message = self.plan.message_ids - messages
        self.assertEqual(len(message), 1)
        self.assertEqual(message.author_id, self.billing_manager.partner_id)
        said = str(message.body)
        self.assertIn("The price of a treatment was changed", said)
        for secret in (self.line.name, "91", "120"):
            self.assertNotIn(secret, said)
        self.assertFalse(message.sudo().tracking_value_ids)
        self.assertIn("was changed", self._as(self.reception, message).body)

    def test_changes_are_for_those_who_read_prices(self):
        self._set(price_unit=90.0)
        change = self.plan.price_change_ids
        for user in (self.medic, self.biller):
            self.assertEqual(self._as(user, change).new_value, "90 USD")
            self.assertEqual(self._as(user, self.plan).price_change_ids, change)
        for user in (self.reception, self.assistant, self.internal, self.portal):
            with self.subTest(user.login):
                self._assert_refused(
                    AccessError, self._as(user, change).read, ["new_value"]
                )
                self._assert_refused(
                    AccessError, self._as(user, self.plan).read, ["price_change_ids"]
                )

    def test_changes_are_for_those_of_the_company(self):
        self._set(price_unit=90.0)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        for groups in (
            "medical_billing.group_billing_manager",
            "medical_records.group_medic",
        ):
            stranger = self._create_user(
                groups,
                groups,
                company_id=other.id,
                company_ids=[Command.set(other.ids)],
            )
            change = self._as(stranger, self.plan.price_change_ids)
            self._assert_refused(AccessError, change.read, ["new_value"])
