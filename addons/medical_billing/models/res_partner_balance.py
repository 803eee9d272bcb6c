from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import BILLER

# What a payer owes; the names of the fields say what each figure is.
PAYER_FIGURES = {
    "medical_unbilled": "unbilled",
    "medical_drafted": "drafted",
    "medical_due": "due",
    "medical_overdue": "overdue",
    "medical_advance": "advance",
    "medical_other": "other",
    "medical_balance": "balance",
}
# The same for what was done for a patient, whoever pays.
PATIENT_FIGURES = {
    "amount_to_bill": "patient_unbilled",
    "medical_patient_drafted": "patient_drafted",
    "medical_patient_due": "patient_due",
    "medical_patient_overdue": "patient_overdue",
}
FIGURES = PAYER_FIGURES | PATIENT_FIGURES
# Journals that entries of money are in.
MONEY_JOURNALS = ("bank", "cash", "credit")
SALE_TYPES = ("out_invoice", "out_receipt", "out_refund")


class ResPartner(models.Model):
    """What a payer owes and what stands open for a patient: one set of figures."""

    _inherit = "res.partner"

    # --- As payer: what this person or company owes --- #
    medical_currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_medical_balances",
        groups=BILLER,
    )
    medical_unbilled = fields.Monetary(
        string="Not Billed Yet",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
        help="What this payer pays for and what is on no document yet.",
    )
    medical_drafted = fields.Monetary(
        string="On Drafts",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
        help="On documents that are not posted yet, less draft credit notes.",
    )
    medical_due = fields.Monetary(
        string="Due",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        search="_search_medical_due",
        groups=BILLER,
        help="Open on posted invoices and receipts, less open credit notes.",
    )
    medical_overdue = fields.Monetary(
        string="Overdue",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        search="_search_medical_overdue",
        groups=BILLER,
        help="The part of what is due that should have been paid before today.",
    )
    medical_advance = fields.Monetary(
        string="Paid in Advance",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        search="_search_medical_advance",
        groups=BILLER,
        help="Payments that are matched with no document yet.",
    )
    medical_other = fields.Monetary(
        string="Other Business",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
        help="Open on documents and entries that have nothing to do with visits.",
    )
    medical_balance = fields.Monetary(
        string="Balance",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
        help="What this payer owes in all: due and other business, less what was paid "
        "in advance. The statement ends with this figure.",
    )
    # --- As patient: what was done for this person, whoever pays --- #
    amount_to_bill = fields.Monetary(
        string="To Bill",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
        help="What was done for this patient and is on no document yet, whoever pays, "
        "in the currency of the company.",
    )
    medical_patient_drafted = fields.Monetary(
        string="On Drafts for All Payers",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
    )
    medical_patient_due = fields.Monetary(
        string="Due from All Payers",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
    )
    medical_patient_overdue = fields.Monetary(
        string="Overdue from All Payers",
        currency_field="medical_currency_id",
        compute="_compute_medical_balances",
        groups=BILLER,
    )

    # === COMPUTE METHODS === #

    # Like Odoo's own `credit`: documents and payments name no field of the partner
    # that could be depended on, so the figures hold for one request.
    @api.depends("billable_item_ids.amount_to_bill")
    @api.depends_context("company")
    def _compute_medical_balances(self):
        company = self.env.company
        balances = self._origin._get_medical_balances(company)
        self.medical_currency_id = company.currency_id
        for partner in self:
            figures = balances.get(partner._origin) or {}
            for field, figure in FIGURES.items():
                partner[field] = figures.get(figure, 0.0)

    def _search_medical_due(self, operator, value):
        return self._search_open_lines(
            operator, value, self._get_due_domain() & Domain("amount_residual", ">", 0)
        )

    def _search_medical_overdue(self, operator, value):
        return self._search_open_lines(
            operator, value, self._get_due_domain() & self._get_overdue_domain()
        )

    def _search_medical_advance(self, operator, value):
        return self._search_open_lines(
            operator,
            value,
            self._get_advance_domain() & Domain("amount_residual", "<", 0),
        )

    @api.model
    def _search_open_lines(self, operator, value, domain):
        """Answer a search for payers who have such journal items: `!= 0` or `> 0`."""
        if (operator, value) == (">", 0) or (
            operator == "not in" and set(value) <= {0}
        ):
            lines = self.env["account.move.line"].sudo()
            domain &= self._get_receivable_domain(self.env.company)
            query = lines._search(domain)
            partner = SQL.identifier(query.table, "partner_id")
            return [("id", "in", query.subselect(partner))]
        return NotImplemented

    # === BUSINESS METHODS === #

    def _get_medical_balances(self, company):
        """Return what these payers owe and what stands open for these patients.

        All in the currency of the company: documents at the rate they are booked
        with, what is not billed yet at the rate of today. Journal items stand with
        the commercial entity, so the contact persons of an insurer owe nothing.

        As payer:

        * `unbilled`: what the payer pays for and what is on no document yet
        * `drafted`: on drafts, less draft credit notes
        * `due`: open on posted documents of visits, less open credit notes
        * `overdue`: the part of it that was due before today
        * `advance`: payments that are matched with nothing yet (also those that a
          draft is waiting for)
        * `other`: open on documents and entries without a patient
        * `balance`: due + other - advance, what the statement ends with

        As patient, whoever pays: `patient_unbilled`, `patient_drafted`,
        `patient_due`, `patient_overdue`.

        :param company: the `res.company`
        :return: partner to a dict of these figures
        :rtype: dict[res.partner, dict[str, float]]
        """
        figures = {partner.id: dict.fromkeys(FIGURES.values(), 0.0) for partner in self}
        if not figures:
            return {}
        # In sudo mode: the method is private and its fields are the billers'; their
        # rules would be one more join for each group.
        partners = self.sudo().with_company(company)
        partners._add_unbilled(figures, company)
        partners._add_drafted(figures, company)
        partners._add_open(figures, company)
        partners._add_payments_without_entry(figures, company)
        for values in figures.values():
            values["balance"] = values["due"] + values["other"] - values["advance"]
            for name, amount in values.items():
                # No minus before a zero.
                values[name] = company.currency_id.round(amount) or 0.0
        return {partner: figures[partner.id] for partner in self}

    def _add_unbilled(self, figures, company):
        """Add what is on no document yet to the figures."""
        today = fields.Date.context_today(self)
        payers = self._get_commercial_entities()
        for role, figure, entities in (
            ("payer_id", "unbilled", payers),
            ("patient_id", "patient_unbilled", dict(zip(self, self, strict=True))),
        ):
            groups = self.env["medical.billable.item"]._read_group(
                domain=[
                    (role, "in", [contact.id for contact in entities]),
                    ("company_id", "=", company.id),
                    # The condition of the index.
                    ("qty_to_bill", "!=", 0),
                    # Nobody owes an installment before its day.
                    "|",
                    ("plan_id", "=", False),
                    ("due_date", "<=", today),
                ],
                groupby=[role, "currency_id"],
                aggregates=["amount_to_bill:sum"],
            )
            for partner, currency, amount in groups:
                figures[entities[partner].id][figure] += (
                    currency or company.currency_id
                )._convert(amount, company.currency_id, company, today)

    def _add_drafted(self, figures, company):
        """Add what is on drafts to the figures."""
        payers = self._get_commercial_entities()
        for role, figure, entities in (
            ("partner_id", "drafted", payers),
            (
                "medical_patient_id",
                "patient_drafted",
                dict(zip(self, self, strict=True)),
            ),
        ):
            groups = self.env["account.move"]._read_group(
                domain=[
                    (role, "in", [contact.id for contact in entities]),
                    ("company_id", "=", company.id),
                    ("state", "=", "draft"),
                    ("move_type", "in", SALE_TYPES),
                    ("medical_patient_id", "!=", False),
                ],
                groupby=[role],
                aggregates=["amount_total_signed:sum"],
            )
            for partner, amount in groups:
                figures[entities[partner].id][figure] += amount
        # Odoo takes payments on drafts and matches them at once. Until the draft is
        # posted, this is money without a document.
        groups = self.env["account.move"]._read_group(
            domain=[
                ("partner_id", "in", [contact.id for contact in payers]),
                ("company_id", "=", company.id),
                ("state", "=", "draft"),
                ("move_type", "in", SALE_TYPES),
                ("payment_state", "in", ("partial", "in_payment", "paid")),
            ],
            groupby=["partner_id"],
            aggregates=["amount_total_signed:sum", "amount_residual_signed:sum"],
        )
        for partner, total, residual in groups:
            figures[payers[partner].id]["advance"] += total - residual

    def _get_commercial_entities(self):
        """Return who of these owes what the contact persons are billed.

        :return: contact to its commercial entity, for those of these entities
        :rtype: dict
        """
        contacts = self.with_context(active_test=False).search(
            [("commercial_partner_id", "in", self.ids)]
        )
        return {contact: contact.commercial_partner_id for contact in contacts}

    def _add_open(self, figures, company):
        """Add what is open on posted documents, payments and entries."""
        lines = self.env["account.move.line"]
        opened = self._get_receivable_domain(company)
        of_payer = opened & Domain("partner_id", "in", self.ids)
        of_patient = opened & Domain("move_id.medical_patient_id", "in", self.ids)
        due = self._get_due_domain()
        overdue = due & self._get_overdue_domain()
        advance = self._get_advance_domain()
        patient = "move_id.medical_patient_id"
        for domain, role, figure, sign in (
            (of_payer & due, "partner_id", "due", 1),
            (of_payer & overdue, "partner_id", "overdue", 1),
            (of_payer & advance, "partner_id", "advance", -1),
            (of_payer & ~due & ~advance, "partner_id", "other", 1),
            (of_patient, patient, "patient_due", 1),
            (of_patient & overdue, patient, "patient_overdue", 1),
        ):
            groups = lines._read_group(
                domain=domain,
                groupby=[role],
                aggregates=["amount_residual:sum"],
            )
            for partner, amount in groups:
                figures[partner.id][figure] += sign * amount

    def _add_payments_without_entry(self, figures, company):
        """Count payments that get their entry with the bank statement.

        Odoo's Enterprise accounting makes these: the document is *in payment*, its
        journal item still open.
        """
        today = fields.Date.context_today(self)
        # Somebody who is not asked about has figures, too, and nobody reads them.
        figures = defaultdict(lambda: dict.fromkeys(FIGURES.values(), 0.0), figures)
        for payment in self._get_payments_without_entry(company):
            left = abs(payment.amount_company_currency_signed)
            sign = 1 if payment.payment_type == "inbound" else -1
            of_payer = figures[payment.partner_id.id]
            documents = payment.invoice_ids.filtered(
                lambda move: move.state == "posted"
            )
            if not documents:
                of_payer["advance"] += sign * left
            for document in documents:
                paid = min(left, abs(document.amount_residual_signed))
                left -= paid
                if not document.medical_patient_id:
                    of_payer["other"] -= sign * paid
                    continue
                of_patient = figures[document.medical_patient_id.id]
                of_payer["due"] -= sign * paid
                of_patient["patient_due"] -= sign * paid
                due_date = document.invoice_date_due
                if sign > 0 and due_date and due_date < today:
                    of_payer["overdue"] -= paid
                    of_patient["patient_overdue"] -= paid

    def _get_payments_without_entry(self, company):
        """Return money for these payers and patients that is not in the books yet.

        :rtype: account.payment
        """
        return self.env["account.payment"].search(
            Domain(
                [
                    ("company_id", "=", company.id),
                    ("partner_type", "=", "customer"),
                    ("move_id", "=", False),
                    ("state", "=", "in_process"),
                ]
            )
            & (
                Domain("partner_id", "in", self.ids)
                | Domain("invoice_ids.medical_patient_id", "in", self.ids)
            ),
            order="date, id",
        )

    @api.model
    def _get_receivable_domain(self, company):
        """Return the domain of the open journal items of customers.

        :rtype: Domain
        """
        return Domain(
            [
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
            ]
        )

    @api.model
    def _get_due_domain(self):
        """Return the domain of journal items of documents that bill visits."""
        return Domain("move_id.medical_patient_id", "!=", False)

    @api.model
    def _get_overdue_domain(self):
        today = fields.Date.context_today(self)
        return Domain("date_maturity", "<", today) & Domain("amount_residual", ">", 0)

    @api.model
    def _get_advance_domain(self):
        """Return the domain of journal items of money that came in or went out."""
        return Domain("move_id.medical_patient_id", "=", False) & Domain(
            "journal_id.type", "in", MONEY_JOURNALS
        )
