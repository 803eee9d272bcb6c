from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools.misc import formatLang

# From so many documents on, nobody should have to wait for them.
MANY_DOCUMENTS = 200
# How many documents the preview shows one by one.
SHOWN_DOCUMENTS = 20


class MedicalBuildInvoice(models.TransientModel):
    """Build invoices or receipts, and see first what will come out."""

    _name = "medical.build.invoice"
    _description = "Build Invoice or Receipt"
    _inherit = ["medical.build.options"]

    item_ids = fields.Many2many(
        comodel_name="medical.billable.item",
        string="Items",
    )
    has_selection = fields.Boolean(compute="_compute_has_selection")
    item_domain = fields.Char(
        string="What",
        help="All that is left to bill and fits this, when no items were selected.",
    )
    company_id = fields.Many2one(
        compute="_compute_company_id",
        store=True,
        precompute=True,
    )
    in_background = fields.Boolean(
        string="In the background",
        compute="_compute_in_background",
        store=True,
        readonly=False,
        help="You can go on working, and are told when the documents are there.",
    )
    remember = fields.Boolean(
        string="Make this the usual way",
        help="From now on, this way to put documents together is proposed to everybody "
        "in this clinic.",
    )

    # --- What will come out --- #
    document_count = fields.Integer(compute="_compute_preview")
    draft_count = fields.Integer(compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    skipped = fields.Text(compute="_compute_preview")
    amount_total = fields.Monetary(string="To pay", compute="_compute_preview")
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_preview",
    )
    has_many_currencies = fields.Boolean(compute="_compute_preview")

    # --- The payment of a receipt --- #
    payment_ids = fields.One2many(
        comodel_name="medical.build.invoice.payment",
        inverse_name="wizard_id",
        string="Payments",
        compute="_compute_payment_ids",
        store=True,
        readonly=False,
    )
    amount_proposed = fields.Monetary(
        compute="_compute_payment_ids",
        store=True,
        help="The total for which the payments were proposed.",
    )
    amount_paid = fields.Monetary(string="Paid now", compute="_compute_amount_paid")
    amount_open = fields.Monetary(string="Stays open", compute="_compute_amount_paid")
    has_cash = fields.Boolean(compute="_compute_amount_paid")
    amount_given = fields.Monetary(
        string="Money given",
        help="What the patient hands over in cash: says how much to give back.",
    )
    amount_change = fields.Monetary(
        string="Give back",
        compute="_compute_amount_change",
    )

    # === COMPUTE METHODS === #

    @api.depends("item_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.item_ids.company_id[:1] or self.env.company

    @api.depends("item_ids")
    def _compute_has_selection(self):
        for wizard in self:
            wizard.has_selection = bool(wizard.item_ids)

    @api.depends(
        "item_ids",
        "item_domain",
        "grouping",
        "invoice_date",
        "document_type",
        "document_journal_id",
    )
    def _compute_preview(self):
        for wizard in self:
            items = wizard._get_items()
            reasons = items._get_unbillable_reasons(wizard.invoice_date)
            if wizard.document_type == "receipt":
                for item in items:
                    if item.qty_to_bill < 0:
                        reasons.setdefault(
                            item,
                            self.env._("needs a credit note: choose Invoice for it"),
                        )
            ready = items.filtered(lambda item, reasons=reasons: item not in reasons)
            credits = ready.filtered(lambda item: item.qty_to_bill < 0)
            groups = (ready - credits)._get_document_groups(wizard.grouping)
            totals = [group._get_document_total() for group in groups]
            wizard.draft_count = (
                len(ready._find_drafts(groups, journal=wizard.document_journal_id))
                if wizard.document_type == "invoice" and wizard.grouping == "patient"
                else 0
            )
            credit_groups = credits._get_document_groups(wizard.grouping)
            groups += credit_groups
            totals += [-group._get_document_total() for group in credit_groups]
            currencies = ready.currency_id
            wizard.document_count = len(groups)
            wizard.has_many_currencies = len(currencies) > 1
            wizard.currency_id = (
                currencies if len(currencies) == 1 else wizard.company_id.currency_id
            )
            wizard.amount_total = (
                currencies.round(sum(totals)) if len(currencies) == 1 else 0.0
            )
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

    @api.depends("document_count")
    def _compute_in_background(self):
        for wizard in self:
            wizard.in_background = wizard.document_count > MANY_DOCUMENTS

    @api.depends("amount_total", "company_id")
    def _compute_payment_ids(self):
        for wizard in self:
            total = wizard.amount_total
            if wizard.payment_ids and total == wizard.amount_proposed:
                # What was typed in stays.
                wizard.payment_ids = wizard.payment_ids
                wizard.amount_proposed = total
                continue
            journal = wizard.payment_ids[:1].journal_id or wizard._get_cash_journal()
            wizard.amount_proposed = total
            wizard.payment_ids = [
                Command.clear(),
                *(
                    [Command.create({"journal_id": journal.id, "amount": total})]
                    if journal
                    else []
                ),
            ]

    @api.depends("amount_total", "payment_ids.amount", "payment_ids.journal_id")
    def _compute_amount_paid(self):
        for wizard in self:
            wizard.amount_paid = sum(wizard.payment_ids.mapped("amount"))
            wizard.amount_open = wizard.amount_total - wizard.amount_paid
            wizard.has_cash = "cash" in wizard.payment_ids.journal_id.mapped("type")

    @api.depends("amount_given", "payment_ids.amount", "payment_ids.journal_id")
    def _compute_amount_change(self):
        for wizard in self:
            wizard.amount_change = (
                max(wizard.amount_given - wizard._get_cash_amount(), 0.0)
                if wizard.amount_given
                else 0.0
            )

    # === ONCHANGE METHODS === #

    @api.onchange("amount_given")
    def _onchange_amount_given(self):
        """Who gives less than all pays a part; who gives more gets the rest back."""
        payment = self.payment_ids
        if (
            self.amount_given > 0
            and len(payment) == 1
            and payment.journal_id.type == "cash"
            and self.document_count == 1
        ):
            payment.amount = min(self.amount_given, self.amount_total)

    # === ACTION METHODS === #

    def action_build(self):
        """Build the documents and show them; receipts are posted and paid."""
        self.ensure_one()
        if self.remember:
            self._remember()
        items = self._get_items()
        if self.in_background and items:
            return self._build_in_background(items)
        entries = self._get_payment_entries()
        proposed = self.amount_proposed
        moves = self._build_documents(items, entries)
        if entries and len(moves) == 1:
            self._check_proposed(moves, proposed)
        return self._get_result_action(items, moves)

    # === BUSINESS METHODS === #

    @api.model
    def _open(self, items):
        """Open the dialog for items; they stay on the server, however many they are.

        :param items: `medical.billable.item` records
        :return: an action
        :rtype: dict
        """
        wizard = self.create(
            {
                "item_ids": [Command.set(items.ids)],
                "document_type": self.env.context.get(
                    "medical_document_type", "invoice"
                ),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": wizard.id,
            "name": self.env._("Build Invoice or Receipt"),
            "view_mode": "form",
            "target": "new",
        }

    def _get_items(self):
        """Return what is to be billed: the selected items, or all that fit the domain.

        :rtype: medical.billable.item
        """
        self.ensure_one()
        if self.item_ids or not self.item_domain:
            return self.item_ids._origin
        try:
            domain = Domain(literal_eval(self.item_domain))
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(
                self.env._("%(domain)s is no condition.", domain=self.item_domain)
            ) from error
        return self.env["medical.billable.item"].search(
            Domain("qty_to_bill", "!=", 0)
            & Domain("company_id", "=", self.company_id.id)
            & domain
        )

    def _remember(self):
        """Make the way the documents are put together that of the company."""
        if not self.env.user.has_group("medical_billing.group_billing_manager"):
            raise UserError(
                self.env._(
                    "Only billing managers decide how documents are usually put."
                )
            )
        # In sudo mode: whoever manages billing need not manage the company.
        self.company_id.sudo().write(
            {
                "medical_invoice_grouping": self.grouping,
                "medical_invoice_sections": self.sections,
            }
        )

    def _get_cash_journal(self):
        """Return where money goes when nobody says otherwise: cash before bank."""
        journals = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self.company_id),
                ("type", "in", ("cash", "bank")),
            ]
        )
        cash = journals.filtered(lambda journal: journal.type == "cash")
        return (cash or journals)[:1]

    def _get_cash_amount(self):
        """Return how much of the payments is in cash."""
        return sum(
            payment.amount
            for payment in self.payment_ids
            if payment.journal_id.type == "cash"
        )

    def _get_payment_entries(self):
        """Return how the receipts are paid; nothing for invoices.

        :return: see `account.move._post_and_pay_receipts`
        :rtype: list[dict]
        :raise UserError: when the amounts do not fit
        """
        self.ensure_one()
        if self.document_type != "receipt":
            return []
        if not self.payment_ids:
            raise UserError(
                self.env._(
                    "Choose where the money goes: a cash or bank journal of "
                    "%(company)s.",
                    company=self.company_id.name,
                )
            )
        compare = self.currency_id.compare_amounts
        if self.document_count > 1:
            if len(self.payment_ids) > 1:
                raise UserError(
                    self.env._("Several receipts at once are paid by one method.")
                )
            if self.document_count and compare(self.amount_open, 0):
                raise UserError(
                    self.env._(
                        "Several receipts at once are paid in full: %(amount)s.",
                        amount=self.currency_id.format(self.amount_total),
                    )
                )
            return [{**self.payment_ids._get_entry(), "amount": None}]
        entries = [payment._get_entry() for payment in self.payment_ids]
        if self.amount_given:
            cash = self._get_cash_amount()
            if compare(self.amount_given, cash) < 0:
                raise UserError(
                    self.env._(
                        "%(given)s is less than the %(cash)s paid in cash: enter as "
                        "paid what was given, and the rest stays open.",
                        given=self.currency_id.format(self.amount_given),
                        cash=self.currency_id.format(cash),
                    )
                )
            for entry in entries:
                if entry["journal"].type == "cash":
                    # Given is told of the first payment in cash.
                    entry["given"] = self.amount_given - cash + entry["amount"]
                    break
        return entries

    def _check_proposed(self, moves, proposed):
        """Raise `UserError` when a receipt costs something else than was shown."""
        if proposed and moves.currency_id.compare_amounts(moves.amount_total, proposed):
            raise UserError(
                self.env._(
                    "The total is %(total)s now, and no longer %(proposed)s: what is "
                    "left to bill has changed meanwhile. Look at it again.",
                    total=moves.currency_id.format(moves.amount_total),
                    proposed=moves.currency_id.format(proposed),
                )
            )

    def _build_in_background(self, items):
        """Leave the work to a job and show it."""
        reasons = items._get_unbillable_reasons(self.invoice_date)
        ready = items.filtered(lambda item: item not in reasons)
        if not ready:
            raise UserError(items._get_unbillable_message(reasons))
        values = {
            "company_id": self.company_id.id,
            "document_type": self.document_type,
            "grouping": self.grouping,
            "sections": self.sections,
            "invoice_date": self.invoice_date,
            "document_journal_id": self.document_journal_id.id,
            "add_to_drafts": self.add_to_drafts,
        }
        if len(ready.company_id) > 1:
            raise UserError(
                self.env._("Build in the background for one company at a time.")
            )
        self.company_id._check_medical_date_is_open(
            self.invoice_date, bool(ready.tax_ids)
        )
        if self.document_type == "receipt":
            self._check_one_receipt_run(ready)
            entry = self._get_payment_entries()[0]
            values |= {
                "journal_id": entry["journal"].id,
                "payment_method_line_id": entry["method_line"].id,
            }
        job = self.env["medical.build.job"]._start(ready, **values)
        return job._get_records_action(name=self.env._("Building Documents"))

    def _get_result_action(self, items, moves):
        """Return the action that shows the documents, and names what was left out."""
        action = moves._get_records_action(
            name=self.env._("Documents"),
            context={"create": False, "default_move_type": moves[:1].move_type},
        )
        if len(moves) > 1:
            documents = self.env.ref("medical_billing.account_move_view_list_medical")
            action["views"] = [(documents.id, "list"), (False, "form")]
        left_out = items - moves.invoice_line_ids.billable_item_id
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
        totals = {}
        for items, amount in zip(groups, amounts, strict=True):
            currency = items[0].currency_id
            totals[currency] = totals.get(currency, 0.0) + amount
        rows = [
            {
                "payer": items.payer_id.display_name,
                "patient": items.patient_id.display_name,
                "visits": len(items.consultation_id),
                "items": len(items),
                "is_credit": amount < 0,
                "total": formatLang(self.env, amount, currency_obj=items.currency_id),
            }
            for items, amount in list(zip(groups, amounts, strict=True))[
                :SHOWN_DOCUMENTS
            ]
        ]
        return {
            "rows": rows,
            "more": max(len(groups) - SHOWN_DOCUMENTS, 0),
            "count": len(groups),
            "totals": [
                formatLang(self.env, amount, currency_obj=currency)
                for currency, amount in totals.items()
            ],
        }
