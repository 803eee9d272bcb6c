from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .product_template import MEDICAL_KINDS


class MedicalConsultationTemplateLine(models.Model):
    """What a template orders: a product, or a drug in words to be got elsewhere."""

    _name = "medical.consultation.template.line"
    _description = "Line of a Visit Template"
    _order = "template_id, sequence, id"
    _check_company_auto = True

    template_id = fields.Many2one(
        comodel_name="medical.consultation.template",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        comodel_name="product.product",
        domain=[("medical_kind", "!=", False)],
        ondelete="cascade",
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
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
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
    )
    note = fields.Char()

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "The quantity of a line must be more than zero: delete the line instead.",
    )

    # === COMPUTE METHODS === #

    @api.depends("product_id")
    def _compute_kind(self):
        for line in self:
            line.kind = line.product_id.medical_kind or line.kind or "other"

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id:
                line.name = line.product_id.display_name

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.product_id.uom_id

    # === CONSTRAINT METHODS === #

    @api.constrains("product_id", "product_uom_id", "quantity")
    def _check_quantity(self):
        for line in self:
            problem = line.product_id and line.product_id._get_quantity_problem(
                line.quantity, line.product_uom_id
            )
            if problem:
                raise ValidationError(problem)

    @api.constrains("dosage", "dispensing", "kind")
    def _check_dosage(self):
        for line in self:
            if line.kind != "medication" and (
                line.dosage or line.dispensing == "external"
            ):
                raise ValidationError(
                    self.env._(
                        "%(line)s is no drug: it has no dosage and is not prescribed "
                        "to be got elsewhere.",
                        line=line.name,
                    )
                )

    # === ONCHANGE METHODS === #

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "medication":
            self.dosage = False
            self.dispensing = "clinic"

    # === BUSINESS METHODS === #

    def _prepare_repeated_vals_list(self):
        """Return the values of the lines of a visit that these template lines order.

        What is no longer offered is left out.

        :rtype: list[dict]
        """
        names = self.env["medical.consultation.line"]._get_repeated_fields()
        return [
            line._convert_to_write({name: line[name] for name in names})
            for line in self
            if not line.product_id or line.product_id.active
        ]
