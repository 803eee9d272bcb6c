from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

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
    # Components stand right below the line they belong to, however they were added.
    root_line = fields.Integer(
        compute="_compute_root_line",
        store=True,
        recursive=True,
    )
    patient_id = fields.Many2one(related="consultation_id.patient_id")
    practitioner_id = fields.Many2one(related="consultation_id.practitioner_id")
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
    qty_done = fields.Float(
        string="Done",
        digits="Product Unit",
        copy=False,
        help="How much of the order was done, given or used so far.",
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
    is_cancelled = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("ordered", "Ordered"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
    )
    done_by_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
    )
    date_done = fields.Datetime(copy=False)
    result = fields.Text(copy=False)
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

    # --- Components --- #
    parent_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Part of",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )
    child_ids = fields.One2many(
        comodel_name="medical.consultation.line",
        inverse_name="parent_id",
        string="Components",
    )
    # Not rounded: it is multiplied with the parent's quantity before any rounding.
    component_ratio = fields.Float(
        digits=0,
        readonly=True,
        help="How much of this is used for one unit of the line it belongs to.",
    )
    is_touched = fields.Boolean(
        string="Changed by hand",
        compute="_compute_is_touched",
        help="No longer what the recipe of the line above says, so it does not follow "
        "that line's quantity any more.",
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "The quantity of a line must be more than zero: delete or cancel the line "
        "instead.",
    )
    _qty_done_in_order = models.Constraint(
        "CHECK (qty_done >= 0 AND qty_done <= quantity)",
        "What was done cannot be less than nothing or more than what was ordered.",
    )

    # === COMPUTE METHODS === #

    @api.depends("parent_id.root_line")
    def _compute_root_line(self):
        for line in self:
            line.root_line = line.parent_id.root_line or line._origin.id

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

    @api.depends("quantity", "qty_done", "is_cancelled")
    def _compute_state(self):
        for line in self:
            if line.is_cancelled:
                # What was done before the rest was cancelled stays done.
                line.state = "done" if line.qty_done else "cancelled"
            else:
                line.state = "done" if line.qty_done >= line.quantity else "ordered"

    @api.depends("product_id", "dispensing")
    def _compute_charge(self):
        for line in self:
            if line.dispensing == "external":
                line.charge = "none"
            elif line.parent_id and line.charge:
                continue  # The component says it, once, when the line is made.
            else:
                line.charge = line.product_id.medical_charge or "charged"

    @api.depends("quantity", "component_ratio", "parent_id.quantity")
    def _compute_is_touched(self):
        for line in self:
            line.is_touched = bool(
                line.component_ratio
            ) and line.quantity != line._get_component_quantity(line.parent_id.quantity)

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

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._after_create()
        lines._add_components()
        done = lines.filtered("qty_done")
        if done:
            done._stamp_done()
            done._after_done()
        return lines

    def write(self, vals):
        vals = dict(vals)
        qty_done = vals.pop("qty_done", None)
        self._check_result_is_added_only(vals)
        self._check_done_stays_what_it_is(vals)
        following = self.browse()
        if "quantity" in vals:
            following = self.child_ids.filtered(
                lambda line: line.component_ratio and not line.is_touched
            )
        changed = self.browse()
        if "product_id" in vals:
            changed = self.filtered(
                lambda line: line.product_id.id != vals["product_id"]
            )
        result = super().write(vals) if vals else True
        if changed:
            changed._replace_components()
        for line in following.exists():
            line.quantity = line._get_component_quantity(line.parent_id.quantity)
        if "sequence" in vals and self.child_ids:
            self.child_ids.write({"sequence": vals["sequence"]})
        if qty_done is not None:
            self._record_done(dict.fromkeys(self, qty_done))
        return result

    def unlink(self):
        # Components first, and through the ORM: billing and stock are told of each.
        if self.child_ids - self:
            (self.child_ids - self).unlink()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        for line in self:
            if line.qty_done:
                raise UserError(
                    self.env._(
                        "%(line)s was already done: it stays in the record.",
                        line=line.name,
                    )
                )

    # === ACTION METHODS === #

    def action_done(self):
        """Record the lines as done, as much as was ordered."""
        self.check_access("write")
        self._record_done({line: line.quantity for line in self})

    def action_cancel(self):
        """Cancel what is open of the lines and of their untouched components."""
        self.check_access("write")
        lines = self
        while (
            level := lines.child_ids.filtered(lambda line: not line.is_touched) - lines
        ):
            lines |= level
        lines.filtered(lambda line: line.state == "ordered").write(
            {"is_cancelled": True}
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_open_after_signing(self):
        # EXTENDS medical.consultation.part: fulfilment stays open.
        return super()._get_fields_open_after_signing() | {
            "qty_done",
            "done_by_id",
            "date_done",
            "result",
            "udi",
            "is_cancelled",
        }

    def _check_result_is_added_only(self, vals):
        if "result" not in vals:
            return
        self.filtered(
            lambda line: line.result and line.result != vals["result"]
        )._raise_if_frozen(
            self.env._("The result of a signed visit is already recorded and stays.")
        )

    def _check_done_stays_what_it_is(self, vals):
        """Refuse to change what was done: goods left the stock, items were made."""
        for name in ("product_id", "product_uom_id", "dispensing"):
            if name not in vals:
                continue
            for line in self:
                value = line[name]
                if line.qty_done and vals[name] != (
                    value.id if isinstance(value, models.BaseModel) else value
                ):
                    raise UserError(
                        self.env._(
                            "%(line)s was already done: its %(field)s cannot change. "
                            "Set what was done to zero first.",
                            line=line.name,
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    def _record_done(self, quantities):
        """Record how much of the lines is done, and let billing and stock follow.

        The one way to change `qty_done` after a line exists; a plain `write` of it
        ends here too. Open components are done along with what they are part of.

        :param dict quantities: the new total done per line, in the line's own unit
        :raise UserError: for cancelled lines, or when less would be done than a
            signed visit already says
        """
        changed = self.browse()
        by_quantity = {}
        for line, quantity in self._add_component_quantities(quantities).items():
            if line.qty_done == quantity:
                continue
            if line.is_cancelled:
                raise UserError(
                    self.env._(
                        "%(line)s is cancelled and cannot be done.", line=line.name
                    )
                )
            if quantity > line.quantity:
                raise ValidationError(
                    self.env._(
                        "%(done)s of %(line)s is more than the %(ordered)s ordered: "
                        "change the order first.",
                        done=quantity,
                        line=line.name,
                        ordered=line.quantity,
                    )
                )
            if quantity < line.qty_done:
                line._raise_if_frozen(
                    self.env._(
                        "%(done)s of %(line)s is already recorded as done in a signed "
                        "visit: it cannot become less.",
                        done=line.qty_done,
                        line=line.name,
                    )
                )
            changed |= line
            by_quantity.setdefault(quantity, self.browse())
            by_quantity[quantity] |= line
        for quantity, lines in by_quantity.items():
            lines._write_qty_done(quantity)
        if changed:
            changed._stamp_done()
            changed._after_done()

    @api.model
    def _add_component_quantities(self, quantities):
        """Add the components that are done along with the lines of a deed.

        :param dict quantities: the new total done per line
        :return: the same, with the components nobody said anything about
        :rtype: dict
        """
        quantities = dict(quantities)
        level = self.browse(line.id for line in quantities)
        while level:
            following = self.browse()
            for line in level.child_ids:
                parent = line.parent_id
                if (
                    line in quantities
                    or line.state != "ordered"
                    or (line.is_done_later and not parent.is_done_later)
                ):
                    continue
                part = quantities[parent] / parent.quantity
                done = min(
                    line.product_uom_id.round(line.quantity * part), line.quantity
                )
                if done > line.qty_done:
                    quantities[line] = done
                    following |= line
            level = following
        return quantities

    def _write_qty_done(self, quantity):
        # Below this class's own write(), which would lead back to _record_done().
        return super().write({"qty_done": quantity})

    def _stamp_done(self):
        """Note when lines were first done and by whom, where nobody said it."""
        partner = self.env.user.partner_id
        for practitioner, lines in (
            self.filtered("qty_done")
            .grouped(
                lambda line: (
                    partner if partner.is_practitioner else line.practitioner_id
                )
            )
            .items()
        ):
            lines.filtered(lambda line: not line.date_done).write(
                {"date_done": fields.Datetime.now()}
            )
            if practitioner:
                lines.filtered(lambda line: not line.done_by_id).write(
                    {"done_by_id": practitioner.id}
                )

    def _after_create(self):
        """A hook: these lines were just made; their components come next."""

    def _after_done(self):
        """A hook: the quantity done of these lines has just changed.

        For a module that reacts to what was done, such as taking goods from stock.
        Called once for all lines of a deed.
        """

    # --- Components --- #

    def _get_component_quantity(self, parent_quantity):
        """Return how much of this component a quantity of its parent needs."""
        self.ensure_one()
        return self.product_uom_id.round(parent_quantity * self.component_ratio)

    def _add_components(self):
        """Add the components of the lines' products, level by level."""
        vals_list = []
        # In sudo mode: recording needs no right to the recipes.
        for line in self.sudo():
            for component in line.product_id.component_ids:
                vals_list.append(line._prepare_component_vals(component))
        if vals_list:
            self.create(vals_list)

    def _prepare_component_vals(self, component):
        """Return the values of the line made for one component of this line.

        :param component: a `medical.product.component`
        :rtype: dict
        """
        self.ensure_one()
        # The recipe is for one of the product's own unit.
        ratio = component.quantity * self.product_uom_id._compute_quantity(
            1.0, self.product_id.uom_id, round=False
        )
        return {
            "consultation_id": self.consultation_id.id,
            "parent_id": self.id,
            "sequence": self.sequence,
            "product_id": component.product_id.id,
            "product_uom_id": component.product_uom_id.id,
            "component_ratio": ratio,
            "quantity": component.product_uom_id.round(self.quantity * ratio),
            "charge": (
                "included"
                if component.charge == "included"
                else component.product_id.medical_charge or "charged"
            ),
            "is_done_later": self.is_done_later,
            "dispensing": self.dispensing,
        }

    def _replace_components(self):
        """Make the components fit the lines' new products; touched ones stay."""
        self.child_ids.filtered(
            lambda line: (
                line.component_ratio and not line.is_touched and not line.qty_done
            )
        ).unlink()
        self._add_components()
