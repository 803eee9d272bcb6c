from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalBuildOptions(models.AbstractModel):
    """How documents are built: what the wizard asks, and a job keeps."""

    _name = "medical.build.options"
    _description = "How Clinic Documents Are Built"

    company_id = fields.Many2one(comodel_name="res.company")
    document_type = fields.Selection(
        selection=[("invoice", "Invoice"), ("receipt", "Receipt, paid at once")],
        required=True,
        default="invoice",
    )
    grouping = fields.Selection(
        selection=lambda self: (
            self.env["res.company"]
            ._fields["medical_invoice_grouping"]
            ._description_selection(self.env)
        ),
        string="Documents",
        required=True,
        compute="_compute_grouping",
        store=True,
        precompute=True,
        readonly=False,
    )
    sections = fields.Boolean(
        string="Section per visit",
        compute="_compute_grouping",
        store=True,
        precompute=True,
        readonly=False,
        help="Put the lines of each visit under a heading with its number and date.",
    )
    invoice_date = fields.Date(
        default=fields.Date.context_today,
        required=True,
    )
    document_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Journal",
        domain="[('type', '=', 'sale'), ('company_id', '=', company_id)]",
        help="Where the documents are numbered; the usual one when empty.",
    )
    add_to_drafts = fields.Boolean(
        string="Add to drafts",
        help="Add to the draft invoice that a payer already has for the same patient, "
        "instead of making another one.",
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_grouping(self):
        for options in self:
            company = options.company_id
            options.grouping = company.medical_invoice_grouping or "patient"
            options.sections = company.medical_invoice_sections

    # === BUSINESS METHODS === #

    def _get_build_options(self):
        """Return the arguments of `_build_invoices` that were chosen here.

        :rtype: dict
        """
        self.ensure_one()
        is_receipt = self.document_type == "receipt"
        return {
            "grouping": self.grouping,
            "move_type": "out_receipt" if is_receipt else "out_invoice",
            "invoice_date": self.invoice_date,
            "sections": self.sections,
            "journal": self.document_journal_id,
            "add_to_drafts": self.add_to_drafts and not is_receipt,
        }

    def _build_documents(self, items, payments=None):
        """Build the documents of items; post and pay them when they are receipts.

        :param items: `medical.billable.item` records
        :param list[dict] payments: see `account.move._post_and_pay_receipts`
        :return: the documents
        :rtype: account.move
        """
        self.ensure_one()
        for company, company_items in items.grouped("company_id").items():
            company._check_medical_date_is_open(
                self.invoice_date, bool(company_items.tax_ids)
            )
        if self.document_type == "receipt":
            # Money is given back by a credit note, which is not paid in here.
            items = items.filtered(lambda item: item.qty_to_bill >= 0)
            self._check_one_receipt_run(items)
        moves = items._build_invoices(**self._get_build_options())
        if self.document_type == "receipt":
            moves._post_and_pay_receipts(payments or [], self.invoice_date)
        return moves

    def _check_one_receipt_run(self, items):
        """Raise `UserError` for items that cannot be paid in one go."""
        if not items:
            raise UserError(
                self.env._("A receipt cannot be negative: build a credit note instead.")
            )
        if len(items.company_id) > 1:
            raise UserError(self.env._("Build the receipts of one company at a time."))
        if len(items.currency_id) > 1:
            raise UserError(
                self.env._(
                    "These items are in %(currencies)s: build the receipts of one "
                    "currency at a time.",
                    currencies=", ".join(items.currency_id.mapped("name")),
                )
            )
