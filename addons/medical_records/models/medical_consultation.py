from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What is said in the consulting room. Reception and billing see that a visit took
# place, not what it was about.
CLINICAL = "medical_records.group_assistant"


class MedicalConsultation(models.Model):
    """A visit (FHIR Encounter): who saw whom, what was found, ordered and done.

    Signing freezes the story (texts, vital signs, diagnoses) and the orders.
    Fulfilment stays open on the lines: what is done, given or reported later.

    This file says what a visit is; its other subjects have a file each, see
    `medical_consultation_*.py`.
    """

    _name = "medical.consultation"
    _description = "Consultation"
    _inherit = ["mail.thread", "mail.activity.mixin", "medical.story"]
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
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    # --- Story --- #
    reason = fields.Char(
        groups=CLINICAL,
        copy=False,
        help="Why the patient came, in a few words.",
    )
    history = fields.Text(groups=CLINICAL, copy=False)
    examination = fields.Text(groups=CLINICAL, copy=False)
    conclusion = fields.Text(string="Assessment", groups=CLINICAL, copy=False)

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

    # === DEFAULT METHODS === #

    @api.model
    def _default_practitioner_id(self):
        partner = self.env.user.partner_id
        return partner if partner.is_practitioner else False

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
        vals_list = [dict(vals) for vals in vals_list]
        numbers = (
            self.env["ir.sequence"]
            .sudo()
            ._next_many_by_code("medical.consultation", len(vals_list))
        )
        for vals, number in zip(vals_list, numbers, strict=True):
            self._check_workflow_fields(vals)
            vals["name"] = number
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
        if "company_id" in vals:
            # Nobody gives a visit to a company whose visits they may not write.
            self.check_access("write")
        if {"visit_type_id", "practitioner_id"} & vals.keys():
            self._add_fee_lines()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        # Also one that was signed once, cancelled and planned again. In sudo mode:
        # whether it was is no secret to who may delete visits.
        for visit in self.sudo():
            if visit.state != "draft" or visit.amendment_ids:
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

    def action_mark_all_done(self):
        """Record every open line of these visits as done, as ordered."""
        self.line_ids.filtered(lambda line: line.state == "ordered").action_done()

    # === BUSINESS METHODS === #

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
