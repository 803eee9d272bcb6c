from odoo import fields, models


class MedicalLocation(models.Model):
    _name = "medical.location"
    _inherit = ["medical.location", "analytic.mixin"]

    analytic_distribution = fields.Json(
        groups="analytic.group_analytic_accounting",
        copy=False,
        help="Where the revenue of this site counts, unless Odoo's distribution models "
        "or the practitioner say it for the same plan.",
    )
    distribution_analytic_account_ids = fields.Many2many(
        groups="analytic.group_analytic_accounting",
    )
