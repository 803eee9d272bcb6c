from odoo import models
from odoo.fields import Domain


class UomUom(models.Model):
    _name = "uom.uom"
    _inherit = ["uom.uom", "medical.billing.cause"]

    # === BUSINESS METHODS === #

    def _get_billing_fields(self):
        return {"relative_uom_id"}

    def _get_waiting_items_domain(self):
        return Domain("blocking_reason", "=", "unit")
