from odoo import models
from odoo.tools import float_round


class AccountMoveLine(models.Model):
    """How much of a document is left to credit."""

    _inherit = "account.move.line"

    # === CRUD METHODS === #

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS 'account': in place of a credited document only what is billed again.
        result = super()._copy_data_extend_business_fields(values)
        if self.env.context.get("medical_replacing") and self.display_type == "product":
            choice = self.move_id._get_medical_reversal().medical_line_ids.filtered(
                lambda choice: choice.move_line_id == self
            )
            if choice:
                values["quantity"] = choice.quantity
                values["medical_left_out"] = not (choice.quantity and choice._is_kept())
        return result

    # === BUSINESS METHODS === #

    def _get_quantities_left_to_credit(self, states=("draft", "posted")):
        """Return how much of these lines of documents was not credited yet.

        What credit notes and corrections of a document take off an item is taken off
        its lines in their order.

        :param states: of the credit notes that count
        :return: line to quantity
        :rtype: dict
        """
        # In sudo mode: what a correction took counts, whoever asks.
        credited = self.move_id.sudo()._get_credited_quantities(states)
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        left = {}
        for line in self.sudo().sorted("id"):
            quantity = line.quantity
            if line.billable_item_id:
                key = (line.move_id, line.billable_item_id)
                gone = min(max(credited[key], 0.0), quantity)
                credited[key] -= gone
                quantity = float_round(quantity - gone, precision_digits=digits)
            left[self.browse(line.id)] = quantity
        return left
