from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestWaste(MedicalStockCommon):
    """Used and not charged; and units that lose nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ml = cls.env["uom.uom"].create(
            {"name": "ml of a test", "relative_factor": 1}
        )
        cls.vial = cls.env["uom.uom"].create(
            {
                "name": "Vial of 10 ml",
                "relative_uom_id": cls.ml.id,
                "relative_factor": 10,
            }
        )
        # Bought in vials, used in milliliters.
        cls.lidocaine = cls._create_goods("Lidocaine", cost=0.2, uom_id=cls.ml.id)

    def _waste(self, line, quantity, user=None, **values):
        user = user or self.assistant
        action = self._as(user, line).action_waste()
        self._confirm(action, user, quantity=quantity, **values)
        self.env.invalidate_all()

    def test_rest_of_a_vial_is_wasted(self):
        self._receive(self.lidocaine, 20)
        visit = self._create_visit({"product_id": self.lidocaine.id, "quantity": 3})
        self._waste(visit.line_ids, 7, note="Rest of the vial")
        used, waste = visit.line_ids.sorted("is_waste")
        self.assertRecordValues(
            waste,
            [
                {
                    "quantity": 7,
                    "is_waste": True,
                    "charge": "none",
                    "note": "Rest of the vial",
                }
            ],
        )
        self._sign(visit)
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.lidocaine), 10)
        self.assertEqual(visit.line_ids.billable_item_ids, used.billable_item_ids)
        self.assertEqual(used.billable_item_ids.quantity, 3)
        # 10 × 0.20, all of it booked.
        self._assert_entry(visit.picking_ids.move_ids, 2)
        self.assertEqual(waste.material_cost, 1.4)

    def test_waste_of_what_is_done_leaves_at_once(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit(self.gauze)
        visit.line_ids.with_user(self.assistant).qty_done = 1
        self._waste(visit.line_ids, 2)
        self.assertEqual(self._get_on_hand(self.gauze), 7)

    def test_whole_line_is_wasted(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit(self.gauze)
        line = self._as(self.assistant, visit.line_ids)
        line.is_waste = True
        self.assertEqual(line.charge, "none")
        self._sign(visit)
        self.env.invalidate_all()
        self.assertFalse(visit.line_ids.billable_item_ids)
        self.assertEqual(self._get_on_hand(self.gauze), 9)

    def test_line_that_was_not_wasted_after_all_is_charged(self):
        visit = self._create_visit({"product_id": self.gauze.id, "is_waste": True})
        self.assertFalse(visit.line_ids.billable_item_ids)
        self._as(self.assistant, visit.line_ids).is_waste = False
        self.env.invalidate_all()
        self.assertEqual(visit.line_ids.charge, "charged")
        self.assertTrue(visit.line_ids.billable_item_ids)

    def test_wasting_nothing_or_no_goods_is_refused(self):
        visit = self._create_visit(self.gauze, self.procedure)
        goods, act = visit.line_ids
        message = self._assert_refused(UserError, self._waste, goods, 0)
        self.assertIn("Enter how much was thrown away", message)
        message = self._assert_refused(UserError, self._waste, act, 1)
        self.assertIn("does not come from the stock", message)

    def test_signed_visit_is_amended_to_record_waste(self):
        self._receive(self.gauze, 10)
        visit = self._sign_visit(self.gauze)
        self._assert_refused(UserError, self._waste, visit.line_ids, 1)
        self.assertEqual(self._get_on_hand(self.gauze), 9)

    def test_biller_records_no_waste(self):
        visit = self._create_visit(self.gauze)
        self._assert_refused(
            AccessError,
            self.env["medical.consultation.line.waste"].with_user(self.biller).create,
            {"line_id": visit.line_ids.id, "quantity": 1},
        )

    # === UNITS === #

    def test_parts_of_a_vial_lose_nothing(self):
        self._receive(self.lidocaine, 20)
        for quantity, unit in ((3, self.ml), (0.3, self.vial), (0.7, self.vial)):
            self._sign_visit(
                {
                    "product_id": self.lidocaine.id,
                    "quantity": quantity,
                    "product_uom_id": unit.id,
                }
            )
        # 20 - 3 - 3 - 7
        self.assertEqual(self._get_on_hand(self.lidocaine), 7)

    def test_unit_that_cannot_be_converted_is_refused(self):
        self._assert_refused(
            ValidationError,
            self._create_visit,
            {
                "product_id": self.lidocaine.id,
                "product_uom_id": self.env.ref("uom.product_uom_hour").id,
            },
        )

    def test_quantity_that_rounds_to_zero_in_stock_is_refused(self):
        by_the_vial = self._create_goods("Saline", uom_id=self.vial.id)
        self._receive(by_the_vial, 5)
        self._assert_refused(
            ValidationError,
            self._create_visit,
            {
                "product_id": by_the_vial.id,
                "quantity": 0.04,
                "product_uom_id": self.ml.id,
            },
        )
        self.assertEqual(self._get_on_hand(by_the_vial), 5)

    def test_goods_of_another_company_are_refused(self):
        company = self._create_company(name="Other clinic")
        self.gauze.company_id = company
        self._assert_refused(UserError, self._create_visit, self.gauze)
