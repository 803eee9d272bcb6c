from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalProductComponent(models.Model):
    """One part of what a product is made of, for one unit of that product.

    The same mechanism makes *packages* (the components are services) and *bills of
    materials* (the components are goods). Components nest: a component may have
    components of its own.
    """

    _name = "medical.product.component"
    _description = "Component of a Medical Product"
    _order = "sequence, id"
    _rec_name = "product_id"
    _check_company_auto = True

    product_tmpl_id = fields.Many2one(
        comodel_name="product.template",
        string="Made Product",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="product_tmpl_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Component",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    quantity = fields.Float(
        digits="Product Unit",
        default=1.0,
        required=True,
        help="How much is used for one unit of the made product.",
    )
    product_uom_id = fields.Many2one(
        comodel_name="uom.uom",
        string="Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    charge = fields.Selection(
        selection=[
            ("included", "Included in the price"),
            ("extra", "Billed apart"),
        ],
        required=True,
        default="included",
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "The quantity of a component must be more than zero.",
    )

    # === COMPUTE METHODS === #

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for component in self:
            component.product_uom_id = component.product_id.uom_id

    # === CONSTRAINT METHODS === #

    @api.constrains("product_id", "product_uom_id", "quantity")
    def _check_quantity(self):
        for component in self:
            problem = component.product_id._get_quantity_problem(
                component.quantity, component.product_uom_id
            )
            if problem:
                raise ValidationError(problem)

    @api.constrains("product_tmpl_id", "product_id")
    def _check_no_circle(self):
        for made in self.product_tmpl_id:
            seen = level = made.component_ids.product_id.product_tmpl_id
            while level:
                if made in level:
                    raise ValidationError(
                        self.env._(
                            "%(product)s would be made of itself: remove one of the "
                            "components that lead back to it.",
                            product=made.display_name,
                        )
                    )
                level = level.component_ids.product_id.product_tmpl_id - seen
                seen |= level
