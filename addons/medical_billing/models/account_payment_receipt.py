from odoo import fields, models


class AccountPayment(models.Model):
    """Payments of receipts: matched with their documents in bulk."""

    # account.payment is extended by subject; this one is about paying at the desk.
    _inherit = "account.payment"

    medical_amount_given = fields.Monetary(
        string="Money Given",
        readonly=True,
        copy=False,
        help="What was handed over; the difference to the amount was given back.",
    )

    # === BUSINESS METHODS === #

    def _reconcile_receipts(self):
        """Match these payments with the documents they pay, all in one plan."""
        plan = []
        for moves, payments in self.grouped("invoice_ids").items():
            receivable = moves._get_receivable_lines()
            counterpart = payments.move_id.line_ids.filtered(
                lambda line, accounts=receivable.account_id: line.account_id in accounts
            )
            # Without an account for outstanding payments a payment has no entry.
            if counterpart:
                plan.append(
                    (receivable | counterpart).filtered(
                        lambda line: not line.reconciled
                    )
                )
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
