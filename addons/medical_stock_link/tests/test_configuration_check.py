from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestConfigurationCheck(MedicalStockCommon):
    """What the stock needs stands on the clinic's checklist too."""

    def _open(self, company=None):
        """Open the checklist; return its rows by key."""
        company = company or self.env.company
        self.administrator.company_ids += company
        self.env.flush_all()
        self.env.invalidate_all()
        checks = (
            self.env["medical.configuration.check"]
            .with_user(self.administrator)
            .with_context(allowed_company_ids=company.ids)
        )
        rows = checks.search(checks.action_open_checklist()["domain"])
        return {row.key: row for row in rows}

    def test_company_with_a_warehouse_and_an_account_is_ready(self):
        rows = self._open()
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
        self.assertEqual(self._open(bare)["warehouse"].state, "missing")

    def test_cost_without_an_account_is_missing_where_it_would_be_booked(self):
        self.clinic_location.valuation_account_id = False
        self.env.company.expense_account_id = False
        row = self._open()["consumption_account"]
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
        self._open()
        self.assertFalse(self.clinic_location.valuation_account_id)

    def test_goods_without_cost_or_tracking_are_named(self):
        rows = self._open()
        self.assertNotIn("Gauze", rows["costs"].message)
        self._create_goods("Splint", cost=0)
        rows = self._open()
        self.assertEqual(rows["costs"].state, "advice")
        self.assertIn("Splint", rows["costs"].message)
        # The swab of the small clinic is no storable product.
        self.assertEqual(rows["goods"].state, "advice")
        self.assertIn("Swab", rows["goods"].message)
