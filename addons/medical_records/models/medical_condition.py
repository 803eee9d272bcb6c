from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .medical_code_system import DIAGNOSIS_CODES


class MedicalCondition(models.Model):
    """An entry of the patient's problem list (FHIR Condition).

    It lives on after the visit that found it, and is seen in every company: the
    patient's health is not cut by who treats it.
    """

    _name = "medical.condition"
    _description = "Condition"
    _order = "state, date_onset desc, id desc"
    _rec_name = "code_id"

    patient_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_patient", "=", True)],
        required=True,
        ondelete="restrict",
        index=True,
    )
    code_id = fields.Many2one(
        comodel_name="medical.code",
        string="Condition",
        domain=DIAGNOSIS_CODES,
        required=True,
        ondelete="restrict",
        index=True,
    )
    date_onset = fields.Date()
    date_end = fields.Date()
    state = fields.Selection(
        selection=[("active", "Active"), ("resolved", "Resolved")],
        compute="_compute_state",
        store=True,
    )
    diagnosis_id = fields.Many2one(
        comodel_name="medical.diagnosis",
        string="First Diagnosed",
        ondelete="set null",
        index="btree_not_null",
    )
    note = fields.Text()

    # === COMPUTE METHODS === #

    @api.depends("date_end")
    def _compute_state(self):
        for condition in self:
            condition.state = "resolved" if condition.date_end else "active"

    # === CONSTRAINT METHODS === #

    @api.constrains("date_onset", "date_end")
    def _check_dates(self):
        for condition in self:
            onset, end = condition.date_onset, condition.date_end
            if onset and end and end < onset:
                raise ValidationError(
                    self.env._(
                        "A condition cannot end before its onset: %(condition)s.",
                        condition=condition.code_id.display_name,
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Problem Lists"),
                "template": "/medical_records/static/import/conditions.csv",
            }
        ]
