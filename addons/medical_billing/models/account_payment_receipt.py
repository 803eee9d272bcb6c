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

    def _generate_journal_entry(
        self, write_off_line_vals=None, force_balance=None, line_ids=None
    ):
        # OVERRIDE of 'account' for receipts alone: Odoo links each payment with its
        # entry in a `write` of its own, and each of these asks the database which
        # documents all this pays. The values are Odoo's, and posting is.
        if not self.env.context.get("medical_receipt_entries"):
            return super()._generate_journal_entry(
                write_off_line_vals, force_balance, line_ids
            )
        payments = self.filtered(
            lambda payment: payment.outstanding_account_id and not payment.move_id
        )
        moves = self.env["account.move"].create(
            [payment._generate_move_vals() for payment in payments]
        )
        # The steps of BaseModel.write, with another value for each record.
        payments.modified(["move_id"], before=True)
        for payment, move in zip(payments, moves, strict=True):
            self._fields["move_id"].write(payment, move.id)
        payments.modified(["move_id"])
        payments._check_company(["move_id"])
        return None

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
