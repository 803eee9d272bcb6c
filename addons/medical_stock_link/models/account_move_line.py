from odoo import models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # === BUSINESS METHODS === #

    def _eligible_for_stock_account(self):
        # EXTENDS 'stock_account': the cost was booked when the goods were used. Booked
        # here once more, it would be wrong for waived, shared and credited items.
        # In sudo mode: whoever posts a document need not see the items behind it.
        line = self.sudo()
        used = line.billable_item_id.consultation_line_id
        if used and used not in line._get_acts_with_booked_cost():
            return False
        return super()._eligible_for_stock_account()

    def _get_acts_with_booked_cost(self):
        """Return the acts whose cost the document has booked that this line credits.

        Documents from before goods left the stock by their visits carry the cost
        themselves, as any sale; a credit gives it back as Odoo does.

        :rtype: medical.consultation.line
        """
        self.ensure_one()
        credited = self.move_id.reversed_entry_id
        return credited.line_ids.cogs_origin_id.billable_item_id.consultation_line_id

    def _link_billable_item(self, item):
        # EXTENDS 'medical_billing'
        self.ensure_one()
        cost = self.sudo().move_id.line_ids.filtered(
            lambda line: line.cogs_origin_id == self
        )
        if cost:
            raise UserError(
                self.env._(
                    "%(document)s booked the cost of %(line)s when it was posted, and "
                    "a visit books it when the goods are used: linked, it would be "
                    "booked twice. Let an accountant reset the document to draft, link "
                    "the line, and post it again; or credit it, and bill what was "
                    "recorded.",
                    document=self.move_id.name,
                    line=self.name,
                )
            )
        return super()._link_billable_item(item)
