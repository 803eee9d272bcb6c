from odoo import api, fields, models


class MedicalBuildInvoicePayment(models.TransientModel):
    """One method by which the receipts of the wizard are paid."""

    _name = "medical.build.invoice.payment"
    _description = "Payment of a Receipt to Build"

    wizard_id = fields.Many2one(
        comodel_name="medical.build.invoice",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="wizard_id.company_id")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Paid to",
        required=True,
        domain="[('type', 'in', ('cash', 'bank', 'credit')), "
        "('company_id', '=', company_id)]",
    )
    payment_method_line_id = fields.Many2one(
        comodel_name="account.payment.method.line",
        string="Method",
        domain="[('journal_id', '=', journal_id), ('payment_type', '=', 'inbound')]",
        compute="_compute_payment_method_line_id",
        store=True,
        readonly=False,
    )
    amount = fields.Monetary()

    # === COMPUTE METHODS === #

    @api.depends("journal_id")
    def _compute_payment_method_line_id(self):
        for payment in self:
            journal = payment.journal_id
            payment.payment_method_line_id = (
                journal._get_available_payment_method_lines("inbound")[:1]
                if journal
                else False
            )

    # === BUSINESS METHODS === #

    def _get_entry(self):
        """Return this as an entry for `account.move._post_and_pay_receipts`.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "journal": self.journal_id,
            "method_line": self.payment_method_line_id,
            "amount": self.amount,
        }
