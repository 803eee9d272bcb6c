from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestReturning(MedicalStockCommon):
    """Goods come back: not used after all, or brought back by the patient."""

    def _use(self, quantity, **values):
        """Sign a visit that uses gauze; there are ten."""
        self._receive(self.gauze, 10)
        visit = self._sign_visit(
            {"product_id": self.gauze.id, "quantity": quantity, **values}
        )
        self.env.invalidate_all()
        return visit

    def _return(self, line, quantity, user=None, **values):
        """Return goods by the button of the line."""
        user = user or self.assistant
        action = self._as(user, line).action_return()
        self._confirm(action, user, quantity=quantity, **values)
        self.env.invalidate_all()

    # === IN AN OPEN VISIT === #

    def test_less_was_used_than_thought(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 5})
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 4
        taken = visit.picking_ids
        line.qty_done = 1
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.gauze), 9)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 1, "stock_difference": 0}]
        )
        returned = visit.picking_ids - taken
        self.assertRecordValues(
            returned,
            [
                {
                    "state": "done",
                    "return_id": taken.id,
                    "partner_id": False,
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "location_id": self.clinic_location.id,
                    "location_dest_id": self.stock_location.id,
                }
            ],
        )
        self.assertRecordValues(
            returned.move_ids,
            [{"quantity": 3, "origin_returned_move_id": taken.move_ids.id}],
        )
        self._assert_entry(taken.move_ids, 24)
        self._assert_entry(returned.move_ids, -18)
        self.assertEqual(visit.line_ids.material_cost, 6)

    def test_amended_visit_returns_what_was_not_used(self):
        visit = self._use(5)
        self._amend(visit)
        self._as(self.medic, visit.line_ids).qty_done = 2
        self._sign(visit)
        self.env.invalidate_all()
        # Signing does what was ordered; the medic corrects the order too.
        self.assertEqual(visit.line_ids.qty_done, visit.line_ids.quantity)
        self.assertEqual(self._get_on_hand(self.gauze), 5)
        self._amend(visit)
        self._as(self.medic, visit.line_ids).write({"qty_done": 2, "quantity": 2})
        self._sign(visit)
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.gauze), 8)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 2, "stock_difference": 0}]
        )

    def test_amended_visit_takes_what_was_used_more(self):
        visit = self._use(2)
        self._amend(visit)
        self._as(self.medic, visit.line_ids).quantity = 5
        self._sign(visit)
        self.env.invalidate_all()
        self.assertEqual(sorted(visit.picking_ids.move_ids.mapped("quantity")), [2, 3])
        self.assertEqual(self._get_on_hand(self.gauze), 5)

    def test_last_lot_that_was_taken_comes_back_first(self):
        drug = self._create_goods("Vaccine", tracking="lot")
        first, second = (self._create_lot(drug, name) for name in ("A", "B"))
        self._receive(drug, 3, lot=first)
        self._receive(drug, 5, lot=second)
        visit = self._create_visit({"product_id": drug.id, "quantity": 5})
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 5
        line.qty_done = 4
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(drug, first), 0)
        self.assertEqual(self._get_on_hand(drug, second), 4)
        line.qty_done = 1
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(drug, first), 2)
        self.assertEqual(self._get_on_hand(drug, second), 5)

    def test_goods_return_to_the_shelf_they_came_from(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock_location.id}
        )
        self.env["stock.quant"]._update_available_quantity(self.gauze, shelf, 5)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 3})
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 3
        line.qty_done = 0
        self.env.invalidate_all()
        quants = self.env["stock.quant"]._gather(self.gauze, self.stock_location)
        self.assertEqual(
            {quant.location_id: quant.quantity for quant in quants}, {shelf: 5}
        )

    def test_units_of_the_line_are_converted(self):
        box = self.env["uom.uom"].create(
            {
                "name": "Box of 10",
                "relative_uom_id": self.uom_unit.id,
                "relative_factor": 10,
            }
        )
        self._receive(self.gauze, 50)
        visit = self._create_visit(
            {"product_id": self.gauze.id, "quantity": 3, "product_uom_id": box.id}
        )
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 3
        line.qty_done = 1.5
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.gauze), 35)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 1.5, "stock_difference": 0}]
        )

    def test_what_waits_is_called_off_before_anything_comes_back(self):
        self.env.company.medical_shortage_policy = "backorder"
        self._receive(self.gauze, 2)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 6})
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 6
        line.qty_done = 3
        self.env.invalidate_all()
        waiting = visit.picking_ids.move_ids._filter_waiting()
        self.assertEqual(waiting.product_uom_qty, 1)
        self.assertEqual(self._get_on_hand(self.gauze), 0)
        line.qty_done = 1
        self.env.invalidate_all()
        self.assertEqual(waiting.state, "cancel")
        self.assertEqual(self._get_on_hand(self.gauze), 1)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 1, "stock_difference": 0}]
        )
        self.assertFalse(visit.activity_ids)

    def test_goods_used_again_after_they_came_back(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 5})
        line = self._as(self.assistant, visit.line_ids)
        for done in (4, 0, 5, 2, 3):
            line.qty_done = done
        self.env.invalidate_all()
        self.assertEqual(self._get_on_hand(self.gauze), 7)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 3, "stock_difference": 0}]
        )

    def test_line_whose_goods_came_back_stays(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 5})
        line = self._as(self.medic, visit.line_ids)
        line.qty_done = 4
        line.qty_done = 0
        message = self._assert_refused(UserError, line.unlink)
        self.assertIn("it stays in the record. Cancel it instead", message)

    # === IN A SIGNED VISIT === #

    def test_goods_come_back_after_the_visit(self):
        visit = self._use(5)
        line = visit.line_ids
        self._return(line, 2, note="Not opened")
        self.assertEqual(self._get_on_hand(self.gauze), 7)
        self.assertRecordValues(
            line,
            [
                {
                    "qty_done": 5,
                    "qty_returned": 2,
                    "qty_moved": 3,
                    "stock_difference": 0,
                    "state": "done",
                }
            ],
        )
        self.assertRecordValues(
            line.event_ids,
            [
                {
                    "kind": "returned",
                    "quantity": 2,
                    "note": "Not opened",
                    "user_id": self.assistant.id,
                }
            ],
        )
        self.assertRecordValues(line.billable_item_ids, [{"quantity": 3}])
        self.assertEqual(visit.state, "signed")

    def test_goods_come_back_after_their_document_was_paid(self):
        visit = self._use(5)
        item = visit.line_ids.billable_item_ids
        invoice = self._build(item)
        self._post(invoice)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self._return(visit.line_ids, 2)
        self.assertEqual(self._get_on_hand(self.gauze), 7)
        correction = visit.line_ids.billable_item_ids - item
        self.assertRecordValues(
            correction,
            [{"quantity": -2, "qty_to_bill": -2, "credited_item_id": item.id}],
        )
        credit = self._build(correction)
        self.assertRecordValues(
            credit,
            [
                {
                    "move_type": "out_refund",
                    "reversed_entry_id": invoice.id,
                    # 2 × 10.00
                    "amount_untaxed": 20,
                }
            ],
        )

    def test_more_than_was_used_cannot_come_back(self):
        visit = self._use(5)
        self._return(visit.line_ids, 3)
        for quantity in (3, 5.01):
            message = self._assert_refused(
                UserError, self._return, visit.line_ids, quantity
            )
            self.assertIn("is more than the 2.0 that were used", message)
        for quantity in (0, -1):
            message = self._assert_refused(
                UserError, self._return, visit.line_ids, quantity
            )
            self.assertIn("Enter how much of Gauze came back", message)
        self.assertEqual(self._get_on_hand(self.gauze), 8)

    def test_what_is_no_goods_cannot_come_back(self):
        visit = self._sign_visit(self.procedure)
        self._assert_refused(UserError, self._return, visit.line_ids, 1)

    def test_less_cannot_be_done_than_came_back(self):
        visit = self._use(5)
        self._return(visit.line_ids, 3)
        self._amend(visit)
        message = self._assert_refused(
            UserError, self._as(self.medic, visit.line_ids).write, {"qty_done": 2}
        )
        self.assertIn("3.0 of Gauze came back: no less than that was used", message)

    def test_stock_user_returns_no_more_than_was_taken(self):
        visit = self._use(5)
        taken = visit.picking_ids
        self._return(visit.line_ids, 3)
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.stock_user)
            .create({"picking_id": taken.id})
        )
        wizard.product_return_moves.quantity = 3
        returned = taken.browse(wizard.action_create_returns()["res_id"])
        returned = returned.with_user(self.stock_user)
        returned.move_ids.picked = True
        message = self._assert_refused(UserError, returned.button_validate)
        self.assertIn("is more than the 2.0 that", message)
        self.assertEqual(self._get_on_hand(self.gauze), 8)

    # === RETURNED IN THE STOCK === #

    def test_what_the_stock_took_back_is_accepted_in_the_visit(self):
        visit = self._use(5)
        self._return_all(visit.picking_ids)
        self.env.invalidate_all()
        self._as(self.assistant, visit.line_ids).action_accept_return()
        self.env.invalidate_all()
        self.assertRecordValues(
            visit.line_ids,
            [{"qty_returned": 5, "qty_moved": 0, "stock_difference": 0}],
        )
        self.assertRecordValues(visit.line_ids.billable_item_ids, [{"quantity": 0}])
        self.assertEqual(self._get_on_hand(self.gauze), 10)
        self.assertFalse(visit.activity_ids)

    def test_what_the_stock_took_back_wrongly_is_taken_again(self):
        visit = self._use(5)
        self._return_all(visit.picking_ids)
        self.env.invalidate_all()
        self._as(self.assistant, visit.line_ids).action_take_missing()
        self.env.invalidate_all()
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 5, "stock_difference": 0}]
        )
        self.assertEqual(self._get_on_hand(self.gauze), 5)

    def test_what_never_came_back_is_not_accepted_as_returned(self):
        self.env.company.medical_shortage_policy = "backorder"
        visit = self._sign_visit({"product_id": self.gauze.id, "quantity": 3})
        self._assert_refused(
            UserError, self._as(self.assistant, visit.line_ids).action_accept_return
        )

    # === RIGHTS === #

    def test_who_may_not_record_returns_nothing(self):
        visit = self._use(5)
        for user in (self.biller, self.stock_user):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError,
                    self.env["medical.consultation.line.return"].with_user(user).create,
                    {"line_id": visit.line_ids.id, "quantity": 1},
                )
                self._assert_refused(
                    AccessError, self._as(user, visit.line_ids).action_accept_return
                )
        self.assertEqual(self._get_on_hand(self.gauze), 5)

    def test_dialog_is_nobody_elses(self):
        visit = self._use(5)
        dialog = (
            self.env["medical.consultation.line.return"]
            .with_user(self.assistant)
            .create({"line_id": visit.line_ids.id, "quantity": 1})
        )
        self._assert_refused(AccessError, self._as(self.medic, dialog).read, ["note"])

    def test_returned_quantity_is_not_written_by_hand(self):
        visit = self._use(5)
        self._assert_refused(
            UserError, self._as(self.medic, visit.line_ids).write, {"qty_returned": 1}
        )

    # === SPEED === #

    def test_more_visits_need_no_more_queries_each(self):
        def prepare(count):
            self._receive(self.gauze, 3 * count)
            visits = self.env["medical.consultation"].concat(
                *[
                    self._create_visit({"product_id": self.gauze.id, "quantity": 3})
                    for _visit in range(count)
                ]
            )
            visits.line_ids.qty_done = 3
            self.env.flush_all()
            return visits.line_ids

        prepare(1).qty_done = 1

        def give_back(lines):
            lines.qty_done = 1
            self.env.flush_all()

        few, many = prepare(4), prepare(16)
        of_few = self._count_queries(lambda: give_back(few))
        of_many = self._count_queries(lambda: give_back(many))
        self.assertLess(of_many / 16, of_few / 4)
