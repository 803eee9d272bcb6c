from odoo import api, models


class MedicalConsultationLine(models.Model):
    """Kits of Odoo's manufacturing that are used in visits, as their parts leave."""

    _inherit = "medical.consultation.line"

    # === BUSINESS METHODS === #

    def _is_taken_from_stock(self):
        # EXTENDS: kits need not be counted in stock themselves.
        return super()._is_taken_from_stock() or (
            self.dispensing == "clinic" and self._is_kit()
        )

    def _is_kit(self):
        """Whether what this line uses leaves the stock in parts.

        :rtype: bool
        """
        self.ensure_one()
        product = self.product_id
        return bool(product) and product.with_company(self.company_id)._is_kit()

    def _prepare_stock_move_vals(self, quantity):
        # EXTENDS
        vals = super()._prepare_stock_move_vals(quantity)
        if self._is_kit():
            vals["medical_kit_quantity"] = quantity
        return vals

    def _settle_stock(self):
        # EXTENDS: a part may have left without the others, when one was missing.
        result = super()._settle_stock()
        returned = {}
        # In sudo mode: who treats patients needs no right to the stock.
        for line in self.sudo():
            parts = line.move_ids._filter_kit_parts()
            if parts:
                returned.update(parts._trim_kits(line._get_qty_to_take()))
        if returned:
            self.env["stock.move"].sudo()._return_used(returned)
        return result

    @api.model
    def _return_to_stock(self, quantities):
        # EXTENDS: what is too much of kits comes back part by part.
        return super()._return_to_stock(
            {
                line: quantity
                for line, quantity in quantities.items()
                if not line.move_ids._filter_kit_parts()
            }
        )
