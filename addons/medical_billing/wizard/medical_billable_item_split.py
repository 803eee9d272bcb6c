from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import formatLang


class MedicalBillableItemSplit(models.TransientModel):
    """Say who pays items: somebody else, or several people a part each."""

    _name = "medical.billable.item.split"
    _description = "Split Billable Items"

    item_ids = fields.Many2many(
        comodel_name="medical.billable.item",
        string="Items",
        required=True,
    )
    method = fields.Selection(
        selection=[
            ("share", "Each pays a share"),
            ("amount", "Somebody pays an amount"),
            ("quantity", "Somebody pays a part of the quantity"),
            ("payer", "Somebody else pays all of it"),
        ],
        required=True,
        default="share",
    )
    share_ids = fields.One2many(
        comodel_name="medical.billable.item.split.share",
        inverse_name="split_id",
        string="Shares",
        compute="_compute_share_ids",
        store=True,
        readonly=False,
    )
    payer_id = fields.Many2one(comodel_name="res.partner")
    quantity = fields.Float(digits="Product Unit")
    amount = fields.Float(
        digits=0,
        help="In terms of the price: without taxes that the price does not include.",
    )
    amount_basis = fields.Selection(
        selection=[("total", "of the total"), ("unit", "of each unit")],
        required=True,
        default="total",
    )
    left = fields.Float(
        string="Left to Bill",
        digits="Product Unit",
        compute="_compute_left",
    )
    preview = fields.Text(
        string="Who Pays What",
        compute="_compute_preview",
        help="Without taxes that the price does not include.",
    )

    # === COMPUTE METHODS === #

    @api.depends("item_ids")
    def _compute_left(self):
        for wizard in self:
            wizard.left = sum(wizard.item_ids.mapped("qty_to_bill"))

    @api.depends("item_ids")
    def _compute_share_ids(self):
        for wizard in self:
            # Most often the patient pays the rest of what somebody else bears.
            items = wizard.item_ids
            payers = items.payer_id._origin | items.patient_id._origin
            wizard.share_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {"payer_id": payer.id, "percent": 100.0 if not number else 0.0}
                    )
                    for number, payer in enumerate(payers[:2])
                ),
            ]

    @api.depends(
        "item_ids",
        "method",
        "share_ids.payer_id",
        "share_ids.percent",
        "payer_id",
        "quantity",
        "amount",
        "amount_basis",
    )
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._get_preview()

    # === ACTION METHODS === #

    def action_confirm(self):
        """Split the items as the dialog says.

        :raise UserError: when shares do not add up, a payer is missing, or an item
            cannot be split that way
        """
        self.ensure_one()
        self.item_ids.check_access("write")
        if self.method == "share":
            self.item_ids._split_shares(self._get_shares())
        else:
            if not self.payer_id:
                raise UserError(self.env._("Say who pays."))
            getattr(self, f"_split_by_{self.method}")()
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    def _get_shares(self):
        """Return the part of the price that each payer bears, between 0 and 1.

        :return: `res.partner` to share
        :rtype: dict
        :raise UserError: when a payer is named twice, or none at all
        """
        shares = {}
        for line in self.share_ids:
            if not line.percent:
                continue
            if not line.payer_id:
                raise UserError(self.env._("Say who pays."))
            if line.payer_id in shares:
                raise UserError(
                    self.env._(
                        "%(payer)s has two shares: make it one.",
                        payer=line.payer_id.display_name,
                    )
                )
            shares[line.payer_id] = line.percent / 100
        return shares

    def _split_by_payer(self):
        """Let the payer have all of it, or what is left of it to bill."""
        undecided = self.item_ids.filtered("qty_undecided")
        if undecided:
            undecided._decide_credits("payer", self.payer_id)
        for item in self.item_ids.filtered("qty_to_bill"):
            if item._is_billed():
                item._split(self.payer_id, quantity=item.qty_to_bill)
            else:
                item._change_payer(self.payer_id)

    def _split_by_quantity(self):
        self.item_ids._split(self.payer_id, quantity=self.quantity)

    def _split_by_amount(self):
        if len(self.item_ids.currency_id) > 1:
            raise UserError(
                self.env._(
                    "These items are in different currencies, so an amount says "
                    "nothing: split them by shares, or one at a time."
                )
            )
        if self.amount_basis == "unit":
            self.item_ids._split(self.payer_id, amount=self.amount)
            return
        self.item_ids._split_prices(
            self.payer_id,
            {
                item: item._get_part_price(total=total)
                for item, total in self._get_totals().items()
            },
        )

    def _get_totals(self):
        """Return how much of each item an amount for all of them is.

        In proportion to what each costs; the last takes the cent.

        :rtype: dict
        """
        items = self.item_ids
        costs = {item: item._get_price_of(item.price_unit) for item in items}
        whole = sum(costs.values())
        totals, left = {}, self.amount
        for item in items:
            totals[item] = (
                item.currency_id.round(self.amount * costs[item] / whole)
                if whole
                else 0.0
            )
            left -= totals[item]
        last = items[-1:]
        if last:
            totals[last] += left
        return totals

    def _get_preview(self):
        """Say what each payer would pay, or why it cannot be.

        :rtype: str
        """
        items = self.item_ids._origin or self.item_ids
        if self.method not in ("share", "amount") or len(items.currency_id) != 1:
            return False
        currency = items.currency_id
        whole = sum(item._get_price_of(item.price_unit) for item in items)
        paid = {}
        if self.method == "share":
            total = sum(self.share_ids.mapped("percent"))
            if currency.compare_amounts(total, 100):
                return self.env._(
                    "%(total)s %% of 100 %% so far",
                    total=formatLang(self.env, total),
                )
            for share in self.share_ids:
                if share.payer_id and share.percent:
                    paid[share.payer_id] = sum(
                        currency.round(
                            item._get_price_of(item.price_unit) * share.percent / 100
                        )
                        for item in items
                    )
            keeper = items.payer_id if items.payer_id in paid else list(paid)[-1:]
            for payer in keeper:
                paid[payer] += whole - sum(paid.values())
        elif self.payer_id:
            amount = self.amount
            if self.amount_basis == "unit":
                amount = sum(item._get_price_of(amount) for item in items)
            paid[self.payer_id] = amount
            for payer in items.payer_id[:1]:
                paid[payer] = paid.get(payer, 0.0) + whole - amount
        return "\n".join(
            f"{payer.display_name}: {currency.format(amount)}"
            for payer, amount in paid.items()
        )


class MedicalBillableItemSplitShare(models.TransientModel):
    """The share of one payer."""

    _name = "medical.billable.item.split.share"
    _description = "Share of a Payer"

    split_id = fields.Many2one(
        comodel_name="medical.billable.item.split",
        required=True,
        ondelete="cascade",
    )
    payer_id = fields.Many2one(comodel_name="res.partner")
    percent = fields.Float(string="Share (%)", digits=(16, 4))
