from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command

# How long an offer is good for when nobody says otherwise.
VALID_DAYS = 30


class MedicalTreatmentPlan(models.Model):
    """What clinic and patient agree on: proposed, then accepted or refused.

    The state follows from the dates of these deeds and from the sessions. The dates
    change only through the actions below, so that no import or remote call accepts a
    plan in somebody's name.
    """

    _inherit = "medical.treatment.plan"

    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("refused", "Refused"),
            ("accepted", "Accepted"),
            ("in_progress", "In Progress"),
            ("done", "Done"),
            ("closed", "Closed Early"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    date_validity = fields.Date(
        string="Valid Until",
        default=lambda self: (
            fields.Date.context_today(self) + timedelta(days=VALID_DAYS)
        ),
        copy=False,
        help="The offer can be accepted up to this day. Empty: at any time.",
    )
    date_proposed = fields.Datetime(string="Proposed", readonly=True, copy=False)
    date_accepted = fields.Datetime(string="Accepted", readonly=True, copy=False)
    accepted_by = fields.Char(
        readonly=True,
        copy=False,
        help="The name of who accepted: the patient, a parent, a guardian.",
    )
    accepted_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Acceptance Recorded By",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    is_expired = fields.Boolean(
        compute="_compute_is_expired",
        search="_search_is_expired",
        help="Nobody accepted it in time.",
    )

    _accepted_as_proposed = models.Constraint(
        "CHECK (date_accepted IS NULL OR date_proposed IS NOT NULL)",
        "A plan is proposed before it is accepted.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "date_proposed",
        "date_accepted",
        "date_closed",
        "sessions_planned",
        "sessions_done",
    )
    def _compute_state(self):
        for plan in self:
            if plan.date_closed:
                plan.state = "closed" if plan.date_accepted else "refused"
            elif not plan.date_accepted:
                plan.state = "proposed" if plan.date_proposed else "draft"
            elif not plan.sessions_done:
                plan.state = "accepted"
            elif plan.sessions_done < plan.sessions_planned:
                plan.state = "in_progress"
            else:
                plan.state = "done"

    @api.depends("state", "date_validity")
    def _compute_is_expired(self):
        today = fields.Date.context_today(self)
        for plan in self:
            plan.is_expired = bool(
                plan.state == "proposed"
                and plan.date_validity
                and plan.date_validity < today
            )

    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            ("state", "=", "proposed"),
            ("date_validity", "<", fields.Date.context_today(self)),
        ]

    # === ACTION METHODS === #

    def action_propose(self):
        """Make drafts offers, which the patient accepts or refuses as they are.

        :raise AccessError: for users who are not medics
        :raise UserError: when one is no draft, offers nothing, or was only valid until
            a day that has passed
        """
        self._check_medic()
        self.check_access("write")
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._("%(plan)s was already proposed.", plan=plan.name)
                )
            if not plan.line_ids:
                raise UserError(
                    self.env._(
                        "%(plan)s offers nothing yet: add the treatments and how many "
                        "sessions they take.",
                        plan=plan.name,
                    )
                )
            plan._check_validity()
        self._action_propose()

    def action_revise(self):
        """Make offers drafts again, to change them.

        :raise AccessError: for users who are not medics
        :raise UserError: when one was accepted, or is no offer
        """
        self._check_medic()
        self.check_access("write")
        for plan in self:
            if plan.state not in ("proposed", "refused"):
                raise UserError(
                    self.env._(
                        "%(plan)s is no open offer. What was accepted is changed line "
                        "by line, or closed.",
                        plan=plan.name,
                    )
                )
        self._action_revise()

    def action_accept(self):
        """Record that the patients accepted these offers.

        :raise UserError: when one is no offer, has expired, was accepted before, or
            somebody else is recording that at this moment
        """
        self.check_access("write")
        self._action_accept()

    def action_ask_acceptance(self):
        """Ask who accepts these offers.

        :raise UserError: see :meth:`action_accept`
        """
        self.check_access("write")
        self._check_can_accept()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accept the Offer"),
            "res_model": "medical.treatment.plan.accept",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_ids": [Command.set(self.ids)]},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.guarded
        return super()._get_fields_set_by_actions() | {
            "date_proposed",
            "date_accepted",
            "accepted_by",
            "accepted_user_id",
        }

    @api.model
    def _get_fields_open_when_agreed(self):
        """Return the names of the fields that may change once a plan was proposed.

        Its lines say themselves what may change of them.

        :rtype: set[str]
        """
        return self._get_fields_set_by_actions() | {
            "line_ids",
            "note",
            "practitioner_id",
            "visit_type_id",
        }

    def _check_agreement_stays(self, vals):
        """Refuse to change what was offered, whoever asks.

        :param dict vals: what is written
        """
        closed = {
            name
            for name in vals.keys() - self._get_fields_open_when_agreed()
            if not name.startswith(("message_", "activity_"))
            and not self._is_computed_only(name)
        }
        if not closed:
            return
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: its %(fields)s can no longer be "
                        "changed. Revise an offer before it is accepted, or renew the "
                        "plan.",
                        plan=plan.name,
                        state=plan._get_state_name(),
                        fields=", ".join(
                            self._fields[name]._description_string(self.env)
                            for name in sorted(closed)
                        ),
                    )
                )

    def _get_state_name(self):
        """Return the state as part of a sentence.

        :rtype: str
        """
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[
            self.state
        ].lower()

    def _check_medic(self):
        if not self.env.su and not self.env.user.has_group(
            "medical_records.group_medic"
        ):
            raise AccessError(
                self.env._("Treatment plans are made, changed and closed by medics.")
            )

    def _check_validity(self):
        self.ensure_one()
        if self.date_validity and self.date_validity < fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(plan)s was valid until %(date)s: revise it and choose a later "
                    "day before it is accepted.",
                    plan=self.name,
                    date=fields.Date.to_string(self.date_validity),
                )
            )

    def _action_propose(self):
        # In sudo mode: the dates are closed to direct writes.
        self.sudo().write({"date_proposed": fields.Datetime.now()})

    def _action_revise(self):
        # In sudo mode, as above.
        self.sudo().write(
            {**dict.fromkeys(self._get_closing_fields(), False), "date_proposed": False}
        )

    def _action_accept(self, accepted_by=False):
        """Accept offers, each once, whoever else tries at the same time.

        :param str accepted_by: the name of who accepts; the patient when not said
        :raise UserError: see :meth:`action_accept`
        """
        self._lock()
        self._check_can_accept()
        # In sudo mode: the dates are closed to direct writes.
        for plan in self.sudo():
            plan.write(plan._prepare_acceptance_vals(accepted_by))
        self._after_accepted()

    def _check_can_accept(self):
        """Raise `UserError` when one of these is no offer that can be accepted now."""
        for plan in self:
            if plan.date_accepted:
                raise UserError(
                    self.env._(
                        "%(plan)s was already accepted by %(name)s.",
                        plan=plan.name,
                        name=plan.accepted_by,
                    )
                )
            if plan.state != "proposed":
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: only what was proposed can be "
                        "accepted.",
                        plan=plan.name,
                        state=plan._get_state_name(),
                    )
                )
            plan._check_validity()

    def _prepare_acceptance_vals(self, accepted_by=False):
        """Return the values that this plan gets when it is accepted.

        :param str accepted_by: the name of who accepts; the patient when not said
        :rtype: dict
        """
        self.ensure_one()
        return {
            "date_accepted": fields.Datetime.now(),
            "accepted_by": accepted_by or self.patient_id.name,
            "accepted_user_id": self.env.uid,
        }

    def _lock(self):
        """Keep these plans for this transaction, whoever else wants to change them.

        :raise UserError: when somebody else is changing one at this moment
        """
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "Somebody else is changing this treatment plan just now: look at "
                    "it again in a moment."
                )
            ) from None

    def _after_accepted(self):
        """A hook: these plans were just accepted; billing has work to do then."""
