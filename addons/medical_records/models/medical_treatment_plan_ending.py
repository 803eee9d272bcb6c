from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .medical_treatment_plan_sessions import AGREED

# When a plan is about to end: so many sessions, or days, are left of it.
LAST_SESSIONS, LAST_DAYS = 2, 30


class MedicalTreatmentPlan(models.Model):
    """Until when the sessions of a plan may be done, and which plans are about to end.

    A plan that has ended stays as it is: a medic gives it a later day, renews it, or
    closes it.
    """

    _inherit = "medical.treatment.plan"

    date_end = fields.Date(
        string="Sessions Until",
        copy=False,
        tracking=True,
        help="No session is scheduled after this day. Empty: no end.",
    )
    is_ended = fields.Boolean(
        compute="_compute_is_ended",
        search="_search_is_ended",
        help="Its last day has passed, and not all of it is done.",
    )
    is_running_out = fields.Boolean(
        compute="_compute_is_running_out",
        search="_search_is_running_out",
        help="It has begun and two sessions at most are left to do, or it ends within "
        "30 days.",
    )

    # === COMPUTE METHODS === #

    @api.depends("date_end", "state")
    def _compute_is_ended(self):
        today = fields.Date.context_today(self)
        for plan in self:
            plan.is_ended = bool(
                plan.date_end and plan.date_end < today and plan.state in AGREED
            )

    def _search_is_ended(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return Domain("state", "in", AGREED) & Domain("date_end", "<", today)

    @api.depends("date_end", "state", "sessions_planned", "sessions_done")
    def _compute_is_running_out(self):
        soon = fields.Date.context_today(self) + timedelta(days=LAST_DAYS)
        for plan in self:
            to_do = plan.sessions_planned - plan.sessions_done
            # A short plan does not run out before it has begun.
            few_left = bool(plan.sessions_done) and to_do <= LAST_SESSIONS
            plan.is_running_out = plan.state in AGREED and (
                few_left or bool(plan.date_end and plan.date_end <= soon)
            )

    def _search_is_running_out(self, operator, value):
        if operator != "in":
            return NotImplemented
        soon = fields.Date.context_today(self) + timedelta(days=LAST_DAYS)
        self.flush_model(["sessions_planned", "sessions_done"])
        few_left = SQL(
            """(SELECT id
                  FROM medical_treatment_plan
                 WHERE sessions_done > 0
                   AND sessions_planned - sessions_done <= %s)""",
            LAST_SESSIONS,
        )
        return Domain("state", "in", AGREED) & (
            Domain("id", "in", few_left) | Domain("date_end", "<=", soon)
        )

    # === CONSTRAINT METHODS === #

    @api.constrains("date_start", "date_end")
    def _check_date_end(self):
        for plan in self:
            if plan.date_end and plan.date_end < plan.date_start:
                raise ValidationError(
                    self.env._(
                        "%(plan)s cannot end on %(end)s, before it begins.",
                        plan=plan.name,
                        end=format_date(self.env, plan.date_end),
                    )
                )

    @api.constrains("date_end")
    def _check_sessions_end(self):
        for plan in self.filtered("date_end"):
            sessions = plan.line_ids._get_scheduled_sessions()._filter_waiting()
            late = sessions.consultation_id.filtered(
                lambda visit, plan=plan: plan._filter_ended_before(visit)
            ).sorted("date")
            if late:
                raise ValidationError(
                    self.env._(
                        "%(plan)s cannot end on %(end)s. Its visits after that day: "
                        "%(count)s, the first is %(visit)s on %(day)s. Move or cancel "
                        "them first.",
                        plan=plan.name,
                        end=format_date(self.env, plan.date_end),
                        count=len(late),
                        visit=late[0].name,
                        day=format_date(self.env, late[0]._get_day()),
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if "date_end" in vals:
            self._check_medic()
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_open_when_agreed(self):
        # EXTENDS: more time may be given to what was agreed.
        return super()._get_fields_open_when_agreed() | {"date_end"}

    def _filter_ended_before(self, visit):
        """Return those of these plans whose last day is before the day of a visit.

        :param visit: a `medical.consultation`
        :rtype: medical.treatment.plan
        """
        visit.ensure_one()
        return self.filtered(lambda plan: plan._is_after_end(visit.date))

    def _is_after_end(self, moment):
        """Return whether a time is after the last day of this plan.

        :param datetime moment: a time in UTC
        :rtype: bool
        """
        self.ensure_one()
        day = fields.Datetime.context_timestamp(self, moment).date()
        return bool(self.date_end and self.date_end < day)

    def _get_ended_message(self, visit):
        """Say why a visit has no session of this plan, and what to do about it.

        Neither treatment nor title: reception reads it, too.

        :param visit: a `medical.consultation` after the last day of the plan
        :rtype: str
        """
        self.ensure_one()
        return self.env._(
            "%(plan)s ends on %(end)s, and %(visit)s is on %(day)s. Plan the session "
            "for an earlier day, or let a medic give the plan a later one or renew it. "
            "What is done besides needs no plan.",
            plan=self.name,
            end=format_date(self.env, self.date_end),
            visit=visit.name,
            day=format_date(self.env, visit._get_day()),
        )

    def _add_sessions(self, visits, lines_of_visits):
        # EXTENDS: within the time that was agreed.
        sessions = super()._add_sessions(visits, lines_of_visits)
        sessions._check_plans_go_on()
        return sessions
