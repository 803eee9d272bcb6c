from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date


class ResPartner(models.Model):
    """The statement: what a payer was charged, what came in, and what is left."""

    _inherit = "res.partner"

    # === ACTION METHODS === #

    def action_medical_statement(self):
        """Open the statement of these payers."""
        self.env["medical.statement"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statement"),
            "res_model": "medical.statement",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_ids": self.commercial_partner_id.ids},
        }

    # === BUSINESS METHODS === #

    def _get_medical_statement(self, date_from, date_to, company):
        """Return the statement of this payer, see :meth:`_get_medical_statements`."""
        self.ensure_one()
        return self._get_medical_statements(date_from, date_to, company)[self]

    def _get_medical_statements(self, date_from, date_to, company):
        """Return the statements of these payers: the journal items in their name.

        All amounts are in the currency of the company. A statement names documents
        and payments by their numbers only, so it may be read by anybody who may know
        that something was billed.

        * `opening`: the balance on the evening before `date_from`
        * `rows`: dicts with `date`, `title`, `name`, `due_date`, `amount` (negative
          for what lowers the balance), `balance` (after it), `move`, and
          `amount_currency` with `currency` where the document has another one
        * `charged`, `paid`: the sums of the positive and of the negative rows
        * `closing`: the balance on the evening of `date_to`
        * `later`: what is booked after that
        * `balance`: closing + later, the balance that the patient's page shows

        :param date date_from: the first day; everything since the beginning if empty
        :param date date_to: the last day
        :param company: the `res.company`
        :return: partner to the dict of its statement
        :rtype: dict[res.partner, dict]
        :raise UserError: when it would end before it begins
        """
        self._check_statement_dates(date_from, date_to)
        company_self = self.with_company(company)
        entries = company_self._get_statement_entries(company)
        opening = defaultdict(float)
        later = defaultdict(float)
        rows = defaultdict(list)
        lines = self.env["account.move.line"]
        if date_from:
            opening = lines._sum_by_partner(
                entries & Domain("date", "<", date_from), opening
            )
        later = lines._sum_by_partner(entries & Domain("date", ">", date_to), later)
        period = entries & Domain("date", "<=", date_to)
        if date_from:
            period &= Domain("date", ">=", date_from)
        for partner, move, move_lines in lines._get_statement_groups(period):
            rows[partner.id] += move_lines._prepare_statement_rows(move)
        for payment in company_self._get_payments_without_entry(company):
            key = payment.partner_id.id
            amount = abs(payment.amount_company_currency_signed) * (
                -1 if payment.payment_type == "inbound" else 1
            )
            if date_from and payment.date < date_from:
                opening[key] += amount
            elif payment.date > date_to:
                later[key] += amount
            else:
                rows[key].append(payment._prepare_statement_row(amount))
        return {
            partner: self._prepare_statement(
                partner,
                company,
                opening[partner.id],
                sorted(rows[partner.id], key=lambda row: row["date"]),
                later[partner.id],
                date_from=date_from,
                date_to=date_to,
            )
            for partner in self
        }

    @api.model
    def _check_statement_dates(self, date_from, date_to):
        """Raise `UserError` when a statement has no end, or ends too early."""
        if not date_to:
            raise UserError(self.env._("Say to which day the statement goes."))
        if date_from and date_to < date_from:
            raise UserError(
                self.env._(
                    "A statement cannot end on %(end)s before it begins on %(begin)s: "
                    "exchange the two days.",
                    begin=format_date(self.env, date_from),
                    end=format_date(self.env, date_to),
                )
            )

    def _get_statement_entries(self, company):
        """Return the domain of the journal items that a statement is made of.

        :rtype: Domain
        """
        return Domain(
            [
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("partner_id", "in", self.ids),
            ]
        )

    @api.model
    def _prepare_statement(self, partner, company, opening, rows, later, **period):
        """Return the statement of one payer, the rows with the running balance.

        :rtype: dict
        """
        currency = company.currency_id
        balance = opening = currency.round(opening) or 0.0
        for row in rows:
            balance = currency.round(balance + row["amount"]) or 0.0
            row["balance"] = balance
        amounts = [row["amount"] for row in rows]
        later = currency.round(later) or 0.0
        return {
            "partner": partner,
            "company": company,
            "currency": currency,
            "opening": opening,
            "rows": rows,
            "charged": currency.round(sum(amount for amount in amounts if amount > 0)),
            "paid": currency.round(sum(amount for amount in amounts if amount < 0))
            or 0.0,
            "closing": balance,
            "later": later,
            "balance": currency.round(balance + later) or 0.0,
            **period,
        }
