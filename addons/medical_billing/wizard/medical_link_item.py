from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalLinkItem(models.TransientModel):
    """Link a document line to what it bills, or say why there is nothing to link."""

    _name = "medical.link.item"
    _description = "Link a Document Line"

    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Line",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Document")
    partner_id = fields.Many2one(related="move_line_id.partner_id", string="Customer")
    product_id = fields.Many2one(related="move_line_id.product_id")
    quantity = fields.Float(related="move_line_id.quantity")
    candidate_ids = fields.Many2many(
        comodel_name="medical.billable.item",
        compute="_compute_candidate_ids",
    )
    item_id = fields.Many2one(
        comodel_name="medical.billable.item",
        string="Bills",
        compute="_compute_item_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', candidate_ids)]",
        help="What was recorded and is not billed yet, for the same customer.",
    )
    reason = fields.Char(
        help="Why nothing was recorded for this line, when that is right.",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_line_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = (
                wizard.move_line_id._get_candidate_items()
                if wizard.move_line_id
                else False
            )

    @api.depends("candidate_ids")
    def _compute_item_id(self):
        for wizard in self:
            # One is proposed; between several somebody chooses.
            candidates = wizard.candidate_ids
            wizard.item_id = candidates if len(candidates) == 1 else False

    # === ACTION METHODS === #

    def action_link(self):
        """Link the line to the chosen item."""
        self.ensure_one()
        if not self.item_id:
            raise UserError(
                self.env._(
                    "Choose what this line bills. If nothing was recorded for it, say "
                    "why and press No Item."
                )
            )
        self.move_line_id._link_billable_item(self.item_id)

    def action_confirm_unlinked(self):
        """Keep the line as it is: there is nothing recorded that it bills."""
        self.ensure_one()
        self.move_line_id._confirm_unlinked(self.reason)
