from odoo import fields, models


class MedicalReceiptVoid(models.TransientModel):
    """Void a receipt of today."""

    _name = "medical.receipt.void"
    _description = "Void a Receipt"

    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Receipt",
        required=True,
        readonly=True,
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_total = fields.Monetary(related="move_id.amount_total")
    reason = fields.Char(required=True)
    outcome = fields.Selection(
        selection=[("rebill", "Bill it again"), ("waive", "Waive it")],
        string="What Was Done",
        required=True,
        default="rebill",
    )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Void the receipt and show the credit note."""
        self.ensure_one()
        credit = self.move_id._void(self.reason, self.outcome)
        return credit._get_records_action()
