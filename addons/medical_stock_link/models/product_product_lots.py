from odoo import fields, models
from odoo.fields import Domain


class ProductProduct(models.Model):
    """Which lots of goods may be used now."""

    _inherit = "product.product"

    # === BUSINESS METHODS === #

    def _get_free_lots(self, company):
        """Return the lots that visits of a company may use, in the order they leave.

        :param company: the `res.company` whose clinic warehouse is looked at
        :return: products to a dict of `stock.lot` and how much of it is free, in the
            unit of the product
        :rtype: dict
        """
        # In sudo mode: who treats patients needs no right to the stock.
        warehouse = company.sudo()._get_medical_warehouse()
        if not warehouse or not self:
            return {}
        quants = (
            self.env["stock.quant"]
            .sudo()
            .search(
                Domain("product_id", "in", self.ids)
                & Domain("location_id", "child_of", warehouse.lot_stock_id.id)
                & Domain("lot_id", "!=", False)
                & Domain("quantity", ">", 0)
                & (
                    Domain("removal_date", "=", False)
                    | Domain("removal_date", ">", fields.Datetime.now())
                ),
                # What has no date does not expire.
                order="removal_date NULLS LAST, in_date, id",
            )
        )
        free = {}
        for quant in quants:
            quantity = quant.quantity - quant.reserved_quantity
            if quantity > 0:
                lots = free.setdefault(quant.product_id.with_env(self.env), {})
                lots[quant.lot_id] = lots.get(quant.lot_id, 0.0) + quantity
        return free
