from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestWaiver(MedicalBillingCommon):
    """Giving up what could be billed: who, when, why, and back again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls._create_items({"product_id": cls.drug.id, "quantity": 5})

    def _waive(self, item=None, user=None, **values):
        items = self._as(user or self.biller, item or self.item)
        return items._waive(**{"reason": "Hardship", **values})

    def test_all_that_is_left_is_waived(self):
        waiver = self._waive()
        self._assert_ledger(self.item, quantity=5, waived=5, state="waived")
        self.assertRecordValues(
            waiver,
            [
                {
                    "quantity": 5,
                    "reason": "Hardship",
                    "user_id": self.biller.id,
                    "undone_by_id": False,
                }
            ],
        )
        self.assertTrue(waiver.date)

    def test_part_is_waived_and_the_rest_is_billed(self):
        self._waive(quantity=2)
        self._assert_ledger(self.item, quantity=5, waived=2, to_bill=3)
        move = self._post(self._build(self.item))
        self.assertEqual(move.amount_total, 6)
        self._assert_ledger(self.item, quantity=5, waived=2, posted=3, state="billed")

    def test_rest_of_a_partly_billed_item_is_waived(self):
        self._build(self.item).invoice_line_ids.quantity = 3
        self._waive()
        self._assert_ledger(self.item, quantity=5, waived=2, drafted=3)

    def test_waiving_is_undone_by_a_second_entry(self):
        waiver = self._waive()
        self._call(self.biller, waiver, "action_undo")
        self._assert_ledger(self.item, quantity=5, to_bill=5, state="to_bill")
        self.assertEqual(waiver.undone_by_id, self.biller)
        self.assertTrue(waiver.undone_date)
        self.assertEqual(waiver.quantity, 5)
        self._assert_refused(UserError, self._call, self.biller, waiver, "action_undo")

    def test_waiver_stays_as_it_was_written(self):
        waiver = self._waive()
        self._assert_refused(UserError, waiver.sudo().write, {"quantity": 1})
        self._assert_refused(UserError, waiver.sudo().unlink)
        self._assert_refused(UserError, self.item.sudo().unlink)

    def test_several_items_are_waived_at_once(self):
        items = self.item | self._create_items(self.procedure, self.fee)
        waivers = self._waive(items)
        self.assertEqual(waivers.mapped("quantity"), [5, 1, 1])
        self.assertEqual(set(items.mapped("state")), {"waived"})

    # === REFUSED === #

    def test_no_more_is_waived_than_is_left(self):
        self._build(self.item).invoice_line_ids.quantity = 3
        message = self._assert_refused(UserError, self._waive, quantity=3)
        self.assertIn("3 is more than the 2.0 left to bill", message)
        self._waive(quantity=2)
        message = self._assert_refused(UserError, self._waive)
        self.assertIn("has nothing left to bill: it is on Draft Invoice", message)

    def test_nothing_cannot_be_waived(self):
        for quantity in (0, -1, 0.001):
            with self.subTest(quantity=quantity):
                self._assert_refused(UserError, self._waive, quantity=quantity)
        pending = self._create_visit(self.drug).line_ids.billable_item_ids
        message = self._assert_refused(UserError, self._waive, pending)
        self.assertIn("is not done yet", message)

    def test_waiving_needs_a_reason(self):
        for reason in (None, "", "   "):
            with self.subTest(reason=reason):
                self._assert_refused(UserError, self._waive, reason=reason)

    def test_what_was_waived_is_not_billed(self):
        self._waive()
        message = self._assert_refused(UserError, self._build, self.item)
        self.assertIn("was waived and has nothing left to bill", message)

    def test_draft_cannot_take_what_was_waived(self):
        self._waive(quantity=2)
        line = self._build(self.item).invoice_line_ids
        self._assert_refused(IntegrityError, line.write, {"quantity": 4})
        objects = self.env["medical.billable.item"]._table_objects
        message = objects["medical_billable_item_billed_once"].get_error_message(
            self.item, None
        )
        self.assertIn("already billed or waived", message)

    # === RIGHTS === #

    def test_only_billers_waive(self):
        for user in (self.medic, self.assistant, self.reception, self.accountant):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._waive, user=user)
        waiver = self._waive()
        for user in (self.medic, self.assistant, self.reception, self.accountant):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._call, user, waiver, "action_undo"
                )

    def test_waivers_are_not_made_or_changed_by_hand(self):
        waiver = self._waive(quantity=1)
        model = waiver.with_user(self.biller)
        self._assert_refused(
            AccessError,
            model.create,
            {"item_id": self.item.id, "quantity": 1, "reason": "x"},
        )
        self._assert_refused(
            AccessError,
            self._call,
            self.biller,
            waiver,
            "write",
            {"undone_by_id": self.biller.id},
        )
        self._assert_refused(AccessError, self._call, self.biller, waiver, "unlink")

    def test_medic_sees_waivers_of_own_visits_only(self):
        waiver = self._waive()
        self.assertEqual(self._as(self.medic, waiver).reason, "Hardship")
        self._assert_refused(
            AccessError, self._as(self.other_medic, waiver).read, ["reason"]
        )
        for user in (self.assistant, self.reception, self.accountant):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._as(user, waiver).read, ["reason"]
                )

    # === DIALOG === #

    def _open_dialog(self, items, user=None, **values):
        action = self._as(user or self.biller, items).action_waive()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.biller)
            .with_context(**action["context"])
            .create(values)
        )

    def test_dialog_waives_a_part_of_one_item(self):
        dialog = self._open_dialog(self.item, reason="Friend of the house")
        self.assertEqual((dialog.quantity, dialog.left), (5, 5))
        dialog.quantity = 2
        dialog.action_confirm()
        self._assert_ledger(self.item, quantity=5, waived=2, to_bill=3)
        self.assertEqual(self.item.waiver_ids.reason, "Friend of the house")

    def test_dialog_waives_all_of_a_selection(self):
        other = self._create_items(self.procedure)
        credited = self._create_items(self.fee)
        self._reverse(self._post(self._build(credited))).action_post()
        dialog = self._open_dialog(self.item | other | credited, reason="Goodwill")
        self.assertEqual(dialog.summary.count("\n"), 2)
        dialog.action_confirm()
        self._assert_ledger(self.item, quantity=5, waived=5)
        self._assert_ledger(other, quantity=1, waived=1)
        self._assert_ledger(credited, quantity=1, waived=1)
        self.assertFalse(credited.waiver_ids, "the credit note says it")

    def test_dialog_refuses_what_is_billed_and_others(self):
        self._post(self._build(self.item))
        dialog = self._open_dialog(self.item, reason="Goodwill")
        self._assert_refused(UserError, dialog.action_confirm)
        self._assert_refused(
            AccessError, self._open_dialog, self.item, user=self.medic, reason="x"
        )

    # === SPEED === #

    def test_waiving_many_costs_no_more_queries_each(self):
        items = {
            number: self._create_items(*[self.drug] * number) for number in (1, 2, 22)
        }

        def waive(number):
            # As a client calls it: what is read for one is read for all.
            self.item.browse(items[number].ids)._waive(reason="Hardship")

        waive(2)
        few = self._count_queries(lambda: waive(1))
        many = self._count_queries(lambda: waive(22))
        self.assertLess(many - few, 3)
