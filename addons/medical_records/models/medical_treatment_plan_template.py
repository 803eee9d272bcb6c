from odoo import fields, models


class MedicalTreatmentPlanTemplate(models.Model):
    """A course of treatment that the clinic offers again and again."""

    _name = "medical.treatment.plan.template"
    _description = "Treatment Plan Template"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    practitioner_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        help="Offered for plans of this practitioner only. Leave empty to share it.",
    )
    visit_type_id = fields.Many2one(
        comodel_name="medical.visit.type",
        string="Type of Its Visits",
        ondelete="set null",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
        index="btree_not_null",
    )
    line_ids = fields.One2many(
        comodel_name="medical.treatment.plan.template.line",
        inverse_name="template_id",
        copy=True,
    )
