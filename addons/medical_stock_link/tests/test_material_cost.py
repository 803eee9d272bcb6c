from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestMaterialCost(MedicalStockCommon):
    """What acts were to cost, what they did cost, and what they brought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Suture, 120.00: 2 gauzes at 6.00 in its price
        cls._create_component(cls.procedure, cls.gauze, 2)
        cls._receive(cls.gauze, 100)

    def _use(self, used=2, quantity=1, **values):
        """Sign a visit with a suture that uses so many gauzes; return the visit."""
        visit = self._create_visit(
            {"product_id": self.procedure.id, "quantity": quantity}, **values
        )
        visit.line_ids.filtered("parent_id").quantity = used
        return self._sign(visit)

    def _rows(self, user=None, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["medical.material.cost"]
            .with_user(user or self.biller)
            .search([(name, "=", value) for name, value in values.items()])
        )

    def _sums(self, visits, **values):
        """Return what the report says of visits: standard, actual, revenue, margin."""
        rows = self._rows(**values).filtered(
            lambda row: row.consultation_id.id in visits.ids
        )
        return tuple(
            round(sum(rows.mapped(name)), 2)
            for name in ("standard_cost", "actual_cost", "revenue", "margin")
        )

    # === FIGURES === #

    def test_materials_count_for_their_act(self):
        visit = self._use(used=3)
        # 2 × 6.00; 3 × 6.00; not billed yet
        self.assertEqual(self._sums(visit), (12, 18, 0, -18))
        self._post(
            self._build(visit.line_ids.billable_item_ids.filtered("qty_to_bill"))
        )
        self.assertEqual(self._sums(visit), (12, 18, 120, 102))
        rows = self._rows(consultation_id=visit.id)
        self.assertEqual(rows.act_id, self.procedure)
        self.assertEqual(rows.product_id, self.procedure | self.gauze)
        self.assertEqual(
            (
                sum(rows.mapped("standard_quantity")),
                sum(rows.mapped("quantity")),
                sum(rows.mapped("difference")),
            ),
            (2, 3, 6),
        )

    def test_what_was_left_out_is_in_the_standard(self):
        visit = self._create_visit(self.procedure)
        visit.line_ids.filtered("parent_id").unlink()
        self._sign(visit)
        self.assertEqual(self._sums(visit), (12, 0, 0, 0))

    def test_nested_recipes_count_for_what_was_recorded(self):
        tape = self._create_goods("Tape", cost=0.5)
        self._receive(tape, 100)
        course = self._create_medical_product("Course")
        self._create_component(course, self.procedure, 3)
        self._create_component(course, tape, 4)
        visit = self._sign(self._create_visit(course))
        # 3 × 2 × 6.00 + 4 × 0.50
        self.assertEqual(self._sums(visit), (38, 38, 0, -38))
        self.assertEqual(self._rows(consultation_id=visit.id).act_id, course)

    def test_goods_that_are_given_alone_are_their_own_act(self):
        visit = self._sign(
            self._create_visit({"product_id": self.gauze.id, "quantity": 5})
        )
        self._post(self._build(visit.line_ids.billable_item_ids))
        # 5 × 6.00; 5 × 10.00
        self.assertEqual(self._sums(visit), (30, 30, 50, 20))
        self.assertEqual(self._rows(consultation_id=visit.id).act_id, self.gauze)

    def test_goods_billed_apart_bring_their_price_to_the_act(self):
        self.procedure.component_ids.charge = "extra"
        visit = self._use(used=2)
        self._post(self._build(visit.line_ids.billable_item_ids))
        # 120.00 + 2 × 10.00 - 2 × 6.00
        self.assertEqual(self._sums(visit), (12, 12, 140, 128))
        self.assertEqual(self._sums(visit, product_id=self.gauze.id), (12, 12, 20, 8))

    def test_standard_stays_at_the_cost_of_the_day(self):
        visit = self._use()
        self.gauze.standard_price = 10
        self.procedure.component_ids.quantity = 7
        self.assertEqual(self._sums(visit), (12, 12, 0, -12))

    def test_true_cost_differs_from_the_standard(self):
        splint = self._create_goods("Splint", "fifo", cost=0)
        self._receive(splint, 2, cost=4)
        self._receive(splint, 2, cost=10)
        self.assertEqual(splint.standard_price, 7)
        act = self._create_medical_product("Splinting")
        self._create_component(act, splint, 3)
        visit = self._sign(self._create_visit(act))
        # 3 × 7.00; 2 × 4.00 + 1 × 10.00
        self.assertEqual(self._sums(visit), (21, 18, 0, -18))

    def test_credits_take_revenue_back(self):
        visit = self._use()
        move = self._post(
            self._build(visit.line_ids.billable_item_ids.filtered("qty_to_bill"))
        )
        self._post(self._reverse(move))
        self.assertEqual(self._sums(visit), (12, 12, 0, -12))

    def test_drafts_are_no_revenue(self):
        visit = self._use()
        self._build(visit.line_ids.billable_item_ids.filtered("qty_to_bill"))
        self.assertEqual(self._sums(visit), (12, 12, 0, -12))

    def test_what_comes_back_to_the_stock_is_no_cost(self):
        visit = self._use(used=5)
        self._return_all(visit.picking_ids)
        self.assertEqual(self._sums(visit), (12, 0, 0, 0))
        self.assertEqual(
            sum(self._rows(consultation_id=visit.id).mapped("quantity")), 0
        )

    def test_what_is_brought_back_is_neither_expected_nor_used(self):
        visit = self._sign(
            self._create_visit({"product_id": self.gauze.id, "quantity": 5})
        )
        action = self._as(self.assistant, visit.line_ids).action_return()
        self._confirm(action, self.assistant, quantity=2)
        # 3 × 6.00
        self.assertEqual(self._sums(visit), (18, 18, 0, -18))

    def test_what_is_done_in_parts_costs_what_it_costs_that_day(self):
        visit = self._create_visit({"product_id": self.procedure.id, "quantity": 3})
        act = visit.line_ids.filtered(lambda line: not line.parent_id)
        act.qty_done = 1
        self.gauze.standard_price = 10
        act.qty_done = 3
        # 2 × 6.00 + 4 × 10.00
        self.assertEqual(self._sums(visit), (52, 52, 0, -52))
        act.qty_done = 1
        # A third of it
        self.assertEqual(self._sums(visit)[0], 17.33)
        act.qty_done = 0
        self.assertEqual(self._sums(visit)[0], 0)

    def test_thirds_add_up(self):
        self.procedure.component_ids.quantity = 0.33
        self.gauze.standard_price = 100
        visit = self._create_visit({"product_id": self.procedure.id, "quantity": 3})
        act = visit.line_ids.filtered(lambda line: not line.parent_id)
        for done in (0.5, 1, 3):
            act.qty_done = done
        # 3 × 0.33, as in one go; half of it is 0.165, which 0.17 is taken for
        self.assertEqual(self._sums(visit)[0], 99)

    def test_waste_costs_what_no_recipe_expects(self):
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 2})
        visit.line_ids._add_waste(3)
        self._sign(visit)
        self._post(
            self._build(visit.line_ids.billable_item_ids.filtered("qty_to_bill"))
        )
        # 2 × 6.00; 5 × 6.00; 2 × 10.00
        self.assertEqual(self._sums(visit), (12, 30, 20, -10))
        self.assertEqual(self._sums(visit, is_waste=True), (0, 18, 0, -18))

    def test_prescriptions_cost_the_clinic_nothing(self):
        pill = self._create_goods("Pill", medical_kind="medication")
        visit = self._sign(
            self._create_visit({"product_id": pill.id, "dispensing": "external"})
        )
        self.assertFalse(self._rows(consultation_id=visit.id))

    def test_acts_are_grouped_by_practitioner_and_month(self):
        march = self._use(used=3)
        april = self._sign(
            self._create_visit(
                self.procedure,
                date="2026-04-02 09:00:00",
                practitioner_id=self.other_medic.partner_id.id,
            ),
            self.other_medic,
        )
        for visit in march | april:
            items = visit.line_ids.billable_item_ids.filtered("qty_to_bill")
            self._post(self._build(items))
        self.env.flush_all()
        groups = (
            self.env["medical.material.cost"]
            .with_user(self.administrator)
            ._read_group(
                domain=[("consultation_id", "in", (march | april).ids)],
                groupby=["practitioner_id", "date:month"],
                aggregates=["actual_cost:sum", "revenue:sum", "margin_percent:avg"],
            )
        )
        self.assertEqual(
            [
                (practitioner, month.month, cost, revenue, round(percent, 4))
                for practitioner, month, cost, revenue, percent in groups
            ],
            [
                # (120 - 18) / 120; (120 - 12) / 120
                (self.medic.partner_id, 3, 18, 120, 0.85),
                (self.other_medic.partner_id, 4, 12, 120, 0.9),
            ],
        )

    # === RIGHTS === #

    def test_billers_and_administrators_open_the_report(self):
        visit = self._use()
        for user in (self.biller, self.administrator):
            with self.subTest(user=user.login):
                self.assertTrue(self._rows(user, consultation_id=visit.id))
                report = self._as(user, self.env["medical.material.cost"])
                views = report.get_views(
                    [(False, "pivot"), (False, "graph"), (False, "list")]
                )
                names = views["models"]["medical.material.cost"]["fields"]
                rows = self._rows(user, consultation_id=visit.id)
                self.assertTrue(rows.web_read({name: {} for name in names}))
                self.assertEqual(rows[0].action_open()["res_id"], visit.id)

    def test_others_see_no_costs(self):
        visit = self._use()
        kept = self.env["medical.material.standard"].search(
            [("line_id", "in", visit.line_ids.ids)]
        )
        self.assertTrue(kept)
        for user in (
            self.medic,
            self.assistant,
            self.reception,
            self.stock_user,
            self.accountant,
        ):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._rows, user)
                self._assert_refused(AccessError, self._as(user, kept).read, ["cost"])

    def test_what_is_kept_is_changed_by_nobody(self):
        visit = self._use()
        kept = self.env["medical.material.standard"].search(
            [("line_id", "in", visit.line_ids.ids)]
        )
        for user in (self.biller, self.administrator):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._as(user, kept).write, {"cost": 1}
                )
                self._assert_refused(AccessError, self._as(user, kept).unlink)

    def test_companies_are_separate(self):
        visit = self._use()
        other = self.setup_other_company(name="Other clinic")["company"]
        self.biller.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self._rows(consultation_id=visit.id))

    def test_report_names_no_patient(self):
        fields = self.env["medical.material.cost"].fields_get()
        partners = [
            name
            for name, field in fields.items()
            if field.get("relation") == "res.partner"
        ]
        self.assertEqual(partners, ["practitioner_id"])

    def test_keeping_costs_no_query_for_each_visit(self):
        def keep(number):
            visits.browse(visits.ids[:number]).line_ids._keep_standard_cost()
            self.env.flush_all()
            kept.search([("line_id", "in", visits.line_ids.ids)]).unlink()

        kept = self.env["medical.material.standard"].sudo()
        visits = self.env["medical.consultation"]
        for _number in range(12):
            visits |= self._create_visit(self.procedure, self.gauze)
        self._sign(visits)
        keep(12)
        self.assertLess(self._count_per_record(keep, 2, 12), 0.5)
