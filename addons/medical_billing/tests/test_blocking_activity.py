from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.medical_billing.models import medical_billable_item_blocking

from .common import MedicalBillingCommon

# The payer takes the account of the company again.
FORGET_ACCOUNT = """
    UPDATE res_partner SET property_account_receivable_id = NULL WHERE id = %s
"""


@tagged("post_install", "-at_install")
class TestBlockingActivity(MedicalBillingCommon):
    """The biller is told what to mend, once for each cause, until it is mended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.activity_type = cls.quick_ref("medical_billing.mail_activity_type_blocked")
        cls.cron = cls.quick_ref("medical_billing.medical_billable_item_cron_blocked")
        cls.env.company.medical_biller_id = cls.biller
        cls.drug.list_price = 0

    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _get_activities(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["mail.activity"].search(
            [("activity_type_id", "=", self.activity_type.id)]
        )

    def _assert_activities(self, *expected):
        """Assert what the billers are told: record, user, summary."""
        self.assertCountEqual(
            [
                (
                    self.env[activity.res_model].browse(activity.res_id),
                    activity.user_id,
                    activity.summary,
                )
                for activity in self._get_activities()
            ],
            expected,
        )

    # === TOLD === #

    def test_one_activity_for_a_cause_however_many_items_wait(self):
        for _index in range(3):
            self._create_items(self.drug, self.drug, self.procedure)
        self._run_cron()
        self._assert_activities((self.drug, self.biller, "No price"))
        self._run_cron()
        self._assert_activities((self.drug, self.biller, "No price"))

    def test_each_cause_has_its_own(self):
        visit = self._create_visit(self.procedure, patient_id=False)
        visit.line_ids.action_done()
        free_text = self._create_visit({"name": "Something", "kind": "other"})
        free_text.line_ids.action_done()
        self.guarantor.property_account_receivable_id = False
        self._create_items(self.drug)
        self._create_items(self.procedure, patient_id=self.other_patient.id)
        self.other_patient.guarantor_id = self.guarantor
        items = self.other_patient.billable_item_ids
        self.assertEqual(items.blocking_reason, "no_receivable")
        self._run_cron()
        self._assert_activities(
            (self.drug, self.biller, "No price"),
            (visit, self.biller, "No payer"),
            (free_text, self.biller, "No product"),
            (self.guarantor, self.biller, "Payer has no receivable account"),
        )

    def test_what_is_not_done_yet_is_nobodys_worry(self):
        visit = self._create_visit(self.drug)
        self._run_cron()
        self._assert_activities()
        self._sign(visit)
        self._run_cron()
        self._assert_activities((self.drug, self.biller, "No price"))

    def test_doing_what_cannot_be_billed_calls_the_check(self):
        triggers = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", self.cron.id)]
        triggers.search(mine).unlink()
        self._create_items(self.procedure)
        self.assertFalse(triggers.search(mine))
        self._create_items(self.drug)
        self.assertTrue(triggers.search(mine))

    def test_a_catalog_without_prices_is_no_flood(self):
        limit = medical_billable_item_blocking.MAX_ACTIVITIES
        products = [
            self._create_medical_product(f"Free {number}", price=0)
            for number in range(limit + 5)
        ]
        self._create_items(*products)
        self._run_cron()
        self.assertEqual(len(self._get_activities()), limit)

    def test_activity_says_nothing_of_the_patient(self):
        item = self._create_items(self.drug, history="Secret", reason="Secret")
        self._run_cron()
        activity = self._get_activities()
        text = " ".join(
            str(activity[name] or "") for name in ("summary", "note", "res_name")
        )
        for word in ("Secret", self.patient.name, item.consultation_id.name):
            self.assertNotIn(word, text)

    def test_activity_of_a_visit_names_no_act(self):
        visit = self._create_visit({"name": "HIV talk", "kind": "other"})
        visit.line_ids.action_done()
        self._run_cron()
        self.assertRecordValues(
            self._get_activities(),
            [{"res_name": visit.name, "summary": "No product", "note": False}],
        )

    def test_biller_reads_and_opens_what_the_activity_is_about(self):
        visit = self._create_visit(self.procedure, patient_id=False)
        visit.line_ids.action_done()
        self._run_cron()
        activity = self._as(self.biller, self._get_activities())
        self.assertEqual(activity.summary, "No payer")
        item = self._as(self.biller, visit.sudo().billable_item_ids)
        action = item.action_open_blocking_cause()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("medical.consultation", visit.id)
        )

    # === MENDED === #

    def test_activity_goes_when_the_product_gets_a_price(self):
        item = self._create_items(self.drug)
        self._run_cron()
        manager = self._create_user(
            "products", "base.group_user,product.group_product_manager"
        )
        self._as(manager, self.drug.product_tmpl_id).list_price = 4
        self._assert_activities()
        self.assertRecordValues(item, [{"blocking_reason": False, "price_total": 4}])

    def test_activity_goes_when_the_patient_comes(self):
        visit = self._create_visit(self.procedure, patient_id=False)
        visit.line_ids.action_done()
        self._run_cron()
        self._as(self.reception, visit).patient_id = self.patient
        self._run_cron()
        self._assert_activities()

    def test_activity_goes_when_the_payer_gets_an_account(self):
        account = self.patient.property_account_receivable_id
        self.patient.property_account_receivable_id = False
        item = self._create_items(self.procedure)
        self._run_cron()
        self._assert_activities(
            (self.patient, self.biller, "Payer has no receivable account")
        )
        self.patient.property_account_receivable_id = account
        self._assert_activities()
        self.assertFalse(item.blocking_reason)

    def test_activity_goes_with_its_items(self):
        visit = self._create_visit(self.drug)
        visit.line_ids.action_done()
        self._run_cron()
        self.assertTrue(self._get_activities())
        visit.sudo().line_ids.charge = "none"
        self._run_cron()
        self._assert_activities()

    def test_activity_ticked_off_too_early_comes_back(self):
        self._create_items(self.drug)
        self._run_cron()
        self._get_activities().action_done()
        self._assert_activities()
        self._run_cron()
        self._assert_activities((self.drug, self.biller, "No price"))

    def test_activity_says_what_is_still_missing(self):
        self.env.company.income_account_id = False
        self.drug.property_account_income_id = False
        self.product_category.property_account_income_categ_id = False
        self._create_items(self.drug)
        self._run_cron()
        self._assert_activities((self.drug, self.biller, "No price"))
        self.drug.list_price = 3
        self._assert_activities((self.drug, self.biller, "No income account"))

    def test_what_has_no_hook_is_seen_by_the_hourly_check(self):
        self.patient.property_account_receivable_id = False
        item = self._create_items(self.procedure)
        # Behind every hook, as a change of the company's default would be.
        self.env.flush_all()
        self.env.cr.execute(FORGET_ACCOUNT, [self.patient.id])
        self.env.invalidate_all()
        self.assertEqual(item.blocking_reason, "no_receivable")
        self._run_cron()
        self.assertFalse(item.blocking_reason)
        self._assert_activities()

    def test_biller_checks_again_by_hand(self):
        self.patient.property_account_receivable_id = False
        items = self._create_items(self.procedure, self.drug)
        self.env.flush_all()
        self.env.cr.execute(FORGET_ACCOUNT, [self.patient.id])
        answer = self._call(self.biller, items, "action_check_again")
        self.assertIn("1 of 2", answer["params"]["message"])
        self.assertEqual(
            items.mapped("blocking_reason"),
            [False, "no_price"],
        )
        self._assert_refused(
            AccessError, self._call, self.medic, items, "action_check_again"
        )

    # === TOLD WHOM === #

    def test_company_says_who_is_told(self):
        company = self.env.company
        self.assertEqual(company._get_medical_biller(), self.biller)
        # No longer a biller, or gone: a billing manager who is no administrator.
        company.medical_biller_id = self.reception
        self.assertEqual(company._get_medical_biller(), self.billing_manager)
        company.medical_biller_id = False
        self.assertEqual(company._get_medical_biller(), self.billing_manager)
        self.billing_manager.active = False
        self.assertEqual(company._get_medical_biller(), self.biller)

    def test_new_responsible_biller_gets_the_activities(self):
        self._create_items(self.drug)
        self._run_cron()
        self.env.company.medical_biller_id = self.billing_manager
        self._run_cron()
        self._assert_activities((self.drug, self.billing_manager, "No price"))

    def test_biller_of_the_other_company_is_told_of_hers_only(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_user(
            "stranger",
            "medical_billing.group_billing_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertEqual(other._get_medical_biller(), stranger)
        self._create_items(self.drug)
        self._run_cron()
        self.assertEqual(self._get_activities().user_id, self.biller)
