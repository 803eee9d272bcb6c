from odoo.tests import tagged

from .many_items import TABLE, ManyItemsCommon


@tagged("post_install", "-at_install")
class TestItemListSpeed(ManyItemsCommon):
    """What a clerk opens all day reads an index, however many items there are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Enough that PostgreSQL would rather read an index than the table.
        cls._fill(100_000)

    def test_lists_and_balances_use_indexes(self):
        self._assert_indexes()

    def test_lists_are_read_in_the_order_of_their_index(self):
        deeds = self._get_deeds()
        for name, index in (("list", "list_idx"), ("to_bill", "list_to_bill_idx")):
            with self.subTest(deed=name):
                plans = "\n".join(self._get_plans(deeds[name], TABLE))
                self.assertIn(f"{TABLE}_{index}", plans)

    def test_pages_cost_the_same_queries_as_with_one_item(self):
        deeds = self._get_deeds()
        self.assertLess(self._count_queries(deeds["list"]), 30)
        self.assertLess(self._count_queries(deeds["to_bill"]), 30)
