from odoo import models
from odoo.fields import Domain


class MedicalConfigurationCheck(models.TransientModel):
    _inherit = "medical.configuration.check"

    # === BUSINESS METHODS === #

    def _get_configuration_checks(self, company):
        return [
            *super()._get_configuration_checks(company),
            self._check_sales_journal(company),
            self._check_income_accounts(company),
            self._check_fee_prices(company),
            self._check_prices(company),
            self._check_receipts(company),
            self._check_payment_journal(company),
            self._check_till(company),
            self._check_down_payments(company),
            self._check_billers(company),
        ]

    def _get_charged_domain(self, company):
        """Return the domain of the acts and articles that become billable."""
        return (
            self._get_company_domain(company)
            & Domain("medical_kind", "!=", False)
            & Domain("medical_charge", "!=", "none")
        )

    def _get_first_names(self, records, limit=5):
        """Return the names of a few of these records, to know what is meant."""
        names = ", ".join(records[:limit].mapped("name"))
        return f"{names} …" if len(records) > limit else names

    def _find_journals(self, company, types):
        journals = self.env["account.journal"]
        return journals.search(
            [*journals._check_company_domain(company), ("type", "in", types)]
        )

    def _check_sales_journal(self, company):
        journals = self._find_journals(company, ["sale"])
        return self._prepare_check(
            "sales_journal",
            self.env._("Chart of accounts and sales journal"),
            journals,
            self.env._("Invoices are numbered in: %(name)s.", name=journals[0].name)
            if journals
            else self.env._("Without them nothing can be billed."),
            "account.action_account_journal_form",
        )

    def _check_income_accounts(self, company):
        products = self.env["product.template"]
        if not company.income_account_id:
            products = products.search(
                self._get_charged_domain(company)
                & Domain("property_account_income_id", "=", False)
                & Domain("categ_id.property_account_income_categ_id", "=", False)
            )
        return self._prepare_check(
            "income_accounts",
            self.env._("Income accounts"),
            not products,
            self.env._(
                "%(count)s acts and articles have none, and cannot be billed: "
                "%(names)s.",
                count=len(products),
                names=self._get_first_names(products),
            )
            if products
            else self.env._("Everything that is charged has one."),
            "medical_records.product_template_action_medical",
            domain=[("id", "in", products.ids)] if products else None,
        )

    def _check_fee_prices(self, company):
        types = self.env["medical.visit.type"].search(self._get_company_domain(company))
        fees = (types.product_id | types.fee_ids.product_id).product_tmpl_id
        products = fees.filtered_domain(
            self._get_charged_domain(company) & Domain("list_price", "=", 0)
        )
        return self._prepare_check(
            "fee_prices",
            self.env._("Prices of the fees for visits"),
            not products,
            self.env._(
                "Without a price: %(names)s. Say in the product if it is not charged.",
                names=self._get_first_names(products),
            )
            if products
            else self.env._("Every fee has a price."),
            "medical_records.product_template_action_medical",
            domain=[("id", "in", products.ids)] if products else None,
        )

    def _check_prices(self, company):
        products = self.env["product.template"].search(
            self._get_charged_domain(company) & Domain("list_price", "=", 0)
        )
        return self._prepare_check(
            "prices",
            self.env._("Prices of acts and articles"),
            not products,
            self.env._(
                "%(count)s have none, and wait as “no price” once they are done, "
                "unless a pricelist knows better: %(names)s.",
                count=len(products),
                names=self._get_first_names(products),
            )
            if products
            else self.env._("Everything that is charged has a price."),
            "medical_records.product_template_action_medical",
            domain=[("id", "in", products.ids)] if products else None,
            advice=True,
        )

    def _check_receipts(self, company):
        types = dict(
            company._fields["medical_receipt_type"]._description_selection(self.env)
        )
        return self._prepare_check(
            "receipts",
            self.env._("Receipts"),
            company.medical_receipt_type,
            self.env._(
                "A receipt is: %(type)s.", type=types[company.medical_receipt_type]
            )
            if company.medical_receipt_type
            else self.env._("Choose what a receipt is in your books."),
            "medical_records.res_config_settings_action",
        )

    def _check_payment_journal(self, company):
        journals = self._find_journals(company, ["bank", "cash", "credit"])
        return self._prepare_check(
            "payment_journals",
            self.env._("Journals for payments"),
            journals,
            self.env._(
                "Money comes in through: %(names)s.",
                names=self._get_first_names(journals),
            )
            if journals
            else self.env._("Without a bank or cash journal no receipt can be paid."),
            "account.action_account_journal_form",
        )

    def _check_till(self, company):
        journals = self._find_journals(company, ["cash"])
        ready = journals.filtered(
            lambda journal: journal.profit_account_id and journal.loss_account_id
        )
        if ready:
            message = self.env._(
                "Cash is counted in: %(names)s.", names=self._get_first_names(ready)
            )
        elif journals:
            message = self.env._(
                "Give %(names)s accounts for profit and loss: what a count of the till "
                "shows too much or too little is booked there.",
                names=self._get_first_names(journals),
            )
        else:
            message = self.env._(
                "Without a cash journal no till can be opened: make one if you take "
                "cash."
            )
        return self._prepare_check(
            "till",
            self.env._("Tills"),
            ready,
            message,
            "account.action_account_journal_form",
            advice=True,
        )

    def _check_down_payments(self, company):
        account = company.medical_down_payment_account_id
        return self._prepare_check(
            "down_payments",
            self.env._("Account for down payments"),
            account,
            self.env._(
                "What is paid in advance is booked on: %(name)s.",
                name=account.display_name,
            )
            if account
            else self.env._(
                "Choose one if treatment plans are paid in advance or by installments."
            ),
            "medical_records.res_config_settings_action",
            advice=True,
        )

    def _check_billers(self, company):
        users = self._get_users_of_group("medical_billing.group_biller", company)
        count = len(users - self.env.ref("base.user_admin"))
        return self._prepare_check(
            "billers",
            self.env._("Users who bill"),
            count,
            self.env._("%(count)s people.", count=count)
            if count
            else self.env._("Give somebody the group Biller."),
            "base.action_res_users",
        )
