from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestConfigurationCheck(MedicalBillingCommon):
    """What billing needs stands on the clinic's checklist too."""

    def _get_rows(self, *keys, company=None):
        rows = self._open_checklist(company=company)
        return [rows[key].state for key in keys]

    def test_company_with_a_chart_can_bill(self):
        self.assertEqual(
            self._get_rows(
                "sales_journal",
                "income_accounts",
                "receipts",
                "payment_journals",
                "billers",
            ),
            ["done"] * 5,
        )

    def test_till_needs_a_cash_journal_with_accounts_for_differences(self):
        self.assertEqual(self._get_rows("till"), ["done"])
        journals = self.env["account.journal"].search(
            [("type", "=", "cash"), ("company_id", "=", self.env.company.id)]
        )
        journals.loss_account_id = False
        row = self._open_checklist()["till"]
        self.assertEqual(row.state, "advice")
        self.assertIn("profit and loss", row.message)
        bare = self.env["res.company"].create({"name": "Bare clinic"})
        row = self._open_checklist(company=bare)["till"]
        self.assertEqual(row.state, "advice")
        self.assertIn("no till can be opened", row.message)

    def test_company_without_a_chart_cannot(self):
        bare = self.env["res.company"].create({"name": "Bare clinic"})
        self.assertEqual(
            self._get_rows(
                "sales_journal", "income_accounts", "payment_journals", company=bare
            ),
            ["missing"] * 3,
        )

    def test_product_without_income_account_is_shown(self):
        self.env.company.income_account_id = False
        category = self.env["product.category"].create({"name": "Bare"})
        category.property_account_income_categ_id = False
        self.procedure.categ_id = category
        self.procedure.property_account_income_id = False
        row = self._open_checklist()["income_accounts"]
        self.assertEqual(row.state, "missing")
        self.assertIn("Suture", row.message)
        found = self.env["product.template"].search(row.action_configure()["domain"])
        self.assertIn(self.procedure.product_tmpl_id, found)
        self.procedure.medical_charge = "none"
        row = self._open_checklist()["income_accounts"]
        self.assertNotIn("Suture", row.message)

    def test_fee_without_a_price_is_missing_and_others_are_advice(self):
        visit_type = self.env["medical.visit.type"].create(
            {"name": "First visit", "product_id": self.fee.id}
        )
        self.assertTrue(visit_type)
        rows = self._open_checklist()
        self.assertEqual(rows["fee_prices"].state, "done")
        self.fee.list_price = 0
        rows = self._open_checklist()
        self.assertEqual(rows["fee_prices"].state, "missing")
        self.assertIn("Visit", rows["fee_prices"].message)
        self.assertEqual(rows["prices"].state, "advice")
        self.fee.medical_charge = "none"
        self.assertEqual(self._get_rows("fee_prices"), ["done"])
