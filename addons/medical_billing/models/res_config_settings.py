from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_billing_policy = fields.Selection(
        related="company_id.medical_billing_policy",
        readonly=False,
    )
    medical_invoice_grouping = fields.Selection(
        related="company_id.medical_invoice_grouping",
        readonly=False,
    )
    medical_package_printing = fields.Selection(
        related="company_id.medical_package_printing",
        readonly=False,
    )
    medical_invoice_sections = fields.Boolean(
        related="company_id.medical_invoice_sections",
        readonly=False,
    )
    medical_receipt_type = fields.Selection(
        related="company_id.medical_receipt_type",
        readonly=False,
    )
    medical_receipt_journal_id = fields.Many2one(
        related="company_id.medical_receipt_journal_id",
        readonly=False,
    )
    medical_neutral_wording = fields.Selection(
        related="company_id.medical_neutral_wording",
        readonly=False,
    )
    medical_biller_id = fields.Many2one(
        related="company_id.medical_biller_id",
        readonly=False,
    )
    medical_down_payment_account_id = fields.Many2one(
        related="company_id.medical_down_payment_account_id",
        readonly=False,
    )
    medical_till_required = fields.Boolean(
        related="company_id.medical_till_required",
        readonly=False,
    )
