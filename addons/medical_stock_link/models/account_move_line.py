from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _eligible_for_stock_account(self):
        # EXTENDS 'stock_account': the cost was booked when the goods were used. Booked
        # here once more, it would be wrong for waived, shared and credited items.
        # In sudo mode: whoever posts a document need not see the items behind it.
        if self.sudo().billable_item_id.consultation_line_id:
            return False
        return super()._eligible_for_stock_account()
