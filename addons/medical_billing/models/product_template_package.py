from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    is_medical_package = fields.Boolean(
        string="Package",
        compute="_compute_is_medical_package",
        store=True,
        readonly=False,
        help="The price is spread over the included components, and each is billed "
        "with its own taxes, account and practitioner. Else the product itself is "
        "billed.",
    )

    # === COMPUTE METHODS === #

    @api.depends("component_ids.charge", "component_ids.product_id.type")
    def _compute_is_medical_package(self):
        for product in self:
            included = product.component_ids.filtered(
                lambda component: component.charge == "included"
            )
            # Goods are used for an act, which is billed; services are acts themselves.
            product.is_medical_package = bool(included) and all(
                component.product_id.type == "service" for component in included
            )
