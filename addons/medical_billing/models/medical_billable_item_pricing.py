from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero

PRICING_FIELDS = {"price_unit", "discount", "tax_ids", "payer_id", "pricelist_id"}


class MedicalBillableItem(models.Model):
    """Who pays an item, and how much: all by Odoo's own engines."""

    # One model in three files, each with one subject.
    _inherit = "medical.billable.item"

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
        compute="_compute_amounts",
        store=True,
        help="What is left to bill, with taxes.",
    )
    blocking_reason = fields.Selection(
        selection=[
            ("no_product", "No product"),
            ("no_payer", "No payer"),
            ("no_price", "No price"),
            ("no_account", "No income account"),
            ("unit", "Unit cannot be converted"),
        ],
        compute="_compute_blocking_reason",
        store=True,
        index="btree_not_null",
        help="Why the item cannot be billed yet. It clears by itself when the cause is "
        "gone.",
    )

    # What a payer still has to be billed; the patient's index is beside the quantities.
    _payer_to_bill_idx = models.Index("(company_id, payer_id) WHERE qty_to_bill != 0")
    _discount_range = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)",
        "A discount is between 0 and 100 percent.",
    )

    # === COMPUTE METHODS === #

    @api.depends("patient_id")
    def _compute_payer_id(self):
        for item in self:
            if item._is_billed() or (item.origin_id and item.payer_id):
                continue
            # In sudo mode: whoever records a line need not know who pays.
            patient = item.patient_id.sudo()
            item.payer_id = patient.guarantor_id or patient

    @api.depends("payer_id", "company_id")
    def _compute_pricelist_id(self):
        for company, items in self.grouped("company_id").items():
            for item in items.with_company(company):
                if not item._is_billed():
                    item.pricelist_id = item.payer_id.property_product_pricelist

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for item in self:
            if not item._is_billed():
                item.currency_id = (
                    item.pricelist_id.currency_id or item.company_id.currency_id
                )

    @api.depends(
        "product_id", "product_uom_id", "pricelist_id", "company_id", "payer_id"
    )
    def _compute_price_unit(self):
        automatic = self.filtered(
            lambda item: not item.is_price_manual and not item._is_billed()
        )
        positions = automatic._get_fiscal_positions()
        for key, items in automatic.grouped(lambda item: item._get_price_key()).items():
            company, pricelist, currency, uom, quantity, date = key
            products = items.product_id.with_company(company)
            prices = pricelist.with_company(company)._get_products_price(
                products,
                quantity,
                currency=currency,
                uom=uom,
                date=date,
            )
            for item in items:
                item.price_unit = item._get_price_after_taxes(
                    prices.get(item.product_id.id, 0.0),
                    positions[item.company_id, item.payer_id],
                )

    @api.depends("product_id", "payer_id", "company_id")
    def _compute_tax_ids(self):
        open_items = self.filtered(lambda item: not item._is_billed())
        positions = open_items._get_fiscal_positions()
        cache = {}
        for item in open_items:
            position = positions[item.company_id, item.payer_id]
            key = (item.company_id, position, item.product_id)
            if key not in cache:
                taxes = item.product_id.taxes_id._filter_taxes_by_company(
                    item.company_id
                )
                cache[key] = position.map_tax(taxes)
            item.tax_ids = cache[key]

    @api.depends("product_id", "payer_id", "company_id")
    def _compute_analytic_distribution(self):
        # OVERRIDE of the mixin: one search for each distinct case, not for each item.
        models_exist = bool(
            self.env["account.analytic.distribution.model"]
            .sudo()
            .search_count([], limit=1)
        )
        cache = {}
        for item in self:
            if item._is_billed():
                continue
            if not models_exist:
                item.analytic_distribution = item.analytic_distribution
                continue
            key = (item.product_id, item.payer_id, item.company_id)
            if key not in cache:
                cache[key] = self.env[
                    "account.analytic.distribution.model"
                ]._get_distribution(item._get_analytic_arguments())
            item.analytic_distribution = cache[key] or item.analytic_distribution

    @api.depends(
        "quantity", "qty_to_bill", "price_unit", "discount", "tax_ids", "currency_id"
    )
    def _compute_amounts(self):
        for item in self:
            item.price_subtotal, item.price_total = item._get_amounts(item.quantity)
            item.amount_to_bill = (
                item.price_total
                if item.qty_to_bill == item.quantity
                else item._get_amounts(item.qty_to_bill)[1]
            )

    @api.depends(
        "product_id", "product_uom_id", "payer_id", "price_unit", "is_price_manual"
    )
    def _compute_blocking_reason(self):
        for item in self:
            item.blocking_reason = item._get_blocking_reason()

    # === CRUD METHODS === #

    def write(self, vals):
        if PRICING_FIELDS & vals.keys():
            self._check_price_is_open()
        if "price_unit" in vals:
            # In sudo mode: nobody sets this by hand.
            self.sudo().write({"is_price_manual": True})
        return super().write(vals)

    # === BUSINESS METHODS === #

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

    def _get_price_key(self):
        """Return what the price of this item hangs on, apart from the product."""
        self.ensure_one()
        pricelist = self.pricelist_id
        return (
            self.company_id,
            pricelist,
            self.currency_id or self.company_id.currency_id,
            self.product_uom_id,
            # Only a pricelist knows of dates and of prices by quantity.
            self.consultation_line_id.quantity if pricelist else 1.0,
            self.date if pricelist else False,
        )

    def _get_price_after_taxes(self, price, position):
        """Adapt a price with included taxes to the taxes of the payer.

        :param float price: the price with the taxes of the product
        :param position: the `account.fiscal.position` of the payer
        :rtype: float
        """
        self.ensure_one()
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        if not taxes:
            return price
        return self.product_id._get_tax_included_unit_price_from_price(
            price, taxes, fiscal_position=position
        )

    def _get_fiscal_positions(self):
        """Return the fiscal position of each payer.

        :return: a dict of (company, payer) to `account.fiscal.position`
        """
        positions = self.env["account.fiscal.position"].sudo()
        result = {}
        for company, items in self.grouped("company_id").items():
            positions = positions.with_company(company)
            # Most clinics have none; then no payer needs to be asked about.
            used = positions.search_count(
                positions._check_company_domain(company), limit=1
            )
            for payer in items.mapped("payer_id") | self.env["res.partner"]:
                result[company, payer] = (
                    positions._get_fiscal_position(payer)
                    if used
                    else positions.browse()
                )
            result[company, self.env["res.partner"]] = positions.browse()
        return result

    def _get_analytic_arguments(self):
        """Return what Odoo's analytic distribution models look at."""
        self.ensure_one()
        product = self.product_id.with_company(self.company_id)
        return {
            "product_id": product.id,
            "product_categ_id": product.categ_id.id,
            "partner_id": self.payer_id.id,
            "partner_category_id": self.payer_id.category_id.ids,
            "account_prefix": product._get_product_accounts()["income"].code,
            "company_id": self.company_id.id,
        }

    def _get_amounts(self, quantity):
        """Return what a quantity costs, by the tax engine that invoices use.

        :param float quantity: in the item's unit
        :return: the amounts without and with taxes, rounded
        :rtype: tuple[float, float]
        """
        self.ensure_one()
        (base_line,) = self._get_base_lines(lambda item: quantity)
        details = base_line["tax_details"]
        return details["total_excluded_currency"], details["total_included_currency"]

    def _get_document_total(self):
        """Return the total of the one document that would bill the rest of these.

        Not the sum of what each costs: where taxes are rounded by document, the two
        can differ by a cent.

        :rtype: float
        """
        totals = self.env["account.tax"]._get_tax_totals_summary(
            base_lines=self._get_base_lines(lambda item: abs(item.qty_to_bill)),
            currency=self.currency_id,
            company=self.company_id,
        )
        return totals["total_amount_currency"]

    def _get_base_lines(self, get_quantity):
        """Return these items as the tax engine wants them, with rounded details.

        :param get_quantity: a function of an item that returns how much is billed
        :return: base lines of `account.tax`
        :rtype: list[dict]
        """
        taxes = self.env["account.tax"]
        company = self.company_id or self.env.company
        base_lines = [
            taxes._prepare_base_line_for_taxes_computation(
                item, quantity=get_quantity(item), partner_id=item.payer_id
            )
            for item in self
        ]
        taxes._add_tax_details_in_base_lines(base_lines, company)
        taxes._round_base_lines_tax_details(base_lines, company)
        return base_lines

    def _get_blocking_reason(self):
        """Return why this item cannot be billed, or False.

        For a module with more reasons to extend, together with the selection.

        :rtype: str or bool
        """
        self.ensure_one()
        product = self.product_id.with_company(self.company_id)
        if not product:
            return "no_product"
        if not self.payer_id:
            return "no_payer"
        if not self.product_uom_id._has_common_reference(product.uom_id):
            return "unit"
        if not self.is_price_manual and float_is_zero(
            self.price_unit, precision_digits=6
        ):
            return "no_price"
        if not product._get_product_accounts()["income"]:
            return "no_account"
        return False

    def _update_blocking_reason(self):
        """Look again whether what these items waited for is there now."""
        waiting = self.filtered("blocking_reason")
        unpriced = waiting.filtered(lambda item: item.blocking_reason == "no_price")
        self.env.add_to_compute(self._fields["price_unit"], unpriced)
        self.env.add_to_compute(self._fields["tax_ids"], unpriced)
        unpriced.modified(["price_unit", "tax_ids"])
        self.env.add_to_compute(self._fields["blocking_reason"], waiting)
