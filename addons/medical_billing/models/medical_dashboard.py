from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_date

from .medical_consultation import BILLER

MONTHS = 12
BEST = 5


class MedicalDashboard(models.AbstractModel):
    """The figures that tell the owner of a clinic in ten seconds how it stands.

    All are those of the lists they open, in the currency of the current company.
    """

    _name = "medical.dashboard"
    _description = "Clinic Dashboard"

    # === BUSINESS METHODS === #

    @api.model
    def get_figures(self):
        """Return all that the dashboard shows, in a fixed number of queries.

        :return: a dict with `company`, `currency_id`, the months `month` and
            `last_month` by name, the figures `tiles`, the rows `waiting` (why, how
            much, how many, since when), `practitioners`, `services` and `months`
        :rtype: dict
        :raise AccessError: for whoever is no biller
        """
        if not self.env.user.has_group(BILLER):
            raise AccessError(
                self.env._("The dashboard shows what the clinic earns: ask a biller.")
            )
        today = fields.Date.context_today(self)
        month = today.replace(day=1)
        return {
            "company": self.env.company.name,
            "currency_id": self.env.company.currency_id.id,
            "month": format_date(self.env, today, date_format="MMMM"),
            "last_month": format_date(
                self.env, month - relativedelta(months=1), date_format="MMMM"
            ),
            "tiles": self._get_tiles(today),
            "waiting": self._get_waiting(),
            "practitioners": self._get_best("practitioner_id", month),
            "services": self._get_best("product_id", month),
            "months": self._get_months(month),
        }

    @api.model
    def _get_tiles(self, today):
        """Return the figures at the top.

        This month so far stands beside the same days of the last one.

        :param date today: the day they are of
        :rtype: dict[str, float]
        """
        month = today.replace(day=1)
        last_month = month - relativedelta(months=1)
        last_today = today - relativedelta(months=1)
        due, overdue = self._get_due(today)
        return {
            "done": self._get_done(month, today),
            "done_before": self._get_done(last_month, last_today),
            "invoiced": self._get_invoiced(month, today),
            "invoiced_before": self._get_invoiced(last_month, last_today),
            "received": self._get_received(month, today),
            "received_before": self._get_received(last_month, last_today),
            "due": due,
            "overdue": overdue,
        }

    @api.model
    def _get_company_domain(self):
        return Domain("company_id", "=", self.env.company.id)

    @api.model
    def _get_period_domain(self, start, end):
        return (
            self._get_company_domain()
            & Domain("date", ">=", start)
            & Domain("date", "<=", end)
        )

    @api.model
    def _get_done(self, start, end):
        """Return what was done within some days is worth, without taxes."""
        company = self.env.company
        groups = self.env["medical.billable.item"]._read_group(
            # Nothing was done yet for what is paid in advance.
            domain=self._get_period_domain(start, end) & Domain("plan_id", "=", False),
            groupby=["currency_id"],
            aggregates=["price_subtotal:sum"],
        )
        return sum(
            currency._convert(amount, company.currency_id, company, end)
            for currency, amount in groups
        )

    @api.model
    def _get_invoiced(self, start, end):
        """Return what was invoiced within some days, less credits, without taxes."""
        ((amount,),) = self.env["medical.revenue"]._read_group(
            domain=self._get_period_domain(start, end),
            aggregates=["amount_invoiced:sum"],
        )
        return amount or 0.0

    @api.model
    def _get_received(self, start, end):
        """Return the money that came in for visits within some days, less refunds."""
        groups = self.env["account.payment"]._read_group(
            domain=self._get_period_domain(start, end)
            & Domain("partner_type", "=", "customer")
            & Domain("state", "in", ("in_process", "paid"))
            & (
                Domain("partner_id.is_patient", "=", True)
                | Domain("invoice_ids.medical_patient_id", "!=", False)
            ),
            groupby=["payment_type"],
            aggregates=["amount_company_currency_signed:sum"],
        )
        return sum(amount for _payment_type, amount in groups)

    @api.model
    def _get_due(self, today):
        """Return what is open on documents of the clinic, and overdue of that."""
        domain = self._get_company_domain() & Domain(
            [
                ("medical_patient_id", "!=", False),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
            ]
        )
        moves = self.env["account.move"]
        figures = []
        for late in (Domain.TRUE, Domain("invoice_date_due", "<", today)):
            ((amount,),) = moves._read_group(
                domain=domain & late,
                aggregates=["amount_residual_signed:sum"],
            )
            figures.append(amount or 0.0)
        return figures

    @api.model
    def _get_waiting(self):
        """Return what is not billed: a row for each reason, the largest first.

        :rtype: list[dict]
        """
        unbilled = self.env["medical.unbilled"]
        labels = dict(unbilled._fields["reason"]._description_selection(self.env))
        rows = [
            {
                "reason": reason,
                "label": labels[reason],
                "count": count,
                "amount": amount or 0.0,
                "since": format_date(self.env, since),
            }
            for reason, count, amount, since in unbilled._read_group(
                domain=self._get_company_domain(),
                groupby=["reason"],
                aggregates=["__count", "amount_company:sum", "since:min"],
            )
        ]
        return sorted(rows, key=lambda row: -abs(row["amount"]))

    @api.model
    def _get_best(self, field, start):
        """Return who, or what, was invoiced most since a day.

        :param str field: of `medical.revenue`
        :rtype: list[dict]
        """
        return [
            {
                "id": record.id,
                "name": record.display_name or self.env._("Nobody"),
                "invoiced": invoiced,
                "collected": collected,
            }
            for record, invoiced, collected in self.env["medical.revenue"]._read_group(
                domain=self._get_company_domain() & Domain("date", ">=", start),
                groupby=[field],
                aggregates=["amount_invoiced:sum", "amount_collected:sum"],
                order="amount_invoiced:sum desc",
                limit=BEST,
            )
        ]

    @api.model
    def _get_months(self, month):
        """Return what was invoiced and collected in each of the last months.

        :param date month: the first day of the last of them
        :return: a row for each month, also for those with nothing
        :rtype: list[dict]
        """
        start = month - relativedelta(months=MONTHS - 1)
        found = {
            day: (invoiced, collected)
            for day, invoiced, collected in self.env["medical.revenue"]._read_group(
                domain=self._get_company_domain() & Domain("date", ">=", start),
                groupby=["date:month"],
                aggregates=["amount_invoiced:sum", "amount_collected:sum"],
            )
        }
        rows = []
        for number in range(MONTHS):
            day = start + relativedelta(months=number)
            invoiced, collected = found.get(day, (0.0, 0.0))
            rows.append(
                {
                    "label": format_date(self.env, day, date_format="MMM yyyy"),
                    "invoiced": invoiced,
                    "collected": collected,
                }
            )
        return rows
