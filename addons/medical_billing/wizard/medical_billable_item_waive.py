from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalBillableItemWaive(models.TransientModel):
    """Waive what is left to bill of items, or a part of one, and say why."""

    _name = "medical.billable.item.waive"
    _description = "Waive Billable Items"

    item_ids = fields.Many2many(
        comodel_name="medical.billable.item",
        string="Items",
        required=True,
    )
    is_single = fields.Boolean(compute="_compute_left")
    left = fields.Float(
        string="Left to Bill",
        digits="Product Unit",
        compute="_compute_left",
    )
    quantity = fields.Float(
        string="Waive",
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
    )
    summary = fields.Text(compute="_compute_left")
    reason = fields.Char(required=True)

    # === COMPUTE METHODS === #

    @api.depends("item_ids")
    def _compute_left(self):
        for wizard in self:
            items = wizard.item_ids._origin or wizard.item_ids
            wizard.is_single = len(items) == 1 and bool(items.qty_to_bill)
            wizard.left = (
                abs(sum(items.mapped("qty_to_bill"))) if wizard.is_single else 0.0
            )
            wizard.summary = items._get_waive_summary()

    @api.depends("item_ids")
    def _compute_quantity(self):
        for wizard in self:
            wizard.quantity = wizard.left

    # === ACTION METHODS === #

    def action_confirm(self):
        """Waive what is left of the items, also what was credited and undecided."""
        self.ensure_one()
        items = self.item_ids.filtered("qty_to_bill")
        undecided = self.item_ids.filtered("qty_undecided")
        if not items | undecided:
            raise UserError(self.env._("Nothing of this is left to bill."))
        if items:
            items._waive(
                quantity=self.quantity if self.is_single else None, reason=self.reason
            )
        if undecided:
            undecided._decide_credits("waive", reason=self.reason)
        return {"type": "ir.actions.act_window_close"}
