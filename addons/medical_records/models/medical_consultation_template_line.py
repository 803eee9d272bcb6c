from odoo import fields, models


class MedicalConsultationTemplateLine(models.Model):
    """What a template orders: a product, or a drug in words to be got elsewhere."""

    _name = "medical.consultation.template.line"
    _description = "Line of a Visit Template"
    _inherit = ["medical.order"]
    _order = "template_id, sequence, id"

    template_id = fields.Many2one(
        comodel_name="medical.consultation.template",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    # A product that is deleted leaves the templates.
    product_id = fields.Many2one(ondelete="cascade")

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "The quantity of a line must be more than zero: delete the line instead.",
    )
