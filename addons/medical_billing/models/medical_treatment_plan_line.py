from odoo import api, fields, models
from odoo.exceptions import AccessError

from .medical_billable_item_pricing import PRICE_EDITOR
from .medical_consultation import ITEM_READERS

AGREED_PRICE_FIELDS = {"price_unit", "discount"}


class MedicalTreatmentPlanLine(models.Model):
    """What a treatment of a plan costs: each of its sessions is billed at that price.

    It follows the pricelist until the plan is proposed. Afterwards it is changed by
    hand only, by those who may set prices, and what is not billed yet follows it.
    """

    _name = "medical.treatment.plan.line"
    _inherit = ["medical.treatment.plan.line", "medical.priced"]

    payer_id = fields.Many2one(related="plan_id.payer_id", groups=ITEM_READERS)
    pricelist_id = fields.Many2one(related="plan_id.pricelist_id", groups=ITEM_READERS)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    price_unit = fields.Float(
        string="Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        min_display_digits="Product Price",
        # A renewal has the prices of its own day.
        copy=False,
        groups=ITEM_READERS,
        help="For one unit of one session.",
    )
    is_price_manual = fields.Boolean(
        readonly=True,
        copy=False,
        groups=ITEM_READERS,
        help="The price was set by hand and does not follow the pricelist.",
    )
    is_price_open = fields.Boolean(
        compute="_compute_is_price_open",
        help="You have the right to change the price.",
    )
    discount = fields.Float(
        string="Disc. %",
        digits="Discount",
        copy=False,
        groups=ITEM_READERS,
    )
    tax_ids = fields.Many2many(
        comodel_name="account.tax",
        string="Taxes",
        compute="_compute_tax_ids",
        groups=ITEM_READERS,
    )
    price_subtotal = fields.Monetary(
        string="Subtotal",
        compute="_compute_amounts",
        store=True,
        groups=ITEM_READERS,
        help="For all sessions, without taxes.",
    )
    price_total = fields.Monetary(
        string="Total",
        compute="_compute_amounts",
        store=True,
        groups=ITEM_READERS,
        help="For all sessions, with taxes.",
    )

    _price_not_negative = models.Constraint(
        "CHECK (price_unit >= 0)",
        "A price cannot be less than nothing: give a discount instead.",
    )
    _discount_range = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)",
        "A discount is between 0 and 100 percent.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "product_id",
        "product_uom_id",
        "quantity",
        "plan_id.pricelist_id",
        "plan_id.payer_id",
        "plan_id.date_start",
    )
    def _compute_price_unit(self):
        following = self.filtered(
            lambda line: (
                not line.is_price_manual
                # Without a price: it is older than billing.
                and (
                    not line._origin
                    or not line.price_unit
                    or line.plan_id._is_price_open()
                )
            )
        )
        for line, price in following._get_pricelist_prices().items():
            line.price_unit = price

    @api.depends_context("uid")
    def _compute_is_price_open(self):
        self.is_price_open = self.env.user.has_group(PRICE_EDITOR)

    @api.depends("product_id.taxes_id", "plan_id.payer_id", "company_id")
    def _compute_tax_ids(self):
        for line, taxes in self._get_product_taxes().items():
            line.tax_ids = taxes

    @api.depends(
        "sessions",
        "quantity",
        "price_unit",
        "discount",
        "tax_ids",
        "currency_id",
        "plan_id.billing_mode",
        # Taxes of a package are rounded together.
        "plan_id.line_ids.sessions",
        "plan_id.line_ids.quantity",
        "plan_id.line_ids.price_unit",
        "plan_id.line_ids.discount",
        "plan_id.line_ids.tax_ids",
    )
    def _compute_amounts(self):
        amounts = self._get_billed_amounts()
        for line in self:
            line.price_subtotal, line.price_total = amounts[line]

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if AGREED_PRICE_FIELDS & vals.keys():
                self._check_may_set_prices()
        lines = super().create(vals_list)
        lines.browse(
            line.id
            for line, vals in zip(lines, vals_list, strict=True)
            if "price_unit" in vals
        )._note_prices_by_hand()
        return lines

    def write(self, vals):
        if AGREED_PRICE_FIELDS & vals.keys():
            self._check_may_set_prices()
        if vals.keys() - AGREED_PRICE_FIELDS and not self.env.su:
            self.plan_id._check_medic()
        result = super().write(vals)
        if "price_unit" in vals:
            self._note_prices_by_hand()
        if AGREED_PRICE_FIELDS & vals.keys():
            # Also the parts of packages, which do not point at the plan themselves.
            self.sudo()._get_session_items()._compute_again("price_unit", "discount")
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.guarded
        return super()._get_fields_set_by_actions() | {"is_price_manual"}

    def _prepare_offer_vals(self):
        """Return what the estimate says of this treatment, ready for JSON.

        :rtype: dict
        """
        self.ensure_one()
        # One session has no interval, whatever the line says.
        is_repeated = self.sessions > 1
        return {
            "id": self.id,
            "name": self.name,
            "sessions": self.sessions,
            "interval_number": self.interval_number if is_repeated else 0,
            "interval_unit": self.interval_unit if is_repeated else "",
            "interval": self._get_interval_name() if is_repeated else "",
            "quantity": self.quantity,
            "uom_id": self.product_uom_id.id,
            "uom": self.product_uom_id.name,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "price_subtotal": self.currency_id.round(self.price_subtotal),
        }

    def _note_prices_by_hand(self):
        """Note which of these prices are not those of the pricelist.

        A form sends all prices that it shows, also those that nobody touched.
        """
        # In sudo mode: nobody sets this by hand.
        lines = self.sudo()
        for line, price in lines._get_pricelist_prices().items():
            line.is_price_manual = line.price_unit != price

    def _check_may_set_prices(self):
        """Raise `AccessError` when the user has no right to prices by hand."""
        if not self.env.su and not self.env.user.has_group(PRICE_EDITOR):
            raise AccessError(
                self.env._(
                    "You may plan, but not set prices or discounts by hand: that needs "
                    "the right “%(group)s”. Ask your billing manager.",
                    group=self.env.ref(PRICE_EDITOR).sudo().name,
                )
            )

    def _get_tax_details(self, billing_mode=None):
        """Return what the tax engine says of these, rounded as they are billed.

        Each session is billed by itself, and the treatments of a package together.

        :param str billing_mode: how they are billed; as their plan says when not said
        :return: for each of these, the details of a base line, and how often they count
        :rtype: dict
        """
        result = {}
        for plan, lines in self.grouped("plan_id").items():
            if (billing_mode or plan.billing_mode) == "package":
                lines |= plan.line_ids
                base_lines = lines._get_base_lines(
                    lambda line: line.sessions,
                    lambda line: {
                        "price_unit": line._get_session_price(),
                        "discount": 0.0,
                    },
                )
                for line, base_line in zip(lines, base_lines, strict=True):
                    result[line] = base_line["tax_details"], 1
                continue
            for line in lines:
                [base_line] = line._get_base_lines(lambda line: line.quantity)
                result[line] = base_line["tax_details"], line.sessions
        return result

    def _get_billed_amounts(self, billing_mode=None):
        """Return what all sessions of these come to, without and with taxes.

        With what the engine adds to one line so that the sum of all is right.

        :param str billing_mode: see :meth:`_get_tax_details`
        :return: for each of these, the two amounts
        :rtype: dict
        """
        result = {}
        for line, (details, times) in self._get_tax_details(billing_mode).items():
            subtotal = (
                details["total_excluded_currency"]
                + details["delta_total_excluded_currency"]
            )
            taxes = sum(tax["tax_amount_currency"] for tax in details["taxes_data"])
            result[line] = subtotal * times, (subtotal + taxes) * times
        return result

    def _get_priced_quantity(self):
        # EXTENDS medical.priced: of each session, as it is billed.
        return self.quantity

    def _get_priced_date(self):
        # EXTENDS medical.priced
        return self.plan_id.date_start
