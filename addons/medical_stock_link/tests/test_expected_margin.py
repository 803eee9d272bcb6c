from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import Form, tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestExpectedMargin(MedicalStockCommon):
    """What an act costs by its recipe at today's cost, and what is left then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Gauze: 6.00 each, sold for 10.00; suture: sold for 120.00.
        cls.saline = cls._create_goods(
            "Saline", cost=0.02, price=0.05, uom_id=cls.uom_milliliter.id
        )
        cls.template = cls.procedure.product_tmpl_id

    def _figures(self, product, company=None):
        self.env.flush_all()
        self.env.invalidate_all()
        template = product.product_tmpl_id.with_company(company or self.env.company)
        return {
            "price": template.medical_price,
            "apart": template.medical_billed_apart,
            "cost": round(template.medical_material_cost, 6),
            "margin": round(template.medical_margin, 6),
            "percent": round(template.medical_margin_percent, 4),
        }

    def _open_report(self, user, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        action = (
            self.env.ref("medical_stock_link.medical_expected_margin_action_open")
            .with_user(user)
            .with_context(**context)
            .run()
        )
        return (
            self.env["medical.expected.margin"]
            .with_user(user)
            .with_context(**context)
            .search(action["domain"])
        )

    # === FIGURES === #

    def test_goods_cost_what_they_cost_today(self):
        self._create_component(self.procedure, self.gauze, 2)
        self.assertEqual(
            self._figures(self.procedure),
            # 2 × 6.00; (120 - 12) / 120
            {"price": 120, "apart": 0, "cost": 12, "margin": 108, "percent": 0.9},
        )
        self.gauze.standard_price = 15
        self.assertEqual(self._figures(self.procedure)["cost"], 30)

    def test_what_is_billed_apart_adds_to_the_revenue(self):
        self._create_component(self.procedure, self.gauze, 3, charge="extra")
        self.assertEqual(
            self._figures(self.procedure),
            # 120.00 + 3 × 10.00 - 3 × 6.00; 132 / 150
            {"price": 120, "apart": 30, "cost": 18, "margin": 132, "percent": 0.88},
        )

    def test_what_is_given_away_brings_nothing(self):
        self.gauze.medical_charge = "none"
        self._create_component(self.procedure, self.gauze, 3, charge="extra")
        figures = self._figures(self.procedure)
        self.assertEqual((figures["apart"], figures["cost"]), (0, 18))

    def test_standard_quantity_within_the_range_is_included(self):
        self._create_component(self.procedure, self.gauze, 2, quantity_included=5)
        figures = self._figures(self.procedure)
        self.assertEqual((figures["apart"], figures["cost"]), (0, 12))

    def test_units_are_converted(self):
        component = self._create_component(
            self.procedure, self.saline, 0.25, product_uom_id=self.uom_litre.id
        )
        # 250 ml × 0.02
        self.assertAlmostEqual(component.material_cost, 5)
        self.assertEqual(self._figures(self.procedure)["cost"], 5)
        component.charge = "extra"
        # 250 ml × 0.05
        self.assertEqual(self._figures(self.procedure)["apart"], 12.5)

    def test_recipes_of_recipes_are_counted(self):
        dressing = self._create_medical_product("Dressing")
        self._create_component(dressing, self.gauze, 2)
        self._create_component(dressing, self.saline, 10, charge="extra")
        component = self._create_component(self.procedure, dressing, 3)
        # 3 × (2 × 6.00 + 10 × 0.02)
        self.assertAlmostEqual(component.material_cost, 36.6)
        figures = self._figures(self.procedure)
        self.assertEqual(figures["cost"], 36.6)
        # 3 × 10 × 0.05
        self.assertEqual(figures["apart"], 1.5)

    def test_quantities_are_rounded_as_a_visit_rounds_them(self):
        pad = self._create_goods("Pad", cost=100)
        dressing = self._create_medical_product("Dressing")
        self._create_component(dressing, pad, 0.33)
        self._create_component(self.procedure, dressing, 0.5)
        # 0.5 × 0.33 = 0.165, half up: 0.17 × 100.00
        self.assertEqual(self._figures(self.procedure)["cost"], 17)
        self._receive(pad, 10)
        visit = self._sign(self._create_visit(self.procedure))
        self.assertEqual(visit.material_cost, 17)

    def test_goods_that_are_not_in_stock_count_cost_nothing(self):
        self.swab.standard_price = 50
        self._create_component(self.procedure, self.swab, 2)
        self.assertEqual(self._figures(self.procedure)["cost"], 0)

    def test_goods_with_a_recipe_cost_themselves_too(self):
        self._create_component(self.gauze, self.saline, 50)
        # 6.00 + 50 × 0.02
        self.assertEqual(self._figures(self.gauze)["cost"], 7)

    def test_taxes_in_the_price_are_no_revenue(self):
        self.procedure.taxes_id = self._create_tax(
            20.0, price_include_override="tax_included"
        )
        self._create_component(self.procedure, self.gauze, 5)
        self.assertEqual(
            self._figures(self.procedure),
            # 120 / 1.2 - 5 × 6.00
            {"price": 100, "apart": 0, "cost": 30, "margin": 70, "percent": 0.7},
        )

    def test_each_company_has_its_costs(self):
        other = self.setup_other_company(name="Other clinic")["company"]
        self._create_component(self.procedure, self.gauze, 2)
        self.gauze.with_company(other).standard_price = 1
        self.assertEqual(self._figures(self.procedure)["cost"], 12)
        self.assertEqual(self._figures(self.procedure, other)["cost"], 2)

    def test_form_counts_before_it_is_saved(self):
        template = self.template.with_user(self.administrator)
        with Form(template, "product.product_template_form_view") as form:
            with form.component_ids.new() as line:
                line.product_id = self.gauze
                line.quantity = 4
                self.assertEqual(line.material_cost, 24)
            self.assertEqual(form.medical_material_cost, 24)
            self.assertEqual(form.medical_margin, 96)

    # === THE REPORT === #

    def test_report_has_a_row_for_each_act_with_materials(self):
        self._create_component(self.procedure, self.gauze, 2)
        self._create_component(self.lab_test, self.gauze, 3, charge="extra")
        rows = self._open_report(self.biller)
        mine = rows.filtered(
            lambda row: (
                row.product_tmpl_id in (self.procedure | self.lab_test).product_tmpl_id
            )
        ).sorted("price")
        self.assertRecordValues(
            mine,
            [
                # Blood count: 30.00 + 3 × 10.00 - 3 × 6.00
                {"revenue": 60, "material_cost": 18, "margin": 42},
                {"revenue": 120, "material_cost": 12, "margin": 108},
            ],
        )
        self.assertFalse(
            rows.filtered(lambda row: row.product_tmpl_id == self.fee.product_tmpl_id)
        )
        # (42 + 108) / (60 + 120), not the average of 70 % and 90 %
        [(percent,)] = mine._read_group(
            [("id", "in", mine.ids)], aggregates=["margin_percent:avg"]
        )
        self.assertAlmostEqual(percent, 150 / 180)

    def test_report_has_rows_for_each_chosen_company(self):
        other = self.setup_other_company(name="Other clinic")["company"]
        self.biller.company_ids = [Command.link(other.id)]
        self._create_component(self.procedure, self.gauze, 2)
        self.gauze.with_company(other).standard_price = 1
        both = [self.env.company.id, other.id]
        rows = self._open_report(self.biller, allowed_company_ids=both).filtered(
            lambda row: row.product_tmpl_id == self.template
        )
        self.assertEqual(
            {row.company_id: row.material_cost for row in rows},
            {self.env.company: 12, other: 2},
        )
        self.assertEqual(
            self._open_report(self.biller, allowed_company_ids=other.ids).company_id,
            other,
        )

    def test_as_many_queries_for_many_acts_as_for_one(self):
        def read(number):
            templates = self.env["product.template"].browse(acts.ids[:number])
            templates.mapped("medical_margin")

        acts = self.env["product.template"]
        for number in range(12):
            act = self._create_medical_product(f"Act {number}")
            goods = self._create_goods(f"Goods {number}")
            part = self._create_medical_product(f"Part {number}")
            self._create_component(part, goods, 2)
            self._create_component(act, part, 1)
            self._create_component(act, goods, 1, charge="extra")
            acts |= act.product_tmpl_id
        self.assertLess(self._count_per_record(read, 2, 12), 0.5)

    # === RIGHTS === #

    def test_costs_are_for_billers_and_administrators(self):
        component = self._create_component(self.procedure, self.gauze, 2)
        for user in (self.biller, self.administrator):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(user, component).material_cost, 12)
                self.assertEqual(self._as(user, self.template).medical_margin, 108)
                rows = self._open_report(user).filtered(
                    lambda row: row.product_tmpl_id == self.template
                )
                self.assertEqual(rows.action_open()["res_id"], self.template.id)

    def test_others_read_no_costs(self):
        component = self._create_component(self.procedure, self.gauze, 2)
        row = self._open_report(self.biller)[:1]
        for user in (self.medic, self.assistant, self.reception, self.stock_user):
            for record, name in (
                (component, "material_cost"),
                (self.template, "medical_material_cost"),
                (self.template, "medical_margin"),
                (row, "material_cost"),
            ):
                with self.subTest(user=user.login, field=name):
                    self._assert_refused(
                        AccessError, self._call, user, record, "read", [name]
                    )
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._open_report, user)
                report = self._as(user, self.env["medical.expected.margin"])
                self._assert_refused(
                    AccessError, call_kw, report, "action_open_report", [], {}
                )

    def test_nobody_reads_the_report_of_somebody_else(self):
        self._create_component(self.procedure, self.gauze, 2)
        rows = self._open_report(self.biller)
        self.assertTrue(rows)
        self._assert_refused(
            AccessError, self._as(self.administrator, rows).read, ["margin"]
        )

    def test_medic_opens_the_materials_without_costs(self):
        self._create_component(self.procedure, self.gauze, 2)
        template = self._as(self.medic, self.template)
        arch = template.get_views([(False, "form")])["views"]["form"]["arch"]
        self.assertIn('name="component_ids"', arch)
        self.assertNotIn("medical_margin", arch)
        self.assertNotIn("material_cost", arch)
