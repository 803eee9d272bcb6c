from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

# Demographics say that somebody is a patient: only people of the clinic see them.
DEMOGRAPHICS = "medical_records.group_medical_user"
# In years; nobody is known to have lived longer.
OLDEST_PATIENT = 130


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
    former_patient_numbers = fields.Char(
        copy=False,
        readonly=True,
        groups=DEMOGRAPHICS,
        help="The numbers of records that were merged into this one: they still "
        "stand on labels and papers.",
    )
    birthdate = fields.Date(copy=False, index="btree_not_null", groups=DEMOGRAPHICS)
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
    reverse_relation_ids = fields.One2many(
        comodel_name="medical.partner.relation",
        inverse_name="related_partner_id",
        string="Named by",
        groups=DEMOGRAPHICS,
        help="The patients who name this person as family, employer or the like.",
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

    @api.constrains("birthdate")
    def _check_birthdate(self):
        today = fields.Date.context_today(self)
        earliest = today - relativedelta(years=OLDEST_PATIENT)
        for partner in self.sudo():
            born = partner.birthdate
            if born and born > today:
                raise ValidationError(
                    self.env._(
                        "%(patient)s cannot be born on %(date)s: that day is still "
                        "to come.",
                        patient=partner.name,
                        date=format_date(self.env, born),
                    )
                )
            if born and born < earliest:
                raise ValidationError(
                    self.env._(
                        "%(patient)s cannot be born on %(date)s: that is more than "
                        "%(years)s years ago.",
                        patient=partner.name,
                        date=format_date(self.env, born),
                        years=OLDEST_PATIENT,
                    )
                )

    @api.constrains("is_patient", "is_company")
    def _check_patient_is_a_person(self):
        for partner in self.sudo():
            if partner.is_patient and partner.is_company:
                raise ValidationError(
                    self.env._(
                        "%(name)s is a company: only people can be patients.",
                        name=partner.name,
                    )
                )

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
        if "active" in vals and not vals["active"]:
            self._check_no_visits_ahead()
        if "is_patient" in vals and not vals["is_patient"]:
            self._check_no_patient_record()
        result = super().write(vals)
        if vals.get("is_patient"):
            self._assign_patient_number()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_medical_record(self):
        if kept := self._filtered_in_medical_records()[:1]:
            raise UserError(
                self.env._(
                    "%(name)s has medical records and cannot be deleted. "
                    "Archive the contact instead.",
                    name=kept.name,
                )
            )

    # === BUSINESS METHODS === #

    def _check_no_visits_ahead(self):
        """Refuse to archive somebody whom a visit still awaits.

        :raise RedirectWarning: with the way to these visits
        """
        # In sudo mode: visits of other companies and of all practitioners count.
        visits = (
            self.env["medical.consultation"]
            .sudo()
            .search(
                Domain("date", ">=", fields.Datetime.now())
                & Domain("state", "in", ("draft", "in_progress"))
                & (
                    Domain("patient_id", "in", self.ids)
                    | Domain("practitioner_id", "in", self.ids)
                )
            )
        )
        if not visits:
            return
        contact = (visits.patient_id | visits.practitioner_id) & self
        message = self.env._(
            "%(names)s cannot be archived while visits are planned. Cancel these or "
            "move them first.",
            names=", ".join(contact.mapped("name")),
        )
        if not self.env.user.has_group(DEMOGRAPHICS):
            raise UserError(message)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_consultation_action"
        )
        action["domain"] = [("id", "in", visits.ids)]
        action["context"] = {}
        raise RedirectWarning(message, action, self.env._("Show the Visits"))

    def _check_no_patient_record(self):
        """Refuse to take the mark of a patient from somebody who has a record."""
        patients = self.sudo().filtered("is_patient")
        if kept := patients._filtered_in_medical_records("patient_id")[:1]:
            raise UserError(
                self.env._(
                    "%(name)s has medical records and stays a patient. Archive the "
                    "contact when the patient no longer comes.",
                    name=kept.name,
                )
            )

    def _filtered_in_medical_records(self, only_field=None):
        """Return those of these contacts that a medical record names.

        :param str only_field: look only at fields of this name
        """
        found = self.browse()
        for model, field in self._get_medical_record_fields():
            if only_field not in (None, field):
                continue
            # In sudo mode: a record also protects its partner from people who may not
            # see the record, or who work in another company.
            records = self.env[model].sudo().with_context(active_test=False)
            groups = records._read_group([(field, "in", self.ids)], [field])
            found |= self.browse(contact.id for (contact,) in groups)
        return found

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
            ("medical.consultation.line.event", "done_by_id"),
            ("medical.condition", "patient_id"),
            ("medical.allergy", "patient_id"),
        ]

    def _assign_patient_number(self):
        """Give a number to the patients of these partners that have none yet."""
        # In sudo mode: whoever may make patients need not be allowed to use sequences.
        patients = self.sudo().filtered(
            lambda partner: partner.is_patient and not partner.patient_number
        )
        numbers = patients._get_free_patient_numbers(len(patients))
        for patient, number in zip(patients, numbers, strict=True):
            patient.patient_number = number

    @api.model
    def _get_free_patient_numbers(self, count):
        """Draw patient numbers, and leave out those that an import already used.

        :rtype: list[str]
        """
        sequence = self.env["ir.sequence"].sudo()
        partners = self.sudo().with_context(active_test=False)
        numbers = []
        while len(numbers) < count:
            drawn = sequence._next_many_by_code("medical.patient", count - len(numbers))
            used = partners.search([("patient_number", "in", drawn)])
            taken = set(used.mapped("patient_number"))
            numbers += [number for number in drawn if number not in taken]
        return numbers

    # === ACTION METHODS === #

    def action_view_consultations(self):
        self.ensure_one()
        self.env["medical.consultation"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_consultation_action"
        )
        action["domain"] = [("patient_id", "=", self.id)]
        action["context"] = {"default_patient_id": self.id}
        return action
