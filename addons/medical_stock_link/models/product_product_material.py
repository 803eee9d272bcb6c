from odoo import api, models


class ProductProduct(models.Model):
    """What products take from stock by their recipes, and what that costs today."""

    _inherit = "product.product"

    # === BUSINESS METHODS === #

    @api.model
    def _walk_recipes(self, orders):
        """Go down the recipes of products as visits do, level by level.

        Each level is rounded in its own unit, as the line that a visit gets for it.
        How many queries that takes depends on the levels, not on the products.

        :param orders: a list of (key, product, quantity, unit)
        :return: a list of (key, component, product, quantity, unit), first what was
            asked for, without a component
        :rtype: list[tuple]
        """
        component_model = self.env["medical.product.component"].sudo()
        level = [
            (key, component_model, product.sudo(), quantity, uom)
            for key, product, quantity, uom in orders
        ]
        nodes = []
        while level:
            nodes += level
            products = self.sudo().union(*(node[2] for node in level))
            level = [
                (
                    key,
                    component,
                    component.product_id,
                    component._get_quantity_for(product, quantity, uom),
                    component.product_uom_id,
                )
                for key, _component, product, quantity, uom in level
                for component in product.with_prefetch(products._ids).component_ids
            ]
        return nodes

    @api.model
    def _get_materials(self, orders, company):
        """Return what these orders take from stock, components and theirs included.

        :param orders: a list of (key, product, quantity, unit)
        :param company: the `res.company` whose stock it is
        :return: for each key, products to quantities in their own unit
        :rtype: dict
        """
        materials = {key: {} for key, *_order in orders}
        for key, _component, product, quantity, uom in self._walk_recipes(orders):
            if not product.with_company(company)._is_material():
                continue
            quantity = uom._compute_quantity(
                quantity, product.uom_id, rounding_method="HALF-UP"
            )
            of_key = materials[key]
            of_key[product] = of_key.get(product, 0.0) + quantity
        return self._explode_kits(materials, company)

    @api.model
    def _get_material_costs(self, materials, company):
        """Return what goods cost today.

        :param dict materials: for each key, products to quantities in their own unit
        :param company: the `res.company` whose costs count
        :return: for each key an amount in the currency of the company
        :rtype: dict
        """
        return {
            key: sum(
                quantity * product.with_company(company).standard_price
                for product, quantity in quantities.items()
            )
            for key, quantities in materials.items()
        }

    def _is_material(self):
        """Whether visits take this product from stock.

        :rtype: bool
        """
        self.ensure_one()
        return self.is_storable
