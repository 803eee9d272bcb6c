from odoo import api, fields, models
from odoo.tools import format_date

from ..models.medical_treatment_plan_scheduling import SATURDAY


class MedicalTreatmentPlanScheduleVisit(models.TransientModel):
    """One visit that is proposed for sessions of a plan."""

    _name = "medical.treatment.plan.schedule.visit"
    _description = "Proposed Visit of a Treatment Plan"
    _order = "position, id"

    schedule_id = fields.Many2one(
        comodel_name="medical.treatment.plan.schedule",
        required=True,
        ondelete="cascade",
        index=True,
    )
    # Which of the due times this is: also after its time was changed by hand.
    position = fields.Integer(required=True)
    is_chosen = fields.Boolean(string="Make It", default=True)
    date = fields.Datetime(required=True)
    treatments = fields.Integer(help="How many treatments are due in this visit.")
    warning = fields.Char(
        compute="_compute_warning",
        help="What speaks against this time: other visits, a weekend, or the last day "
        "of the plan.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "date",
        "schedule_id.duration",
        "schedule_id.practitioner_id",
        "schedule_id.location_id",
        "schedule_id.plan_id.date_end",
    )
    @api.depends_context("lang", "tz")
    def _compute_warning(self):
        for schedule, rows in self.grouped("schedule_id").items():
            # Never saved: the diary says of them what it says of any visit.
            visits = self.env["medical.consultation"]
            for row in rows:
                visits += visits.new(schedule._prepare_visit_vals(row))
            for row, visit in zip(rows, visits, strict=True):
                row.warning = " · ".join(row._get_warnings(visit)) or False

    # === BUSINESS METHODS === #

    def _get_warnings(self, visit):
        """Return what speaks against the time of this row, the gravest first.

        :param visit: the `medical.consultation` that is proposed
        :rtype: list[str]
        """
        self.ensure_one()
        if not visit.date:
            return []
        plan = self.schedule_id.plan_id
        warnings = []
        if plan._is_after_end(visit.date):
            warnings.append(
                self.env._(
                    "After the last day of the plan, %(end)s",
                    end=format_date(self.env, plan.date_end),
                )
            )
        if visit._get_day().weekday() >= SATURDAY:
            warnings.append(
                self.env._(
                    "On a %(day)s",
                    day=format_date(self.env, visit._get_day(), date_format="EEEE"),
                )
            )
        if visit.overlap_warning:
            warnings.append(
                self.env._("At the same time: %(visits)s", visits=visit.overlap_warning)
            )
        return warnings
