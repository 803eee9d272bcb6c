from odoo import fields, models


class MedicalMaterialStandard(models.Model):
    """What an act was expected to take from stock, at the cost of the day it was done.

    Recipes and costs change: what the recipe said then is kept, so that months stay
    comparable. Rows are only added; those below zero take back what was not done after
    all or came back.
    """

    _name = "medical.material.standard"
    _description = "Standard Cost of What Was Done"
    _rec_name = "product_id"
    _order = "id"

    line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Act",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    product_id = fields.Many2one(
        comodel_name="product.product",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="In the product's own unit.",
    )
    cost = fields.Monetary(readonly=True)
    act_quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="How much of the act that was, said in one row of all that a deed adds.",
    )
