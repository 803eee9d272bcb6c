from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class StockLot(models.Model):
    _inherit = "stock.lot"

    # === BUSINESS METHODS === #

    def _is_usable(self):
        """Whether this lot may still be used on people today.

        :rtype: bool
        """
        self.ensure_one()
        last = min(
            filter(None, (self.removal_date, self.expiration_date)), default=None
        )
        return not last or last > fields.Datetime.now()

    def _check_usable(self):
        """Raise `UserError` when one of these lots has expired."""
        # In sudo mode: who records a visit may read fewer lots than there are.
        for lot in self.sudo():
            if not lot._is_usable():
                raise UserError(
                    self.env._(
                        "%(product)s %(lot)s has expired (%(date)s) and must not be "
                        "used: choose another lot, and let this one be taken from the "
                        "shelf.",
                        product=lot.product_id.display_name,
                        lot=lot.name,
                        date=format_date(
                            self.env, lot.expiration_date or lot.removal_date
                        ),
                    )
                )
