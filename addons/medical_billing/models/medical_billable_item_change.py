from odoo import fields, models


class MedicalBillableItemChange(models.Model):
    """A price, discount or tax of an item that somebody set by hand.

    Chatter would write a message for each of the thousands of items whose price nobody
    ever touches.
    """

    _name = "medical.billable.item.change"
    _description = "Change of a Price by Hand"
    _inherit = ["medical.price.change"]
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
