from odoo import fields, models


class MedicalTreatmentPlanChange(models.Model):
    """A price or discount that was changed after the plan was accepted.

    It belongs to the plan and names the treatment in words: who deletes a line from an
    accepted plan does not delete what was done to its price.
    """

    _name = "medical.treatment.plan.change"
    _description = "Change of an Agreed Price"
    _inherit = ["medical.price.change"]
    _rec_name = "treatment"

    plan_id = fields.Many2one(
        comodel_name="medical.treatment.plan",
        required=True,
        readonly=True,
        # Plans that were proposed are never deleted.
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="plan_id.company_id",
        store=True,
        precompute=True,
        index=True,
    )
    treatment = fields.Char(readonly=True)
    what = fields.Selection(
        selection=[
            ("price_unit", "Price"),
            ("discount", "Discount"),
        ],
        required=True,
        readonly=True,
    )
