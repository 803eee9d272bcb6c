from odoo import models


class AccountMoveLine(models.Model):
    """Journal items as rows of a payer's statement."""

    # account.move.line is extended by subject; this one is about statements.
    _inherit = "account.move.line"

    # === BUSINESS METHODS === #

    def _sum_by_partner(self, domain, totals):
        """Add the balances of journal items to the totals of their partners.

        :param domain: which journal items
        :param dict totals: partner id to amount, with a default
        :return: these totals
        """
        groups = self._read_group(
            domain=domain, groupby=["partner_id"], aggregates=["balance:sum"]
        )
        for partner, balance in groups:
            totals[partner.id] += balance
        return totals

    def _get_statement_groups(self, domain):
        """Return journal items in their order, put together by partner and entry.

        :return: a list of tuples of partner, `account.move` and its lines
        :rtype: list[tuple]
        """
        lines = self.search_fetch(
            domain,
            [
                "partner_id",
                "move_id",
                "date",
                "date_maturity",
                "balance",
                "amount_currency",
                "currency_id",
            ],
            order="date, move_id, id",
        )
        groups = lines.grouped(lambda line: (line.partner_id, line.move_id))
        return [(*key, group) for key, group in groups.items()]

    def _prepare_statement_rows(self, move):
        """Return what the statement of a payer says of these items of one entry.

        A payment with which a difference was written off is two rows.

        :param move: their `account.move`
        :rtype: list[dict]
        """
        currency = move.company_id.currency_id
        amount = currency.round(sum(self.mapped("balance")))
        if currency.is_zero(amount):
            return []
        foreign = self.currency_id - currency
        row = {
            "date": move.date,
            "title": move._get_statement_title(amount),
            "name": move.name,
            "due_date": (
                max(line.date_maturity or move.date for line in self)
                if move.is_sale_document(include_receipts=True)
                else False
            ),
            "amount": amount,
            "amount_currency": sum(self.mapped("amount_currency")),
            "currency": foreign if len(foreign) == 1 else False,
            "move": move,
        }
        # In sudo mode: the whole of an entry, also for the payer on the portal.
        written_off = currency.round(-move.sudo()._get_statement_write_off())
        if currency.is_zero(written_off):
            return [row]
        rest = currency.round(amount - written_off)
        rows = [
            {
                **row,
                "amount": written_off,
                "amount_currency": 0.0,
                "currency": False,
                "title": self.env._("Write-off"),
            }
        ]
        if not currency.is_zero(rest):
            # The part that was paid is what the payment itself says.
            row["amount_currency"] = (
                row["amount_currency"] * rest / amount if row["currency"] else 0.0
            )
            rows.insert(0, {**row, "amount": rest})
        return rows
