from long_walk import LongWalk
from stock_machine import StockClinic, StockMachine

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestStockMachineLong(LongWalk, StockClinic):
    """Long walks through visits and stock, other ones each time."""

    def test_stock_and_record_agree_on_long_walks(self):
        self.walk_long(StockMachine)
