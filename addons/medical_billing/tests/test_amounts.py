from itertools import product as combine

from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestAmounts(MedicalBillingCommon):
    """What an item says it costs is what the line of a real document costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 3
        added = cls._create_tax(21)
        included = cls._create_tax(6, price_include_override="tax_included")
        fixed = cls._create_tax(0.17, amount_type="fixed")
        first = cls._create_tax(5, include_base_amount=True, sequence=1)
        second = cls._create_tax(9.975, sequence=2)
        grouped = cls._create_tax(
            0,
            amount_type="group",
            children_tax_ids=[Command.set((first | second).ids)],
        )
        cls.taxes = {
            "none": cls.env["account.tax"],
            "added": added,
            "included": included,
            "fixed": fixed,
            "grouped": grouped,
            "included and fixed": included | fixed,
            "added and fixed": added | fixed,
        }
        cls.prices = {
            "none": 0.335,
            "added": 33.333,
            "included": 66.665,
            "fixed": 1.005,
            "grouped": 99.99,
            "included and fixed": 12.345,
            "added and fixed": 7.775,
        }
        cls.products = {
            name: cls._create_medical_product(
                name, price=cls.prices[name], taxes_id=[Command.set(taxes.ids)]
            )
            for name, taxes in cls.taxes.items()
        }
        cls.quick_ref("base.group_user").sudo()._apply_group(
            cls.group_product_pricelist
        )
        # Two, none and three decimals; the rates make no round prices.
        cls.currencies = {
            "USD": cls.env.company.currency_id,
            "JPY": cls._setup_currency("JPY", 151.37, 1.0),
            "KWD": cls._setup_currency("KWD", 0.30725, 0.001),
            "CHF": cls._setup_currency("CHF", 0.8813, 0.01),
        }

    @classmethod
    def _setup_currency(cls, name, rate, rounding):
        return cls.setup_other_currency(
            name, rounding=rounding, rates=[("1900-01-01", rate)]
        )

    def _create_all(self, currency, discount):
        """Create an item of each kind of tax, three times, of odd quantities."""
        self.patient.property_product_pricelist = self._create_pricelist(
            currency_id=currency.id
        )
        items = self._create_items(
            *(
                {"product_id": product.id, "quantity": quantity}
                for product in self.products.values()
                for quantity in (1, 3, 7.31)
            )
        )
        items.discount = discount
        return items

    def _assert_documents_say_the_same(self, items, moves):
        for item in items:
            self.assertRecordValues(
                item.move_line_ids,
                [
                    {
                        "price_unit": item.price_unit,
                        "currency_id": item.currency_id.id,
                        "price_subtotal": item.price_subtotal,
                        "price_total": item.price_total,
                    }
                ],
            )
        for move in moves:
            mine = items.filtered(lambda item, m=move: item.move_line_ids.move_id == m)
            self.assertEqual(
                move.currency_id.compare_amounts(move.amount_total, self.totals[mine]),
                0,
            )

    def test_lines_equal_items_for_every_tax_currency_and_rounding(self):
        for method, currency, discount in combine(
            ("round_per_line", "round_globally"), self.currencies.values(), (0, 12.35)
        ):
            with self.subTest(method=method, currency=currency.name, discount=discount):
                self.env.company.tax_calculation_rounding_method = method
                items = self._create_all(currency, discount)
                self.assertEqual(items.currency_id, currency)
                for grouping in ("consultation", "item"):
                    parts = (
                        items.grouped("id").values() if grouping == "item" else [items]
                    )
                    self.totals = {part: part._get_document_total() for part in parts}
                    moves = self._build(items, grouping=grouping)
                    self.assertEqual(len(moves), len(self.totals))
                    self._assert_documents_say_the_same(items, moves)
                    moves.unlink()

    def test_amounts_by_hand(self):
        """What a calculator says, in the currency of the company."""
        items = self._create_all(self.currencies["USD"], 0)
        expected = {
            # 0.335, 1.005 and 2.44885
            "none": [0.34, 1.01, 2.45],
            # 33.333 + 6.99993 = 33.33 + 7.00; 99.999 + 20.99979 = 100.00 + 21.00;
            # 243.66423 + 51.1694883 = 243.66 + 51.17
            "added": [40.33, 121.00, 294.83],
            # The tax in it and the rest, each rounded: 62.8915 + 3.7735;
            # 188.6745 + 11.3205; 459.7369 + 27.5842
            "included": [66.66, 199.99, 487.32],
            # 1.005 + 0.17; 3.015 + 0.51; 7.34655 + 1.2427
            "fixed": [1.18, 3.53, 8.59],
        }
        for name, totals in expected.items():
            with self.subTest(tax=name):
                self.assertEqual(
                    items.filtered(lambda item, name=name: item.name == name).mapped(
                        "price_total"
                    ),
                    totals,
                )

    def test_parts_of_a_bill_add_up_to_the_whole(self):
        """Billing seven of ten today and three tomorrow bills ten."""
        item = self._create_items(
            {"product_id": self.products["added"].id, "quantity": 10}
        )
        # 333.33 + 69.9993
        self.assertEqual(item.price_total, 403.33)
        first = self._build(item)
        first.invoice_line_ids.quantity = 7
        # 233.331 + 48.99951 = 233.33 + 49.00; 99.999 + 20.99979 = 100.00 + 21.00
        self.assertEqual(first.amount_total, 282.33)
        self.assertEqual(item.amount_to_bill, 121.00)
        self.assertEqual(self._build(item).amount_total, 121.00)
