from odoo import fields, models

from .medical_consultation import ITEM_READERS
from .medical_treatment_plan_billing_mode import BILLING_MODES


class MedicalTreatmentPlanTemplate(models.Model):
    """How a course of treatment is billed, and on which terms, as a rule."""

    _inherit = "medical.treatment.plan.template"

    billing_mode = fields.Selection(
        selection=BILLING_MODES,
        string="Billing",
        default="session",
        required=True,
        groups=ITEM_READERS,
        help="How plans made from this are billed, unless something else is agreed.",
    )
    terms = fields.Html(
        help="The terms of plans made from this, unless they have some already.",
    )
