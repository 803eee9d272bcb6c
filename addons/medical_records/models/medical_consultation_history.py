from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .medical_consultation import CLINICAL


class MedicalConsultation(models.Model):
    """What was before this visit: the patient's banner, at the top of the form."""

    _inherit = "medical.consultation"

    problem_ids = fields.Many2many(
        comodel_name="medical.condition",
        string="Active Problems",
        compute="_compute_problem_ids",
        groups=CLINICAL,
    )
    last_visit_id = fields.Many2one(
        comodel_name="medical.consultation",
        compute="_compute_last_visit_id",
        groups=CLINICAL,
        help="The patient's last visit before this one, with any practitioner.",
    )
    last_visit_summary = fields.Char(
        compute="_compute_last_visit_summary",
        groups=CLINICAL,
    )

    # One index step finds the visit before a visit, however many a patient has.
    _patient_date_idx = models.Index("(patient_id, date DESC, id DESC)")

    # === COMPUTE METHODS === #

    @api.depends("patient_id.condition_ids.state")
    def _compute_problem_ids(self):
        for visit in self:
            visit.problem_ids = visit.patient_id.condition_ids.filtered(
                lambda condition: condition.state == "active"
            )

    @api.depends("patient_id", "date")
    def _compute_last_visit_id(self):
        previous = self._get_previous_visits()
        for visit in self:
            visit.last_visit_id = previous[visit]

    @api.depends("last_visit_id")
    def _compute_last_visit_summary(self):
        for visit in self:
            last = visit.last_visit_id
            diagnosis = last.diagnosis_ids.sorted("rank")[:1]
            visit.last_visit_summary = " – ".join(
                part
                for part in (
                    last
                    and format_date(
                        self.env, fields.Datetime.context_timestamp(last, last.date)
                    ),
                    last.reason,
                    diagnosis.name,
                )
                if part
            )

    # === BUSINESS METHODS === #

    def _get_previous_visits(self, domain=()):
        """Return the visit that the patient of each visit had before it.

        One query for all visits, as the user may see them. Planned and cancelled
        visits did not take place.

        :param domain: further conditions on the visits before
        :return: visits to the visit before each, possibly empty
        :rtype: dict
        """
        result = dict.fromkeys(self, self.browse())
        rows = [
            SQL(
                "(%s, %s::integer, %s::timestamp, %s::integer)",
                position,
                visit.patient_id.id,
                visit.date,
                visit._origin.id or None,
            )
            for position, visit in enumerate(self)
            if visit.patient_id.id and visit.date
        ]
        if not rows:
            return result
        query = self._search(
            Domain("state", "in", ("in_progress", "signed")) & Domain(domain)
        )
        table = SQL.identifier(query.table)
        found = self.env.execute_query(
            SQL(
                """
                SELECT visit.position, previous.id
                  FROM (VALUES %(rows)s) AS visit (position, patient_id, date, id)
                 CROSS JOIN LATERAL (
                      SELECT %(table)s.id
                        FROM %(tables)s
                       WHERE %(condition)s
                         AND %(table)s.patient_id = visit.patient_id
                         AND %(table)s.date <= visit.date
                         AND (
                             visit.id IS NULL
                             OR (%(table)s.date, %(table)s.id) < (visit.date, visit.id)
                         )
                       ORDER BY %(table)s.date DESC, %(table)s.id DESC
                       LIMIT 1
                 ) AS previous
                """,
                rows=SQL(", ").join(rows),
                table=table,
                tables=query.from_clause,
                condition=query.where_clause or SQL("TRUE"),
            )
        )
        for position, visit_id in found:
            result[self[position]] = self.browse(visit_id)
        return result
