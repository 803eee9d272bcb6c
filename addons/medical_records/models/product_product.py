from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_quantity_problem(self, quantity, uom):
        """Say why a quantity cannot be recorded for this product.

        Odoo converts any unit into any other, and rounds what is too small for the
        product's own unit to nothing. Both would lose goods or money in silence.

        :param float quantity: a quantity in ``uom``
        :param uom: the `uom.uom` record it is expressed in
        :return: a sentence for the user, or False when nothing is wrong
        :rtype: str or bool
        """
        self.ensure_one()
        own_uom = self.uom_id
        if not uom._has_common_reference(own_uom):
            return self.env._(
                "%(product)s is counted in %(own_unit)s and cannot be recorded in "
                "%(unit)s: choose a unit that converts into %(own_unit)s.",
                product=self.display_name,
                own_unit=own_uom.name,
                unit=uom.name,
            )
        in_own_uom = uom._compute_quantity(quantity, own_uom, rounding_method="HALF-UP")
        if quantity and own_uom.is_zero(in_own_uom):
            return self.env._(
                "%(quantity)s %(unit)s of %(product)s is nothing when counted in "
                "%(own_unit)s: record more, or keep the product in a smaller unit.",
                quantity=quantity,
                unit=uom.name,
                product=self.display_name,
                own_unit=own_uom.name,
            )
        return False
