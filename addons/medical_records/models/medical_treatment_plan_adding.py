from odoo import api, fields, models
from odoo.fields import Command

from .medical_consultation import CLINICAL


class MedicalTreatmentPlan(models.Model):
    """Making a plan in one click: from a template."""

    _inherit = "medical.treatment.plan"

    # Never stored: choosing a template adds its lines and empties the field again.
    template_id = fields.Many2one(
        comodel_name="medical.treatment.plan.template",
        string="Add Template",
        store=False,
        copy=False,
        groups=CLINICAL,
        help="Adds the treatments of a template, to be changed as this patient needs.",
    )

    # === ONCHANGE METHODS === #

    @api.onchange("template_id")
    def _onchange_template_id(self):
        template = self.template_id
        if template:
            self.title = self.title or template.name
            self.visit_type_id = self.visit_type_id or template.visit_type_id
            self.line_ids = [
                Command.create(vals)
                for vals in template.line_ids._prepare_planned_vals_list()
            ]
            self.template_id = False
