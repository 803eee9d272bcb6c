from odoo.tests import tagged

from odoo.addons.medical_billing.tests.common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestFifoCost(MedicalBillingCommon):
    """What was received first costs what it cost, whoever records its use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.setup_other_company()["company"]
        cls.category = cls.env["product.category"].create({"name": "First in"})
        cls.goods = cls._create_medical_product(
            "Vaccine",
            "medication",
            15.0,
            type="consu",
            is_storable=True,
            categ_id=cls.category.id,
        )
        for company in cls.env.company | cls.other_company:
            cls.category.with_company(company).property_cost_method = "fifo"
        cls._receive(cls.env.company, 3, 6.2)
        cls._receive(cls.env.company, 7, 7.0)
        cls._receive(cls.other_company, 3, 1.0)

    @classmethod
    def _receive(cls, company, quantity, cost):
        warehouse = company._get_medical_warehouse()
        move = (
            cls.env["stock.move"]
            .with_company(company)
            .create(
                {
                    "company_id": company.id,
                    "product_id": cls.goods.id,
                    "product_uom_qty": quantity,
                    "value_manual": quantity * cost,
                    "picking_type_id": warehouse.in_type_id.id,
                    "location_id": cls.quick_ref("stock.stock_location_suppliers").id,
                    "location_dest_id": warehouse.lot_stock_id.id,
                }
            )
        )
        move._action_confirm()
        move.write({"quantity": quantity, "picked": True})
        move._action_done()

    def _use(self, quantity):
        """Let the medic use some in a visit, and return what the books say of it."""
        visit = self._create_visit({"product_id": self.goods.id, "quantity": quantity})
        self._sign(visit)
        return visit.picking_ids.move_ids.value

    def test_medic_without_rights_to_the_stock(self):
        self.assertFalse(self.medic.has_group("stock.group_stock_user"))
        self.assertEqual(self._use(2), 12.4)
        # 1 is left at 6.20, and 7 at 7.00.
        self.assertAlmostEqual(self.goods.standard_price, 55.2 / 8)

    def test_goods_of_another_company_do_not_count(self):
        self.assertEqual(self._use(3), 18.6)
        self.assertEqual(self._use(1), 7.0)
        self.assertEqual(self.goods.standard_price, 7.0)
        in_other = self.goods.with_company(self.other_company)
        self.assertEqual(in_other.standard_price, 1.0)
