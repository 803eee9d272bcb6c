from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .medical_consultation import CLINICAL

CANCEL_REASONS = [
    ("patient", "Cancelled by the patient"),
    ("no_show", "Patient did not come"),
    ("clinic", "Cancelled by the clinic"),
    ("error", "Entered in error"),
    ("other", "Other"),
]


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
        ondelete="restrict",
    )
    date_signed = fields.Datetime(readonly=True, copy=False)
    can_sign = fields.Boolean(compute="_compute_can_sign")
    can_amend = fields.Boolean(compute="_compute_can_sign")
    amendment_ids = fields.One2many(
        comodel_name="medical.consultation.amendment",
        inverse_name="consultation_id",
        groups=CLINICAL,
        readonly=True,
    )
    amendment_count = fields.Integer(
        compute="_compute_amendment_count",
        groups=CLINICAL,
    )
    addendum_ids = fields.One2many(
        comodel_name="medical.consultation.addendum",
        inverse_name="consultation_id",
        string="Addenda",
        groups=CLINICAL,
        readonly=True,
    )
    cancel_reason = fields.Selection(
        selection=CANCEL_REASONS,
        readonly=True,
        copy=False,
        tracking=True,
    )
    # Who answers the telephone may have been told more than billing should read.
    cancel_note = fields.Char(
        readonly=True,
        copy=False,
        groups="medical_records.group_reception",
    )

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
            visit.can_amend = (
                visit.state == "signed" and visit._is_own_or_administered()
            )

    @api.depends("amendment_ids")
    def _compute_amendment_count(self):
        counts = dict(
            self.env["medical.consultation.amendment"]._read_group(
                domain=[("consultation_id", "in", self.ids)],
                groupby=["consultation_id"],
                aggregates=["__count"],
            )
        )
        for visit in self:
            visit.amendment_count = counts.get(visit._origin, 0)

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

    def action_amend(self):
        """Ask why signed visits are to be opened again.

        :raise AccessError: for a visit of another practitioner
        :raise UserError: when one is not signed
        """
        self._check_can_amend()
        return self._open_dialog(
            "medical.consultation.amend", self.env._("Amend a Signed Visit")
        )

    def action_cancel(self):
        """Ask why visits are cancelled.

        :raise UserError: when something was already done, or a visit is closed
        """
        self._check_can_cancel()
        return self._open_dialog(
            "medical.consultation.cancel", self.env._("Cancel a Visit")
        )

    def action_reinstate(self):
        """Plan cancelled visits again: the patient comes after all."""
        self.check_access("write")
        for visit in self:
            if visit.state != "cancelled":
                raise UserError(
                    self.env._("%(visit)s is not cancelled.", visit=visit.name)
                )
        self._set_state("draft", cancel_reason=False, cancel_note=False)

    def action_add_addendum(self):
        self.ensure_one()
        self.env["medical.consultation.addendum"].check_access("create")
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Addendum"),
            "res_model": "medical.consultation.addendum",
            "view_mode": "form",
            "target": "new",
            "context": {"default_consultation_id": self.id},
        }

    def action_view_amendments(self):
        self.ensure_one()
        return self.amendment_ids._get_records_action(
            name=self.env._("Earlier Versions")
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_workflow_fields(self):
        """Return the names of the fields that only the workflow writes."""
        return {
            "state",
            "signed_by_id",
            "date_signed",
            "name",
            "cancel_reason",
            "cancel_note",
        }

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

    def _check_can_amend(self):
        self.check_access("write")
        for visit in self:
            if visit.state != "signed":
                raise UserError(
                    self.env._(
                        "%(visit)s is not signed: there is nothing to amend.",
                        visit=visit.name,
                    )
                )
            if not visit._is_own_or_administered():
                raise AccessError(
                    self.env._(
                        "%(visit)s is amended by its practitioner, %(practitioner)s, "
                        "or by a medical administrator. Add an addendum instead.",
                        visit=visit.name,
                        practitioner=visit.practitioner_id.name,
                    )
                )

    def _action_amend(self, reason):
        """Keep what signed visits say, and open them again. Checks are the caller's.

        Nothing moves and nothing is credited by that; what differs at the end is
        done, billed and taken from stock as in any open visit.

        :param str reason: why
        :return: the `medical.consultation.amendment` records
        """
        # In sudo mode: nobody has the right to make one by hand.
        Amendment = self.env["medical.consultation.amendment"].sudo()
        amendments = Amendment.create(
            [
                {
                    "consultation_id": visit.id,
                    "reason": reason,
                    "signed_by_id": visit.signed_by_id.id,
                    "date_signed": visit.date_signed,
                    "snapshot": Amendment._take_snapshot(visit),
                }
                for visit in self
            ]
        )
        self._set_state("in_progress", signed_by_id=False, date_signed=False)
        return amendments

    def _check_can_cancel(self):
        self.check_access("write")
        for visit in self:
            if visit._is_frozen():
                raise UserError(
                    self.env._(
                        "%(visit)s is closed and cannot be cancelled.",
                        visit=visit.name,
                    )
                )
            # In sudo mode: reception does not read what was signed.
            if visit.sudo().amendment_ids and not visit._is_own_or_administered():
                raise AccessError(
                    self.env._(
                        "%(visit)s was signed before: it is cancelled by its "
                        "practitioner, %(practitioner)s, or by a medical "
                        "administrator.",
                        visit=visit.name,
                        practitioner=visit.practitioner_id.name,
                    )
                )
        # In sudo mode: reception may cancel a visit without a right to its lines.
        done = self.sudo().line_ids.filtered("qty_done")
        if done:
            raise UserError(
                self.env._(
                    "%(visit)s cannot be cancelled: something was already done in it. "
                    "Sign it instead.",
                    visit=done[0].consultation_id.name,
                )
            )

    def _action_cancel(self, reason, note=False):
        """Cancel visits. Their open lines count as cancelled as long as they are.

        :param str reason: a value of `cancel_reason`
        :param str note: what else there is to say
        """
        self._check_can_cancel()
        self._set_state("cancelled", cancel_reason=reason, cancel_note=note)

    def _open_dialog(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_consultation_ids": [Command.set(self.ids)]},
        }

    @api.model
    def _get_part_fields(self):
        """Return the names of the fields that hold the parts of a visit.

        What a signed visit said is kept with them; a module with another kind of
        part extends this.

        :rtype: list[str]
        """
        return ["diagnosis_ids", "line_ids"]

    @api.model
    def _get_fields_left_out_of_snapshots(self):
        """Return the names of stored fields that say nothing of the visit itself.

        :rtype: set[str]
        """
        return self._get_workflow_fields()

    def _get_visit(self):
        self.ensure_one()
        return self

    def _check_files_are_open(self):
        """Raise `UserError` when the files of these visits may not change any more."""
        self._check_story_is_open()

    def _process_attachments_for_post(
        self, attachments, attachment_ids, message_values
    ):
        # EXTENDS 'mail': a file that is sent to the chatter becomes one of the record;
        # on a message everybody who reads the diary could open it.
        values = super()._process_attachments_for_post(
            attachments, attachment_ids, message_values
        )
        values.pop("attachment_ids", None)
        return values

    def _action_sign(self):
        """Do what signing does, for all visits at once. Checks are the caller's."""
        lines = self.line_ids.filtered(
            lambda line: line.state == "ordered" and not line.is_done_later
        )
        lines._record_done({line: line.quantity for line in lines})
        now = fields.Datetime.now()
        for date_end, visits in (
            self.filtered(lambda visit: not visit.date_end and visit.date <= now)
            .grouped(lambda visit: visit._get_end_when_signed(now))
            .items()
        ):
            visits.write({"date_end": date_end})
        self._set_state("signed", signed_by_id=self.env.uid, date_signed=now)

    def _get_end_when_signed(self, now):
        """Return when a visit ended that nobody ended by hand.

        :param datetime now: the time of the signature
        :rtype: datetime
        """
        self.ensure_one()
        # What is signed on a later day did not last until then.
        late = now - (self.date_start or self.date) > timedelta(hours=12)
        return self.date_planned_end if late else now

    def _set_state(self, state, **values):
        # In sudo mode: the state is closed to direct writes, see the class docstring.
        self.sudo().write({"state": state, **values})
