from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestShortage(MedicalStockCommon):
    """More was used than the stock holds."""

    def test_shortage_is_refused(self):
        self._receive(self.gauze, 2)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 3})
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("There is not enough usable stock", message)
        self.assertIn(f"Gauze: 3.0 Units used in {visit.name}, 2.0 in stock", message)
        self.assertEqual(visit.state, "draft")
        self.assertFalse(visit.picking_ids)
        self.assertEqual(self._get_on_hand(self.gauze), 2)

    def test_shortage_of_one_visit_signs_none(self):
        self._receive(self.gauze, 2)
        visits = self._create_visit(self.gauze) | self._create_visit(
            {"product_id": self.gauze.id, "quantity": 2}
        )
        self._assert_refused(UserError, self._sign, visits)
        self.assertEqual(visits.mapped("state"), ["draft", "draft"])

    def test_shortage_leaves_a_backorder_and_an_activity(self):
        self.env.company.medical_shortage_policy = "backorder"
        self._receive(self.gauze, 2)
        visit = self._sign_visit({"product_id": self.gauze.id, "quantity": 3})
        self.assertEqual(self._get_on_hand(self.gauze), 0)
        done = visit.picking_ids.filtered(lambda picking: picking.state == "done")
        backorder = visit.picking_ids - done
        self.assertRecordValues(
            backorder,
            [{"backorder_id": done.id, "partner_id": False, "origin": visit.name}],
        )
        self.assertRecordValues(
            backorder.move_ids,
            [{"product_uom_qty": 1, "consultation_line_id": visit.line_ids.id}],
        )
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 2, "stock_difference": 1}]
        )
        self.assertEqual(visit.activity_ids.user_id, self.medic)
        self.assertNotIn("Gauze", visit.activity_ids.summary)
        self.assertNotIn("Ada", visit.activity_ids.summary)

    def test_shortage_of_everything_waits_as_a_whole(self):
        self.env.company.medical_shortage_policy = "backorder"
        visit = self._sign_visit({"product_id": self.gauze.id, "quantity": 3})
        self.assertEqual(len(visit.picking_ids), 1)
        self.assertNotIn(visit.picking_ids.state, ("done", "cancel"))
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 0, "stock_difference": 3}]
        )

    def test_waiting_goods_are_not_asked_for_twice(self):
        self.env.company.medical_shortage_policy = "backorder"
        visit = self._sign_visit(
            {"product_id": self.gauze.id, "quantity": 3, "is_done_later": True}
        )
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 2
        line.qty_done = 3
        self.env.invalidate_all()
        self.assertEqual(
            sorted(visit.picking_ids.move_ids.mapped("product_uom_qty")), [1, 2]
        )

    def test_stock_may_go_below_zero(self):
        self.env.company.medical_shortage_policy = "negative"
        visit = self._sign_visit({"product_id": self.gauze.id, "quantity": 3})
        self.assertEqual(visit.picking_ids.state, "done")
        self.assertEqual(self._get_on_hand(self.gauze), -3)
        self.assertFalse(visit.activity_ids)

    def test_missing_lot_is_refused_even_where_stock_may_go_below_zero(self):
        self.env.company.medical_shortage_policy = "negative"
        drug = self._create_goods("Vaccine", tracking="lot")
        visit = self._create_visit(drug)
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("Vaccine: 1.0 Units used in", message)

    # === IN VIEW UNTIL IT IS OVER === #

    def _sign_short(self, quantity, there):
        """Sign a visit that uses more than there is, and leaves a backorder."""
        self.env.company.medical_shortage_policy = "backorder"
        if there:
            self._receive(self.gauze, there)
        visit = self._sign_visit({"product_id": self.gauze.id, "quantity": quantity})
        self.env.invalidate_all()
        return visit

    def test_visit_has_one_activity_however_often_goods_are_missing(self):
        self.env.company.medical_shortage_policy = "backorder"
        visit = self._create_visit(
            {"product_id": self.gauze.id, "quantity": 3, "is_done_later": True}
        )
        self._sign(visit)
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 1
        line.qty_done = 3
        self.assertEqual(len(visit.activity_ids), 1)

    def test_reason_is_said(self):
        visit = self._sign_short(3, 2)
        backorder = visit.picking_ids.filtered(lambda picking: picking.backorder_id)
        line = self._as(self.medic, visit.line_ids)
        self.assertEqual(
            line.stock_difference_reason, f"Waits for goods ({backorder.name})"
        )

    def test_what_waits_is_taken_when_it_is_there(self):
        visit = self._sign_short(3, 2)
        self.assertTrue(visit.activity_ids)
        line = self._as(self.assistant, visit.line_ids)
        self._receive(self.gauze, 5)
        line.action_take_missing()
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.gauze), 4)
        self.assertRecordValues(
            visit.line_ids,
            [
                {
                    "qty_moved": 3,
                    "stock_difference": 0,
                    "stock_difference_reason": False,
                }
            ],
        )
        self.assertFalse(visit.activity_ids)
        self.assertEqual(sorted(visit.picking_ids.mapped("state")), ["done", "done"])

    def test_what_waits_and_is_still_not_there_says_so(self):
        visit = self._sign_short(3, 0)
        line = self._as(self.assistant, visit.line_ids)
        message = self._assert_refused(UserError, line.action_take_missing)
        self.assertIn("Gauze: still not in stock", message)
        self.assertTrue(visit.activity_ids)

    def test_nothing_missing_cannot_be_taken(self):
        self._receive(self.gauze, 5)
        visit = self._sign_visit(self.gauze)
        self._assert_refused(
            UserError, self._as(self.assistant, visit.line_ids).action_take_missing
        )
        self.assertEqual(self._get_on_hand(self.gauze), 4)

    def test_biller_takes_nothing(self):
        visit = self._sign_short(3, 0)
        self._receive(self.gauze, 5)
        self._assert_refused(
            AccessError, self._as(self.biller, visit.line_ids).action_take_missing
        )

    def test_activity_ends_when_the_stock_user_delivers(self):
        visit = self._sign_short(3, 2)
        self._receive(self.gauze, 5)
        waiting = visit.picking_ids.filtered(lambda picking: picking.state != "done")
        waiting = self._as(self.stock_user, waiting)
        waiting.action_assign()
        waiting.button_validate()
        self.env.invalidate_all()
        self.assertFalse(visit.activity_ids)
        self.assertEqual(visit.line_ids.stock_difference, 0)

    def test_cancelled_transfer_stays_in_view(self):
        visit = self._sign_short(3, 0)
        visit.activity_ids.unlink()
        self._as(self.stock_user, visit.picking_ids).action_cancel()
        self.env.invalidate_all()
        self.assertRecordValues(
            visit.line_ids,
            [
                {
                    "stock_difference": 3,
                    "stock_difference_reason": "Never taken from the stock",
                }
            ],
        )
        self.assertEqual(visit.activity_ids.user_id, self.medic)
        # And it is taken with a new one.
        self._receive(self.gauze, 5)
        self._as(self.assistant, visit.line_ids).action_take_missing()
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.gauze), 2)
        self.assertFalse(visit.activity_ids)

    def test_transfer_returned_in_the_stock_stays_in_view(self):
        self._receive(self.gauze, 5)
        visit = self._sign_visit({"product_id": self.gauze.id, "quantity": 3})
        self.assertFalse(visit.activity_ids)
        self._return_all(visit.picking_ids)
        self.env.invalidate_all()
        self.assertRecordValues(
            visit.line_ids,
            [
                {
                    "qty_moved": 0,
                    "stock_difference": 3,
                    "stock_difference_reason": "Returned to the stock",
                }
            ],
        )
        self.assertEqual(visit.activity_ids.user_id, self.medic)
        self.assertNotIn("Gauze", visit.activity_ids.summary)
