from odoo import api, fields, models
from odoo.exceptions import UserError

# What a session is; when it is done and what came out of it stays open.
AGREED_FIELDS = ("product_id", "product_uom_id", "quantity", "dispensing")


class MedicalConsultationLine(models.Model):
    """A line of a visit that is one session of a treatment plan."""

    _inherit = "medical.consultation.line"

    plan_line_id = fields.Many2one(
        comodel_name="medical.treatment.plan.line",
        string="Treatment Plan",
        ondelete="restrict",
        index="btree_not_null",
        readonly=True,
        copy=False,
        check_company=True,
        help="The line of a plan of which this is one session.",
    )
    plan_session = fields.Integer(
        string="Session Number",
        readonly=True,
        copy=False,
        help="Which session of the plan this is.",
    )
    plan_note = fields.Char(
        string="Session",
        compute="_compute_plan_note",
        help="Which session of a treatment plan this is.",
    )

    _plan_session_unique = models.UniqueIndex(
        "(plan_line_id, plan_session) WHERE state != 'cancelled'",
        "This session of the treatment plan is already done or scheduled in another "
        "visit.",
    )

    # === COMPUTE METHODS === #

    @api.depends("plan_session", "plan_line_id.sessions")
    def _compute_plan_note(self):
        for line in self:
            line.plan_note = line.plan_line_id and self.env._(
                "%(number)s of %(sessions)s",
                number=line.plan_session,
                sessions=line.plan_line_id.sessions,
            )

    # === CRUD METHODS === #

    def write(self, vals):
        self._check_session_stays(vals)
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.guarded
        return super()._get_fields_set_by_actions() | {"plan_line_id", "plan_session"}

    @api.model
    def _get_fields_open_after_signing(self):
        # EXTENDS medical.consultation.part: a cancelled visit that is planned again may
        # find its sessions taken.
        return super()._get_fields_open_after_signing() | {"plan_session"}

    def _check_session_stays(self, vals):
        """Refuse to make something else of a session: it was agreed on as it is."""
        for name in AGREED_FIELDS:
            if name not in vals:
                continue
            for line in self.filtered("plan_line_id"):
                if self._fields[name].convert_to_write(line[name], line) != vals[name]:
                    raise UserError(
                        self.env._(
                            "%(line)s is a session of %(plan)s and stays as agreed. "
                            "Add another line for what is done besides, or cancel it "
                            "if it is not done.",
                            line=line.name,
                            plan=line.plan_line_id.plan_id.name,
                        )
                    )

    def _renumber_sessions(self):
        """Give sessions that stand again a number that nobody has taken meanwhile.

        :raise UserError: when a plan has no session left for one of these lines, or
            ended before its visit
        """
        for plan_line, lines in self.grouped("plan_line_id").items():
            if not plan_line:
                continue
            plan_line.plan_id._check_agreed()
            free = plan_line._get_free_numbers()
            if len(free) < len(lines):
                # Reception plans visits again, and is not told what for.
                raise UserError(
                    self.env._(
                        "The sessions of %(plan)s are done or scheduled in other "
                        "visits by now. Make a new visit instead.",
                        plan=plan_line.plan_id.name,
                    )
                )
            for line in lines:
                if line.plan_session not in free:
                    # In sudo mode: the field is closed to direct writes.
                    line.sudo().plan_session = free[0]
                free.remove(line.plan_session)
        self._check_plans_go_on()

    def _filter_waiting(self):
        """Return the sessions whose visit is still to come, or to be finished.

        A visit that was signed took place on its day, also while it is amended.

        :rtype: medical.consultation.line
        """
        return self.filtered(
            lambda line: (
                line.plan_line_id
                and line.state == "ordered"
                and (
                    line.consultation_id.state == "draft"
                    or (
                        line.consultation_id.state == "in_progress"
                        and not line.consultation_id.amendment_ids
                    )
                )
            )
        )

    def _check_plans_go_on(self):
        """Refuse sessions in visits after the last day of their plan.

        The one check of sessions that are added, moved or planned again.

        :raise UserError: when a plan ends before a visit with one of these
        """
        for visit, sessions in self.grouped("consultation_id").items():
            plans = sessions.plan_line_id.plan_id
            for plan in plans._filter_ended_before(visit):
                raise UserError(plan._get_ended_message(visit))

    def _cancel_sessions(self, note=False):
        """Cancel sessions, and the planned visits that were made for nothing else.

        :param str note: why, for the visits
        """
        visits = self.consultation_id.filtered(
            lambda visit: (
                visit.state == "draft"
                and all(
                    line.is_visit_fee or line.parent_id or line in self
                    for line in visit.line_ids
                )
            )
        )
        visits._action_cancel("clinic", note)
        self.filtered(lambda line: line.consultation_id not in visits).action_cancel()

    def _leave_plan(self):
        """Make ordinary orders of sessions that have not begun.

        Those of signed visits stay as they are, and what was done in part stays with
        the plan, whose session it is.

        :return: the lines that left
        :rtype: medical.consultation.line
        """
        # In sudo mode: the fields are closed to direct writes.
        leaving = (self - self._get_begun_sessions()).sudo()
        leaving = leaving.filtered(lambda line: not line._is_frozen())
        leaving.write({"plan_line_id": False, "plan_session": False})
        return leaving.sudo(self.env.su)

    def _get_begun_sessions(self):
        """Return those of these sessions of which something is recorded already.

        :rtype: medical.consultation.line
        """
        # In sudo mode: who closes a plan need not see what is done. With the parts of
        # packages.
        done = self.sudo().search([("root_line", "in", self.ids), ("qty_done", ">", 0)])
        return self.browse(done.mapped("root_line"))
