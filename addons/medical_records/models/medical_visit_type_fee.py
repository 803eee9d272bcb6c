from odoo import fields, models


class MedicalVisitTypeFee(models.Model):
    """The fee of a practitioner who charges something else for a visit type."""

    _name = "medical.visit.type.fee"
    _description = "Visit Fee of a Practitioner"
    _order = "visit_type_id, id"
    _rec_name = "practitioner_id"

    visit_type_id = fields.Many2one(
        comodel_name="medical.visit.type",
        required=True,
        ondelete="cascade",
        index=True,
    )
    practitioner_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        required=True,
        ondelete="cascade",
        index=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Fee",
        domain=[("medical_kind", "!=", False)],
        required=True,
        ondelete="restrict",
    )

    _practitioner_uniq = models.UniqueIndex(
        "(visit_type_id, practitioner_id)",
        "This practitioner already has a fee for this visit type.",
    )
