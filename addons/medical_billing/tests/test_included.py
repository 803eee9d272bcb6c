from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestIncluded(MedicalBillingCommon):
    """What is used above what a price includes is billed, to the last piece."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Suture: 120.00; swabs 1.00 each: 2 as a rule, up to 4 included
        cls.component = cls._create_component(
            cls.procedure, cls.swab, 2, quantity_included=4
        )

    def _create_swab_line(self, used=2, quantity=1.0):
        """Let a medic do some procedures and use so many swabs; return their line."""
        visit = self._create_visit(
            {"product_id": self.procedure.id, "quantity": quantity}
        )
        line = visit.line_ids.filtered("parent_id")
        line.quantity = used
        self._sign(visit)
        return line

    def _open(self, line):
        self._amend(line.consultation_id)

    def test_what_is_included_is_not_billed(self):
        for used in (1, 2, 4):
            with self.subTest(used=used):
                line = self._create_swab_line(used)
                self._assert_ledger(line.billable_item_ids, state="covered")
                move = self._build(
                    line.consultation_id.line_ids.billable_item_ids.filtered(
                        "qty_to_bill"
                    )
                )
                self.assertEqual(move.amount_total, 120)

    def test_what_is_used_above_is_billed_at_its_own_price(self):
        line = self._create_swab_line(7)
        item = line.billable_item_ids
        self._assert_ledger(item, state="to_bill", quantity=3, to_bill=3)
        move = self._build(line.consultation_id.line_ids.billable_item_ids)
        # 120.00 + 3 × 1.00
        self.assertEqual(move.amount_total, 123)
        self._assert_ledger(item, state="drafted", quantity=3, drafted=3)

    def test_item_waits_while_more_is_ordered_than_included(self):
        visit = self._create_visit(self.procedure)
        line = visit.line_ids.filtered("parent_id")
        self.assertEqual(line.billable_item_ids.state, "covered")
        line.quantity = 7
        self.assertEqual(line.billable_item_ids.state, "pending")
        line.qty_done = 3
        self._assert_ledger(line.billable_item_ids, state="pending")
        line.qty_done = 6
        self._assert_ledger(
            line.billable_item_ids, state="to_bill", quantity=2, to_bill=2
        )

    def test_two_procedures_include_twice_as_much(self):
        line = self._create_swab_line(9, quantity=2)
        self._assert_ledger(
            line.billable_item_ids, state="to_bill", quantity=1, to_bill=1
        )

    def test_clinic_that_bills_orders_bills_what_is_ordered_above(self):
        self.env.company.medical_billing_policy = "ordered"
        visit = self._create_visit(self.procedure)
        line = visit.line_ids.filtered("parent_id")
        visit.with_user(self.medic).action_start()
        self._assert_ledger(line.billable_item_ids, state="covered")
        line.quantity = 5
        self._assert_ledger(
            line.billable_item_ids, state="to_bill", quantity=1, to_bill=1
        )

    def test_less_used_takes_the_draft_down(self):
        line = self._create_swab_line(7)
        move = self._build(line.billable_item_ids)
        self._open(line)
        line.qty_done = 5
        self._assert_ledger(
            line.billable_item_ids, state="drafted", quantity=1, drafted=1
        )
        self.assertEqual(move.amount_total, 1)
        line.qty_done = 4
        # 7 are still ordered, so more may come.
        self._assert_ledger(line.billable_item_ids, state="pending")
        line.quantity = 4
        self._assert_ledger(line.billable_item_ids, state="covered")
        self.assertFalse(move.exists().invoice_line_ids)

    def test_less_used_than_billed_is_credited_down_to_what_is_included(self):
        line = self._create_swab_line(7)
        self._post(self._build(line.billable_item_ids))
        self._open(line)
        line.qty_done = 1
        billed, credit = line.billable_item_ids.sorted("id")
        self._assert_ledger(billed, state="billed", quantity=3, posted=3)
        # Not 6: of the 6 swabs not used only 3 were billed.
        self._assert_ledger(credit, state="to_bill", quantity=-3, to_bill=-3)
        line.qty_done = 6
        self._assert_ledger(credit, quantity=-1, to_bill=-1, state="to_bill")

    def test_waived_goods_are_no_longer_waived_when_they_were_not_used(self):
        line = self._create_swab_line(7)
        self._waive_credited(line.billable_item_ids)
        self._assert_ledger(
            line.billable_item_ids, state="waived", quantity=3, waived=3
        )
        self._open(line)
        line.qty_done = 5
        self._assert_ledger(
            line.billable_item_ids, state="waived", quantity=1, waived=1
        )

    def test_more_procedures_include_what_was_billed_before(self):
        line = self._create_swab_line(7)
        self._post(self._build(line.billable_item_ids))
        self._open(line)
        line.parent_id.quantity = 2
        billed, credit = line.billable_item_ids.sorted("id")
        # 2 × 4 are included: none of the 7 is billed any more.
        self._assert_ledger(credit, state="to_bill", quantity=-3, to_bill=-3)
        line.parent_id.quantity = 1
        self._assert_ledger(billed, state="billed", quantity=3, posted=3)
        self.assertFalse(credit.exists())

    def test_more_procedures_take_the_draft_down(self):
        line = self._create_swab_line(7)
        self._build(line.billable_item_ids)
        self._open(line)
        line.parent_id.quantity = 1.5
        self._assert_ledger(
            line.billable_item_ids, state="drafted", quantity=1, drafted=1
        )

    def test_charge_by_hand_bills_all_or_nothing(self):
        visit = self._create_visit(self.procedure)
        line = visit.line_ids.filtered("parent_id")
        line.write({"quantity": 7, "qty_done": 7})
        line.charge = "charged"
        self._assert_ledger(
            line.billable_item_ids, state="to_bill", quantity=7, to_bill=7
        )
        self._waive_credited(line.billable_item_ids)
        line.charge = "included"
        self._assert_ledger(
            line.billable_item_ids, state="waived", quantity=3, waived=3
        )

    def test_line_given_away_has_no_item(self):
        visit = self._create_visit(self.procedure)
        line = visit.line_ids.filtered("parent_id")
        line.charge = "none"
        self.assertFalse(line.billable_item_ids)

    def test_item_that_is_split_stays_true(self):
        line = self._create_swab_line(8)
        item = line.billable_item_ids
        part = item._split(self.guarantor, quantity=3)
        self._open(line)
        line.qty_done = 5
        self.env.flush_all()
        self.assertEqual(sum((item | part.exists()).mapped("quantity")), 1)

    # === LISTS === #

    def test_lists_leave_out_what_is_included_anyhow(self):
        line = self._create_swab_line()
        visit = line.consultation_id.with_user(self.biller)
        action = visit.action_view_billable_items()
        items = self.env["medical.billable.item"].with_user(self.biller)
        self.assertEqual(items.search(action["domain"]).product_id, self.procedure)
        self.assertFalse(
            self.env["medical.unbilled"]
            .with_user(self.biller)
            .search([("product_id", "=", self.swab.id)])
        )

    def test_goods_without_a_price_trouble_nobody_while_they_are_included(self):
        self.swab.list_price = 0
        blocked = [("blocking_reason", "!=", False), ("state", "!=", "covered")]
        items = self.env["medical.billable.item"].with_user(self.biller)
        self._create_swab_line()
        self.assertFalse(items.search(blocked))
        line = self._create_swab_line(5)
        self.assertEqual(items.search(blocked), line.billable_item_ids)

    def test_medic_sees_only_items_of_own_visits(self):
        line = self._create_swab_line(7)
        item = line.billable_item_ids
        self.assertEqual(self._as(self.medic, item).quantity, 3)
        self.assertFalse(
            self.env["medical.billable.item"]
            .with_user(self.other_medic)
            .search([("id", "=", item.id)])
        )

    # === PACKAGES === #

    def test_price_of_a_package_is_not_spread_over_goods_with_a_limit(self):
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.lab_test)
        self._create_component(package, self.swab, 2, quantity_included=4)
        package.is_medical_package = True
        visit = self._create_visit(package)
        swabs = visit.line_ids.filtered(lambda line: line.product_id == self.swab)
        swabs.quantity = 5
        self._sign(visit)
        visit.line_ids.filtered("is_done_later").action_done()
        # 100 × 50 / 80 and 100 × 30 / 80; the fifth swab at 1.00
        self.assertEqual(
            {
                item.product_id: item.price_total
                for item in visit.line_ids.billable_item_ids
            },
            {self.fee: 62.5, self.lab_test: 37.5, self.swab: 1.0},
        )

    def test_package_with_a_limit_is_billed_itself_above_it(self):
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.lab_test)
        self.assertTrue(package.is_medical_package)
        outer = self._create_medical_product("Year of care", "procedure", 500.0)
        self._create_component(outer, package, 1, quantity_included=2)
        visit = self._create_visit(outer)
        line = visit.line_ids.filtered(lambda line: line.product_id == package)
        line.quantity = 3
        self._sign(visit)
        visit.line_ids.filtered("is_done_later").action_done()
        self.assertEqual(
            {
                item.product_id: item.price_total
                for item in visit.line_ids.billable_item_ids
            },
            {outer: 500, package: 100},
        )
