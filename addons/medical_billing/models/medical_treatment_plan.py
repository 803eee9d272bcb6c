from odoo import api, fields, models

from .medical_consultation import ITEM_READERS


class MedicalTreatmentPlan(models.Model):
    """What a plan costs, and who pays it.

    The prices are those of the payer's pricelist until the plan is proposed; a plan
    that is older than billing gets those of the day when billing comes. When it is
    billed says its billing mode, see `medical_treatment_plan_billing_mode.py`.
    """

    _inherit = "medical.treatment.plan"

    line_ids = fields.One2many(
        # Billers read what is agreed, as they read what is billed.
        groups="medical_records.group_assistant,medical_billing.group_biller",
    )
    payer_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
        groups=ITEM_READERS,
        help="Who pays: the patient, or the guarantor.",
    )
    pricelist_id = fields.Many2one(
        comodel_name="product.pricelist",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        check_company=True,
        groups=ITEM_READERS,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        store=True,
        precompute=True,
    )
    # Plans in any currency are added up in that of the company.
    currency_rate = fields.Float(
        compute="_compute_currency_rate",
        store=True,
        digits=0,
        help="How much of the plan's currency one unit of the company's is, on the day "
        "the plan begins.",
    )
    amount_untaxed = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        groups=ITEM_READERS,
    )
    amount_total = fields.Monetary(
        string="Total",
        compute="_compute_amounts",
        store=True,
        groups=ITEM_READERS,
        help="All sessions that are agreed on, with taxes.",
    )
    terms = fields.Html(
        help="Printed on the estimate, and shown in the portal.",
    )

    # === COMPUTE METHODS === #

    @api.depends("patient_id.guarantor_id")
    def _compute_payer_id(self):
        for plan in self:
            if plan._is_price_open() or not plan.payer_id:
                # In sudo mode: who plans need not know who pays.
                patient = plan.patient_id.sudo()
                plan.payer_id = patient.guarantor_id or patient

    @api.depends("payer_id", "company_id")
    def _compute_pricelist_id(self):
        for company, plans in self.grouped("company_id").items():
            for plan in plans.with_company(company):
                if plan._is_price_open() or not plan.currency_id:
                    plan.pricelist_id = plan.payer_id.property_product_pricelist

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for plan in self:
            if plan._is_price_open() or not plan.currency_id:
                plan.currency_id = (
                    plan.pricelist_id.currency_id or plan.company_id.currency_id
                )

    @api.depends("currency_id", "company_id", "date_start")
    def _compute_currency_rate(self):
        for plan in self:
            company = plan.company_id
            plan.currency_rate = self.env["res.currency"]._get_conversion_rate(
                company.currency_id,
                plan.currency_id or company.currency_id,
                company,
                plan.date_start or fields.Date.context_today(plan),
            )

    @api.depends("line_ids.price_subtotal", "line_ids.price_total")
    def _compute_amounts(self):
        for plan in self:
            plan.amount_untaxed = sum(plan.line_ids.mapped("price_subtotal"))
            plan.amount_total = sum(plan.line_ids.mapped("price_total"))

    # === ACTION METHODS === #

    def action_print_estimate(self):
        """Print what these plans offer, at which price, on which terms.

        :raise AccessError: for users who may not read prices
        """
        self.check_access("read")
        self.env["medical.treatment.plan.line"].check_access("read")
        return self.env.ref(
            "medical_billing.action_report_medical_treatment_plan"
        ).report_action(self)

    def action_set_prices(self):
        """Open the treatments of these plans as a list, to set prices and discounts.

        Billing managers have no right to change plans otherwise.

        :raise AccessError: for users without the right to set prices
        """
        self.line_ids.check_access("write")
        self.line_ids._check_may_set_prices()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_billing.medical_treatment_plan_line_action_prices"
        )
        return {**action, "domain": [("plan_id", "in", self.ids)]}

    # === BUSINESS METHODS === #

    def _get_print_name(self):
        """Return the name of a printed file; it says nothing of what is inside.

        :rtype: str
        """
        self.ensure_one()
        return self.env._("Estimate %(plan)s", plan=self.name)

    def _get_estimate_taxes(self):
        """Return the taxes of all sessions, by group.

        :return: `account.tax.group` to amount
        :rtype: dict
        """
        self.ensure_one()
        taxes = {}
        for details, times in self.line_ids._get_tax_details().values():
            for tax in details["taxes_data"]:
                group = tax["tax"].tax_group_id
                taxes[group] = taxes.get(group, 0.0) + (
                    tax["tax_amount_currency"] * times
                )
        return taxes

    def _get_estimate_line_name(self, name, reader=None):
        """Return what the estimate calls a treatment.

        :param str name: what the plan calls it
        :param reader: the `res.partner` who reads it; the payer when not said
        :rtype: str
        """
        self.ensure_one()
        reader = reader or self.payer_id
        if reader != self.patient_id and reader._needs_neutral_wording(
            self.patient_id, self.company_id
        ):
            return self.env._("Medical services")
        return name

    def _is_price_open(self):
        """Whether nobody was told yet what this plan costs.

        :rtype: bool
        """
        self.ensure_one()
        return not self._origin or self.state == "draft"
