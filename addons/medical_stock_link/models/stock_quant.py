from odoo import api, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _get_removal_strategy(self, product_id, location_id):
        # EXTENDS 'stock': what is used on people goes by expiry, whatever the rest of
        # the company's stock goes by.
        if self.env.context.get("medical_first_expiry") and (
            product_id.sudo().use_expiration_date
        ):
            return "fefo"
        return super()._get_removal_strategy(product_id, location_id)
