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
    quantity_included = fields.Float(
        string="Included Up To",
        digits="Product Unit",
        compute="_compute_quantity_included",
        store=True,
        readonly=False,
        precompute=True,
        help="How much the price of the made product covers, for one unit of it. What "
        "is used above that is billed apart. Empty: all that is used is included.",
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "The quantity of a component must be more than zero.",
    )
    _limit_of_included = models.Constraint(
        "CHECK (charge = 'included' OR COALESCE(quantity_included, 0) = 0)",
        "Only what is included in the price is included up to a quantity: what is "
        "billed apart has no such limit.",
    )

    # === COMPUTE METHODS === #

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for component in self:
            component.product_uom_id = component.product_id.uom_id

    @api.depends("charge")
    def _compute_quantity_included(self):
        for component in self:
            if component.charge != "included":
                component.quantity_included = 0.0

    # === CONSTRAINT METHODS === #

    @api.constrains("product_id", "product_uom_id", "quantity")
    def _check_quantity(self):
        for component in self:
            problem = component.product_id._get_quantity_problem(
                component.quantity, component.product_uom_id
            )
            if problem:
                raise ValidationError(problem)

    @api.constrains("product_id", "product_uom_id", "quantity", "quantity_included")
    def _check_quantity_included(self):
        for component in self.filtered("quantity_included"):
            uom = component.product_uom_id
            if uom.compare(component.quantity_included, component.quantity) < 0:
                raise ValidationError(
                    self.env._(
                        "%(product)s: %(included)s %(unit)s are included, which is "
                        "less than the %(standard)s %(unit)s that are used as a rule. "
                        "Include at least as much, or leave it empty to include all.",
                        product=component.product_id.display_name,
                        included=component.quantity_included,
                        standard=component.quantity,
                        unit=uom.name,
                    )
                )
            if component.product_id.medical_charge == "none":
                raise ValidationError(
                    self.env._(
                        "%(product)s is never charged, so nothing would be billed of "
                        "what is used above %(included)s %(unit)s. Leave the limit "
                        "empty, or charge for the product.",
                        product=component.product_id.display_name,
                        included=component.quantity_included,
                        unit=uom.name,
                    )
                )

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

    # === BUSINESS METHODS === #

    def _get_quantity_limit(self):
        """Return how much of this the price of one made product covers.

        :return: 0 when it covers all that is used
        :rtype: float
        """
        self.ensure_one()
        if self.charge != "included" or self.product_id.medical_charge == "none":
            return 0.0
        return self.quantity_included
