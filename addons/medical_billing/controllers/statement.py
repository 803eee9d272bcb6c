from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal


class StatementPortal(CustomerPortal):
    """The page with the statement of whoever is logged in, and of nobody else."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "medical_statement_count" in counters:
            values["medical_statement_count"] = len(self._get_statement_companies())
        return values

    # Neither a partner nor a token is taken from the address: there is only one's own.
    @route("/my/statement", type="http", auth="user", website=True)
    def portal_my_statement(self, date_from=None, date_to=None, download=None, **kw):
        today = fields.Date.context_today(request.env.user)
        date_from = _parse_date(date_from) or today - relativedelta(years=1)
        date_to = _parse_date(date_to) or today
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "medical_statement",
            "date_from": date_from,
            "date_to": date_to,
            "statements": [],
            "message": False,
        }
        # In sudo mode: portal users read no journal items; these are their own.
        partner = request.env.user.partner_id.sudo()
        companies = self._get_statement_companies()
        try:
            values["statements"] = [
                partner._get_medical_statement(date_from, date_to, company)
                for company in companies
            ]
        except UserError as error:
            values["message"] = str(error)
        if download and values["statements"]:
            return self._download_statements(partner, companies, date_from, date_to)
        return request.render("medical_billing.portal_my_statement", values)

    def _get_statement_companies(self):
        """Return the companies with journal items in the name of the user."""
        partner = request.env.user.partner_id
        # In sudo mode: see above.
        lines = request.env["account.move.line"].sudo()
        companies = request.env["res.company"].sudo()
        for (company,) in lines._read_group(
            domain=[
                ("partner_id", "=", partner.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
            ],
            groupby=["company_id"],
        ):
            companies |= company
        return companies

    def _download_statements(self, partner, companies, date_from, date_to):
        """Return the statements with all companies as one PDF."""
        # In sudo mode: portal users have no right to statements of their choice.
        statements = (
            request.env["medical.statement"]
            .sudo()
            .create(
                [
                    {
                        "partner_ids": [Command.set(partner.ids)],
                        "company_id": company.id,
                        "date_from": date_from,
                        "date_to": date_to,
                    }
                    for company in companies
                ]
            )
        )
        reports = request.env["ir.actions.report"].sudo()
        pdf, _kind = reports._render_qweb_pdf(
            "medical_billing.report_medical_statement", statements.ids
        )
        return request.make_response(
            pdf,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(pdf)),
                (
                    "Content-Disposition",
                    f'attachment; filename="statement-{date_to}.pdf"',
                ),
            ],
        )


def _parse_date(text):
    """Return the day that an address names, or nothing when it is none."""
    try:
        return fields.Date.to_date(text or False)
    except ValueError:
        return None
