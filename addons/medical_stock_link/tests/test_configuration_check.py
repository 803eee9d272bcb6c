from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestConfigurationCheck(MedicalStockCommon):
    """What the stock needs stands on the clinic's checklist too."""

    def test_company_with_a_warehouse_and_an_account_is_ready(self):
        rows = self._open_checklist()
        self.assertEqual(rows["warehouse"].state, "done")
        self.assertIn(self.warehouse.name, rows["warehouse"].message)
        self.assertEqual(rows["consumption_account"].state, "done")
        self.assertIn(
            self.expense_account.display_name, rows["consumption_account"].message
        )

    def test_company_without_a_warehouse_is_told(self):
        bare = self._create_company(name="Bare clinic")
        self.env["stock.warehouse"].search(
            [("company_id", "=", bare.id)]
        ).active = False
        self.assertEqual(
            self._open_checklist(company=bare)["warehouse"].state, "missing"
        )

    def test_cost_without_an_account_is_missing_where_it_would_be_booked(self):
        self.clinic_location.valuation_account_id = False
        self.env.company.expense_account_id = False
        row = self._open_checklist()["consumption_account"]
        # The gauze of this clinic is valued at each move.
        self.assertEqual(row.state, "missing")
        self.assertEqual(
            self.env["stock.location"].search(
                row.with_user(self.env.ref("base.user_admin")).action_configure()[
                    "domain"
                ]
            ),
            self.clinic_location,
        )

    def test_looking_changes_nothing(self):
        self.clinic_location.valuation_account_id = False
        self._open_checklist()
        self.assertFalse(self.clinic_location.valuation_account_id)

    def test_goods_without_cost_or_tracking_are_named(self):
        rows = self._open_checklist()
        self.assertNotIn("Gauze", rows["costs"].message)
        self._create_goods("Splint", cost=0)
        rows = self._open_checklist()
        self.assertEqual(rows["costs"].state, "advice")
        self.assertIn("Splint", rows["costs"].message)
        # The swab of the small clinic is no storable product.
        self.assertEqual(rows["goods"].state, "advice")
        self.assertIn("Swab", rows["goods"].message)
