from odoo import api, models


class AccountPayment(models.Model):
    """Payments as rows of a payer's statement."""

    # account.payment is extended by subject; this one is about statements.
    _inherit = "account.payment"

    # === BUSINESS METHODS === #

    @api.model
    def _get_statement_payment_title(self, journal, amount):
        """Return what a statement calls money that came in or went back.

        :param journal: the `account.journal` of the money
        :param float amount: what it adds to the balance of the payer
        :rtype: str
        """
        if amount > 0:
            return self.env._("Refund (%(journal)s)", journal=journal.name)
        return self.env._("Payment (%(journal)s)", journal=journal.name)

    def _prepare_statement_row(self, amount):
        """Return the row of a payment that has no entry in the books yet.

        :param float amount: what it adds to the balance of the payer
        :rtype: dict
        """
        self.ensure_one()
        foreign = self.currency_id != self.company_currency_id
        return {
            "date": self.date,
            "title": self._get_statement_payment_title(self.journal_id, amount),
            "name": self.name or "",
            "due_date": False,
            "amount": amount,
            "amount_currency": self.amount * (1 if amount > 0 else -1),
            "currency": self.currency_id if foreign else False,
            "move": self.env["account.move"],
        }
