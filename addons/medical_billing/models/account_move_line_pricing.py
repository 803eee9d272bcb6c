from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import float_compare

from .medical_billable_item_pricing import PRICE_EDITOR

PRICES = {"price_unit", "discount", "tax_ids"}


class AccountMoveLine(models.Model):
    """The price of an item is no freer on its draft than on the item."""

    _inherit = "account.move.line"

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account'
        if PRICES & vals.keys() and not self.env.su:
            self._check_may_change_item_prices(vals)
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _check_may_change_item_prices(self, vals):
        """Raise `AccessError` when a biller without that right changes prices.

        Odoo's own accountants answer for what a document says, with this addon or
        without it.

        :param dict vals: what is about to be written
        """
        user = self.env.user
        if (
            not user.has_group("medical_billing.group_biller")
            or user.has_group(PRICE_EDITOR)
            or user.has_group("account.group_account_user")
        ):
            return
        for line in self.filtered("billable_item_id"):
            # As it would be, to compare: a form may send what it does not change.
            changed = line.new(
                {name: vals[name] for name in PRICES if name in vals}, origin=line
            )
            if (
                float_compare(changed.price_unit, line.price_unit, precision_digits=6)
                or float_compare(changed.discount, line.discount, precision_digits=2)
                or changed.tax_ids._origin != line.tax_ids
            ):
                raise AccessError(
                    self.env._(
                        "You may bill, but not set the price, discount or taxes of "
                        "%(line)s by hand: that needs the right “%(group)s”. Ask your "
                        "billing manager.",
                        line=line.name,
                        group=self.env.ref(PRICE_EDITOR).sudo().name,
                    )
                )
