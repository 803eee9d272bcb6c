from datetime import datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError

# When a plan's first visit is proposed, and the hour by which the last one of a day
# has to end. The clinic has no opening hours to ask for.
FIRST_HOUR, LAST_HOUR = 9, 18
SATURDAY = 5


class MedicalTreatmentPlan(models.Model):
    """Making appointments for what is left of a plan."""

    _inherit = "medical.treatment.plan"

    # === ACTION METHODS === #

    def action_schedule(self):
        """Propose appointments for the sessions that are left.

        :raise UserError: when the plan is not accepted, or nothing is left
        """
        self.ensure_one()
        self.check_access("write")
        self._check_agreed()
        if not self.sessions_left:
            raise UserError(
                self.env._(
                    "All sessions of %(plan)s are done or scheduled.", plan=self.name
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Schedule Sessions"),
            "res_model": "medical.treatment.plan.schedule",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _get_first_date(self):
        """Return when the first visit of what is left is proposed, in UTC.

        A week, or whatever the interval is, after the last visit of the plan; else on
        the day it begins. Where that has passed, or a plan begins on a weekend, on the
        next day but a weekend: all visits of a weekly plan would be on one.

        :rtype: datetime
        """
        self.ensure_one()
        self.check_access("read")
        # In sudo mode: reception makes appointments, and has no right to the lines.
        lines = self.sudo().line_ids
        visits = lines.consultation_line_ids.filtered(
            lambda line: line.state != "cancelled"
        ).consultation_id
        last = max(visits.mapped("date"), default=False)
        left = lines.filtered("sessions_left")[:1]
        if last and left:
            proposed = self._add_interval(last, **left._get_interval())
        else:
            proposed = self._skip_weekend(
                self._from_local(datetime.combine(self.date_start, time(FIRST_HOUR)))
            )
        while proposed < fields.Datetime.now():
            proposed = self._skip_weekend(self._add_interval(proposed, days=1))
        return proposed

    def _skip_weekend(self, moment):
        """Return the same time of the next day that is on no weekend, or this one.

        :param datetime moment: in UTC
        :rtype: datetime
        """
        while self._to_local(moment).weekday() >= SATURDAY:
            moment = self._add_interval(moment, days=1)
        return moment

    def _get_due_dates(self, first):
        """Return when each session that is left is due, each line in its own interval.

        :param datetime first: when the first visit is, in UTC
        :return: for each time, in order, the lines of which one session is due then
        :rtype: dict[datetime, medical.treatment.plan.line]
        """
        self.ensure_one()
        due = {}
        # In sudo mode: reception makes appointments, and has no right to the lines.
        for line in self.sudo().line_ids:
            interval = line._get_interval()
            # The delay is that of the plan's beginning: none for what goes on.
            delay = 0 if line.consultation_line_ids else line.delay_days
            for number in range(line.sessions_left):
                date = self._add_interval(
                    first,
                    days=delay + interval.get("days", 0) * number,
                    weeks=interval.get("weeks", 0) * number,
                    months=interval.get("months", 0) * number,
                )
                due[date] = due.get(date, line.browse()) | line
        return dict(sorted(due.items()))

    def _find_free_time(self, date, duration, busy):
        """Return the first free time of a day, from a time on.

        :param datetime date: the time wished, in UTC
        :param float duration: how long it takes, in hours
        :param list busy: pairs of begin and end when the practitioner is not free
        :return: the time wished, where that day has no free time after it
        :rtype: datetime
        """
        length = timedelta(hours=duration)
        end_of_day = self._from_local(
            datetime.combine(self._to_local(date), time(LAST_HOUR))
        )
        proposed = date
        while proposed + length <= max(end_of_day, date + length):
            ends = [
                end
                for begin, end in busy
                if begin < proposed + length and proposed < end
            ]
            if not ends:
                return proposed
            proposed = max(ends)
        return date

    # --- Times of the clinic --- #

    # Intervals are counted on the clock on the wall: nine o'clock stays nine o'clock
    # when summer time ends.

    def _to_local(self, moment):
        return pytz.utc.localize(moment).astimezone(self.env.tz)

    def _from_local(self, moment):
        return self.env.tz.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)

    def _add_interval(self, moment, **interval):
        local = self._to_local(moment).replace(tzinfo=None)
        return self._from_local(local + relativedelta(**interval))
