from odoo import models
from odoo.fields import Domain


class ProductCategory(models.Model):
    _name = "product.category"
    _inherit = ["product.category", "medical.billing.cause"]

    # === BUSINESS METHODS === #

    def _get_billing_fields(self):
        return {"property_account_income_categ_id"}

    def _get_waiting_items_domain(self):
        return Domain("product_id.categ_id", "in", self.ids)
