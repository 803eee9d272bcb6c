from odoo import models
from odoo.fields import Domain


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "medical.billing.cause"]

    # === BUSINESS METHODS === #

    def _get_billing_fields(self):
        return {
            "list_price",
            "taxes_id",
            "categ_id",
            "property_account_income_id",
            "uom_id",
        }

    def _get_waiting_items_domain(self):
        return Domain("product_id.product_tmpl_id", "in", self.ids)
