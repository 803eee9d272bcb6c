from odoo import models
from odoo.tools import SQL


class StockMove(models.Model):
    """Two who use the last of something at the same moment."""

    _inherit = "stock.move"

    # === BUSINESS METHODS === #

    def _lock_goods(self):
        """Wait for others who take the same goods just now.

        Odoo passes over what somebody else has locked, and writes beside it that less
        is there than nothing. Here the second waits for the first, finds that what it
        saw has changed, and is run again by Odoo with what is left.
        """
        # In sudo mode: who treats patients needs no right to the stock.
        quants = (
            self.env["stock.quant"]
            .sudo()
            .search(
                [
                    ("product_id", "in", self.product_id.ids),
                    ("location_id", "child_of", self.location_id.ids),
                ]
            )
        )
        if quants:
            # Always in the same order, so that nobody waits for each other.
            self.env.execute_query(
                SQL(
                    "SELECT id FROM stock_quant WHERE id IN %s ORDER BY id "
                    "FOR NO KEY UPDATE",
                    quants._ids,
                )
            )
