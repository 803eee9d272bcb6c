from odoo import models


class AccountPayment(models.Model):
    """Payments as the receipts that they pay name them."""

    # account.payment is extended by subject; this one is about prints.
    _inherit = "account.payment"

    # === BUSINESS METHODS === #

    def _prepare_medical_report_row(self):
        """Return how this was paid, and what was given back.

        :rtype: dict
        """
        self.ensure_one()
        method = self.journal_id.name
        line = self.payment_method_line_id
        # "Manual Payment" says nothing that the name of the journal does not.
        if line.code and line.code != "manual":
            method = f"{method} ({line.name})"
        row = {"method": method}
        if self.currency_id.compare_amounts(self.medical_amount_given, self.amount) > 0:
            row["given"] = self.medical_amount_given
            row["change"] = self.currency_id.round(
                self.medical_amount_given - self.amount
            )
        return row
