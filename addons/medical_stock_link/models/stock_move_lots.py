from odoo import models


class StockMove(models.Model):
    """A visit that names a lot gets that one, also of what waits for goods."""

    _inherit = "stock.move"

    # === BUSINESS METHODS === #

    def _get_chosen_lot(self):
        """Return the lot that the visit chose, empty when any will do.

        :rtype: stock.lot
        """
        # In sudo mode: who works in the stock need not see the visit.
        line = self.sudo().consultation_line_id
        # Not of the parts of a kit.
        return (
            line.lot_id
            if line.lot_id.product_id == self.product_id
            else line.lot_id[:0]
        )

    def _update_reserved_quantity(
        self,
        need,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=True,
    ):
        # EXTENDS 'product_expiry'
        return super()._update_reserved_quantity(
            need,
            location_id,
            lot_id=lot_id or self._get_chosen_lot() or None,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )

    def _get_available_quantity(
        self,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        allow_negative=False,
    ):
        # EXTENDS 'product_expiry'
        return super()._get_available_quantity(
            location_id,
            lot_id=lot_id or self._get_chosen_lot() or None,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
            allow_negative=allow_negative,
        )
