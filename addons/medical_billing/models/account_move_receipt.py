from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AccountMove(models.Model):
    """Receipts: posted and paid at once, all in bulk."""

    # account.move is extended by subject; this one is about paying at the desk.
    _inherit = "account.move"

    # === BUSINESS METHODS === #

    def _post_and_pay_receipts(self, payments, date=None):
        """Post these receipts and register their payments.

        In bulk: one posting, one creation of payments and one reconciliation for all.
        What a method pays goes to the receipts in their order; each receipt gets a
        payment of its own for each method that pays a part of it.

        :param list[dict] payments: one entry for each method, with the keys `journal`
            (the bank or cash `account.journal` the money goes to), `method_line` (its
            `account.payment.method.line`; the first one when missing), `amount` (in
            the currency of the receipts; all that is left to pay when missing) and
            `given` (the money that was handed over, when some was given back)
        :param date date: the day of the payments (today)
        :return: the payments
        :rtype: account.payment
        :raise UserError: for negative amounts or totals, more money than is due, or
            receipts of several currencies or companies
        """
        if not self:
            return self.env["account.payment"]
        self._check_receipts_can_be_paid()
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        # Else Odoo would give the payment another day than was asked for.
        self.company_id._check_medical_date_is_open(date)
        self.filtered(lambda move: move.state == "draft").action_post()
        shares = self._share_receipt_payments(payments)
        records = self.env["account.payment"].create(
            [
                move._prepare_receipt_payment_vals(entry, amount, date)
                for move, entry, amount in shares
            ]
        )
        records.with_context(medical_receipt_entries=True)._generate_journal_entry()
        records.action_post()
        records._reconcile_receipts()
        return records

    def _check_receipts_can_be_paid(self):
        """Raise `UserError` when these documents cannot be paid together."""
        if len(self.company_id) > 1:
            raise UserError(self.env._("Pay the receipts of one company at a time."))
        if len(self.currency_id) > 1:
            raise UserError(
                self.env._(
                    "These receipts are in %(currencies)s: pay those of one currency "
                    "at a time.",
                    currencies=", ".join(self.currency_id.mapped("name")),
                )
            )
        for date, moves in self.grouped("invoice_date").items():
            if date:
                self.company_id._check_medical_date_is_open(
                    date, bool(moves.invoice_line_ids.tax_ids)
                )
        for move in self:
            if move.currency_id.compare_amounts(move.amount_total, 0) < 0:
                raise UserError(
                    self.env._(
                        "A receipt cannot be negative: build a credit note instead."
                    )
                )

    def _share_receipt_payments(self, payments):
        """Share what each method pays over these receipts, in their order.

        :param list[dict] payments: see :meth:`_post_and_pay_receipts`
        :return: tuples of `account.move`, entry of `payments`, and amount
        :rtype: list[tuple]
        :raise UserError: for a negative amount, or more than is due
        """
        currency = self.currency_id
        due = {move: move.amount_residual for move in self}
        total = currency.round(sum(due.values()))
        paid = 0.0
        shares = []
        for entry in map(self._complete_payment_entry, payments):
            amount = entry.get("amount")
            if amount is None:
                amount = total - paid
            amount = currency.round(amount)
            if currency.compare_amounts(amount, 0) < 0:
                raise UserError(
                    self.env._("The amount paid cannot be less than nothing.")
                )
            paid += amount
            for move, left in due.items():
                part = min(amount, left)
                if currency.compare_amounts(part, 0) > 0:
                    shares.append((move, entry, part))
                    due[move] = currency.round(left - part)
                    amount = currency.round(amount - part)
        if currency.compare_amounts(paid, total) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than the %(due)s due: enter the part that "
                    "pays this receipt, and give the rest back.",
                    amount=currency.format(paid),
                    due=currency.format(total),
                )
            )
        return shares

    def _complete_payment_entry(self, entry):
        """Return an entry of `payments` with the method of its journal.

        :param dict entry: see :meth:`_post_and_pay_receipts`
        :rtype: dict
        :raise UserError: when the journal has no method for incoming payments
        """
        journal = entry["journal"]
        method_line = (
            entry.get("method_line")
            or journal._get_available_payment_method_lines("inbound")[:1]
        )
        if not method_line:
            raise UserError(
                self.env._(
                    "%(journal)s has no method for incoming payments: add one in the "
                    "configuration of the journal.",
                    journal=journal.name,
                )
            )
        return {**entry, "method_line": method_line}

    def _prepare_receipt_payment_vals(self, entry, amount, date):
        """Return the values of a payment of this document.

        :param dict entry: see :meth:`_post_and_pay_receipts`
        :param float amount: what it pays of this document
        :param date date: the day of the payment
        :rtype: dict
        """
        self.ensure_one()
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.commercial_partner_id.id,
            "company_id": self.company_id.id,
            "journal_id": entry["journal"].id,
            "payment_method_line_id": entry["method_line"].id,
            "amount": amount,
            "currency_id": self.currency_id.id,
            "date": date,
            "memo": self.name,
            "destination_account_id": self._get_receivable_lines().account_id[:1].id,
            "invoice_ids": [Command.set(self.ids)],
            "medical_amount_given": entry.get("given") or 0.0,
        }

    def _get_receivable_lines(self):
        return self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
