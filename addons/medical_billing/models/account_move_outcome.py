from odoo import models


class AccountMove(models.Model):
    """Undoing a credit note undoes what was chosen for what it credits."""

    _inherit = "account.move"

    # === ACTION METHODS === #

    def button_draft(self):
        # EXTENDS 'account'. In sudo mode: who resets a document need not see items.
        self.sudo().invoice_line_ids.filtered(
            "credit_part_id"
        )._check_not_billed_to_others()
        return super().button_draft()
