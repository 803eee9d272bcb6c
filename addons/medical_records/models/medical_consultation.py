from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# What is said in the consulting room. Reception and billing see that a visit took
# place, not what it was about.
CLINICAL = "medical_records.group_assistant"


class MedicalConsultation(models.Model):
    """A visit (FHIR Encounter): who saw whom, what was found, ordered and done.

    Signing freezes the story (texts, vital signs, diagnoses) and the orders.
    Fulfilment stays open on the lines: what is done, given or reported later.

    The state changes only through the actions below; a plain `write` of it is
    refused, so that no import or remote call signs or reopens a record.
    """

    _name = "medical.consultation"
    _description = "Consultation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    # A neutral reference: it is copied into documents and messages.
    name = fields.Char(
        string="Reference",
        readonly=True,
        copy=False,
        default=lambda self: self.env._("New"),
    )
    patient_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_patient", "=", True)],
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
    )
    patient_number = fields.Char(related="patient_id.patient_number")
    patient_birthdate = fields.Date(related="patient_id.birthdate")
    patient_age = fields.Integer(related="patient_id.age")
    patient_sex = fields.Selection(related="patient_id.sex")
    practitioner_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        default=lambda self: self._default_practitioner_id(),
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
    )
    visit_type_id = fields.Many2one(
        comodel_name="medical.visit.type",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    date = fields.Datetime(
        required=True,
        default=fields.Datetime.now,
        index=True,
        copy=False,
        tracking=True,
    )
    date_end = fields.Datetime(string="End", copy=False)
    duration = fields.Float(related="visit_type_id.duration")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    state = fields.Selection(
        selection=[
            ("draft", "Planned"),
            ("in_progress", "In Progress"),
            ("signed", "Signed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    signed_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
    )
    date_signed = fields.Datetime(readonly=True, copy=False)

    # --- Story --- #
    reason = fields.Char(
        groups=CLINICAL,
        copy=False,
        help="Why the patient came, in a few words.",
    )
    history = fields.Text(groups=CLINICAL, copy=False)
    examination = fields.Text(groups=CLINICAL, copy=False)
    conclusion = fields.Text(string="Assessment", groups=CLINICAL, copy=False)

    # --- Vital signs --- #
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

    diagnosis_ids = fields.One2many(
        comodel_name="medical.diagnosis",
        inverse_name="consultation_id",
        groups=CLINICAL,
    )
    line_ids = fields.One2many(
        comodel_name="medical.consultation.line",
        inverse_name="consultation_id",
        groups=CLINICAL,
    )
    allergy_ids = fields.One2many(
        related="patient_id.allergy_ids",
        groups=CLINICAL,
    )
    can_sign = fields.Boolean(compute="_compute_can_sign")

    _to_sign_idx = models.Index("(practitioner_id, date) WHERE state != 'signed'")

    # === DEFAULT METHODS === #

    @api.model
    def _default_practitioner_id(self):
        partner = self.env.user.partner_id
        return partner if partner.is_practitioner else False

    # === COMPUTE METHODS === #

    @api.depends("height", "weight")
    def _compute_body_mass_index(self):
        for visit in self:
            meters = visit.height / 100
            visit.body_mass_index = visit.weight / meters**2 if meters else 0

    @api.depends("practitioner_id", "state")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        for visit in self:
            visit.can_sign = (
                visit.state in ("draft", "in_progress")
                and visit._is_own_or_administered()
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("date", "date_end")
    def _check_dates(self):
        for visit in self:
            if visit.date_end and visit.date_end < visit.date:
                raise ValidationError(
                    self.env._(
                        "%(visit)s ends before it starts: correct one of the times.",
                        visit=visit.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        sequence = self.env["ir.sequence"].sudo()
        for vals in vals_list:
            self._check_workflow_fields(vals)
            vals["name"] = sequence.next_by_code("medical.consultation")
            # Said explicitly, so that no default of the caller's context counts.
            vals.setdefault("state", "draft")
            vals.setdefault("signed_by_id", False)
            vals.setdefault("date_signed", False)
        visits = super().create(vals_list)
        visits._add_fee_lines()
        return visits

    def write(self, vals):
        self._check_workflow_fields(vals)
        if any(not self._is_open_after_signing(name) for name in vals):
            self._check_story_is_open()
        self._check_company_stays(vals)
        result = super().write(vals)
        if {"visit_type_id", "practitioner_id"} & vals.keys():
            self._add_fee_lines()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        for visit in self:
            if visit.state != "draft":
                raise UserError(
                    self.env._(
                        "%(visit)s has begun and stays in the record. Cancel it "
                        "if it did not take place.",
                        visit=visit.name,
                    )
                )

    def unlink(self):
        # Through the ORM, not by the database's cascade: billing and stock are told.
        self.sudo().line_ids.unlink()
        return super().unlink()

    # === ACTION METHODS === #

    def action_start(self):
        for visit in self:
            if visit.state != "draft":
                raise UserError(
                    self.env._("%(visit)s has already begun.", visit=visit.name)
                )
        self.check_access("write")
        self._set_state("in_progress")

    def action_sign(self):
        """Sign the visits: the story freezes, and what is not for later is done.

        :raise AccessError: for a visit of another practitioner
        :raise UserError: without patient or practitioner, or when it is not open
        """
        self._check_can_sign()
        self._action_sign()

    def action_cancel(self):
        """Cancel visits that did not take place.

        :raise UserError: when something was already done, or the visit is signed
        """
        self.check_access("write")
        for visit in self:
            if visit.state not in ("draft", "in_progress"):
                raise UserError(
                    self.env._(
                        "%(visit)s is closed and cannot be cancelled.",
                        visit=visit.name,
                    )
                )
        # Reception may cancel a visit without a right to its lines.
        lines = self.sudo().line_ids
        done = lines.filtered("qty_done")
        if done:
            raise UserError(
                self.env._(
                    "%(visit)s cannot be cancelled: something was already done in it. "
                    "Sign it instead.",
                    visit=done[0].consultation_id.name,
                )
            )
        lines.action_cancel()
        self._set_state("cancelled")

    def action_mark_all_done(self):
        """Record every open line of these visits as done, as ordered."""
        self.line_ids.filtered(lambda line: line.state == "ordered").action_done()

    # === BUSINESS METHODS === #

    @api.model
    def _get_workflow_fields(self):
        """Return the names of the fields that only the workflow writes."""
        return {"state", "signed_by_id", "date_signed", "name"}

    def _check_workflow_fields(self, vals):
        if not self.env.su and (blocked := self._get_workflow_fields() & vals.keys()):
            raise UserError(
                self.env._(
                    "%(fields)s cannot be set by hand: use the buttons of the visit.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(blocked)
                    ),
                )
            )

    @api.model
    def _is_open_after_signing(self, field_name):
        """Whether a field may still be written on a signed visit.

        Lines and diagnoses guard themselves; messages and activities are no part of
        the record.
        """
        return (
            field_name in self._get_workflow_fields()
            or field_name in ("line_ids", "diagnosis_ids")
            or field_name.startswith(("message_", "activity_", "rating_"))
        )

    def _is_frozen(self):
        self.ensure_one()
        return self.state in ("signed", "cancelled")

    def _check_story_is_open(self):
        """Raise `UserError` when one of the visits is signed or cancelled."""
        for visit in self.sudo():
            if visit._is_frozen():
                raise UserError(
                    self.env._(
                        "%(visit)s is %(state)s and can no longer be changed.",
                        visit=visit.name,
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[visit.state].lower(),
                    )
                )

    def _check_company_stays(self, vals):
        """Refuse another company once something was done: books and stock follow it."""
        if "company_id" not in vals:
            return
        for visit in self.sudo():
            if visit.company_id.id != vals["company_id"] and any(
                visit.line_ids.mapped("qty_done")
            ):
                raise UserError(
                    self.env._(
                        "%(visit)s stays with %(company)s: something was already done "
                        "in it.",
                        visit=visit.name,
                        company=visit.company_id.name,
                    )
                )

    def _is_own_or_administered(self):
        """Whether the user answers for this visit, or for the records of all."""
        self.ensure_one()
        user = self.env.user
        return (
            self.env.su
            or user.has_group("medical_records.group_medical_administrator")
            or (
                user.has_group("medical_records.group_medic")
                and self.practitioner_id == user.partner_id
            )
        )

    def _check_can_sign(self):
        self.check_access("write")
        for visit in self:
            if visit.state == "signed":
                raise UserError(
                    self.env._(
                        "%(visit)s was already signed by %(user)s.",
                        visit=visit.name,
                        user=visit.signed_by_id.name,
                    )
                )
            if visit.state == "cancelled":
                raise UserError(
                    self.env._(
                        "%(visit)s is cancelled and cannot be signed.", visit=visit.name
                    )
                )
            if not visit.patient_id:
                raise UserError(
                    self.env._(
                        "Choose the patient of %(visit)s before signing.",
                        visit=visit.name,
                    )
                )
            if not visit.practitioner_id:
                raise UserError(
                    self.env._(
                        "Choose the practitioner of %(visit)s before signing.",
                        visit=visit.name,
                    )
                )
            if not visit._is_own_or_administered():
                raise AccessError(
                    self.env._(
                        "%(visit)s is signed by its practitioner, %(practitioner)s, "
                        "or by a medical administrator.",
                        visit=visit.name,
                        practitioner=visit.practitioner_id.name,
                    )
                )

    def _action_sign(self):
        """Do what signing does, for all visits at once. Checks are the caller's."""
        lines = self.line_ids.filtered(
            lambda line: line.state == "ordered" and not line.is_done_later
        )
        lines._record_done({line: line.quantity for line in lines})
        now = fields.Datetime.now()
        self.filtered(lambda visit: not visit.date_end and visit.date <= now).write(
            {"date_end": now}
        )
        self._set_state("signed", signed_by_id=self.env.uid, date_signed=now)

    def _set_state(self, state, **values):
        # In sudo mode: the state is closed to direct writes, see the class docstring.
        self.sudo().write({"state": state, **values})

    def _add_fee_lines(self):
        """Add the fee of the visit type, or change it while nothing is done."""
        # In sudo mode: reception chooses the visit type and has no right to lines.
        to_create = []
        for visit in self.sudo():
            if visit._is_frozen():
                continue
            product = (
                visit.visit_type_id._get_fee_product(visit.practitioner_id)
                if (visit.visit_type_id)
                else self.env["product.product"]
            )
            fee = visit.line_ids.filtered("is_visit_fee")
            if fee.product_id == product or any(fee.mapped("qty_done")):
                continue
            fee.unlink()
            if product:
                to_create.append(
                    {
                        "consultation_id": visit.id,
                        "product_id": product.id,
                        "is_visit_fee": True,
                        "sequence": 1,
                    }
                )
        self.env["medical.consultation.line"].sudo().create(to_create)
