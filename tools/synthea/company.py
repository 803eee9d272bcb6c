"""What a company needs before a clinic can bill and use goods."""

from odoo.exceptions import UserError


def prepare_company(env):
    """Give the company a chart of accounts and a warehouse where it has none.

    A company without any entry is told to round line by line, so that documents with
    fractions of cents add up to what each row says. Books that are kept stay as they
    are: there, such a document may differ by cents.
    """
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)
    if not env["account.move"].search_count([("company_id", "=", company.id)], limit=1):
        company.tax_calculation_rounding_method = "round_per_line"
    if not company._get_medical_warehouse():
        env["stock.warehouse"].create(
            {
                "name": company.name,
                "code": "CLIN",
                "company_id": company.id,
                "partner_id": company.partner_id.id,
            }
        )


def find_payment_journal(env):
    """Return the journal that receipts are paid into: cash, or else a bank's.

    :rtype: account.journal
    """
    journals = env["account.journal"]
    domain = journals._check_company_domain(env.company)
    for kind in ("cash", "bank"):
        journal = journals.search([*domain, ("type", "=", kind)], limit=1)
        if journal:
            return journal
    raise UserError("There is no cash or bank journal to pay receipts into.")
