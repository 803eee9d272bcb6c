from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_consultation import CLINICAL


class MedicalTreatmentPlan(models.Model):
    """A course of treatment over several visits (FHIR CarePlan).

    Agreed once, done in sessions: its lines say what and how often, the lines of
    ordinary visits point at them, and what is planned, scheduled, done and left is
    computed from these. This file says what a plan is; its other subjects have a file
    each, see `medical_treatment_plan_*.py`.
    """

    _name = "medical.treatment.plan"
    _description = "Treatment Plan"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "medical.guarded",
        "medical.story",
    ]
    _order = "id desc"
    _check_company_auto = True

    # A neutral reference: it is copied into documents and messages.
    name = fields.Char(
        string="Reference",
        readonly=True,
        copy=False,
    )
    patient_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_patient", "=", True)],
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
    )
    practitioner_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        default=lambda self: self.env[
            "medical.consultation"
        ]._default_practitioner_id(),
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="Who answers for the plan. Its visits may be with somebody else.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    visit_type_id = fields.Many2one(
        comodel_name="medical.visit.type",
        string="Type of Its Visits",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="The visits of the plan are of this type. Its fee, if it has one, is "
        "charged for each of them, besides what was agreed here.",
    )
    date_start = fields.Date(
        string="Begins",
        default=fields.Date.context_today,
        required=True,
        copy=False,
        help="When the first session is due.",
    )

    # --- Story --- #
    title = fields.Char(
        groups=CLINICAL,
        help="What it is about, as patient and clinic call it.",
    )
    condition_id = fields.Many2one(
        comodel_name="medical.condition",
        string="Problem",
        domain="[('patient_id', '=', patient_id)]",
        ondelete="restrict",
        index="btree_not_null",
        groups=CLINICAL,
        help="What is treated, from the patient's problem list.",
    )
    note = fields.Text(
        string="Goals and Notes",
        groups=CLINICAL,
        help="For the clinic only.",
    )
    line_ids = fields.One2many(
        comodel_name="medical.treatment.plan.line",
        inverse_name="plan_id",
        groups=CLINICAL,
        copy=True,
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("condition_id", "patient_id")
    def _check_condition(self):
        # In sudo mode: reception, too, may correct the patient.
        for plan in self.sudo():
            if plan.condition_id and plan.condition_id.patient_id != plan.patient_id:
                raise UserError(
                    self.env._(
                        "The problem of %(plan)s is one of another patient: choose one "
                        "from this patient's problem list.",
                        plan=plan.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        # In sudo mode: who plans has no right to the sequence, and nobody to the name.
        sequences = self.env["ir.sequence"].sudo()
        numbers = sequences._next_many_by_code(self._name, len(plans))
        for plan, number in zip(plans.sudo(), numbers, strict=True):
            plan.name = number
        return plans

    def write(self, vals):
        self._check_agreement_stays(vals)
        result = super().write(vals)
        if "company_id" in vals:
            # Nobody gives a plan to a company whose plans they may not write.
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._(
                        "%(plan)s was proposed and stays in the record. Close it "
                        "instead.",
                        plan=plan.name,
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _get_story_fields(self):
        # EXTENDS medical.story
        return super()._get_story_fields() | {
            "title",
            "condition_id",
            "note",
        }

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.guarded
        return super()._get_fields_set_by_actions() | {"name"}
