from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class MedicalConsultation(models.Model):
    """The way of a visit from planned to signed, and what signing freezes.

    The state changes only through the actions below; a plain `write` of it is
    refused, so that no import or remote call signs or reopens a record.
    """

    _inherit = "medical.consultation"

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
    can_sign = fields.Boolean(compute="_compute_can_sign")

    _to_sign_idx = models.Index("(practitioner_id, date) WHERE state != 'signed'")

    # === COMPUTE METHODS === #

    @api.depends("practitioner_id", "state")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        for visit in self:
            visit.can_sign = (
                visit.state in ("draft", "in_progress")
                and visit._is_own_or_administered()
            )

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
