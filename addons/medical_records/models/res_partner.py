from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# Demographics say that somebody is a patient: only people of the clinic see them.
DEMOGRAPHICS = "medical_records.group_medical_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    is_patient = fields.Boolean(
        index="btree_not_null",
        copy=False,
        groups=DEMOGRAPHICS,
    )
    patient_number = fields.Char(
        copy=False,
        readonly=True,
        groups=DEMOGRAPHICS,
        help="The patient's number in this clinic; given when somebody becomes "
        "a patient.",
    )
    birthdate = fields.Date(copy=False, groups=DEMOGRAPHICS)
    age = fields.Integer(
        compute="_compute_age",
        groups=DEMOGRAPHICS,
        help="Age today, in completed years.",
    )
    # The values of FHIR's administrative gender.
    sex = fields.Selection(
        selection=[
            ("female", "Female"),
            ("male", "Male"),
            ("other", "Other"),
            ("unknown", "Unknown"),
        ],
        copy=False,
        groups=DEMOGRAPHICS,
    )
    guarantor_id = fields.Many2one(
        comodel_name="res.partner",
        copy=False,
        index="btree_not_null",
        groups=DEMOGRAPHICS,
        help="Who pays for this patient, when it is not the patient: a parent, "
        "an employer, an insurer.",
    )
    relation_ids = fields.One2many(
        comodel_name="medical.partner.relation",
        inverse_name="partner_id",
        groups=DEMOGRAPHICS,
    )
    consultation_ids = fields.One2many(
        comodel_name="medical.consultation",
        inverse_name="patient_id",
        groups=DEMOGRAPHICS,
    )
    consultation_count = fields.Integer(
        compute="_compute_consultation_count",
        groups=DEMOGRAPHICS,
    )
    condition_ids = fields.One2many(
        comodel_name="medical.condition",
        inverse_name="patient_id",
        groups="medical_records.group_assistant",
    )
    allergy_ids = fields.One2many(
        comodel_name="medical.allergy",
        inverse_name="patient_id",
        groups="medical_records.group_assistant",
    )
    is_practitioner = fields.Boolean(index="btree_not_null")
    license_number = fields.Char(
        help="The practitioner's licence, as printed on documents."
    )
    specialty = fields.Char()

    _patient_number_uniq = models.UniqueIndex(
        "(patient_number) WHERE patient_number IS NOT NULL",
        "Another patient already has this patient number.",
    )

    # === COMPUTE METHODS === #

    @api.depends("birthdate")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for partner in self:
            born = partner.birthdate
            partner.age = relativedelta(today, born).years if born else 0

    @api.depends("consultation_ids")
    def _compute_consultation_count(self):
        counts = dict(
            self.env["medical.consultation"]._read_group(
                domain=[("patient_id", "in", self.ids)],
                groupby=["patient_id"],
                aggregates=["__count"],
            )
        )
        for partner in self:
            partner.consultation_count = counts.get(partner._origin, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("is_patient", "parent_id")
    def _check_patient_has_no_parent(self):
        # Odoo pushes the accounts, the tax number and the portal access of a parent
        # onto its contacts, and bills the parent: none of it is right for a patient.
        # In sudo mode: whoever edits a contact may not be allowed to know of patients.
        for partner in self.sudo():
            if partner.is_patient and partner.parent_id:
                raise ValidationError(
                    self.env._(
                        "%(patient)s cannot belong to %(parent)s: a patient has no "
                        "parent company or contact. Note family and employer as "
                        "relations, and who pays as the guarantor.",
                        patient=partner.name,
                        parent=partner.parent_id.name,
                    )
                )

    @api.constrains("guarantor_id")
    def _check_guarantor(self):
        for partner in self.sudo():
            if partner.guarantor_id == partner:
                raise ValidationError(
                    self.env._(
                        "%(patient)s cannot be their own guarantor: leave the "
                        "guarantor empty when patients pay for themselves.",
                        patient=partner.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._assign_patient_number()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_patient"):
            self._assign_patient_number()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_medical_record(self):
        for model, field in self._get_medical_record_fields():
            # In sudo mode: a record also protects its partner from people who may not
            # see the record, or who work in another company.
            record = (
                self.env[model]
                .sudo()
                .with_context(active_test=False)
                .search([(field, "in", self.ids)], limit=1)
            )
            if record:
                raise UserError(
                    self.env._(
                        "%(name)s has medical records and cannot be deleted. "
                        "Archive the contact instead.",
                        name=record[field].name,
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _get_medical_record_fields(self):
        """Return the models and fields that make a contact part of a medical record.

        :return: pairs of a model and the name of its field that holds the contact
        :rtype: list[tuple[str, str]]
        """
        return [
            ("medical.consultation", "patient_id"),
            ("medical.consultation", "practitioner_id"),
            ("medical.consultation.line", "done_by_id"),
            ("medical.condition", "patient_id"),
            ("medical.allergy", "patient_id"),
        ]

    def _assign_patient_number(self):
        """Give a number to the patients of these partners that have none yet."""
        sequence = self.env["ir.sequence"].sudo()
        for patient in self.sudo():
            if patient.is_patient and not patient.patient_number:
                patient.patient_number = sequence.next_by_code("medical.patient")

    # === ACTION METHODS === #

    def action_view_consultations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_consultation_action"
        )
        action["domain"] = [("patient_id", "=", self.id)]
        action["context"] = {"default_patient_id": self.id}
        return action
