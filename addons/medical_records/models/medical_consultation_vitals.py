from odoo import api, fields, models
from odoo.tools import formatLang

from .medical_consultation import CLINICAL
from .vital_signs import MEASURED_SIGNS, VITAL_SIGNS


class MedicalConsultation(models.Model):
    """The vital signs of a visit. Zero means that a value was not taken."""

    _inherit = "medical.consultation"

    height = fields.Float(
        string="Height (cm)",
        digits=(4, 1),
        groups=CLINICAL,
        copy=False,
    )
    weight = fields.Float(
        string="Weight (kg)",
        digits=(5, 2),
        groups=CLINICAL,
        copy=False,
    )
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
    vital_sign_warning = fields.Text(
        compute="_compute_vital_sign_warning",
        groups=CLINICAL,
        help="Values that are hardly possible: mistyped, or an emergency.",
    )
    last_height = fields.Float(
        compute="_compute_last_size",
        digits=(4, 1),
        groups=CLINICAL,
        help="The height in cm when it was last measured before this visit.",
    )
    last_weight = fields.Float(
        compute="_compute_last_size",
        digits=(5, 2),
        groups=CLINICAL,
        help="The weight in kg when it was last measured before this visit.",
    )

    _vital_signs_not_negative = models.Constraint(
        f"CHECK ({' AND '.join(f'{sign.field} >= 0' for sign in MEASURED_SIGNS)})",
        "A vital sign cannot be less than zero: correct it, or leave it empty when it "
        "was not taken.",
    )

    # === COMPUTE METHODS === #

    @api.depends("height", "weight")
    def _compute_body_mass_index(self):
        for visit in self:
            meters = visit.height / 100
            visit.body_mass_index = (
                visit.weight / meters**2 if meters > 0 and visit.weight > 0 else 0
            )

    @api.depends(*(sign.field for sign in MEASURED_SIGNS))
    def _compute_vital_sign_warning(self):
        for visit in self:
            visit.vital_sign_warning = "\n".join(visit._get_vital_sign_warnings())

    @api.depends("patient_id", "date")
    def _compute_last_size(self):
        for name in ("height", "weight"):
            previous = self._get_previous_visits([(name, ">", 0)])
            for visit in self:
                visit[f"last_{name}"] = previous[visit][name]

    # === ACTION METHODS === #

    def action_view_vital_signs(self):
        """Show how vital signs of the patient went over the visits, as a graph.

        The context key `vital_signs` holds the names of some signs to begin with.
        """
        self.ensure_one()
        self.check_access("read")
        return self.patient_id.action_view_vital_signs()

    # === BUSINESS METHODS === #

    def _get_vital_sign_warnings(self):
        """Say which vital signs are hardly possible.

        :return: a sentence each
        :rtype: list[str]
        """
        self.ensure_one()
        warnings = [
            self.env._(
                "%(sign)s: %(value)s is outside of %(minimum)s to %(maximum)s.",
                sign=self._fields[sign.field]._description_string(self.env),
                value=self._format_vital_sign(self[sign.field]),
                minimum=self._format_vital_sign(sign.minimum),
                maximum=self._format_vital_sign(sign.maximum),
            )
            for sign in VITAL_SIGNS
            if self[sign.field] and not sign.minimum <= self[sign.field] <= sign.maximum
        ]
        if self.diastolic_pressure and (
            0 < self.systolic_pressure <= self.diastolic_pressure
        ):
            warnings.append(
                self.env._("The systolic pressure is not above the diastolic one.")
            )
        return warnings

    def _format_vital_sign(self, value):
        return formatLang(self.env, value, digits=0 if value == int(value) else 1)
