from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_unsigned_hours = fields.Integer(
        related="company_id.medical_unsigned_hours",
        readonly=False,
    )
