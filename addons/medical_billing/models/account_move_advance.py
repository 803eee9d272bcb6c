from odoo import api, fields, models
from odoo.exceptions import UserError

from .res_partner import BILLER


class AccountMove(models.Model):
    """Documents that are paid with money given in advance."""

    # account.move is extended by subject; this one is about payments on account.
    _inherit = "account.move"

    medical_advance = fields.Monetary(
        string="Paid in Advance",
        compute="_compute_medical_advance",
        groups=BILLER,
        help="What the payer paid in advance and this document can use.",
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "amount_residual", "state", "currency_id")
    def _compute_medical_advance(self):
        open_moves = self.filtered(lambda move: move._can_use_advance("draft"))
        for move in self - open_moves:
            move.medical_advance = 0.0
        for (company, currency), moves in open_moves.grouped(
            lambda move: (move.company_id, move.currency_id)
        ).items():
            advances = moves.partner_id._get_medical_advances(company, currency)
            for move in moves:
                move.medical_advance = advances[move.partner_id]

    # === ACTION METHODS === #

    def action_medical_use_advance(self):
        """Pay these documents with what their payers paid in advance."""
        self.check_access("write")
        used = self._use_advance()
        if not used:
            raise UserError(
                self.env._(
                    "There is nothing to use: either nothing is due, or nothing was "
                    "paid in advance."
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Advance used"),
                "message": "\n".join(
                    self.env._(
                        "%(document)s: %(amount)s",
                        document=move.name,
                        amount=move.currency_id.format(amount),
                    )
                    for move, amount in used.items()
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS METHODS === #

    def _use_advance(self):
        """Match these documents with what their payers paid in advance.

        The oldest money pays the oldest documents. Drafts and what needs no payment
        are left alone; all is matched in one plan.

        :return: the documents that got something, and how much of it, in their
            currency
        :rtype: dict[account.move, float]
        """
        moves = self.filtered(lambda move: move._can_use_advance()).sorted(
            lambda move: (move.invoice_date_due or move.date, move.id)
        )
        before = {move: move.amount_residual for move in moves}
        plan = []
        for company, documents in moves.grouped("company_id").items():
            payers = documents.commercial_partner_id
            advances = self.env["account.move.line"].search(
                payers._get_advance_lines_domain(company), order="date, id"
            )
            for key, money in advances.grouped(_get_match_key).items():
                due = documents._get_receivable_lines().filtered(
                    lambda line, key=key: (
                        not line.reconciled and _get_match_key(line) == key
                    )
                )
                if due and sum(money.mapped("amount_residual")) < 0:
                    # Money given back first: it is no advance any more.
                    plan.append([money, due] if len(money) > 1 else [money | due])
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
        return {
            move: residual - move.amount_residual
            for move, residual in before.items()
            if move.currency_id.compare_amounts(residual, move.amount_residual)
        }

    def _can_use_advance(self, *states):
        """Tell whether this is a clinic document that somebody still has to pay."""
        self.ensure_one()
        return (
            self.state in ("posted", *states)
            and self.move_type in ("out_invoice", "out_receipt")
            and bool(self.medical_patient_id and self.partner_id)
            and self.payment_state in ("not_paid", "partial")
            and self.currency_id.compare_amounts(self.amount_residual, 0) > 0
        )


def _get_match_key(line):
    """Return what must be the same for journal items to be matched."""
    return line.partner_id, line.account_id
