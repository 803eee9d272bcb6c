from odoo import fields, models

from .medical_code_system import DIAGNOSIS_CODES


class MedicalDiagnosis(models.Model):
    """What was diagnosed in one visit. Frozen with the visit."""

    _name = "medical.diagnosis"
    _description = "Diagnosis"
    _inherit = ["medical.consultation.part"]
    _order = "consultation_id, rank, id"
    _rec_name = "code_id"

    code_id = fields.Many2one(
        comodel_name="medical.code",
        string="Diagnosis",
        domain=DIAGNOSIS_CODES,
        required=True,
        ondelete="restrict",
        index=True,
    )
    rank = fields.Selection(
        selection=[("principal", "Principal"), ("secondary", "Secondary")],
        required=True,
        default="secondary",
    )
    # FHIR Condition.verificationStatus
    verification = fields.Selection(
        selection=[("provisional", "Provisional"), ("confirmed", "Confirmed")],
        required=True,
        default="confirmed",
    )
    note = fields.Char()

    _principal_uniq = models.UniqueIndex(
        "(consultation_id) WHERE rank = 'principal'",
        "A visit has one principal diagnosis: make the others secondary.",
    )
