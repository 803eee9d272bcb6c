from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "medical.billing.cause"]

    # No field is required in the database: see the check in the methods that use it.
    medical_billing_policy = fields.Selection(
        selection=[
            ("done", "What was done"),
            ("ordered", "What was ordered"),
        ],
        default="done",
        help="What becomes billable: what was done, or the order as soon as the visit "
        "begins (for clinics that are paid before they treat).",
    )
    medical_invoice_grouping = fields.Selection(
        selection=[
            ("patient", "One per patient"),
            ("consultation", "One per consultation"),
            ("kind", "One per kind"),
            ("item", "One per item"),
        ],
        default="patient",
        help="How items are put together into documents when nobody says otherwise.",
    )
    medical_package_printing = fields.Selection(
        selection=[
            ("itemized", "Each part on a line"),
            ("one_line", "One line for all of it"),
        ],
        default="itemized",
        help="What a document shows of a package. Its parts are billed in both cases, "
        "each with its own taxes and account.",
    )
    medical_invoice_sections = fields.Boolean(
        help="Put the lines of each visit under a heading when nobody says otherwise.",
    )
    medical_receipt_type = fields.Selection(
        selection=[
            ("out_receipt", "Sales receipt"),
            ("out_invoice", "Invoice printed as receipt"),
        ],
        default="out_receipt",
        help="What a receipt is in the books. In some countries it must be an invoice, "
        "because only these are sent electronically.",
    )
    medical_receipt_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Receipt Journal",
        domain=[("type", "=", "sale")],
        check_company=True,
        help="Numbers receipts apart from invoices. Made with the first receipt when "
        "empty.",
    )
    medical_neutral_wording = fields.Selection(
        selection=[
            ("nobody", "Nobody"),
            ("others", "Payers who are not the patient"),
            ("all", "Everybody"),
        ],
        default="others",
        help="Whose documents do not say what was done, unless it is said otherwise on "
        "the payer.",
    )
    medical_biller_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible Biller",
        domain=[("share", "=", False)],
        help="Is told by an activity what keeps items from being billed. When empty: "
        "one of the billing managers.",
    )

    medical_down_payment_account_id = fields.Many2one(
        comodel_name="account.account",
        string="Account for Down Payments",
        domain=[("account_type", "in", ("liability_current", "liability_non_current"))],
        check_company=True,
        help="What treatment plans are paid in advance is a debt of the clinic until "
        "the sessions are done.",
    )
    medical_till_required = fields.Boolean(
        help="Cash of patients is taken only while its till is open.",
    )

    # === BUSINESS METHODS === #

    def _get_billing_fields(self):
        return {
            "income_account_id",
            "currency_id",
            "medical_down_payment_account_id",
        }

    def _get_waiting_items_domain(self):
        return Domain("company_id", "in", self.ids)

    def _get_medical_biller(self):
        """Return who is told of what cannot be billed: a biller of this company.

        Whom the company names, while that is a biller; else a billing manager, else
        any biller, before those who only administer the system.

        :rtype: res.users
        """
        self.ensure_one()
        group = "medical_billing.group_biller"
        users = self.env["res.users"].sudo()
        named = self.sudo().medical_biller_id
        if named.active and self in named.company_ids and named.has_group(group):
            return named.sudo(self.env.su)
        billers = users.search(
            [
                ("all_group_ids", "in", self.env.ref(group).id),
                ("company_ids", "in", self.ids),
                ("share", "=", False),
            ],
            order="id",
        )
        return billers.sorted(
            lambda user: (
                user.has_group("base.group_system"),
                not user.has_group("medical_billing.group_billing_manager"),
            )
        )[:1].sudo(self.env.su)

    def _get_user_who_bills(self):
        """Return in whose name documents are made that nobody pressed a button for.

        :return: the user, where that is a biller; else who is told of what cannot be
            billed; else the system
        :rtype: res.users
        """
        self.ensure_one()
        user = self.env.user
        if user.has_group("medical_billing.group_biller") and user._is_internal():
            return user
        return self._get_medical_biller() or self.env.ref("base.user_root")

    def _check_medical_date_is_open(self, date, has_tax=False):
        """Raise `UserError` when the books of sales are closed on a day.

        Odoo would move the entry to the next open day, and leave the document at the
        day that was asked for.

        :param date date: the day of the documents
        :param bool has_tax: whether the lock of the tax return counts, too
        """
        self.ensure_one()
        violated = self._get_lock_date_violations(
            date, fiscalyear=True, sale=True, purchase=False, tax=has_tax, hard=True
        )
        if violated:
            raise UserError(
                self.env._(
                    "The books of %(company)s are closed until %(date)s: choose a "
                    "later date for the documents.",
                    company=self.name,
                    date=format_date(self.env, max(violated)[0]),
                )
            )

    def _get_medical_receipt_journal(self):
        """Return the journal of this company's receipts, and make it if need be.

        :rtype: account.journal
        """
        self.ensure_one()
        if not self.medical_receipt_journal_id:
            # In sudo mode: the biller who presses the first receipt need not be
            # allowed to configure journals.
            journals = self.env["account.journal"].sudo().with_company(self)
            invoices = journals.search(
                [
                    *journals._check_company_domain(self),
                    ("type", "=", "sale"),
                ],
                limit=1,
            )
            self.sudo().medical_receipt_journal_id = journals.create(
                {
                    "name": self.env._("Clinic Receipts"),
                    "code": self._get_free_receipt_journal_code(),
                    "type": "sale",
                    "company_id": self.id,
                    "default_account_id": invoices.default_account_id.id,
                    "refund_sequence": True,
                }
            )
        return self.medical_receipt_journal_id

    def _get_free_receipt_journal_code(self):
        """Return a journal code that this company does not use yet."""
        journals = self.env["account.journal"].sudo().with_context(active_test=False)
        used = set(journals.search([("company_id", "=", self.id)]).mapped("code"))
        codes = ["REC", *(f"REC{number}" for number in range(1, 100))]
        return next(code for code in codes if code not in used)
