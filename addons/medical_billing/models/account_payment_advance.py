from odoo import models
from odoo.exceptions import UserError


class AccountPayment(models.Model):
    """Payments on account: taken at the desk before there is a document."""

    # account.payment is extended by subject; this one is about payments on account.
    _inherit = "account.payment"

    # === ACTION METHODS === #

    def action_medical_receive(self):
        """Post these payments; the dialog closes."""
        for payment in self:
            if payment.currency_id.compare_amounts(payment.amount, 0) <= 0:
                raise UserError(self.env._("Enter how much was paid."))
        self.action_post()
        return {"type": "ir.actions.act_window_close"}

    def action_medical_receive_and_print(self):
        """Post these payments and print Odoo's own receipt for them."""
        self.action_medical_receive()
        action = self.env.ref("account.action_report_payment_receipt")
        return action.report_action(self, config=False) | {
            "close_on_report_download": True
        }
