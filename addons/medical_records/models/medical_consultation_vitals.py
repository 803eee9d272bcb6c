from odoo import api, fields, models

from .medical_consultation import CLINICAL


class MedicalConsultation(models.Model):
    """The vital signs of a visit."""

    _inherit = "medical.consultation"

    height = fields.Float(string="Height (cm)", groups=CLINICAL, copy=False)
    weight = fields.Float(string="Weight (kg)", groups=CLINICAL, copy=False)
    body_mass_index = fields.Float(
        string="BMI",
        compute="_compute_body_mass_index",
        groups=CLINICAL,
        digits=(4, 1),
        help="Body mass index: weight in kg divided by the square of the height in m.",
    )
    temperature = fields.Float(
        string="Temperature (°C)",
        digits=(4, 1),
        groups=CLINICAL,
        copy=False,
    )
    heart_rate = fields.Integer(string="Heart Rate (/min)", groups=CLINICAL, copy=False)
    respiratory_rate = fields.Integer(
        string="Respiratory Rate (/min)",
        groups=CLINICAL,
        copy=False,
    )
    systolic_pressure = fields.Integer(
        string="Systolic Pressure (mmHg)",
        groups=CLINICAL,
        copy=False,
    )
    diastolic_pressure = fields.Integer(
        string="Diastolic Pressure (mmHg)",
        groups=CLINICAL,
        copy=False,
    )
    oxygen_saturation = fields.Integer(
        string="Oxygen Saturation (%)",
        groups=CLINICAL,
        copy=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("height", "weight")
    def _compute_body_mass_index(self):
        for visit in self:
            meters = visit.height / 100
            visit.body_mass_index = visit.weight / meters**2 if meters else 0
