from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .product_template import MEDICAL_KINDS

# Results of these come later, from somebody else.
KINDS_DONE_LATER = ("laboratory", "imaging")


class MedicalConsultationLine(models.Model):
    """One thing ordered, done, given or used in a visit.

    One act is one line, from the order to its fulfilment: `quantity` is what was
    ordered and freezes with the visit, `qty_done` is what was done so far and may
    still grow. Billing and stock hang on `qty_done`, see :meth:`_after_done`.
    """

    _name = "medical.consultation.line"
    _description = "Consultation Line"
    _inherit = ["medical.consultation.part"]
    _order = "consultation_id, sequence, root_line, id"

    sequence = fields.Integer(default=10)
    patient_id = fields.Many2one(related="consultation_id.patient_id")
    practitioner_id = fields.Many2one(related="consultation_id.practitioner_id")
    consultation_date = fields.Datetime(related="consultation_id.date")
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
        index=True,
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
        string="Ordered",
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
    is_done_later = fields.Boolean(
        string="Later",
        compute="_compute_is_done_later",
        store=True,
        readonly=False,
        precompute=True,
        recursive=True,
        help="Signing leaves this line open: it is done later, often by somebody "
        "else, as lab tests are.",
    )
    note = fields.Char()
    charge = fields.Selection(
        selection=[
            ("charged", "Charged"),
            ("included", "Included"),
            ("none", "Not charged"),
        ],
        compute="_compute_charge",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Included: the price of the line it belongs to covers it.",
    )
    is_visit_fee = fields.Boolean(readonly=True)

    # --- Drugs and devices --- #
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
    udi = fields.Char(
        string="UDI",
        help="Unique device identifier, as on the label of an implant or device.",
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "The quantity of a line must be more than zero: delete or cancel the line "
        "instead.",
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

    @api.depends("kind", "dispensing", "parent_id.is_done_later")
    def _compute_is_done_later(self):
        for line in self:
            line.is_done_later = (
                line.parent_id.is_done_later
                if line.parent_id
                else line.kind in KINDS_DONE_LATER
            )

    @api.depends("product_id", "dispensing")
    def _compute_charge(self):
        for line in self:
            if line.dispensing == "external":
                line.charge = "none"
            elif line.parent_id and line.charge:
                continue  # The component says it, once, when the line is made.
            else:
                line.charge = line.product_id.medical_charge or "charged"

    # === CONSTRAINT METHODS === #

    @api.constrains("product_id", "product_uom_id", "quantity")
    def _check_quantity(self):
        for line in self:
            if not line.product_id:
                continue
            problem = line.product_id._get_quantity_problem(
                line.quantity, line.product_uom_id
            )
            if problem:
                raise ValidationError(problem)

    @api.constrains("dosage", "dispensing", "kind")
    def _check_dosage(self):
        for line in self:
            if line.kind == "medication":
                continue
            if line.dosage:
                raise ValidationError(
                    self.env._(
                        "%(line)s is no drug and has no dosage: write it as a note.",
                        line=line.name,
                    )
                )
            # Components come the way of the line they belong to.
            if line.dispensing == "external" and not line.parent_id:
                raise ValidationError(
                    self.env._(
                        "%(line)s is no drug: only drugs are prescribed to be got "
                        "elsewhere.",
                        line=line.name,
                    )
                )

    # === ONCHANGE METHODS === #

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "medication":
            self.dosage = False
            self.dispensing = "clinic"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._after_create()
        return lines

    # === BUSINESS METHODS === #

    def _after_create(self):
        """A hook: these lines were just made; their components come next."""
