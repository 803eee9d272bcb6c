from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_shortage_policy = fields.Selection(
        related="company_id.medical_shortage_policy",
        readonly=False,
    )
    medical_warehouse_id = fields.Many2one(
        related="company_id.medical_warehouse_id",
        readonly=False,
    )
    medical_location_id = fields.Many2one(
        related="company_id.medical_location_id",
        readonly=False,
    )
