from odoo import models

# What an item may have been waiting for.
PRICING_FIELDS = {
    "list_price",
    "taxes_id",
    "categ_id",
    "property_account_income_id",
    "uom_id",
}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        # EXTENDS 'product': items that waited for a price or an account go on.
        result = super().write(vals)
        if PRICING_FIELDS & vals.keys():
            # In sudo mode: who configures products need not be a biller.
            self.env["medical.billable.item"].sudo().search(
                [
                    ("product_id.product_tmpl_id", "in", self.ids),
                    ("blocking_reason", "!=", False),
                ]
            )._update_blocking_reason()
        return result
