from odoo import models
from odoo.fields import Domain


class MedicalConfigurationCheck(models.TransientModel):
    _inherit = "medical.configuration.check"

    # === BUSINESS METHODS === #

    def _get_configuration_checks(self, company):
        return [
            *super()._get_configuration_checks(company),
            self._check_warehouse(company),
            self._check_goods(company),
            self._check_consumption_account(company),
            self._check_costs(company),
        ]

    def _get_goods_domain(self, company):
        """Return the domain of the medical products that the stock counts."""
        return (
            self._get_company_domain(company)
            & Domain("medical_kind", "!=", False)
            & Domain("is_storable", "=", True)
        )

    def _check_warehouse(self, company):
        warehouse = company._get_medical_warehouse()
        return self._prepare_check(
            "warehouse",
            self.env._("Warehouse"),
            warehouse,
            self.env._(
                "What visits use is taken from: %(name)s.", name=warehouse.display_name
            )
            if warehouse
            else self.env._("Visits have no warehouse to take goods from."),
            "stock.action_warehouse_form",
        )

    def _check_goods(self, company):
        domain = self._get_company_domain(company) & Domain(
            "medical_kind", "in", ("medication", "consumable")
        )
        products = self.env["product.template"].search(
            domain & Domain("type", "=", "consu") & Domain("is_storable", "=", False)
        )
        return self._prepare_check(
            "goods",
            self.env._("Drugs and consumables that the stock counts"),
            not products,
            self.env._(
                "%(count)s leave no stock, because their inventory is not tracked: "
                "%(names)s.",
                count=len(products),
                names=self._get_first_names(products),
            )
            if products
            else self.env._("The inventory of all of them is tracked."),
            "medical_records.product_template_action_medical",
            domain=[("id", "in", products.ids)] if products else None,
            advice=True,
        )

    def _check_consumption_account(self, company):
        location = company.medical_location_id
        # Not asked of the method that sets it: looking must not change anything.
        account = location.valuation_account_id or company.expense_account_id
        perpetual = self.env["product.template"].search_count(
            self._get_goods_domain(company) & Domain("valuation", "=", "real_time"),
            limit=1,
        )
        if not location:
            message = self.env._("Goods that are used have nowhere to go.")
        elif account:
            message = self.env._(
                "The cost of what is used goes to: %(account)s.",
                account=account.display_name,
            )
        elif perpetual:
            message = self.env._(
                "%(location)s has no account, so that the cost of what is used is "
                "not booked.",
                location=location.display_name,
            )
        else:
            message = self.env._(
                "Your stock is valued at the end of a period; an account of "
                "%(location)s would show what visits used.",
                location=location.display_name,
            )
        return self._prepare_check(
            "consumption_account",
            self.env._("Account for goods used in visits"),
            location and account,
            message,
            "stock.action_location_form",
            domain=[("id", "=", location.id)] if location else None,
            advice=bool(location) and not perpetual,
        )

    def _check_costs(self, company):
        products = self.env["product.template"].search(
            self._get_goods_domain(company) & Domain("standard_price", "=", 0)
        )
        return self._prepare_check(
            "costs",
            self.env._("Costs of goods"),
            not products,
            self.env._(
                "%(count)s have none yet, and cost nothing when used: %(names)s.",
                count=len(products),
                names=self._get_first_names(products),
            )
            if products
            else self.env._("All goods have one."),
            "medical_records.product_template_action_medical",
            domain=[("id", "in", products.ids)] if products else None,
            advice=True,
        )
