from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class MedicalCreditDecision(models.TransientModel):
    """Say later what becomes of what was credited, or change what was said."""

    _name = "medical.credit.decision"
    _description = "Decide on Credited Items"

    item_ids = fields.Many2many(
        comodel_name="medical.billable.item",
        string="Items",
        required=True,
    )
    line_ids = fields.One2many(
        comodel_name="medical.credit.line",
        inverse_name="decision_id",
        string="Credited",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    outcome = fields.Selection(
        selection=lambda self: self.env["medical.credit.line"]._selection_outcome(),
        string="What Becomes of It",
        help="For all of them; each line can say something else.",
    )
    payer_id = fields.Many2one(comodel_name="res.partner", string="Other Payer")
    reason = fields.Char(help="Stays on the lines, with who decided and when.")

    # === COMPUTE METHODS === #

    @api.depends("item_ids")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create({"move_line_id": line.id})
                    for line in wizard.item_ids._origin._get_credit_lines_to_decide()
                ),
            ]

    # === ACTION METHODS === #

    def action_confirm(self):
        """Keep what was chosen on the lines of the credit notes."""
        self.ensure_one()
        if not self.line_ids:
            raise UserError(
                self.env._("Nothing here was credited and waits for a decision.")
            )
        self.line_ids._check_choices()
        changed = self.line_ids.filtered(
            lambda choice: (
                (choice.outcome, choice.payer_id)
                != (
                    choice.move_line_id.credit_outcome,
                    choice.move_line_id.credit_payer_id,
                )
            )
        )
        changed._store_outcomes()
        return {"type": "ir.actions.act_window_close"}
