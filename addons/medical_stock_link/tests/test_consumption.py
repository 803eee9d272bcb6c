from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestConsumption(MedicalStockCommon):
    """What is done in a visit leaves the stock."""

    def test_goods_leave_when_the_visit_is_signed(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 3})
        self.assertFalse(visit.picking_ids)
        self._sign(visit)
        self.assertRecordValues(
            visit.picking_ids,
            [
                {
                    "state": "done",
                    "partner_id": False,
                    "origin": visit.name,
                    "picking_type_id": self.warehouse.medical_type_id.id,
                    "location_id": self.stock_location.id,
                    "location_dest_id": self.clinic_location.id,
                    "company_id": self.env.company.id,
                }
            ],
        )
        self.assertRecordValues(
            visit.picking_ids.move_ids,
            [
                {
                    "product_id": self.gauze.id,
                    "quantity": 3,
                    "state": "done",
                    "partner_id": False,
                    "consultation_line_id": visit.line_ids.id,
                }
            ],
        )
        self.assertEqual(self._get_on_hand(self.gauze), 7)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 3, "stock_difference": 0}]
        )

    def test_transfer_names_no_patient(self):
        self._receive(self.gauze, 10)
        visit = self._sign_visit(self.gauze)
        picking = visit.picking_ids
        words = [
            str(value)
            for record in (picking, picking.move_ids, picking.move_line_ids)
            for value in record.sudo().read()[0].values()
        ]
        words += picking.message_ids.mapped("body")
        self.assertNotIn("Ada", " ".join(words))
        entry = picking.move_ids.account_move_id
        self.assertFalse(entry.line_ids.partner_id)
        self.assertNotIn("Ada", str(entry.line_ids.mapped("name")))

    def test_visit_has_one_transfer_for_all_it_uses(self):
        bandage = self._create_goods("Bandage")
        self._receive(self.gauze, 10)
        self._receive(bandage, 10)
        visit = self._sign_visit(
            self.gauze, bandage, {"product_id": self.gauze.id, "quantity": 2}
        )
        self.assertEqual(len(visit.picking_ids), 1)
        # Two lines of one product are two moves.
        self.assertEqual(
            sorted(visit.picking_ids.move_ids.mapped("quantity")), [1, 1, 2]
        )

    def test_visits_signed_together_have_a_transfer_each(self):
        self._receive(self.gauze, 10)
        visits = self._create_visit(self.gauze) | self._create_visit(self.gauze)
        self._sign(visits)
        self.assertEqual(len(visits.picking_ids), 2)
        self.assertEqual([len(visit.picking_ids) for visit in visits], [1, 1])

    def test_services_and_untracked_goods_leave_nothing(self):
        visit = self._sign_visit(self.procedure, self.swab)
        self.assertFalse(visit.picking_ids)

    def test_external_prescription_leaves_the_stock_alone(self):
        self.gauze.medical_kind = "medication"
        self._receive(self.gauze, 10)
        visit = self._sign_visit(
            {"product_id": self.gauze.id, "dispensing": "external"}
        )
        self.assertFalse(visit.picking_ids)
        self.assertEqual(self._get_on_hand(self.gauze), 10)

    def test_included_component_is_taken_and_not_billed(self):
        self._receive(self.gauze, 10)
        self._create_component(self.procedure, self.gauze, 4)
        visit = self._sign_visit(self.procedure)
        self.assertEqual(self._get_on_hand(self.gauze), 6)
        self.assertEqual(visit.line_ids.billable_item_ids.product_id, self.procedure)

    def test_cancelled_line_takes_nothing(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit(self.gauze)
        visit.line_ids.action_cancel()
        self._sign(visit)
        self.assertEqual(self._get_on_hand(self.gauze), 10)

    def test_what_is_done_in_parts_is_taken_in_parts(self):
        self._receive(self.gauze, 10)
        visit = self._sign_visit(
            {"product_id": self.gauze.id, "quantity": 5, "is_done_later": True}
        )
        self.assertFalse(visit.picking_ids)
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 2
        line.qty_done = 5
        self.env.invalidate_all()
        self.assertEqual(sorted(visit.picking_ids.move_ids.mapped("quantity")), [2, 3])
        self.assertEqual(len(visit.picking_ids), 2)
        self.assertEqual(self._get_on_hand(self.gauze), 5)

    def test_units_are_converted(self):
        box = self.env["uom.uom"].create(
            {
                "name": "Box of 10",
                "relative_uom_id": self.uom_unit.id,
                "relative_factor": 10,
            }
        )
        self._receive(self.gauze, 50)
        visit = self._sign_visit(
            {"product_id": self.gauze.id, "quantity": 2, "product_uom_id": box.id}
        )
        self.assertRecordValues(
            visit.picking_ids.move_ids,
            # In the smaller one of the two units.
            [{"quantity": 20, "product_uom": self.uom_unit.id, "product_qty": 20}],
        )
        self.assertEqual(self._get_on_hand(self.gauze), 30)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 2, "stock_difference": 0}]
        )

    def test_parts_of_a_dozen_lose_nothing(self):
        self.env.company.medical_shortage_policy = "backorder"
        self._receive(self.gauze, 7)
        visit = self._sign_visit(
            {
                "product_id": self.gauze.id,
                "quantity": 1,
                "product_uom_id": self.uom_dozen.id,
            }
        )
        line = visit.line_ids
        # 7 of 12 are 0.5833 dozen.
        self.assertRecordValues(line, [{"qty_moved": 0.58, "stock_difference": 0.42}])
        waiting = line.move_ids.filtered(lambda move: move.state != "done")
        self.assertEqual(waiting.product_qty, 5)
        # Somebody cancels what waits; what is missing is taken by hand later.
        self._as(self.stock_user, waiting.picking_id).action_cancel()
        self._receive(self.gauze, 6)
        self._as(self.assistant, line).action_take_missing()
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.gauze), 1)
        self.assertRecordValues(line, [{"qty_moved": 1, "stock_difference": 0}])

    def test_opened_vial_leaves_what_was_not_used(self):
        milliliter = self.env.ref("uom.product_uom_milliliter")
        vial = self.env["uom.uom"].create(
            {
                "name": "Vial of 10 ml",
                "relative_uom_id": milliliter.id,
                "relative_factor": 10,
            }
        )
        drug = self._create_goods("Lidocaine", uom_id=vial.id)
        self._receive(drug, 2)
        visit = self._sign_visit(
            {"product_id": drug.id, "quantity": 3, "product_uom_id": milliliter.id}
        )
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 3, "stock_difference": 0}]
        )
        self.assertEqual(self._get_on_hand(drug), 1.7)

    # === EXPIRY === #

    def _create_dated_drug(self, *days):
        """Create a drug with lots of five that expire in so many days."""
        drug = self._create_goods("Vaccine", tracking="lot", use_expiration_date=True)
        today = fields.Datetime.now()
        lots = [
            self._create_lot(drug, f"Lot {number}", today + timedelta(days=day))
            for number, day in enumerate(days)
        ]
        for lot in lots:
            self._receive(drug, 5, lot=lot)
        return drug, lots

    def test_first_to_expire_leaves_first(self):
        drug, (late, soon) = self._create_dated_drug(300, 30)
        visit = self._sign_visit({"product_id": drug.id, "quantity": 7})
        self.assertEqual(
            {line.lot_id: line.quantity for line in visit.picking_ids.move_line_ids},
            {soon: 5, late: 2},
        )

    def test_first_to_expire_leaves_first_with_a_backorder(self):
        drug = self._create_dated_drug()[0]
        self.env.company.medical_shortage_policy = "backorder"
        visit = self._sign_visit({"product_id": drug.id, "quantity": 7})
        today = fields.Datetime.now()
        late, soon = (
            self._create_lot(drug, f"In {days}", today + timedelta(days=days))
            for days in (300, 30)
        )
        self._receive(drug, 5, lot=late)
        self._receive(drug, 5, lot=soon)
        picking = self._as(self.stock_user, visit.picking_ids)
        picking.do_unreserve()
        picking.action_assign()
        picking.button_validate()
        self.env.invalidate_all()
        self.assertEqual(
            {line.lot_id: line.quantity for line in visit.picking_ids.move_line_ids},
            {soon: 5, late: 2},
        )

    def test_expired_lot_is_never_taken(self):
        drug, (expired, good) = self._create_dated_drug(-1, 300)
        visit = self._sign_visit({"product_id": drug.id, "quantity": 5})
        self.assertEqual(visit.picking_ids.move_line_ids.lot_id, good)
        self.assertEqual(self._get_on_hand(drug, expired), 5)
        for policy in ("refuse", "negative"):
            with self.subTest(policy=policy):
                self.env.company.medical_shortage_policy = policy
                visit = self._create_visit(drug)
                self._assert_refused(UserError, self._sign, visit)
        self.assertEqual(self._get_on_hand(drug, expired), 5)

    def test_order_of_other_goods_stays_as_the_company_set_it(self):
        self.assertEqual(
            self.env["stock.quant"]._get_removal_strategy(
                self.gauze, self.stock_location
            ),
            "fifo",
        )

    # === SET-UP === #

    def test_company_without_a_warehouse_says_so(self):
        self.warehouse.active = False
        visit = self._create_visit(self.gauze)
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("has no warehouse to take goods from", message)

    def test_chosen_warehouse_is_used(self):
        other = self.env["stock.warehouse"].create(
            {"name": "Second floor", "code": "FL2"}
        )
        # The operations of a warehouse stay Odoo's own until a visit takes goods there.
        self.assertFalse(other.medical_type_id)
        other._create_missing_medical_type()
        self.assertRecordValues(
            other.medical_type_id,
            [
                {
                    "code": "outgoing",
                    "warehouse_id": other.id,
                    "default_location_src_id": other.lot_stock_id.id,
                    "default_location_dest_id": self.clinic_location.id,
                    "return_picking_type_id": other.in_type_id.id,
                    "create_backorder": "always",
                }
            ],
        )
        self.env.company.medical_warehouse_id = other
        self._receive(self.gauze, 10)
        visit = self._create_visit(self.gauze)
        self._assert_refused(UserError, self._sign, visit)
        self.env["stock.quant"]._update_available_quantity(
            self.gauze, other.lot_stock_id, 5
        )
        self._sign(visit)
        self.assertEqual(visit.picking_ids.location_id, other.lot_stock_id)

    def test_new_company_has_a_location_below_production(self):
        company = self._create_company(name="New clinic")
        production = self.env["stock.location"].search(
            [("usage", "=", "production"), ("company_id", "=", company.id)],
            limit=1,
        )
        location = company.medical_location_id
        # Other apps take the first one they find: it is not the clinic's.
        self.assertNotEqual(production, location)
        self.assertRecordValues(
            location,
            [
                {
                    "usage": "production",
                    "location_id": production.id,
                    "company_id": company.id,
                }
            ],
        )
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", company.id)]
        )
        warehouse._create_missing_medical_type()
        self.assertEqual(warehouse.medical_type_id.default_location_dest_id, location)
