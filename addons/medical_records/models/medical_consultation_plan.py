from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .medical_consultation import CLINICAL
from .medical_treatment_plan_sessions import AGREED


class MedicalConsultation(models.Model):
    """Visits in which sessions of treatment plans take place."""

    _inherit = "medical.consultation"

    open_plan_count = fields.Integer(
        compute="_compute_open_plan_count",
        groups=CLINICAL,
        help="How many plans of this patient have sessions that are not done yet, also "
        "after their last day: the button then says that they have ended.",
    )

    has_plan_sessions = fields.Boolean(
        compute="_compute_has_plan_sessions",
        groups=CLINICAL,
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.plan_line_id")
    def _compute_has_plan_sessions(self):
        for visit in self:
            visit.has_plan_sessions = bool(visit.line_ids.plan_line_id)

    @api.depends("patient_id")
    def _compute_open_plan_count(self):
        counts = dict(
            self.env["medical.treatment.plan"]._read_group(
                self._get_open_plans_domain(),
                groupby=["patient_id"],
                aggregates=["__count"],
            )
        )
        for visit in self:
            visit.open_plan_count = counts.get(visit.patient_id, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if "date" in vals:
            # In sudo mode: reception moves visits, and has no right to their lines.
            self.sudo().line_ids._filter_waiting()._check_plans_go_on()
        return result

    # === ACTION METHODS === #

    def action_reinstate(self):
        # In sudo mode: reception plans visits again, and has no right to their lines.
        self.check_access("write")
        self.sudo().line_ids.filtered(
            lambda line: line.plan_line_id and not line.is_cancelled
        )._renumber_sessions()
        return super().action_reinstate()

    def action_add_plan_sessions(self):
        """Add the next session of each treatment of the patients' accepted plans.

        A visit gets no second session of what it has one of, and none of a plan that
        ended before it.

        :raise UserError: when a patient has no plan with a session left for the day of
            the visit
        """
        self.check_access("write")
        self._check_story_is_open()
        plans = self.env["medical.treatment.plan"].search(
            self._get_open_plans_domain(), order="id"
        )
        lines_of_visits = []
        for visit in self:
            own = plans.filtered(
                lambda plan, visit=visit: (
                    plan.patient_id == visit.patient_id
                    and plan.company_id == visit.company_id
                )
            )
            going_on = own - own._filter_ended_before(visit)
            left = visit._get_plan_lines_left(going_on)
            if not left:
                visit._raise_no_session_left(own)
            lines_of_visits.append(left)
        plans._add_sessions(self, lines_of_visits)

    # === BUSINESS METHODS === #

    def _get_day(self):
        """Return the day of this visit, as the clock of the user has it.

        :rtype: date
        """
        self.ensure_one()
        return fields.Datetime.context_timestamp(self, self.date).date()

    def _get_open_plans_domain(self):
        return Domain("patient_id", "in", self.patient_id.ids) & Domain(
            "state", "in", AGREED
        )

    def _get_plan_lines_left(self, plans):
        """Return the treatments of which this visit may get the next session.

        :param plans: the `medical.treatment.plan` records to take them from
        :rtype: medical.treatment.plan.line
        """
        self.ensure_one()
        lines = plans.line_ids - self.line_ids.plan_line_id
        return lines.filtered("sessions_left")

    def _raise_no_session_left(self, plans):
        """Say why there is no session of these plans to add to this visit.

        :param plans: the accepted `medical.treatment.plan` records of the patient
        :raise UserError: always
        """
        self.ensure_one()
        if not plans:
            raise UserError(
                self.env._(
                    "%(patient)s has no accepted treatment plan.",
                    patient=self.patient_id.name or self.env._("The patient"),
                )
            )
        # Whatever else is left belongs to plans that ended before.
        ended = self._get_plan_lines_left(plans).plan_id
        reasons = [plan._get_ended_message(self) for plan in ended]
        if plans - ended:
            reasons.append(self._explain_all_taken(plans - ended))
        raise UserError("\n".join(reasons))

    def _explain_all_taken(self, plans):
        """Say where the sessions of plans are that have none left for this visit.

        :param plans: `medical.treatment.plan` records
        :rtype: str
        """
        self.ensure_one()
        elsewhere = plans.line_ids.consultation_line_ids.filtered(
            lambda line: line.state == "ordered" and line.consultation_id != self
        ).consultation_id.sorted("date")[:1]
        if elsewhere:
            return self.env._(
                "All sessions of %(plans)s are done or scheduled; the next one is in "
                "%(visit)s. Start that visit to do it now, or cancel it first.",
                plans=", ".join(plans.mapped("name")),
                visit=elsewhere.name,
            )
        return self.env._(
            "Everything that is left of %(plans)s is already in this visit.",
            plans=", ".join(plans.mapped("name")),
        )
