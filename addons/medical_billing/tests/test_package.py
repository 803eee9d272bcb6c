from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestPackage(MedicalBillingCommon):
    """The price of a package is spread over its parts, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package = cls._create_medical_product("Check-up", "procedure", 100.0)
        # Apart: 50.00 + 2 × 30.00 + 120.00 = 230.00
        cls._create_component(cls.package, cls.fee)
        cls._create_component(cls.package, cls.lab_test, 2)
        cls._create_component(cls.package, cls.procedure)

    def _get_totals(self, visit):
        return {
            item.product_id: round(
                item.price_unit * item.consultation_line_id.quantity, 2
            )
            for item in visit.line_ids.billable_item_ids
        }

    def test_price_is_spread_over_the_parts(self):
        visit = self._create_done_visit(self.package)
        # 100 × 50 / 230 = 21.74, 100 × 60 / 230 = 26.09, and the rest
        self.assertEqual(
            self._get_totals(visit),
            {self.fee: 21.74, self.lab_test: 26.09, self.procedure: 52.17},
        )

    def test_package_itself_has_no_item(self):
        visit = self._create_visit(self.package)
        line = visit.line_ids.filtered(lambda line: line.product_id == self.package)
        self.assertFalse(line.billable_item_ids)
        self.assertEqual(len(visit.line_ids.billable_item_ids), 3)

    def test_documents_add_up_with_taxes_and_accounts_of_the_parts(self):
        tax = self._create_tax(15)
        self.lab_test.taxes_id = tax
        account = self.company_data["default_account_revenue"].copy()
        self.procedure.property_account_income_id = account
        visit = self._create_done_visit({"product_id": self.package.id, "quantity": 3})
        items = visit.line_ids.billable_item_ids
        visit.line_ids.filtered("is_done_later").action_done()
        move = self._build(items)
        self.assertAlmostEqual(move.amount_untaxed, 300)
        self.assertEqual(
            move.invoice_line_ids.filtered("tax_ids").product_id, self.lab_test
        )
        self.assertEqual(
            move.invoice_line_ids.filtered(
                lambda line: line.account_id == account
            ).product_id,
            self.procedure,
        )

    def test_part_that_comes_later_is_billed_later(self):
        visit = self._create_visit(self.package)
        line = visit.line_ids.filtered(lambda line: line.product_id == self.lab_test)
        line.is_done_later = True
        visit.action_sign()
        items = visit.line_ids.billable_item_ids
        self._assert_ledger(line.billable_item_ids, state="pending")
        first = self._build(items)
        self.assertAlmostEqual(first.amount_total, 73.91)
        line.action_done()
        self.assertAlmostEqual(self._build(line.billable_item_ids).amount_total, 26.09)

    def test_pricelist_of_the_payer_counts_for_the_package(self):
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        self.patient.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Members",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.package.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": 46.0,
                        }
                    )
                ],
            }
        )
        visit = self._create_done_visit(self.package)
        self.assertEqual(
            self._get_totals(visit),
            {self.fee: 10, self.lab_test: 12, self.procedure: 24},
        )

    def test_package_in_a_package(self):
        outer = self._create_medical_product("Two days", "procedure", 150.0)
        self._create_component(outer, self.package)
        self._create_component(outer, self.fee)
        visit = self._create_done_visit(outer)
        items = visit.line_ids.billable_item_ids
        # 100.00 of 150.00 for the package, 50.00 for the visit
        self.assertEqual(
            sorted(round(item.price_unit * item.quantity, 2) for item in items),
            [21.74, 26.09, 50.0, 52.17],
        )

    def test_goods_make_no_package(self):
        kit = self._create_medical_product("Kit", "procedure", 100.0)
        self._create_component(kit, self.swab)
        self.assertFalse(kit.is_medical_package)
        visit = self._create_done_visit(kit)
        self.assertEqual(visit.line_ids.billable_item_ids.product_id, kit)

    def test_clinic_may_bill_the_package_itself(self):
        self.package.is_medical_package = False
        visit = self._create_done_visit(self.package)
        items = visit.line_ids.billable_item_ids
        self.assertEqual(
            [(item.product_id, item.price_total) for item in items],
            [(self.package, 100)],
        )

    def test_package_without_parts_is_billed_itself(self):
        visit = self._create_visit(self.package)
        visit.line_ids.child_ids.unlink()
        self.assertEqual(visit.line_ids.billable_item_ids.product_id, self.package)

    def test_package_is_deleted_with_its_parts(self):
        visit = self._create_visit(self.package, self.drug)
        package = visit.line_ids.filtered(lambda line: line.product_id == self.package)
        package.with_user(self.medic).unlink()
        self.assertEqual(visit.line_ids.product_id, self.drug)
        self.assertEqual(visit.line_ids.billable_item_ids.product_id, self.drug)

    def test_free_package_has_no_items(self):
        visit = self._create_visit(self.package)
        line = visit.line_ids.filtered("child_ids")
        line.charge = "none"
        self.assertFalse(visit.line_ids.billable_item_ids)
        line.charge = "charged"
        self.assertEqual(len(visit.line_ids.billable_item_ids), 3)

    def test_package_is_printed_as_one_line(self):
        self.env.company.medical_package_printing = "one_line"
        visit = self._create_done_visit(self.package, self.drug)
        move = self._post(self._build(visit.line_ids.billable_item_ids))
        lines = move.invoice_line_ids.sorted("sequence")
        self.assertEqual(
            lines.mapped("display_type"),
            ["product", "line_section", "product", "product", "product"],
        )
        self.assertRecordValues(lines[1], [{"collapse_composition": True}])
        self.assertIn("Check-up", lines[1].name)
        self.assertEqual(len(lines.billable_item_id), 4)
        self.assertAlmostEqual(move.amount_total, 102)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("account.report_invoice", move.ids)[0]
            .decode()
        )
        self.assertIn("Check-up", html)
        self.assertIn("Tablet", html)
        self.assertNotIn("Blood count", html)
