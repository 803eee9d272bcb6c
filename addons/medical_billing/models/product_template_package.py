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

    # === BUSINESS METHODS === #

    def _get_billed_parts(self):
        """Return what is billed instead of this product, also of packages inside.

        :return: nothing when the product itself is billed
        :rtype: product.product
        """
        self.ensure_one()
        parts = self.env["product.product"]
        if self.is_medical_package:
            for component in self.component_ids:
                if component.charge == "included":
                    product = component.product_id
                    inner = product.product_tmpl_id._get_billed_parts()
                    parts |= inner or product
        return parts
