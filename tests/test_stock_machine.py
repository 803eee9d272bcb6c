from stock_machine import StockClinic, StockMachine

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestStockMachine(StockClinic):
    """Short walks through visits and stock; the long ones are in the proofs."""

    def test_stock_and_record_agree_after_every_step(self):
        taken, _refused = StockMachine.run(self, examples=6, steps=40)
        self.assertGreater(taken.total(), 120)
        for name in ("record", "amend", "do", "give_back", "refill", "take_missing"):
            self.assertTrue(taken[name], name)
