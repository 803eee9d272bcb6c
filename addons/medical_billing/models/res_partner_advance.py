from odoo import fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    """Money that came before any document: taking it, and saying how much there is."""

    _inherit = "res.partner"

    # === ACTION METHODS === #

    def action_medical_pay_on_account(self):
        """Open a payment of this payer that no document asks for yet."""
        self.ensure_one()
        self.env["account.payment"].check_access("create")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_billing.account_payment_action_on_account"
        )
        journals = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self.env.company),
                ("type", "in", ("cash", "bank")),
            ]
        )
        cash = journals.filtered(lambda journal: journal.type == "cash")
        action["context"] = {
            "default_partner_id": self.commercial_partner_id.id,
            "default_payment_type": "inbound",
            "default_partner_type": "customer",
            "default_journal_id": (cash or journals)[:1].id,
            "default_memo": self.env._("Payment on account"),
        }
        return action

    def action_medical_use_advance(self):
        """Pay what is due with what was paid in advance, oldest documents first."""
        self.ensure_one()
        moves = self.env["account.move"].search(
            [
                ("partner_id", "child_of", self.commercial_partner_id.id),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_receipt")),
                ("medical_patient_id", "!=", False),
                ("payment_state", "in", ("not_paid", "partial")),
            ],
            order="invoice_date_due, id",
        )
        return moves.action_medical_use_advance()

    # === BUSINESS METHODS === #

    def _get_medical_advance(self, company, currency):
        """Return how much this payer paid in advance and can still use.

        :param company: the `res.company`
        :param currency: the `res.currency` of the answer; other money is converted at
            the rate of today
        :rtype: float
        """
        self.ensure_one()
        return self._get_medical_advances(company, currency)[self]

    def _get_medical_advances(self, company, currency):
        """Return how much these payers paid in advance, see `_get_medical_advance`.

        :rtype: dict[res.partner, float]
        """
        today = fields.Date.context_today(self)
        groups = (
            self.env["account.move.line"]
            .sudo()  # a sum of the payer's own money, for whoever may bill
            ._read_group(
                domain=self.commercial_partner_id._get_advance_lines_domain(company),
                groupby=["partner_id", "currency_id"],
                aggregates=["amount_residual_currency:sum"],
            )
        )
        totals = {}
        for partner, money, amount in groups:
            totals[partner.id] = totals.get(partner.id, 0.0) - money._convert(
                amount, currency, company, today
            )
        return {
            partner: max(
                currency.round(totals.get(partner.commercial_partner_id.id, 0.0)), 0.0
            )
            for partner in self
        }

    def _get_advance_lines_domain(self, company):
        """Return the domain of the journal items of what these paid in advance.

        :rtype: Domain
        """
        return (
            self._get_receivable_domain(company)
            & self._get_advance_domain()
            & Domain("partner_id", "in", self.ids)
        )
