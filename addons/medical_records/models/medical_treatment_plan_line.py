from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class MedicalTreatmentPlanLine(models.Model):
    """One treatment of a plan: a product or a package, done in so many sessions.

    A session is one line of a visit, which points here: it is never counted, and never
    charged, by the plan and by the visit both. The sessions are numbered, and no two
    lines that stand have the same number, which the database itself guards.
    """

    _name = "medical.treatment.plan.line"
    _description = "Line of a Treatment Plan"
    _inherit = ["medical.guarded", "medical.session.order"]
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        comodel_name="medical.treatment.plan",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    patient_id = fields.Many2one(related="plan_id.patient_id")
    consultation_line_ids = fields.One2many(
        comodel_name="medical.consultation.line",
        inverse_name="plan_line_id",
        string="Sessions in Visits",
        readonly=True,
    )
    sessions_done = fields.Integer(
        string="Done",
        compute="_compute_sessions",
        store=True,
    )
    sessions_scheduled = fields.Integer(
        string="Scheduled",
        compute="_compute_sessions",
        store=True,
        help="In visits that are planned or have begun.",
    )
    sessions_left = fields.Integer(
        string="Left",
        compute="_compute_sessions",
        store=True,
        help="Neither done nor scheduled yet.",
    )
    sessions_missed = fields.Integer(
        string="Missed",
        compute="_compute_sessions",
        store=True,
        help="How often the patient did not come. A missed session is left to be "
        "scheduled again.",
    )
    date_next = fields.Datetime(
        string="Next Session",
        compute="_compute_sessions",
        store=True,
        help="When the earliest visit to which the patient has not come yet is, or "
        "was, to take place.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "sessions",
        "consultation_line_ids.state",
        "consultation_line_ids.consultation_id.cancel_reason",
        "consultation_line_ids.consultation_id.date",
        "consultation_line_ids.consultation_id.diary_state",
    )
    def _compute_sessions(self):
        for line in self:
            by_state = line.consultation_line_ids.grouped("state")
            scheduled = by_state.get("ordered", line.consultation_line_ids.browse())
            cancelled = by_state.get("cancelled", line.consultation_line_ids.browse())
            line.sessions_done = len(by_state.get("done", ()))
            line.sessions_scheduled = len(scheduled)
            line.sessions_left = max(
                line.sessions - line.sessions_done - line.sessions_scheduled, 0
            )
            line.sessions_missed = len(
                cancelled.consultation_id.filtered(
                    lambda visit: visit.cancel_reason == "no_show"
                )
            )
            # Not of whom has come: a result may be waited for after the signing.
            expected = scheduled.consultation_id.filtered(
                lambda visit: visit.diary_state == "planned"
            )
            line.date_next = min(expected.mapped("date"), default=False)

    # === CONSTRAINT METHODS === #

    @api.constrains("sessions")
    def _check_sessions_taken(self):
        for line in self:
            taken = line._get_taken_numbers()
            if len(taken) > line.sessions:
                raise ValidationError(
                    self.env._(
                        "%(taken)s sessions of %(line)s are done or scheduled: "
                        "%(sessions)s are not enough. Cancel scheduled ones first.",
                        taken=len(taken),
                        line=line.name,
                        sessions=line.sessions,
                    )
                )

    @api.constrains("kind")
    def _check_kind(self):
        # EXTENDS medical.order's rules: what a session is made of is done in a visit.
        for line in self:
            if line.dispensing != "clinic":
                raise ValidationError(
                    self.env._(
                        "%(line)s is got elsewhere, and no session of a plan.",
                        line=line.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.plan_id._check_lines_open()
        lines.plan_id._note_change_of_sessions()
        return lines

    def write(self, vals):
        self.plan_id._check_lines_open()
        for line in self:
            if vals.get("plan_id", line.plan_id.id) != line.plan_id.id:
                raise UserError(
                    self.env._(
                        "%(line)s cannot move to another plan: add it there anew.",
                        line=line.name,
                    )
                )
        for name in ("product_id", "product_uom_id", "quantity"):
            if name in vals:
                self._check_unchanged(name, vals[name])
        result = super().write(vals)
        if "sessions" in vals:
            self.plan_id._note_change_of_sessions()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        self.plan_id._check_lines_open()
        for line in self:
            if line.consultation_line_ids:
                raise UserError(
                    self.env._(
                        "%(line)s has sessions in visits and stays in the plan. Lower "
                        "its number of sessions to those that were done.",
                        line=line.name,
                    )
                )

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans.exists()._note_change_of_sessions()
        return result

    # === BUSINESS METHODS === #

    def _check_unchanged(self, name, value):
        """Refuse another treatment once this one was agreed on, or is in visits.

        How much of it a session is may change until then.

        :param str name: a field of the treatment
        :param value: what is about to be written
        :raise UserError: where the field stays as it is
        """
        for line in self:
            old = self._fields[name].convert_to_write(line[name], line)
            if old == value:
                continue
            if name != "quantity" and line.plan_id.date_accepted:
                raise UserError(
                    self.env._(
                        "%(line)s of %(plan)s was agreed on: its %(field)s stays. "
                        "Remove the line, or lower its number of sessions, and add a "
                        "line for what is done instead.",
                        line=line.name,
                        plan=line.plan_id.name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )
            if line.consultation_line_ids:
                raise UserError(
                    self.env._(
                        "Sessions of %(line)s are in visits: its %(field)s stays. "
                        "Lower its number of sessions, and add a line for the rest.",
                        line=line.name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    def _get_scheduled_sessions(self):
        """Return the lines of visits in which these are to be done.

        :rtype: medical.consultation.line
        """
        return self.consultation_line_ids.filtered(lambda line: line.state == "ordered")

    def _get_taken_numbers(self):
        """Return the numbers of the sessions that are done or scheduled.

        :rtype: set[int]
        """
        self.ensure_one()
        return set(
            self.consultation_line_ids.filtered(
                lambda line: line.state != "cancelled"
            ).mapped("plan_session")
        )

    def _get_free_numbers(self):
        """Return the numbers of the sessions that are left, in order.

        Where the sessions were lowered, a number above them may be taken. It counts as
        one of them, so a gap below stays free.

        :rtype: list[int]
        """
        self.ensure_one()
        taken = self._get_taken_numbers()
        free = [number for number in range(1, self.sessions + 1) if number not in taken]
        return free[: max(self.sessions - len(taken), 0)]

    def _prepare_session_vals(self, visit, number):
        """Return the values of the line of a visit that is one session of this.

        :param visit: a `medical.consultation`
        :param int number: which session, from 1 on
        :rtype: dict
        :raise UserError: when the product is no longer offered as it was agreed
        """
        self.ensure_one()
        vals_list = self._prepare_repeated_vals_list()
        if not vals_list or self.product_id._get_quantity_problem(
            self.quantity, self.product_uom_id
        ):
            # Reception schedules, and is not told what.
            raise UserError(
                self.env._(
                    "A treatment of %(plan)s is no longer offered as it was agreed: "
                    "its product was archived, or is counted in another unit. Let a "
                    "medic lower its sessions, or have the product corrected.",
                    plan=self.plan_id.name,
                )
            )
        return {
            **vals_list[0],
            "consultation_id": visit.id,
            "plan_line_id": self.id,
            "plan_session": number,
        }
