from odoo import api, fields, models
from odoo.exceptions import UserError

# The plans whose sessions may be scheduled and done.
AGREED = ("accepted", "in_progress")


class MedicalTreatmentPlan(models.Model):
    """How far a plan is: its sessions, counted from the lines of visits."""

    _inherit = "medical.treatment.plan"

    sessions_planned = fields.Integer(
        string="Sessions",
        compute="_compute_sessions",
        store=True,
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
        help="How often the patient did not come.",
    )
    progress = fields.Float(
        compute="_compute_progress",
        help="How much of the plan is done, in percent of its sessions.",
    )
    date_next = fields.Datetime(
        string="Next Session",
        compute="_compute_sessions",
        store=True,
        help="When the earliest visit to which the patient has not come yet is, or "
        "was, to take place.",
    )
    is_late = fields.Boolean(
        compute="_compute_is_late",
        search="_search_is_late",
        help="The time of a planned visit has passed: nobody has come to it, and it "
        "was not cancelled.",
    )
    consultation_ids = fields.Many2many(
        comodel_name="medical.consultation",
        string="Visits",
        compute="_compute_consultation_ids",
    )
    consultation_count = fields.Integer(compute="_compute_consultation_ids")

    # === COMPUTE METHODS === #

    @api.depends(
        "line_ids.sessions",
        "line_ids.sessions_done",
        "line_ids.sessions_scheduled",
        "line_ids.sessions_left",
        "line_ids.sessions_missed",
        "line_ids.date_next",
    )
    def _compute_sessions(self):
        for plan in self:
            lines = plan.line_ids
            plan.sessions_planned = sum(lines.mapped("sessions"))
            for name in (
                "sessions_done",
                "sessions_scheduled",
                "sessions_left",
                "sessions_missed",
            ):
                plan[name] = sum(lines.mapped(name))
            plan.date_next = min(filter(None, lines.mapped("date_next")), default=False)

    @api.depends("sessions_planned", "sessions_done")
    def _compute_progress(self):
        for plan in self:
            plan.progress = (
                100.0 * plan.sessions_done / plan.sessions_planned
                if plan.sessions_planned
                else 0.0
            )

    @api.depends("date_next")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for plan in self:
            plan.is_late = bool(plan.date_next and plan.date_next < now)

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("date_next", "<", fields.Datetime.now())]

    @api.depends("line_ids.consultation_line_ids")
    def _compute_consultation_ids(self):
        # In sudo mode: reception sees the visits of a plan, and not its lines.
        for plan in self:
            visits = plan.sudo().line_ids.consultation_line_ids.consultation_id
            plan.consultation_ids = visits.sudo(False).sorted("date")
            plan.consultation_count = len(visits)

    # === ACTION METHODS === #

    def action_view_consultations(self):
        """Show the visits of these plans."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_consultation_action"
        )
        action["domain"] = [("id", "in", self.consultation_ids.ids)]
        action["context"] = {"create": False}
        return action

    # === BUSINESS METHODS === #

    def _check_lines_open(self):
        """Refuse to change the lines of an open offer, or of what has ended.

        :raise UserError: when one of these plans is proposed, refused or closed early
        """
        for plan in self:
            if plan.state in ("proposed", "refused", "closed"):
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: its treatments can no longer be "
                        "changed. Revise an offer before it is accepted, or renew the "
                        "plan.",
                        plan=plan.name,
                        state=plan._get_state_name(),
                    )
                )

    def _note_change_of_sessions(self):
        """Note in the chatter of accepted plans how many sessions are agreed on now.

        Neither treatment nor product: messages are read by more people than the record.
        """
        for plan in self.filtered("date_accepted"):
            plan._message_log(
                body=self.env._(
                    "The treatments were changed after the acceptance: %(sessions)s "
                    "sessions are agreed on now.",
                    sessions=plan.sessions_planned,
                )
            )

    def _check_agreed(self):
        """Refuse sessions of plans that nobody accepted, or that have ended.

        :raise UserError: when one of these plans is not accepted or has ended
        """
        for plan in self:
            if plan.state not in AGREED:
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: only sessions of accepted plans are "
                        "scheduled and done.",
                        plan=plan.name,
                        state=plan._get_state_name(),
                    )
                )

    def _add_sessions(self, visits, lines_of_visits):
        """Add sessions to visits: the next free numbers of each line.

        :param visits: the `medical.consultation` records
        :param list lines_of_visits: for each visit, the `medical.treatment.plan.line`
            records of which it gets a session
        :return: the lines of the visits
        :rtype: medical.consultation.line
        :raise UserError: when a plan is not accepted, or a line has no session left
        """
        self._check_agreed()
        free = {}
        vals_list = []
        for visit, lines in zip(visits, lines_of_visits, strict=True):
            for line in lines:
                numbers = free.setdefault(line, line._get_free_numbers())
                if not numbers:
                    # Reception schedules, and is not told what.
                    raise UserError(
                        self.env._(
                            "All sessions of a treatment of %(plan)s are done or "
                            "scheduled. Add a line that is no part of the plan, or "
                            "more sessions to the plan.",
                            plan=line.plan_id.name,
                        )
                    )
                vals_list.append(line._prepare_session_vals(visit, numbers.pop(0)))
        sessions = self.env["medical.consultation.line"].sudo()
        # The index looks at what is in the database: what was cancelled just now, too.
        sessions.flush_model(["state"])
        return sessions.create(vals_list)
