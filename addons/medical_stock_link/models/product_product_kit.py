from odoo import api, models


class ProductProduct(models.Model):
    """Kits of Odoo's manufacturing, where that app is installed."""

    _inherit = "product.product"

    # === BUSINESS METHODS === #

    def _is_kit(self):
        """Whether this is never in stock itself, but what it consists of is.

        :rtype: bool
        """
        self.ensure_one()
        return "is_kits" in self._fields and self.is_kits

    def _is_material(self):
        # EXTENDS: kits need not be counted in stock themselves.
        return super()._is_material() or self._is_kit()

    @api.model
    def _explode_kits(self, materials, company):
        """Put the goods that kits consist of in their place.

        :param dict materials: for each key, products to quantities in their own unit
        :param company: the `res.company` whose stock it is
        :return: the same, without kits
        :rtype: dict
        """
        products = self.env["product.product"].union(
            *(product for quantities in materials.values() for product in quantities)
        )
        kits = products.with_company(company).filtered(lambda kit: kit._is_kit())
        if not kits:
            return materials
        recipes = (
            self.env["mrp.bom"]
            .sudo()
            ._bom_find(kits, company_id=company.id, bom_type="phantom")
        )
        return {
            key: self._explode_quantities(quantities, recipes)
            for key, quantities in materials.items()
        }

    @api.model
    def _explode_quantities(self, quantities, recipes):
        """Put goods in the place of kits, as transfers do.

        :param dict quantities: products to quantities in their own unit
        :param dict recipes: kits to their `mrp.bom`
        :rtype: dict
        """
        goods = {}
        for product, quantity in quantities.items():
            recipe = recipes.get(product)
            if not recipe:
                goods[product] = goods.get(product, 0.0) + quantity
                continue
            times = product.uom_id._compute_quantity(quantity, recipe.product_uom_id)
            _recipes, parts = recipe.explode(product, times / recipe.product_qty)
            for part, values in parts:
                if part.product_id.is_storable:
                    goods[part.product_id] = goods.get(
                        part.product_id, 0.0
                    ) + part.product_uom_id._compute_quantity(
                        values["qty"],
                        part.product_id.uom_id,
                        rounding_method="HALF-UP",
                    )
        return goods
