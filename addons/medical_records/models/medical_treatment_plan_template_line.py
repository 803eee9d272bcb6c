from odoo import fields, models


class MedicalTreatmentPlanTemplateLine(models.Model):
    """A treatment that the plans made from a template begin with."""

    _name = "medical.treatment.plan.template.line"
    _description = "Line of a Treatment Plan Template"
    _inherit = ["medical.session.order"]
    _order = "template_id, sequence, id"

    template_id = fields.Many2one(
        comodel_name="medical.treatment.plan.template",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    # A product that is deleted leaves the templates.
    product_id = fields.Many2one(ondelete="cascade")
