from odoo import models
from odoo.fields import Domain


class ProductPricelistItem(models.Model):
    _name = "product.pricelist.item"
    _inherit = ["product.pricelist.item", "medical.billing.cause"]

    # === BUSINESS METHODS === #

    def _get_billing_fields(self):
        # Any rule may be the one that gives a price, whatever is changed in it.
        return self._fields.keys()

    def _get_waiting_items_domain(self):
        return Domain("blocking_reason", "=", "no_price") & Domain(
            "pricelist_id", "in", self.pricelist_id.ids
        )
