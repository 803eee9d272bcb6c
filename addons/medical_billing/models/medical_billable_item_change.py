from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalBillableItemChange(models.Model):
    """A price, discount or tax that somebody set by hand: what it was, what it became.

    A log of its own: chatter would name the act to all who read messages, and write a
    message for each of the thousands of items whose price nobody ever touches. Written
    with the change, and then kept as it is, superuser included.
    """

    _name = "medical.billable.item.change"
    _description = "Change of a Price by Hand"
    _order = "id desc"
    _rec_name = "item_id"

    item_id = fields.Many2one(
        comodel_name="medical.billable.item",
        required=True,
        readonly=True,
        # An item lives and dies with its line; billed ones are never deleted.
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="item_id.company_id",
        store=True,
        precompute=True,
        index=True,
    )
    date = fields.Datetime(
        required=True,
        readonly=True,
        default=fields.Datetime.now,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        index=True,
    )
    what = fields.Selection(
        selection=[
            ("price_unit", "Price"),
            ("discount", "Discount"),
            ("tax_ids", "Taxes"),
            ("pricelist_id", "Pricelist"),
        ],
        required=True,
        readonly=True,
    )
    old_value = fields.Char(string="From", readonly=True)
    new_value = fields.Char(string="To", readonly=True)

    # === CRUD METHODS === #

    def write(self, vals):
        if vals.keys() - {"company_id"}:
            self._raise_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        self._raise_kept()

    # === BUSINESS METHODS === #

    def _raise_kept(self):
        if self:
            raise UserError(
                self.env._("What was changed by hand stays as it was written.")
            )
