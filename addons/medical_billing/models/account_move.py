from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AccountMove(models.Model):
    _inherit = "account.move"

    medical_patient_id = fields.Many2one(
        comodel_name="res.partner",
        string="Patient",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The patient whose visits this document bills.",
    )
    is_medical_receipt = fields.Boolean(
        readonly=True,
        help="Printed as a receipt, whatever it is in the books.",
    )
    billable_item_count = fields.Integer(
        compute="_compute_billable_item_count",
        groups="medical_billing.group_biller",
    )

    # === COMPUTE METHODS === #

    @api.depends("invoice_line_ids.billable_item_id")
    def _compute_billable_item_count(self):
        counts = dict(
            self.env["account.move.line"]._read_group(
                domain=[("move_id", "in", self.ids), ("billable_item_id", "!=", False)],
                groupby=["move_id"],
                aggregates=["billable_item_id:count_distinct"],
            )
        )
        for move in self:
            move.billable_item_count = counts.get(move._origin, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account': the items say who pays, and in which currency.
        changed = self.browse()
        for name in ("partner_id", "currency_id"):
            if name in vals:
                changed |= self.filtered(
                    lambda move, name=name: move[name].id != (vals[name] or False)
                )
        for move in changed:
            if move.invoice_line_ids.billable_item_id:
                raise UserError(
                    self.env._(
                        "%(document)s bills clinic items: its customer and its "
                        "currency follow from them. Delete it and choose another "
                        "payer on the items.",
                        document=move.display_name,
                    )
                )
        return super().write(vals)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account': a credit note is about the same patient.
        default_values_list = default_values_list or [{} for _move in self]
        for move, values in zip(self, default_values_list, strict=True):
            if move.medical_patient_id:
                values.setdefault("medical_patient_id", move.medical_patient_id.id)
                values.setdefault("is_medical_receipt", False)
        return super()._reverse_moves(default_values_list, cancel=cancel)

    # === ACTION METHODS === #

    def action_view_billable_items(self):
        items = self.invoice_line_ids.billable_item_id
        return items._get_records_action(name=self.env._("Billable Items"))

    # === BUSINESS METHODS === #

    def _post_and_pay_receipts(
        self, journal, method_line=None, amounts=None, date=None
    ):
        """Post these receipts and register a payment of its own for each.

        In bulk: one creation, one posting and one reconciliation for all.

        :param journal: the `account.journal` (bank or cash) the money goes to
        :param method_line: its `account.payment.method.line`; the first one if empty
        :param dict amounts: what was paid per document, in its currency; a document
            that is not named is paid in full, one with 0 stays open
        :param date date: the day of the payments (today)
        :return: the payments
        :rtype: account.payment
        :raise UserError: for a negative amount or total, or more than the total
        """
        amounts = amounts or {}
        self._check_receipt_amounts(amounts)
        to_post = self.filtered(lambda move: move.state == "draft")
        to_post.action_post()
        date = date or fields.Date.context_today(self)
        method_line = (
            method_line or journal._get_available_payment_method_lines("inbound")[:1]
        )
        if not method_line:
            raise UserError(
                self.env._(
                    "%(journal)s has no method for incoming payments: add one in the "
                    "configuration of the journal.",
                    journal=journal.name,
                )
            )
        paid = self.filtered(
            lambda move: (
                not move.currency_id.is_zero(amounts.get(move, move.amount_residual))
            )
        )
        payments = self.env["account.payment"].create(
            [
                move._prepare_receipt_payment_vals(
                    journal,
                    method_line,
                    amounts.get(move, move.amount_residual),
                    date,
                )
                for move in paid
            ]
        )
        payments.action_post()
        self._reconcile_receipts(dict(zip(paid, payments, strict=True)))
        return payments

    def _check_receipt_amounts(self, amounts):
        """Raise `UserError` when a document cannot be paid that way."""
        for move in self:
            if move.currency_id.compare_amounts(move.amount_total, 0) < 0:
                raise UserError(
                    self.env._(
                        "A receipt cannot be negative: build a credit note instead."
                    )
                )
            amount = amounts.get(move, 0.0)
            if move.currency_id.compare_amounts(amount, 0) < 0:
                raise UserError(
                    self.env._("The amount paid cannot be less than nothing.")
                )
            due = move.amount_total if move.state == "draft" else move.amount_residual
            if move.currency_id.compare_amounts(amount, due) > 0:
                raise UserError(
                    self.env._(
                        "%(amount)s is more than the %(due)s due: enter the part that "
                        "pays this receipt, and give the rest back.",
                        amount=move.currency_id.format(amount),
                        due=move.currency_id.format(due),
                    )
                )

    def _prepare_receipt_payment_vals(self, journal, method_line, amount, date):
        """Return the values of the payment of this document.

        :rtype: dict
        """
        self.ensure_one()
        receivable = self._get_receivable_lines()
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.commercial_partner_id.id,
            "company_id": self.company_id.id,
            "journal_id": journal.id,
            "payment_method_line_id": method_line.id,
            "amount": amount,
            "currency_id": self.currency_id.id,
            "date": date,
            "memo": self.name,
            "destination_account_id": receivable.account_id[:1].id,
        }

    def _get_receivable_lines(self):
        return self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _reconcile_receipts(self, payments):
        """Match documents with their payments, all in one plan.

        :param dict payments: `account.move` to its `account.payment`
        """
        plan = []
        for move, payment in payments.items():
            move.matched_payment_ids = [Command.link(payment.id)]
            receivable = move._get_receivable_lines()
            counterpart = payment.move_id.line_ids.filtered(
                lambda line, accounts=receivable.account_id: line.account_id in accounts
            )
            if counterpart:
                plan.append(
                    (receivable | counterpart).filtered(
                        lambda line: not line.reconciled
                    )
                )
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)

    def _get_medical_report_title(self):
        """Return the title of a receipt, or an empty string for Odoo's own titles.

        :rtype: str
        """
        self.ensure_one()
        if not self.is_medical_receipt:
            return ""
        if self.state == "draft":
            return self.env._("Draft Receipt")
        if self.state == "cancel":
            return self.env._("Cancelled Receipt")
        return self.env._("Receipt")

    def _get_medical_report_visits(self):
        """Return what the print says of the visits: dates and practitioners.

        :return: a dict with the lists `dates` and `practitioners`
        :rtype: dict
        """
        self.ensure_one()
        # In sudo mode: printing a document needs no right to the items behind it, and
        # the document may say what it bills.
        items = self.sudo().invoice_line_ids.billable_item_id
        return {
            "dates": sorted({item.date for item in items if item.date}),
            "practitioners": items.practitioner_id.sorted("name"),
        }
