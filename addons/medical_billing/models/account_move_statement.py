from odoo import models


class AccountMove(models.Model):
    """Entries as a payer's statement names them: neutrally, by kind and number."""

    # account.move is extended by subject; this one is about statements.
    _inherit = "account.move"

    # === BUSINESS METHODS === #

    def _get_statement_title(self, amount):
        """Return what kind of entry this is, in words.

        :param float amount: what it adds to the balance of the payer
        :rtype: str
        """
        self.ensure_one()
        if self.is_sale_document(include_receipts=True):
            if self.is_medical_receipt or self.move_type == "out_receipt":
                return self.env._("Receipt")
            if self.move_type == "out_refund":
                return self.env._("Credit Note")
            return self.env._("Invoice")
        if self.origin_payment_id or self.statement_line_id:
            return self.env["account.payment"]._get_statement_payment_title(
                self.journal_id, amount
            )
        if self.journal_id == self.company_id.currency_exchange_journal_id:
            return self.env._("Exchange Difference")
        return self.env._("Adjustment")

    def _get_statement_write_off(self):
        """Return how much of a payment's entry is a difference that was written off.

        :return: the balance of the lines that are neither money nor the payer's
        :rtype: float
        """
        self.ensure_one()
        if not self.origin_payment_id:
            return 0.0
        _money, _payer, written_off = self.origin_payment_id._seek_for_lines()
        return sum(written_off.mapped("balance"))
