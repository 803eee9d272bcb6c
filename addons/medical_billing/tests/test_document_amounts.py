from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestDocumentAmounts(MedicalBillingCommon):
    """Lines that say their amounts are booked as Odoo books lines that do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls._create_tax(15)
        # Prices with fractions of cents, of which rounding leaves something over.
        cls.products = [
            cls._create_medical_product(f"Act {price}", "procedure", price)
            for price in (10.005, 33.333, 66.665, 0.335, 20.0)
        ]

    def _assert_booked_as_by_odoo(self, items, **options):
        """Build documents, and compare them with lines that name no amount."""
        moves = self._build(items, grouping="consultation", **options)
        for move in moves:
            plain = self.env["account.move"].create(
                {
                    "move_type": move.move_type,
                    "partner_id": move.partner_id.id,
                    "currency_id": move.currency_id.id,
                    "journal_id": move.journal_id.id,
                    "invoice_date": fields.Date.today(),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": line.name,
                                "product_id": line.product_id.id,
                                "quantity": line.quantity,
                                "price_unit": line.price_unit,
                                "discount": line.discount,
                                "tax_ids": [Command.set(line.tax_ids.ids)],
                            }
                        )
                        for line in move.invoice_line_ids
                        if line.display_type == "product"
                    ],
                }
            )
            self.assertEqual(self._get_entry(move), self._get_entry(plain))
        return moves

    def _get_entry(self, move):
        """Return what a document books, and its totals."""
        return (
            move.amount_untaxed,
            move.amount_tax,
            move.amount_total,
            [
                (
                    line.name if line.display_type == "product" else False,
                    line.display_type,
                    line.account_id.code,
                    line.balance,
                    line.amount_currency,
                    line.price_subtotal,
                    line.price_total,
                    line.tax_base_amount,
                    line.tax_tag_ids.ids,
                    line.date_maturity,
                )
                for line in move.line_ids.sorted(
                    lambda line: (line.display_type, line.sequence, line.id)
                )
                if line.display_type != "line_section"
            ],
        )

    def _create_items_with_taxes(self, *taxes):
        for product, tax in zip(self.products, taxes, strict=True):
            product.taxes_id = tax
        return self._create_items(
            *({"product_id": product.id, "quantity": 3} for product in self.products)
        )

    def test_without_taxes(self):
        none = self.env["account.tax"]
        for method in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = method
            with self.subTest(method=method):
                self._assert_booked_as_by_odoo(
                    self._create_items_with_taxes(*[none] * 5)
                )

    def test_without_taxes_and_nothing_to_round(self):
        items = self._create_items(self.procedure, self.fee, self.drug)
        move = self._assert_booked_as_by_odoo(items)
        self.assertEqual(move.invoice_line_ids.mapped("balance"), [-120.0, -50.0, -2.0])

    def test_with_taxes(self):
        included = self._create_tax(7, price_include_override="tax_included")
        fixed = self._create_tax(1.5, amount_type="fixed")
        none = self.env["account.tax"]
        for method in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = method
            for taxes in (
                [self.tax] * 5,
                [included] * 5,
                [self.tax, none, none, none, none],
                [included, self.tax, none, fixed, self.tax | fixed],
            ):
                with self.subTest(method=method, taxes=taxes):
                    self._assert_booked_as_by_odoo(
                        self._create_items_with_taxes(*taxes)
                    )

    def test_with_discounts_and_prices_by_hand(self):
        items = self._create_items_with_taxes(*[self.tax] * 5)
        items[0].discount = 33.33
        items[1].write({"price_unit": 7.777, "discount": 12.5})
        self._assert_booked_as_by_odoo(items)

    def test_rest_of_what_is_partly_billed(self):
        items = self._create_items_with_taxes(*[self.tax] * 5)
        first = self._build(items)
        first.invoice_line_ids[0].quantity = 1
        first.invoice_line_ids[1].quantity = 2
        self.env.flush_all()
        self._assert_booked_as_by_odoo(items)

    def test_in_another_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 3.0)])
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        self.patient.property_product_pricelist = self._create_pricelist(
            currency_id=euro.id
        )
        move = self._assert_booked_as_by_odoo(
            self._create_items_with_taxes(*[self.tax] * 5)
        )
        self.assertEqual(move.currency_id, euro)

    def test_receipts(self):
        self._assert_booked_as_by_odoo(
            self._create_items_with_taxes(*[self.tax] * 5), move_type="out_receipt"
        )

    def test_lines_that_are_added_to_a_draft(self):
        for tax in (self.tax, self.env["account.tax"]):
            with self.subTest(tax=tax):
                move = self._build(self._create_items_with_taxes(*[tax] * 5))
                added = self._create_items(self.procedure, self.products[1])
                self.assertEqual(
                    self._assert_booked_as_by_odoo(added, add_to_drafts=True), move
                )
                self.assertEqual(len(move.invoice_line_ids), 7)
                move.unlink()

    def test_packages_beside_what_needs_rounding(self):
        self.env.company.medical_package_printing = "one_line"
        package = self._create_medical_product("Package", "procedure", 100.0)
        for product in self.products[:3]:
            self._create_component(package, product)
        for tax in (self.tax, self.env["account.tax"]):
            with self.subTest(tax=tax):
                for product in self.products:
                    product.taxes_id = tax
                items = self._create_items(package, self.products[3], self.fee)
                self.assertGreater(len(items), 4)
                move = self._assert_booked_as_by_odoo(items)
                self.assertFalse(
                    move.invoice_line_ids.filtered(
                        lambda line: line.display_type == "product" and not line.balance
                    )
                )

    def test_marks_for_tax_reports(self):
        tags = self.env["account.account.tag"].create(
            [
                {
                    "name": name,
                    "applicability": "taxes",
                    "country_id": self.env.company.account_fiscal_country_id.id,
                }
                for name in ("Base", "Tax", "Refund", "Product", "Later")
            ]
        )
        base, tax_tag, refund, product_tag, later_tag = tags
        for lines, base_tag in (
            (self.tax.invoice_repartition_line_ids, base),
            (self.tax.refund_repartition_line_ids, refund),
        ):
            for line in lines:
                is_base = line.repartition_type == "base"
                line.tag_ids = base_tag if is_base else tax_tag
        self.env.company.tax_exigibility = True
        later = self._create_tax(
            5,
            tax_exigibility="on_payment",
            cash_basis_transition_account_id=self.env["account.account"]
            .create(
                {
                    "name": "Taxes not yet due",
                    "code": "251999",
                    "account_type": "liability_current",
                    "reconcile": True,
                }
            )
            .id,
        )
        later.invoice_repartition_line_ids.tag_ids = later_tag
        group = self._create_tax(
            0, amount_type="group", children_tax_ids=(self.tax | later).ids
        )
        self.products[0].account_tag_ids = product_tag
        self.products[4].account_tag_ids = product_tag
        none = self.env["account.tax"]
        for taxes in (
            [self.tax] * 5,
            [later] * 5,
            [group] * 5,
            [self.tax, none, none, none, none],
            [none] * 5,
        ):
            with self.subTest(taxes=taxes):
                self._assert_booked_as_by_odoo(self._create_items_with_taxes(*taxes))
        move = self._assert_booked_as_by_odoo(self._create_items(self.products[4]))
        self.assertEqual(move.invoice_line_ids.tax_tag_ids, product_tag)
