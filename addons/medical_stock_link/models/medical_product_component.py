from odoo import api, fields, models

from .medical_consultation import COST_VIEWERS


class MedicalProductComponent(models.Model):
    _inherit = "medical.product.component"

    cost_currency_id = fields.Many2one(
        related="product_id.cost_currency_id",
        string="Currency of Cost",
    )
    material_cost = fields.Monetary(
        string="Cost Today",
        currency_field="cost_currency_id",
        compute="_compute_material_cost",
        compute_sudo=True,
        groups=COST_VIEWERS,
        help="What the goods of this component cost today, those that it is made of "
        "included.",
    )

    # === COMPUTE METHODS === #

    @api.depends("product_id.standard_price", "product_uom_id", "quantity")
    @api.depends_context("company")
    def _compute_material_cost(self):
        ready = self.filtered(lambda line: line.product_id and line.product_uom_id)
        products = self.env["product.product"]
        materials = products._get_materials(
            [
                (line, line.product_id, line.quantity, line.product_uom_id)
                for line in ready
            ],
            self.env.company,
        )
        costs = products._get_material_costs(materials, self.env.company)
        for component in self:
            component.material_cost = costs.get(component, 0.0)

    # === BUSINESS METHODS === #

    def _get_quantity_for(self, product, quantity, uom):
        """Return how much of this a quantity of the made product takes.

        Rounded once, as on the line that a visit gets for it.

        :param product: the made `product.product`
        :param float quantity: how much is made of it
        :param uom: the `uom.uom` of that quantity
        :return: a quantity in the unit of this component
        :rtype: float
        """
        self.ensure_one()
        # The recipe is for one of the product's own unit.
        ratio = self.quantity * uom._compute_quantity(1.0, product.uom_id, round=False)
        return self.product_uom_id.round(quantity * ratio)
