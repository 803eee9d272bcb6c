from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _with_valuation_context(self):
        # EXTENDS 'stock_account', which counts what the user's rights show: nothing for
        # a medic, and in sudo mode the goods of all companies. What a visit uses is
        # valued by the goods of its own company, whoever records it.
        products = super()._with_valuation_context()
        if not self.env.context.get("medical_consumption"):
            return products
        locations = self.env["stock.location"].sudo()
        return products.sudo().with_context(
            location=locations.search(
                [
                    ("is_valued_internal", "=", True),
                    ("company_id", "=", self.env.company.id),
                ]
            ).ids
        )
