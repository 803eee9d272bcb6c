from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestBlocking(MedicalBillingCommon):
    """An item that cannot be billed says why, and goes on by itself."""

    def _forget_income_account(self):
        self.company_data["company"].sudo().income_account_id = False
        self.drug.property_account_income_id = False
        self.product_category.property_account_income_categ_id = False

    def test_item_without_income_account_waits_for_one(self):
        self._forget_income_account()
        item = self._create_items(self.drug)
        self.assertEqual(item.blocking_reason, "no_account")
        message = self._assert_refused(UserError, self._build, item)
        self.assertIn("is blocked: No income account", message)
        self.drug.product_tmpl_id.property_account_income_id = self.company_data[
            "default_account_revenue"
        ]
        self.assertFalse(item.blocking_reason)
        self.assertTrue(self._build(item))

    def test_item_looks_again_when_it_is_built(self):
        self._forget_income_account()
        item = self._create_items(self.drug)
        self.product_category.property_account_income_categ_id = self.company_data[
            "default_account_revenue"
        ]
        self.assertTrue(self._build(item))

    def test_product_manager_needs_no_right_to_items(self):
        self._forget_income_account()
        item = self._create_items(self.drug)
        manager = self._create_user(
            "products",
            "base.group_user,product.group_product_manager,account.group_account_manager",
        )
        self._as(
            manager, self.drug.product_tmpl_id
        ).property_account_income_id = self.company_data["default_account_revenue"]
        self.assertFalse(item.blocking_reason)

    def test_item_without_price_waits_for_one(self):
        self.drug.list_price = 0
        item = self._create_items(self.drug)
        self.assertEqual(item.blocking_reason, "no_price")
        self.drug.list_price = 4
        self.assertRecordValues(
            item, [{"blocking_reason": False, "price_unit": 4, "price_total": 4}]
        )

    def test_free_by_hand_is_no_missing_price(self):
        self.drug.list_price = 0
        item = self._create_items(self.drug)
        item.with_user(self.billing_manager).price_unit = 0
        self.assertFalse(item.blocking_reason)
        self.assertEqual(self._build(item).amount_total, 0)

    def test_item_without_patient_waits_for_one(self):
        visit = self._create_visit(self.drug, patient_id=False)
        visit.line_ids.action_done()
        item = visit.line_ids.billable_item_ids
        self.assertEqual(item.blocking_reason, "no_payer")
        visit.patient_id = self.patient
        self.assertRecordValues(
            item, [{"blocking_reason": False, "payer_id": self.patient.id}]
        )

    def test_item_without_product_waits_for_one(self):
        visit = self._create_visit({"name": "Something", "kind": "other"})
        item = visit.line_ids.billable_item_ids
        self.assertEqual(item.blocking_reason, "no_product")
        visit.line_ids.product_id = self.drug
        self.assertRecordValues(
            item, [{"blocking_reason": False, "price_unit": 2, "name": "Tablet"}]
        )

    def test_blocked_item_does_not_hold_up_the_others(self):
        self.drug.list_price = 0
        items = self._create_items(self.drug, self.procedure)
        move = self._build(items)
        self.assertEqual(move.invoice_line_ids.product_id, self.procedure)
        self._assert_ledger(items[0], quantity=1, to_bill=1)

    # === WHO PAYS === #

    def test_payer_without_receivable_account_is_refused(self):
        account = self.patient.property_account_receivable_id
        self.patient.property_account_receivable_id = False
        item = self._create_items(self.drug)
        self.assertEqual(item.blocking_reason, "no_receivable")
        message = self._assert_refused(UserError, self._build, item)
        self.assertIn("is blocked: Payer has no receivable account", message)
        self.patient.property_account_receivable_id = account
        self.assertFalse(item.blocking_reason)
        self.assertEqual(self._build(item).amount_total, 2)

    def test_account_that_went_missing_since_is_seen_when_building(self):
        item = self._create_items(self.drug)
        self.patient.property_account_receivable_id = False
        message = self._assert_refused(UserError, self._build, item)
        self.assertIn("Payer has no receivable account", message)

    def test_payer_of_another_company_account_counts_there(self):
        self.guarantor.property_account_receivable_id = False
        self.patient.guarantor_id = self.guarantor
        item = self._create_items(self.drug)
        self.assertEqual(item.blocking_reason, "no_receivable")
        self.patient.guarantor_id = False
        self.assertRecordValues(
            item, [{"blocking_reason": False, "payer_id": self.patient.id}]
        )

    def test_currency_without_rate_is_not_taken_for_the_own(self):
        crowns = self.env["res.currency"].create({"name": "CRW", "symbol": "c"})
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        self.patient.property_product_pricelist = self._create_pricelist(
            currency_id=crowns.id
        )
        item = self._create_items(self.drug)
        self.assertEqual(item.blocking_reason, "no_currency_rate")
        self.env["res.currency.rate"].create(
            {"currency_id": crowns.id, "name": "2026-01-01", "rate": 20}
        )
        self.assertFalse(item.blocking_reason)

    def test_price_by_a_pricelist_releases(self):
        self.drug.list_price = 0
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        pricelist = self._create_pricelist()
        self.patient.property_product_pricelist = pricelist
        item = self._create_items(self.drug)
        self.assertEqual(item.blocking_reason, "no_price")
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": pricelist.id,
                "applied_on": "1_product",
                "product_tmpl_id": self.drug.product_tmpl_id.id,
                "compute_price": "fixed",
                "fixed_price": 6,
            }
        )
        self.assertRecordValues(item, [{"blocking_reason": False, "price_total": 6}])

    def test_income_account_of_the_category_or_company_releases(self):
        self._forget_income_account()
        item, other = self._create_items(self.drug, self.procedure)
        self.assertEqual(item.blocking_reason, "no_account")
        account = self.company_data["default_account_revenue"]
        self.product_category.property_account_income_categ_id = account
        self.assertFalse(item.blocking_reason)
        self.assertFalse(other.blocking_reason)
        self._forget_income_account()
        item = self._create_items(self.drug)
        self.assertEqual(item.blocking_reason, "no_account")
        self.env.company.income_account_id = account
        self.assertFalse(item.blocking_reason)
