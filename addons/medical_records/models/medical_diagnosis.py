from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .medical_code_system import DIAGNOSIS_CODES


class MedicalDiagnosis(models.Model):
    """What was diagnosed in one visit. Frozen with the visit.

    A diagnosis can open an entry of the patient's problem list, also after signing:
    that list lives on, and is no part of the visit's story.
    """

    _name = "medical.diagnosis"
    _description = "Diagnosis"
    _inherit = ["medical.consultation.part"]
    _order = "consultation_id, rank, id"

    patient_id = fields.Many2one(related="consultation_id.patient_id")
    code_id = fields.Many2one(
        comodel_name="medical.code",
        domain=DIAGNOSIS_CODES,
        required=True,
        ondelete="restrict",
        index=True,
    )
    # Not a related field: codes are renamed with the years, what was signed is not.
    name = fields.Char(
        string="Diagnosis",
        compute="_compute_name",
        store=True,
        precompute=True,
        help="The code and its words as they were when the diagnosis was made.",
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
    is_on_problem_list = fields.Boolean(
        string="On Problem List",
        compute="_compute_is_on_problem_list",
        help="The patient has this as an active problem.",
    )

    _principal_uniq = models.UniqueIndex(
        "(consultation_id) WHERE rank = 'principal'",
        "A visit has one principal diagnosis: make the others secondary.",
    )

    # === COMPUTE METHODS === #

    @api.depends("code_id")
    def _compute_name(self):
        for diagnosis in self:
            diagnosis.name = diagnosis.code_id.display_name

    @api.depends(
        "code_id",
        "consultation_id.patient_id.condition_ids.code_id",
        "consultation_id.patient_id.condition_ids.state",
    )
    def _compute_is_on_problem_list(self):
        for diagnosis in self:
            diagnosis.is_on_problem_list = bool(diagnosis._get_active_problem())

    # === CONSTRAINT METHODS === #

    @api.constrains("code_id")
    def _check_code_is_active(self):
        for diagnosis in self:
            if not diagnosis.code_id.active:
                raise ValidationError(
                    self.env._(
                        "%(code)s is no longer in use: choose a current code for this "
                        "diagnosis.",
                        code=diagnosis.code_id.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_one_principal(
            self.env["medical.consultation"].browse(
                vals["consultation_id"]
                for vals in vals_list
                if vals.get("rank", self.env.context.get("default_rank")) == "principal"
                and vals.get("consultation_id")
            )
        )
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("rank") == "principal":
            self._check_one_principal(
                self.env["medical.consultation"].browse(
                    diagnosis.consultation_id.id for diagnosis in self
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_open_problem(self):
        """Put the diagnoses on their patients' problem lists.

        :raise UserError: when a patient already has one as an active problem, or the
            visit was cancelled
        """
        self.check_access("read")
        for diagnosis in self:
            visit = diagnosis.consultation_id
            if not visit.patient_id:
                raise UserError(
                    self.env._(
                        "Choose the patient of %(visit)s before opening a problem.",
                        visit=visit.name,
                    )
                )
            if visit.state == "cancelled":
                raise UserError(
                    self.env._(
                        "%(visit)s is cancelled: it opens no problem.",
                        visit=visit.name,
                    )
                )
            problem = diagnosis._get_active_problem()
            if problem:
                raise UserError(
                    self.env._(
                        "%(patient)s already has %(code)s as an active problem, since "
                        "%(date)s.",
                        patient=visit.patient_id.name,
                        code=diagnosis.code_id.display_name,
                        date=fields.Date.to_string(
                            problem.date_onset or problem.create_date.date()
                        ),
                    )
                )
        self._action_open_problem()

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_left_out_of_snapshots(self):
        # EXTENDS medical.consultation.part: the name has the words that were signed.
        return super()._get_fields_left_out_of_snapshots() | {"code_id"}

    def _check_one_principal(self, visits):
        """Raise `ValidationError` when a visit gets a second principal diagnosis.

        The index says it too, but not before the database is told, and not to imports.

        :param visits: the visit of each diagnosis that becomes principal
        """
        others = self.search(
            [
                ("consultation_id", "in", visits.ids),
                ("rank", "=", "principal"),
                ("id", "not in", self.ids),
            ]
        )
        if others or len(visits) > len(set(visits._ids)):
            raise ValidationError(
                self.env._(
                    "A visit has one principal diagnosis: make the others secondary."
                )
            )

    def _get_active_problem(self):
        """Return the entry of the problem list that says the same as this diagnosis.

        :rtype: medical.condition
        """
        self.ensure_one()
        return self.patient_id.condition_ids.filtered(
            lambda condition: (
                condition.state == "active" and condition.code_id == self.code_id
            )
        )[:1]

    def _action_open_problem(self):
        """Open the problems of these diagnoses, one for each patient and code.

        :rtype: medical.condition
        """
        firsts = self.grouped(
            lambda diagnosis: (diagnosis.patient_id, diagnosis.code_id)
        )
        return self.env["medical.condition"].create(
            [diagnoses[0]._prepare_condition_vals() for diagnoses in firsts.values()]
        )

    def _prepare_condition_vals(self):
        """Return the values of the problem that this diagnosis opens.

        :rtype: dict
        """
        self.ensure_one()
        visit = self.consultation_id
        return {
            "patient_id": visit.patient_id.id,
            "code_id": self.code_id.id,
            "diagnosis_id": self.id,
            "date_onset": fields.Datetime.context_timestamp(self, visit.date).date(),
        }
