from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalBillableItem(models.Model):
    """A part of a treatment plan that is charged in advance.

    Nothing was done for it yet: it has no visit and no product, and is booked on the
    account for down payments. What it is, how much and to whom says the plan.
    """

    _inherit = "medical.billable.item"

    plan_id = fields.Many2one(
        comodel_name="medical.treatment.plan",
        string="Paid in Advance For",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
    )
    plan_line_id = fields.Many2one(
        comodel_name="medical.treatment.plan.line",
        string="Treatment of the Plan",
        readonly=True,
        # A treatment that is taken out of a plan leaves its documents behind.
        ondelete="set null",
        index="btree_not_null",
        copy=False,
    )
    installment_id = fields.Many2one(
        comodel_name="medical.treatment.plan.installment",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
    )
    down_payment_quantity = fields.Float(
        string="Charged in Advance",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="How many sessions of a package; one for an installment.",
    )
    down_payment_agreed = fields.Float(
        string="Agreed in Advance",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="What was charged in advance at first, before more or less was agreed on.",
    )

    # === COMPUTE METHODS === #

    @api.depends("down_payment_quantity")
    def _compute_quantity(self):
        return super()._compute_quantity()

    # What follows a visit or a product stays as the plan says it.

    @api.depends("plan_id")
    def _compute_consultation_id(self):
        items = self._of_visits()
        result = super(MedicalBillableItem, items)._compute_consultation_id()
        for item in self - items:
            plan = item.plan_id
            item.consultation_id = False
            item.company_id = plan.company_id
            item.patient_id = plan.patient_id
            item.practitioner_id = plan.practitioner_id
            item.date = fields.Datetime.context_timestamp(item, plan.date_accepted)
        return result

    @api.depends("plan_line_id", "installment_id")
    def _compute_product_id(self):
        items = self._of_visits()
        result = super(MedicalBillableItem, items)._compute_product_id()
        for item in self - items:
            line = item.plan_line_id
            item.name = item.name or line._get_down_payment_name(item.installment_id)
            item.kind = item.kind or line.kind
            item.product_id = False
            item.medical_code_id = False
            item.product_uom_id = False
        return result

    def _compute_payer_id(self):
        return super(MedicalBillableItem, self._of_visits())._compute_payer_id()

    def _compute_pricelist_id(self):
        return super(MedicalBillableItem, self._of_visits())._compute_pricelist_id()

    @api.depends("plan_id")
    def _compute_currency_id(self):
        items = self._of_visits()
        for item in self - items:
            item.currency_id = item.plan_id.currency_id
        return super(MedicalBillableItem, items)._compute_currency_id()

    def _compute_price_unit(self):
        return super(MedicalBillableItem, self._of_visits())._compute_price_unit()

    def _compute_discount(self):
        return super(MedicalBillableItem, self._of_visits())._compute_discount()

    def _compute_tax_ids(self):
        return super(MedicalBillableItem, self._of_visits())._compute_tax_ids()

    def _compute_analytic_distribution(self):
        items = self._of_visits()
        return super(MedicalBillableItem, items)._compute_analytic_distribution()

    # === BUSINESS METHODS === #

    def _of_visits(self):
        """Return those of these that bill what is done, not what is paid in advance.

        :rtype: medical.billable.item
        """
        return self.filtered(lambda item: not item.plan_id)

    def _is_empty(self):
        if self.plan_id:
            return not self.quantity
        return super()._is_empty()

    def _get_gross_quantity(self):
        if self.plan_id and not self.credited_item_id:
            return self.down_payment_quantity
        return super()._get_gross_quantity()

    def _get_source_name(self):
        return self.plan_id.name or super()._get_source_name()

    def _get_blocking_reasons(self):
        reasons = super()._get_blocking_reasons()
        without_account = self.filtered(
            lambda item: not item.company_id.medical_down_payment_account_id
        )
        for item in without_account:
            if item.plan_id or item._get_prepaid_plan_line():
                reasons.setdefault(item, "no_down_payment_account")
        return reasons

    def _check_not_prepaid(self):
        """Refuse to give up, to split or to price by hand what a plan says.

        :raise UserError: for down payments, and sessions that are paid in advance
        """
        for item in self:
            plan = item.plan_id or item._get_prepaid_plan_line().plan_id
            if plan:
                raise UserError(
                    self.env._(
                        "%(item)s is part of %(plan)s, which is paid in advance: its "
                        "price and its payer are those of the plan, and it is neither "
                        "waived nor split. Change the price or the sessions of the "
                        "plan instead; the difference is billed or credited.",
                        item=item.name,
                        plan=plan.name,
                    )
                )

    def _get_document_key(self, grouping=None):
        key = super()._get_document_key(grouping)
        if self.plan_id:
            # One document for each installment, whatever it is for.
            return (*key[:-1], self.installment_id)
        return key

    @api.model
    def _find_drafts(self, groups, move_type="out_invoice", journal=None, lock=False):
        # What is paid in advance has documents of its own.
        found = super()._find_drafts(groups, move_type, journal, lock)
        return {
            number: draft
            for number, draft in found.items()
            if not (groups[number] | draft.invoice_line_ids.billable_item_id).plan_id
        }

    def _prepare_invoice_vals(self, move_type, **options):
        vals = super()._prepare_invoice_vals(move_type, **options)
        if self.plan_id:
            vals["invoice_origin"] = ", ".join(self.plan_id.mapped("name"))
        return vals

    def _prepare_invoice_line_vals(self):
        vals = super()._prepare_invoice_line_vals()
        if self.plan_id:
            account = self.company_id.medical_down_payment_account_id
            vals["account_id"] = account.id
        return vals

    def _get_document_line_name(self, neutral=False):
        if self.plan_id and neutral:
            item = self.with_context(lang=self.payer_id.lang or self.env.lang)
            return item.env._("Down payment, plan %(plan)s", plan=self.plan_id.name)
        return super()._get_document_line_name(neutral=neutral)

    def _prepare_correction_vals(self, quantity):
        vals = super()._prepare_correction_vals(quantity)
        if self.plan_id:
            vals |= self._prepare_down_payment_identity()
        return vals

    def _prepare_down_payment_identity(self):
        """Return what an item that corrects this one has in common with it.

        :rtype: dict
        """
        self.ensure_one()
        return {
            **{
                name: self[name].id
                for name in ("plan_id", "plan_line_id", "installment_id")
            },
            "is_payer_manual": True,
        }
