from odoo import models
from odoo.fields import Domain


class ResCurrencyRate(models.Model):
    _name = "res.currency.rate"
    _inherit = ["res.currency.rate", "medical.billing.cause"]

    # === BUSINESS METHODS === #

    def _get_billing_fields(self):
        return {"rate", "company_rate", "inverse_company_rate", "name", "company_id"}

    def _get_waiting_items_domain(self):
        return Domain("blocking_reason", "=", "no_currency_rate") & Domain(
            "currency_id", "in", self.currency_id.ids
        )
