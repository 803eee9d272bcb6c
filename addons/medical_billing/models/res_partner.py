from odoo import fields, models
from odoo.fields import Domain

BILLER = "medical_billing.group_biller"
ANALYTIC = "analytic.group_analytic_accounting"


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "medical.billing.cause"]

    billable_item_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="patient_id",
        groups=BILLER,
    )
    medical_analytic_distribution = fields.Json(
        string="Analytic Distribution",
        copy=False,
        groups=ANALYTIC,
        help="Where the revenue of this practitioner counts, unless Odoo's "
        "distribution models say it for the same plan.",
    )
    # What the widget of analytic distributions asks for.
    analytic_precision = fields.Integer(
        compute="_compute_analytic_precision",
        groups=ANALYTIC,
    )

    # === COMPUTE METHODS === #

    def _compute_analytic_precision(self):
        self.analytic_precision = self.env["decimal.precision"].precision_get(
            "Percentage Analytic"
        )

    # === ACTION METHODS === #

    def action_view_billable_items(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_billing.medical_billable_item_action"
        )
        action["domain"] = [("patient_id", "=", self.id)]
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    def _get_billing_fields(self):
        return {
            "property_account_receivable_id",
            "property_product_pricelist",
            "specific_property_product_pricelist",
            "parent_id",
        }

    def _get_waiting_items_domain(self):
        return Domain("payer_id", "child_of", self.ids)
