from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class MedicalTreatmentPlanSchedule(models.TransientModel):
    """Proposes appointments for what is left of a plan, and makes its visits.

    Each treatment has its own interval; what is due at the same time is one visit. A
    visit moves to the first free time of its day, and one after the last day of the
    plan is shown and not chosen. Reception makes appointments as well, so nothing here
    says what is done in them.
    """

    _name = "medical.treatment.plan.schedule"
    _description = "Schedule Sessions of a Treatment Plan"

    plan_id = fields.Many2one(
        comodel_name="medical.treatment.plan",
        required=True,
        ondelete="cascade",
    )
    practitioner_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        required=True,
    )
    location_id = fields.Many2one(
        comodel_name="medical.location",
        string="Room",
    )
    date = fields.Datetime(
        string="First Visit",
        required=True,
    )
    duration = fields.Float(
        required=True,
        help="How long each visit takes, in hours.",
    )
    visit_ids = fields.One2many(
        comodel_name="medical.treatment.plan.schedule.visit",
        inverse_name="schedule_id",
        string="Visits",
    )

    _duration_positive = models.Constraint(
        "CHECK (duration > 0 AND duration <= 24)",
        "A visit takes more than no time, and no more than a day.",
    )

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if plan_id := values.get("plan_id"):
            plan = self.env["medical.treatment.plan"].browse(plan_id)
            proposed = {
                "practitioner_id": plan.practitioner_id.id,
                "duration": plan.visit_type_id.duration or 0.5,
                "date": plan._get_first_date(),
            }
            values |= {name: proposed[name] for name in proposed if name in fields}
        return values

    # === ONCHANGE METHODS === #

    @api.onchange("plan_id", "practitioner_id", "date", "duration")
    def _onchange_propose_visits(self):
        self.visit_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "position": position,
                        "date": date,
                        "treatments": treatments,
                        "is_chosen": not self.plan_id._is_after_end(date),
                    }
                )
                for position, (date, treatments) in enumerate(self._propose_visits())
            ),
        ]

    # === ACTION METHODS === #

    def action_confirm(self):
        """Make the visits, with the sessions that are due in each, and show them.

        :raise UserError: when nothing is chosen, or a visit after the last day of the
            plan, when the plan is no longer accepted, or somebody else has scheduled
            its sessions meanwhile
        """
        self.ensure_one()
        plan = self.plan_id
        plan.check_access("write")
        plan._lock()
        plan._check_agreed()
        due = list(plan._get_due_dates(self.date).values())
        chosen = self.visit_ids.filtered("is_chosen")
        if len(self.visit_ids) > len(due) or any(
            row.position >= len(due) for row in chosen
        ):
            raise UserError(
                self.env._(
                    "Sessions of %(plan)s were scheduled or done meanwhile: close this "
                    "dialog and open it again.",
                    plan=plan.name,
                )
            )
        if not chosen:
            raise UserError(self.env._("Choose at least one visit to make."))
        visits = self.env["medical.consultation"].create(
            [self._prepare_visit_vals(row) for row in chosen]
        )
        # In sudo mode: reception makes appointments, and has no right to the lines.
        plan.sudo()._add_sessions(visits, [due[row.position] for row in chosen])
        return plan.action_view_consultations()

    # === BUSINESS METHODS === #

    def _propose_visits(self):
        """Return when the visits may be, and how many treatments each has.

        :rtype: list[tuple[datetime, int]]
        """
        self.ensure_one()
        plan = self.plan_id._origin
        if not plan or not self.date or self.duration <= 0:
            return []
        plan.check_access("read")
        due = plan._get_due_dates(self.date)
        busy = self._get_busy_times(list(due))
        proposed = []
        for date, lines in due.items():
            free = plan._find_free_time(date, self.duration, busy)
            busy.append((free, free + timedelta(hours=self.duration)))
            proposed.append((free, len(lines)))
        return proposed

    def _get_busy_times(self, dates):
        """Return when the practitioner has other visits, on the days of some dates.

        :param list dates: times in UTC, in order
        :return: pairs of begin and end
        :rtype: list[tuple[datetime, datetime]]
        """
        if not dates or not self.practitioner_id:
            return []
        visits = self.env["medical.consultation"].search_fetch(
            [
                ("practitioner_id", "=", self.practitioner_id.id),
                ("state", "!=", "cancelled"),
                ("date", ">=", dates[0] - timedelta(days=1)),
                ("date", "<", dates[-1] + timedelta(days=1)),
            ],
            ["date", "date_planned_end"],
        )
        return [(visit.date, visit.date_planned_end) for visit in visits]

    def _prepare_visit_vals(self, row):
        """Return the values of the visit that a row proposes.

        :param row: a `medical.treatment.plan.schedule.visit`
        :rtype: dict
        """
        self.ensure_one()
        self.plan_id._origin.check_access("read")
        return {
            "patient_id": self.plan_id.patient_id.id,
            "practitioner_id": self.practitioner_id.id,
            "visit_type_id": self.plan_id.visit_type_id.id,
            "location_id": self.location_id.id,
            "company_id": self.plan_id.company_id.id,
            "date": row.date,
            "duration": self.duration,
        }
