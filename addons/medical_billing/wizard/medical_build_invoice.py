from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import formatLang


class MedicalBuildInvoice(models.TransientModel):
    """Build invoices or receipts, and see first what will come out."""

    _name = "medical.build.invoice"
    _description = "Build Invoice or Receipt"

    item_ids = fields.Many2many(
        comodel_name="medical.billable.item",
        string="Items",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
    )
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
    invoice_date = fields.Date(
        default=fields.Date.context_today,
        required=True,
    )
    sections = fields.Boolean(
        string="Section per visit",
        help="Put the lines of each visit under a heading with its number and date.",
    )

    # --- What will come out --- #
    document_count = fields.Integer(compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    skipped = fields.Text(compute="_compute_preview")
    amount_total = fields.Monetary(compute="_compute_preview")
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_preview",
    )

    # --- The payment of a receipt --- #
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Paid to",
        domain="[('type', 'in', ('cash', 'bank')), ('company_id', '=', company_id)]",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
    )
    payment_method_line_id = fields.Many2one(
        comodel_name="account.payment.method.line",
        string="Method",
        domain="[('journal_id', '=', journal_id), ('payment_type', '=', 'inbound')]",
        compute="_compute_payment_method_line_id",
        store=True,
        readonly=False,
    )
    amount_paid = fields.Monetary(
        string="Paid now",
        compute="_compute_amount_paid",
        store=True,
        readonly=False,
        help="Less than the total leaves the rest open on the receipt.",
    )

    # === DEFAULT METHODS === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        context = self.env.context
        if (
            "item_ids" in fields
            and not values.get("item_ids")
            and context.get("active_model") == "medical.billable.item"
        ):
            values["item_ids"] = [Command.set(context.get("active_ids", []))]
        return values

    # === COMPUTE METHODS === #

    @api.depends("item_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.item_ids.company_id[:1] or self.env.company

    @api.depends("company_id")
    def _compute_grouping(self):
        for wizard in self:
            wizard.grouping = wizard.company_id.medical_invoice_grouping or "patient"

    @api.depends("document_type", "company_id")
    def _compute_journal_id(self):
        for wizard in self:
            journals = self.env["account.journal"].search(
                [
                    *self.env["account.journal"]._check_company_domain(
                        wizard.company_id
                    ),
                    ("type", "in", ("cash", "bank")),
                ]
            )
            cash = journals.filtered(lambda journal: journal.type == "cash")
            wizard.journal_id = (cash or journals)[:1]

    @api.depends("journal_id")
    def _compute_payment_method_line_id(self):
        for wizard in self:
            wizard.payment_method_line_id = (
                wizard.journal_id._get_available_payment_method_lines("inbound")[:1]
                if wizard.journal_id
                else False
            )

    @api.depends("item_ids", "grouping", "invoice_date")
    def _compute_preview(self):
        for wizard in self:
            items = wizard.item_ids._origin
            reasons = items._get_unbillable_reasons(wizard.invoice_date)
            ready = items - items.browse(item.id for item in reasons)
            groups = ready._get_document_groups(wizard.grouping)
            wizard.document_count = len(groups)
            wizard.currency_id = (
                ready.currency_id
                if len(ready.currency_id) == 1
                else wizard.company_id.currency_id
            )
            totals = [group._get_document_total() for group in groups]
            wizard.amount_total = sum(totals) if len(ready.currency_id) == 1 else 0.0
            wizard.preview = self.env["ir.qweb"]._render(
                "medical_billing.build_invoice_preview",
                wizard._get_preview_values(groups, totals),
            )
            wizard.skipped = (
                items._get_unbillable_message(
                    reasons, heading=self.env._("Left out of this:")
                )
                if reasons
                else False
            )

    @api.depends("amount_total", "document_count")
    def _compute_amount_paid(self):
        for wizard in self:
            wizard.amount_paid = wizard.amount_total

    # === ACTION METHODS === #

    def action_build(self):
        """Build the documents and show them; receipts are posted and paid."""
        self.ensure_one()
        # Asked before anything is built: what is proposed is what is left to bill.
        amount_paid = self.amount_paid
        moves = self.item_ids._build_invoices(
            grouping=self.grouping,
            move_type="out_receipt"
            if self.document_type == "receipt"
            else "out_invoice",
            invoice_date=self.invoice_date,
            sections=self.sections,
        )
        if self.document_type == "receipt":
            self._pay_receipts(moves, amount_paid)
        return self._get_result_action(moves)

    # === BUSINESS METHODS === #

    def _pay_receipts(self, moves, amount_paid):
        """Post and pay the receipts just built, as the wizard says.

        :param moves: the `account.move` records of the receipts
        :param float amount_paid: what is paid of a single one; several are paid in
            full
        """
        if len(moves.company_id) > 1:
            raise UserError(self.env._("Build the receipts of one company at a time."))
        if not self.journal_id:
            raise UserError(
                self.env._(
                    "Choose where the money goes: a cash or bank journal of "
                    "%(company)s.",
                    company=moves.company_id.name,
                )
            )
        moves._post_and_pay_receipts(
            [
                {
                    "journal": self.journal_id,
                    "method_line": self.payment_method_line_id,
                    "amount": amount_paid if len(moves) == 1 else None,
                }
            ],
            self.invoice_date,
        )

    def _get_result_action(self, moves):
        """Return the action that shows the documents, and names what was left out."""
        action = moves._get_records_action(
            name=self.env._("Documents"),
            context={"create": False, "default_move_type": moves[:1].move_type},
        )
        if len(moves) > 1:
            documents = self.env.ref("medical_billing.account_move_view_list_medical")
            action["views"] = [(documents.id, "list"), (False, "form")]
        left_out = self.item_ids - moves.invoice_line_ids.billable_item_id
        if not left_out:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Some items were left out"),
                "message": left_out._get_unbillable_message(
                    left_out._get_unbillable_reasons(self.invoice_date)
                    or dict.fromkeys(
                        left_out, self.env._("is being billed by somebody else")
                    ),
                    heading=self.env._("Everything else was built."),
                ),
                "next": action,
            },
        }

    def _get_preview_values(self, groups, amounts):
        """Return what the preview shows: one row a document, and the totals.

        :param list groups: the items of each document
        :param list[float] amounts: the total of each document
        :rtype: dict
        """
        rows = []
        totals = {}
        for items, amount in zip(groups, amounts, strict=True):
            currency = items.currency_id
            totals[currency] = totals.get(currency, 0.0) + amount
            rows.append(
                {
                    "payer": items.payer_id.display_name,
                    "patient": items.patient_id.display_name,
                    "visits": len(items.consultation_id),
                    "items": len(items),
                    "total": formatLang(self.env, amount, currency_obj=currency),
                }
            )
        return {
            "rows": rows[:20],
            "more": max(len(rows) - 20, 0),
            "count": len(rows),
            "totals": [
                formatLang(self.env, amount, currency_obj=currency)
                for currency, amount in totals.items()
            ],
        }
