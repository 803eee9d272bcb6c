from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .product_template import MEDICAL_KINDS


class MedicalOrder(models.AbstractModel):
    """What is ordered: a product or a drug in words, how much, and how to take it.

    The lines of visits and of templates are orders, and so are those of anything else
    that leads to lines of a visit.
    """

    _name = "medical.order"
    _description = "What Is Ordered"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        comodel_name="product.product",
        domain=[("medical_kind", "!=", False)],
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    kind = fields.Selection(
        selection=MEDICAL_KINDS,
        compute="_compute_kind",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    name = fields.Char(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    quantity = fields.Float(
        digits="Product Unit",
        default=1.0,
        required=True,
    )
    product_uom_id = fields.Many2one(
        comodel_name="uom.uom",
        string="Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    dosage = fields.Char(help="How to take it, as the patient reads it.")
    dispensing = fields.Selection(
        selection=[
            ("clinic", "Given here"),
            ("external", "Prescription only"),
        ],
        default="clinic",
        required=True,
        help="Prescription only: the patient gets it elsewhere; it is neither charged "
        "nor taken from stock.",
    )
    note = fields.Char()

    # === COMPUTE METHODS === #

    @api.depends("product_id")
    def _compute_kind(self):
        for order in self:
            order.kind = order.product_id.medical_kind or order.kind or "other"

    @api.depends("product_id")
    def _compute_name(self):
        for order in self:
            if order.product_id:
                order.name = order.product_id.display_name

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for order in self:
            order.product_uom_id = order.product_id.uom_id

    # === CONSTRAINT METHODS === #

    @api.constrains("product_id", "product_uom_id", "quantity")
    def _check_quantity(self):
        for order in self:
            if not order.product_id:
                continue
            problem = order.product_id._get_quantity_problem(
                order.quantity, order.product_uom_id
            )
            if problem:
                raise ValidationError(problem)

    @api.constrains("dosage", "dispensing", "kind")
    def _check_dosage(self):
        for order in self:
            if order.kind == "medication":
                continue
            if order.dosage:
                raise ValidationError(
                    self.env._(
                        "%(order)s is no drug and has no dosage: write it as a note.",
                        order=order.name,
                    )
                )
            # Components come the way of the line they belong to.
            if order.dispensing == "external" and not order._is_component():
                raise ValidationError(
                    self.env._(
                        "%(order)s is no drug: only drugs are prescribed to be got "
                        "elsewhere.",
                        order=order.name,
                    )
                )

    # === ONCHANGE METHODS === #

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "medication":
            self.dosage = False
            self.dispensing = "clinic"

    # === BUSINESS METHODS === #

    def _is_component(self):
        """Whether this comes with another order, the way that one comes.

        :rtype: bool
        """
        self.ensure_one()
        return False

    @api.model
    def _get_repeated_fields(self):
        """Return the names of the fields that are copied from one order to another.

        Nothing of what was done, and nothing that came from elsewhere: no component,
        no plan, no device identifier.

        :rtype: list[str]
        """
        return [
            "sequence",
            "product_id",
            "kind",
            "name",
            "quantity",
            "product_uom_id",
            "dosage",
            "dispensing",
            "note",
        ]

    def _prepare_repeated_vals_list(self):
        """Return the values of lines of a visit that order the same.

        What is no longer offered is left out.

        :rtype: list[dict]
        """
        names = self._get_repeated_fields()
        return [
            order._convert_to_write({name: order[name] for name in names})
            for order in self
            if not order.product_id or order.product_id.active
        ]
