from odoo import fields, models


class MedicalConsultationTemplate(models.Model):
    """A named set of lines that one choice adds to a visit."""

    _name = "medical.consultation.template"
    _description = "Visit Template"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    visit_type_id = fields.Many2one(
        comodel_name="medical.visit.type",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        help="Offered in visits of this type only. Leave empty to offer it in all.",
    )
    practitioner_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        help="Offered in visits of this practitioner only. Leave empty to share it.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
        index="btree_not_null",
    )
    line_ids = fields.One2many(
        comodel_name="medical.consultation.template.line",
        inverse_name="template_id",
        copy=True,
    )
