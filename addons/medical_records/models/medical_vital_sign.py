from odoo import api, fields, models
from odoo.tools import SQL

from .vital_signs import MEASURED_SIGNS, VITAL_SIGNS


class MedicalVitalSign(models.Model):
    """Every vital sign that was ever taken, a row each, for graphs and pivots.

    A view on the visits: nothing is stored, and nothing can be changed here.
    """

    _name = "medical.vital.sign"
    _description = "Vital Sign"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "sign"
    _depends = {
        "medical.consultation": [
            "patient_id",
            "practitioner_id",
            "company_id",
            "date",
            "state",
            *(sign.field for sign in MEASURED_SIGNS),
        ],
    }

    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        readonly=True,
    )
    patient_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    practitioner_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    date = fields.Datetime(readonly=True)
    sign = fields.Selection(selection="_selection_sign", readonly=True)
    value = fields.Float(digits=(5, 1), aggregator="avg", readonly=True)
    unit = fields.Char(readonly=True)

    # === COMPUTE METHODS === #

    @api.model
    def _selection_sign(self):
        visits = self.env["medical.consultation"]
        return [
            (sign.field, visits._fields[sign.field]._description_string(self.env))
            for sign in VITAL_SIGNS
        ]

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        # Without grouping or numbering, so that PostgreSQL looks only at the visits
        # of the patient that is asked for.
        return SQL(
            """
            SELECT visit.id * %(count)s + taken.position AS id,
                   visit.id AS consultation_id,
                   visit.patient_id,
                   visit.practitioner_id,
                   visit.company_id,
                   visit.date,
                   taken.sign,
                   taken.value,
                   taken.unit
              FROM medical_consultation AS visit
             CROSS JOIN LATERAL (VALUES %(signs)s)
                   AS taken (position, sign, value, unit)
             WHERE taken.value > 0
               AND visit.state != 'cancelled'
            """,
            count=len(VITAL_SIGNS),
            signs=SQL(", ").join(
                SQL(
                    "(%s, %s, %s, %s)",
                    position,
                    sign.field,
                    self._get_value_sql(sign),
                    sign.unit,
                )
                for position, sign in enumerate(VITAL_SIGNS)
            ),
        )

    @api.model
    def _get_value_sql(self, sign):
        if sign.field == "body_mass_index":
            return SQL(
                "visit.weight::float / NULLIF((visit.height::float / 100) ^ 2, 0)"
            )
        return SQL("visit.%s::float", SQL.identifier(sign.field))
