from odoo import fields, models
from odoo.exceptions import UserError


class MedicalTillMove(models.TransientModel):
    """Put cash into a till or take it out, and say why."""

    _name = "medical.till.move"
    _description = "Put Cash In or Take It Out"

    session_id = fields.Many2one(comodel_name="medical.till.session", required=True)
    currency_id = fields.Many2one(related="session_id.currency_id")
    direction = fields.Selection(
        selection=[("out", "Take cash out"), ("in", "Put cash in")],
        required=True,
        default="out",
    )
    kind = fields.Selection(
        selection=lambda self: (
            self.env["medical.till.movement"]
            ._fields["kind"]
            ._description_selection(self.env)
        ),
        required=True,
        default="transfer",
    )
    amount = fields.Monetary(required=True)
    reason = fields.Char(required=True)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Book the cash and note it on the session."""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._("Say how much was put in or taken out."))
        sign = 1 if self.direction == "in" else -1
        self.session_id._move_cash(sign * self.amount, self.kind, self.reason)
