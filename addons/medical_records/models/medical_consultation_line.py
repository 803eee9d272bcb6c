from odoo import api, fields, models

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
    _inherit = ["medical.consultation.part", "medical.order"]
    _order = "consultation_id, sequence, root_line, id"

    patient_id = fields.Many2one(related="consultation_id.patient_id")
    practitioner_id = fields.Many2one(related="consultation_id.practitioner_id")
    consultation_date = fields.Datetime(related="consultation_id.date")
    kind = fields.Selection(index=True)
    quantity = fields.Float(string="Ordered")
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

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._after_create()
        return lines

    # === BUSINESS METHODS === #

    def _after_create(self):
        """A hook: these lines were just made; their components come next."""
