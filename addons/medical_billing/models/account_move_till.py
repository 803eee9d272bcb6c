from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .medical_till_session import TILL_MANAGER


class AccountMove(models.Model):
    """Receipts that are voided on the day they were made."""

    # account.move is extended by subject; this one is about the till.
    _inherit = "account.move"

    # === ACTION METHODS === #

    def action_medical_void(self):
        """Ask why this receipt is voided and what becomes of what it billed."""
        self.ensure_one()
        self._check_can_be_voided()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Void Receipt"),
            "res_model": "medical.receipt.void",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_id": self.id},
        }

    def button_draft(self):
        # EXTENDS 'account': the entry of a payment is no detour around the till.
        self.origin_payment_id._check_till_correction()
        return super().button_draft()

    def button_cancel(self):
        # EXTENDS 'account': see above.
        self.origin_payment_id._check_till_correction()
        return super().button_cancel()

    # === BUSINESS METHODS === #

    def _void(self, reason, outcome):
        """Void this receipt of today: its payments are cancelled, it is credited.

        Money that was paid in advance and used here is an advance again.

        :param str reason: why
        :param str outcome: what becomes of the items, `rebill` or `waive`
        :return: the credit note
        :rtype: account.move
        :raise AccessError: for users who may not correct the till
        :raise UserError: for what is not a posted receipt of today in an open till
        """
        self.ensure_one()
        self._check_can_be_voided()
        payments = self._get_own_payments()
        self.line_ids.remove_move_reconcile()
        payments.action_cancel()
        credit = self._reverse_moves(
            [
                {
                    "ref": self.env._(
                        "Void of %(receipt)s: %(reason)s",
                        receipt=self.name,
                        reason=reason,
                    ),
                    "date": fields.Date.context_today(self),
                    "invoice_date": fields.Date.context_today(self),
                    "journal_id": self.journal_id.id,
                }
            ],
            cancel=True,
        )
        credit.invoice_line_ids.filtered("billable_item_id")._set_credit_outcome(
            outcome, reason=reason
        )
        return credit

    def _check_can_be_voided(self):
        """Raise when this is no receipt that the user may void now."""
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group(TILL_MANAGER):
            raise AccessError(
                self.env._("Only those who may correct the till void receipts.")
            )
        if not self.is_medical_receipt or self.state != "posted":
            raise UserError(
                self.env._(
                    "%(document)s is no posted receipt of the clinic.",
                    document=self.display_name,
                )
            )
        if self.payment_state == "reversed" or self.reversal_move_ids.filtered(
            lambda move: move.state == "posted"
        ):
            raise UserError(
                self.env._("%(receipt)s is already credited.", receipt=self.name)
            )
        payments = self._get_own_payments()
        today = fields.Date.context_today(self)
        days = {self.invoice_date, *payments.mapped("date")} - {today}
        if days:
            raise UserError(
                self.env._(
                    "%(receipt)s is of %(day)s, and only receipts of today are voided. "
                    "Make a credit note and pay the money back.",
                    receipt=self.name,
                    day=format_date(self.env, min(days)),
                )
            )
        # In sudo mode: only whether the till is still open.
        if closed := payments.sudo().medical_till_session_id.filtered("date_close"):
            raise UserError(
                self.env._(
                    "%(receipt)s was paid into the till %(till)s, which is closed and "
                    "counted. Make a credit note and pay the money back.",
                    receipt=self.name,
                    till=", ".join(closed.mapped("name")),
                )
            )
        if shared := payments.filtered(lambda payment: payment.invoice_ids - self):
            raise UserError(
                self.env._(
                    "%(payments)s pays other documents, too. Make a credit note and "
                    "pay the money back.",
                    payments=", ".join(shared.mapped("name")),
                )
            )

    def _get_own_payments(self):
        """Return the payments that were made for this document, advances apart.

        :rtype: account.payment
        """
        self.ensure_one()
        return self.matched_payment_ids.filtered(
            lambda payment: payment.state in ("in_process", "paid")
        )
