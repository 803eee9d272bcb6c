from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalBillableItemWaiver(models.Model):
    """How much of an item was given up, by whom, when and why.

    An entry stays as it is. Undoing it says on it who took it back, and when.
    """

    _name = "medical.billable.item.waiver"
    _description = "Waiver of a Billable Item"
    _order = "date desc, id desc"
    _rec_name = "reason"

    item_id = fields.Many2one(
        comodel_name="medical.billable.item",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        related="item_id.company_id", store=True, precompute=True
    )
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    product_uom_id = fields.Many2one(related="item_id.product_uom_id")
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    date = fields.Datetime(
        string="On",
        required=True,
        readonly=True,
        default=lambda self: fields.Datetime.now(),
    )
    undone_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="restrict",
    )
    undone_date = fields.Datetime(string="Undone on", readonly=True)

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "Waive more than nothing.",
    )
    _reason_said = models.Constraint(
        "CHECK (TRIM(reason) != '')",
        "Say why this is waived.",
    )
    _undone_by_somebody = models.Constraint(
        "CHECK ((undone_by_id IS NULL) = (undone_date IS NULL))",
        "A waiver is undone by somebody, at some time.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        if vals.keys() - {"undone_by_id", "undone_date"} or any(
            waiver.undone_date for waiver in self
        ):
            raise UserError(
                self.env._("A waiver stays as it was written. Undo it instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A waiver is never deleted. Undo it instead."))

    # === ACTION METHODS === #

    def action_undo(self):
        """Bill again what was waived."""
        self._undo()

    # === BUSINESS METHODS === #

    def _undo(self):
        """Take these waivers back: what they gave up is to be billed again.

        :raise UserError: for waivers that are undone already
        """
        self.item_id.check_access("write")
        if any(waiver.undone_date for waiver in self):
            raise UserError(self.env._("This waiver is already undone."))
        # In sudo mode: nobody changes waivers by hand, see the access rights.
        self.sudo().write(
            {"undone_by_id": self.env.uid, "undone_date": fields.Datetime.now()}
        )
