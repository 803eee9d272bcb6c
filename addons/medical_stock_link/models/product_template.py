from odoo import api, fields, models

from .medical_consultation import COST_VIEWERS


class ProductTemplate(models.Model):
    """What an act costs by its recipe, and what is left of its price."""

    _inherit = "product.template"

    medical_material_cost = fields.Monetary(
        string="Cost of Materials",
        currency_field="cost_currency_id",
        compute="_compute_medical_margin",
        compute_sudo=True,
        groups=COST_VIEWERS,
        help="What the goods cost today that one unit of this takes from stock, by its "
        "recipe and the recipes of what it is made of.",
    )
    medical_price = fields.Monetary(
        string="Price Without Taxes",
        currency_field="cost_currency_id",
        compute="_compute_medical_margin",
        compute_sudo=True,
        groups=COST_VIEWERS,
    )
    medical_billed_apart = fields.Monetary(
        string="Billed Apart",
        currency_field="cost_currency_id",
        compute="_compute_medical_margin",
        compute_sudo=True,
        groups=COST_VIEWERS,
        help="The prices of the components that are billed apart, without taxes.",
    )
    medical_margin = fields.Monetary(
        string="Expected Margin",
        currency_field="cost_currency_id",
        compute="_compute_medical_margin",
        compute_sudo=True,
        groups=COST_VIEWERS,
        help="The price and what is billed apart, less the cost of materials.",
    )
    medical_margin_percent = fields.Float(
        string="Expected Margin (%)",
        compute="_compute_medical_margin",
        compute_sudo=True,
        groups=COST_VIEWERS,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "component_ids.charge",
        "component_ids.product_id",
        "component_ids.product_uom_id",
        "component_ids.quantity",
        "list_price",
        "medical_charge",
        "standard_price",
        "taxes_id",
    )
    @api.depends_context("company")
    def _compute_medical_margin(self):
        company = self.env.company
        costs = self._get_medical_material_costs(company)
        apart = self._get_medical_billed_apart(company)
        for template in self:
            price = (
                0.0
                if template.medical_charge == "none"
                else template._get_medical_price(company)
            )
            revenue = price + apart[template]
            template.medical_material_cost = costs[template]
            template.medical_price = price
            template.medical_billed_apart = apart[template]
            template.medical_margin = revenue - costs[template]
            template.medical_margin_percent = (
                template.medical_margin / revenue if revenue else 0.0
            )

    # === BUSINESS METHODS === #

    def _get_medical_orders(self):
        """Return what one unit of each of these takes, as its form says, saved or not.

        :return: a list of (component, product, quantity, unit)
        :rtype: list[tuple]
        """
        return [
            (line, line.product_id, line.quantity, line.product_uom_id)
            for template in self
            for line in template.component_ids
            if line.product_id and line.product_uom_id
        ]

    def _get_medical_material_costs(self, company):
        """Return what the goods cost today that one unit of each takes.

        :param company: the `res.company` whose costs count
        :rtype: dict
        """
        products = self.env["product.product"]
        materials = products._get_materials(self._get_medical_orders(), company)
        itself = {
            template: {template.product_variant_id: 1.0}
            for template in self
            if template.product_variant_id
            and template.product_variant_id._is_material()
        }
        materials |= products._explode_kits(itself, company)
        costs = products._get_material_costs(materials, company)
        return {
            template: costs.get(template, 0.0)
            + sum(costs.get(line, 0.0) for line in template.component_ids)
            for template in self
        }

    def _get_medical_billed_apart(self, company):
        """Return the prices of what is billed apart with one unit of each.

        :param company: the `res.company` whose taxes count
        :rtype: dict
        """
        amounts = dict.fromkeys(self, 0.0)
        nodes = self.env["product.product"]._walk_recipes(self._get_medical_orders())
        for top, component, product, quantity, uom in nodes:
            charge = (component or top).charge
            if charge == "extra" and product.medical_charge != "none":
                price = product.product_tmpl_id._get_medical_price(company)
                price = product.uom_id._compute_price(price, uom)
                amounts[top.product_tmpl_id] += price * quantity
        return amounts

    def _get_medical_price(self, company):
        """Return the sales price without taxes, in the currency of a company's costs.

        :param company: the `res.company` whose taxes count
        :rtype: float
        """
        self.ensure_one()
        price = self.list_price
        taxes = self.taxes_id._filter_taxes_by_company(company)
        if taxes:
            price = taxes.compute_all(price, self.currency_id)["total_excluded"]
        if self.currency_id == self.cost_currency_id:
            return price
        return self.currency_id._convert(
            price, self.cost_currency_id, company, round=False
        )
