from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# What only those may set who have the right to prices, and what is kept of it.
PRICE_EDITOR = "medical_billing.group_price_editor"
PRICE_FIELDS = ("price_unit", "discount", "tax_ids", "pricelist_id")
PRICING_FIELDS = {*PRICE_FIELDS, "payer_id"}


class MedicalBillableItem(models.Model):
    """Who pays an item, and how much: all by Odoo's own engines."""

    # One model in several files, each with one subject.
    _name = "medical.billable.item"
    _inherit = ["medical.billable.item", "medical.priced"]

    payer_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Who gets the document: the patient, or the guarantor.",
    )
    is_payer_manual = fields.Boolean(
        readonly=True,
        copy=False,
        help="The payer was chosen by hand and no longer follows the guarantor.",
    )
    pricelist_id = fields.Many2one(
        comodel_name="product.pricelist",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        store=True,
        precompute=True,
    )
    price_unit = fields.Float(
        string="Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        min_display_digits="Product Price",
    )
    is_price_manual = fields.Boolean(
        readonly=True,
        help="The price was set by hand and no longer follows the pricelist.",
    )
    is_price_open = fields.Boolean(
        compute="_compute_is_price_open",
        help="You may change the price: it is on no document, and you have the right.",
    )
    change_ids = fields.One2many(
        comodel_name="medical.billable.item.change",
        inverse_name="item_id",
        string="Changes by Hand",
        groups="medical_billing.group_biller",
    )
    discount = fields.Float(string="Disc. %", digits="Discount")
    tax_ids = fields.Many2many(
        comodel_name="account.tax",
        string="Taxes",
        compute="_compute_tax_ids",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        context={"active_test": False},
    )
    price_subtotal = fields.Monetary(
        string="Subtotal",
        compute="_compute_amounts",
        store=True,
        help="For the whole quantity, without taxes.",
    )
    price_total = fields.Monetary(
        string="Total",
        compute="_compute_amounts",
        store=True,
        help="For the whole quantity, with taxes.",
    )
    amount_to_bill = fields.Monetary(
        compute="_compute_amount_to_bill",
        store=True,
        help="What is left to bill, with taxes.",
    )
    # What a payer still has to be billed; the patient's index is beside the quantities.
    _payer_to_bill_idx = models.Index("(company_id, payer_id) WHERE qty_to_bill != 0")
    _discount_range = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)",
        "A discount is between 0 and 100 percent.",
    )

    # === COMPUTE METHODS === #

    @api.depends("patient_id.guarantor_id")
    def _compute_payer_id(self):
        for item in self:
            if item._is_billed() or (item.payer_id and item._is_payer_fixed()):
                continue
            # In sudo mode: whoever records a line need not know who pays.
            patient = item.patient_id.sudo()
            item.payer_id = patient.guarantor_id or patient

    @api.depends("payer_id", "company_id")
    def _compute_pricelist_id(self):
        for company, items in self.grouped("company_id").items():
            for item in items.with_company(company):
                # A price by hand is one in its currency, whoever pays it.
                if not item._is_billed() and not (
                    item.is_price_manual and item._origin
                ):
                    item.pricelist_id = item.payer_id.property_product_pricelist

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for item in self:
            if not item._is_billed():
                item.currency_id = (
                    item.pricelist_id.currency_id or item.company_id.currency_id
                )

    @api.depends(
        "product_id",
        "product_uom_id",
        "pricelist_id",
        "company_id",
        "payer_id",
        "date",
        "consultation_line_id.quantity",
    )
    def _compute_price_unit(self):
        automatic = self.filtered(
            lambda item: not item.is_price_manual and not item._is_billed()
        )
        for item, price in automatic._get_pricelist_prices().items():
            item.price_unit = price

    @api.depends("qty_drafted", "qty_posted")
    @api.depends_context("uid")
    def _compute_is_price_open(self):
        may_change = self.env.user.has_group(PRICE_EDITOR)
        for item in self:
            item.is_price_open = may_change and not item._is_billed()

    @api.depends("product_id", "payer_id", "company_id")
    def _compute_tax_ids(self):
        open_items = self.filtered(lambda item: not item._is_billed())
        for item, taxes in open_items._get_product_taxes().items():
            item.tax_ids = taxes

    @api.depends("quantity", "price_unit", "discount", "tax_ids", "currency_id")
    def _compute_amounts(self):
        self._forget_amounts("price_subtotal", "price_total")
        for item in self:
            item.price_subtotal, item.price_total = item._get_amounts(item.quantity)

    # Apart from the others: each document changes what is left, and no more.
    @api.depends("qty_to_bill", "price_total")
    def _compute_amount_to_bill(self):
        self._forget_amounts("amount_to_bill")
        for item in self:
            if not item.qty_to_bill:
                item.amount_to_bill = 0.0
            elif item.qty_to_bill == item.quantity:
                item.amount_to_bill = item.price_total
            else:
                item.amount_to_bill = item._get_amounts(item.qty_to_bill)[1]

    # === CRUD METHODS === #

    def write(self, vals):
        if not PRICING_FIELDS & vals.keys():
            return super().write(vals)
        names = [name for name in PRICE_FIELDS if name in vals]
        if names:
            self._check_may_change_prices()
        self._check_price_is_open()
        if not self.env.su and (vals.get("price_unit") or 0.0) < 0:
            raise UserError(
                self.env._(
                    "A price cannot be less than nothing: give a discount, or waive "
                    "the item."
                )
            )
        before = {} if self.env.su else self._get_prices_in_words(names)
        # In sudo mode: nobody sets these by hand.
        if "price_unit" in vals:
            self.sudo().write({"is_price_manual": True})
        if "payer_id" in vals and not self.env.su:
            self.sudo().write({"is_payer_manual": True})
        result = super().write(vals)
        if before:
            self._log_price_changes(before)
        return result

    # === ACTION METHODS === #

    def action_reset_price(self):
        """Let the prices of these items follow the pricelist again."""
        self._check_may_change_prices()
        self._check_price_is_open()
        by_hand = self.filtered("is_price_manual")
        for item in by_hand:
            if item.origin_id or item.split_ids:
                raise UserError(
                    self.env._(
                        "The price of %(item)s is shared with another payer: the "
                        "parts would no longer add up.",
                        item=item.name,
                    )
                )
        before = by_hand._get_prices_in_words(["price_unit"])
        # In sudo mode: nobody sets this by hand.
        by_hand.sudo().write({"is_price_manual": False})
        by_hand._compute_again("pricelist_id", "price_unit")
        by_hand._log_price_changes(before)

    def action_set_free(self):
        """Say that these items cost nothing, which is no missing price then."""
        self.write({"price_unit": 0.0})

    # === BUSINESS METHODS === #

    def _compute_again(self, *names):
        """Have fields of these items computed anew, and what follows from them.

        For what they hang on without a path that the ORM could follow.

        :param names: of the fields
        """
        for name in names:
            self.env.add_to_compute(self._fields[name], self)
        self.modified(names)

    def _forget_amounts(self, *names):
        """Make the ORM write these amounts when they are computed now.

        It keeps an amount that rounds to the new one: 100.01 in dollars stayed 100.01
        when the item came to 100 yen. What is not in memory is written.
        """
        self.invalidate_recordset(names, flush=False)

    def _check_price_is_open(self):
        """Raise `UserError` when an item is on a document: the document counts."""
        for item in self:
            if item._is_billed():
                raise UserError(
                    self.env._(
                        "%(item)s is already on a document: change the document, or "
                        "remove its line first.",
                        item=item.name,
                    )
                )

    def _check_may_change_prices(self):
        """Raise `AccessError` when the user has no right to prices by hand."""
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(PRICE_EDITOR):
            raise AccessError(
                self.env._(
                    "You may bill, but not set prices, discounts, taxes or pricelists "
                    "by hand: that needs the right “%(group)s”. Ask your billing "
                    "manager.",
                    group=self.env.ref(PRICE_EDITOR).sudo().name,
                )
            )

    def _get_prices_in_words(self, names):
        """Return what these items say now about prices, as it is kept in the log.

        :param list names: the fields asked for, of `PRICE_FIELDS`
        :return: a dict of (item, field) to text
        :rtype: dict
        """
        words = {
            "price_unit": lambda item: self._format_price(item),
            "discount": lambda item: f"{item.discount:g} %",
            "tax_ids": lambda item: ", ".join(item.tax_ids.mapped("name")),
            "pricelist_id": lambda item: item.pricelist_id.display_name or "",
        }
        # In sudo mode: taxes and pricelists need not be open to whoever bills.
        return {
            (item, name): words[name](item.sudo()) for item in self for name in names
        }

    @api.model
    def _format_price(self, item):
        # A price has more digits than its currency: 1.005 is not 1.01.
        return f"{item.price_unit:.10g} {item.currency_id.name or ''}".strip()

    def _log_price_changes(self, before):
        """Keep who changed what of these prices, from what to what.

        :param dict before: what :meth:`_get_prices_in_words` said before
        """
        names = list(dict.fromkeys(name for _item, name in before))
        # In sudo mode: nobody writes the log by hand. The user stays who it is.
        self.env["medical.billable.item.change"].sudo().create(
            [
                {
                    "item_id": item.id,
                    "what": name,
                    "old_value": before[item, name],
                    "new_value": text,
                }
                for (item, name), text in self._get_prices_in_words(names).items()
                if text != before[item, name]
            ]
        )

    def _is_payer_fixed(self):
        """Whether this item keeps its payer when the patient gets another guarantor.

        :rtype: bool
        """
        self.ensure_one()
        return bool(self.is_payer_manual or self.origin_id)

    def _get_document_total(self):
        """Return the total of the one document that would bill the rest of these.

        Not the sum of what each costs: where taxes are rounded by document, the two
        can differ by a cent.

        :rtype: float
        """
        # For previews of thousands of items: what is known without the engine.
        if self.company_id.tax_calculation_rounding_method == "round_per_line":
            return self.currency_id.round(abs(sum(self.mapped("amount_to_bill"))))
        if not self.tax_ids:
            return self.currency_id.round(
                sum(
                    abs(item.qty_to_bill) * item.price_unit * (1 - item.discount / 100)
                    for item in self
                )
            )
        totals = self.env["account.tax"]._get_tax_totals_summary(
            base_lines=self._get_base_lines(lambda item: abs(item.qty_to_bill)),
            currency=self.currency_id,
            company=self.company_id,
        )
        return totals["total_amount_currency"]

    def _get_priced_quantity(self):
        # EXTENDS medical.priced
        return self.consultation_line_id.quantity

    def _get_priced_date(self):
        # EXTENDS medical.priced
        return self.date
