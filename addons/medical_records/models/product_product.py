from odoo import api, models
from odoo.fields import Domain


class ProductProduct(models.Model):
    _inherit = "product.product"

    # === BUSINESS METHODS === #

    @api.model
    def _search_display_name(self, operator, value):
        # EXTENDS 'product': found by billing code, too, by those who may see codes.
        domain = super()._search_display_name(operator, value)
        if operator in Domain.NEGATIVE_OPERATORS or not self._is_found_by_code(value):
            return domain
        return Domain(domain) | Domain("medical_code_id.code", operator, value)

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        # EXTENDS 'product': found by billing code, too. Whoever types a whole code
        # wants what it stands for, so that comes first.
        if operator in Domain.NEGATIVE_OPERATORS or not self._is_found_by_code(name):
            return super().name_search(name, domain, operator, limit)
        domain = Domain(domain or Domain.TRUE)
        by_code = self.search_fetch(
            domain & Domain("medical_code_id.code", "=ilike", name),
            ["display_name"],
            limit=limit,
        )
        found = [(product.id, product.display_name) for product in by_code.sudo()]
        found += [
            pair
            for pair in super().name_search(name, domain, operator, limit)
            if pair[0] not in by_code._ids
        ]
        if limit is None or len(found) < limit:
            more = self.search_fetch(
                domain
                & Domain("medical_code_id.code", operator, name)
                & Domain("id", "not in", [product_id for product_id, _name in found]),
                ["display_name"],
                limit=limit and limit - len(found),
            )
            found += [(product.id, product.display_name) for product in more.sudo()]
        return found[:limit]

    @api.model
    def _is_found_by_code(self, words):
        """Whether what somebody types may be a billing code.

        :param words: what is searched for
        :rtype: bool
        """
        return bool(
            words
            and isinstance(words, str)
            and self.env["medical.code"].has_access("read")
        )

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
