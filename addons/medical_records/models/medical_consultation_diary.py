from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_time

# A visit longer than this is a slip of the pen (30 hours for 30 minutes). It is also
# how far back a visit may begin and still overlap another.
LONGEST_VISIT = 24

# A visit at the same time as another; `what` is taken twice, a person or a room.
Overlap = namedtuple("Overlap", "id date date_planned_end what patient")


class MedicalConsultation(models.Model):
    """The diary: when and where a visit is planned, who has come, who waits.

    Planned and real times stand beside each other: `date` and `date_planned_end` are
    the plan; `date_arrival`, `date_start` and `date_end` are what happened.
    """

    _inherit = "medical.consultation"

    location_id = fields.Many2one(
        comodel_name="medical.location",
        string="Room or Site",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    site_id = fields.Many2one(
        comodel_name="medical.location",
        compute="_compute_site_id",
        store=True,
        index="btree_not_null",
    )
    duration = fields.Float(
        compute="_compute_duration",
        store=True,
        precompute=True,
        readonly=False,
        copy=True,
        aggregator="sum",
        help="How long the visit is planned to take, in hours. Comes from the visit "
        "type.",
    )
    # Only said by the calendar, to its form: a slot drawn there counts for more than
    # the type of the visit.
    is_drawn = fields.Boolean(store=False, copy=False)
    date_planned_end = fields.Datetime(
        string="Planned End",
        compute="_compute_date_planned_end",
        inverse="_inverse_date_planned_end",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        copy=False,
    )
    date_arrival = fields.Datetime(
        string="Arrived",
        readonly=True,
        copy=False,
    )
    date_start = fields.Datetime(
        string="Started",
        readonly=True,
        copy=False,
    )
    # Not the state of the record: what the desk wants to know.
    diary_state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("arrived", "Waiting"),
            ("in_progress", "In Progress"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_diary_state",
        store=True,
        precompute=True,
        index=True,
        group_expand=True,
    )
    waiting_since = fields.Char(
        compute="_compute_waiting_since",
        help="Since when the patient has been waiting.",
    )
    has_overlap = fields.Boolean(
        string="Overlaps",
        compute="_compute_overlap",
        search="_search_has_overlap",
        help="The practitioner or the room has another visit at the same time.",
    )
    overlap_warning = fields.Char(
        string="At the Same Time",
        compute="_compute_overlap",
    )

    _practitioner_diary_idx = models.Index(
        "(practitioner_id, date) WHERE state != 'cancelled'"
    )
    _room_diary_idx = models.Index(
        "(location_id, date) WHERE location_id IS NOT NULL AND state != 'cancelled'"
    )

    # === COMPUTE METHODS === #

    @api.depends("location_id.site_id")
    def _compute_site_id(self):
        for visit in self:
            visit.site_id = visit.location_id.site_id

    @api.depends("visit_type_id")
    def _compute_duration(self):
        for visit in self:
            if visit.is_drawn:
                visit.duration = visit.duration or 0.5
            elif visit.visit_type_id.duration > 0:
                visit.duration = visit.visit_type_id.duration
            else:
                visit.duration = visit.duration or 0.5

    @api.depends("date", "duration")
    def _compute_date_planned_end(self):
        for visit in self:
            visit.date_planned_end = visit.date and visit.date + timedelta(
                minutes=round(visit.duration * 60)
            )

    def _inverse_date_planned_end(self):
        for visit in self:
            if visit.date_planned_end and visit.date:
                length = visit.date_planned_end - visit.date
                visit.duration = length.total_seconds() / 3600

    @api.depends("state", "date_arrival")
    def _compute_diary_state(self):
        states = {"draft": "planned", "signed": "done", "cancelled": "cancelled"}
        for visit in self:
            state = states.get(visit.state, "in_progress")
            if state == "planned" and visit.date_arrival:
                state = "arrived"
            visit.diary_state = state

    @api.depends("diary_state", "date_arrival")
    @api.depends_context("lang", "tz")
    def _compute_waiting_since(self):
        for visit in self:
            if visit.diary_state == "arrived":
                visit.waiting_since = self.env._(
                    "since %(time)s",
                    time=visit._format_diary_time(visit.date_arrival),
                )
            else:
                visit.waiting_since = False

    @api.depends(
        "date",
        "date_planned_end",
        "practitioner_id",
        "location_id",
        "company_id",
        "state",
    )
    @api.depends_context("lang", "tz")
    def _compute_overlap(self):
        overlaps = self._find_overlaps()
        for visit in self:
            others = overlaps.get(visit)
            visit.has_overlap = bool(others)
            visit.overlap_warning = (
                visit._format_overlap_warning(others) if others else False
            )

    def _search_has_overlap(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(self._get_overlap_fields())

        def to_sql(_model, alias, _query):
            visit = SQL.identifier(alias)
            return SQL(
                """
                (%(visit)s.state != 'cancelled' AND (
                    EXISTS (
                        SELECT FROM medical_consultation other
                        WHERE other.practitioner_id = %(visit)s.practitioner_id
                        AND %(is_overlap)s
                    ) OR EXISTS (
                        SELECT FROM medical_consultation other
                        WHERE other.location_id = %(visit)s.location_id
                        AND other.location_id != other.site_id
                        AND %(is_overlap)s
                    )
                ))""",
                visit=visit,
                is_overlap=self._get_overlap_condition(visit),
            )

        domain = Domain.custom(to_sql=to_sql, predicate=lambda visit: visit.has_overlap)
        return domain if True in value else ~domain

    # === CONSTRAINT METHODS === #

    @api.constrains("date", "date_start", "date_end")
    def _check_dates(self):
        # A visit that began before its planned time may also end before it.
        begun = self.filtered(lambda visit: visit.date_start and visit.date_end)
        for visit in begun:
            if visit.date_end < min(visit.date, visit.date_start):
                raise ValidationError(
                    self.env._(
                        "%(visit)s ends before it starts: correct one of the times.",
                        visit=visit.name,
                    )
                )
        return super(MedicalConsultation, self - begun)._check_dates()

    @api.constrains("duration")
    def _check_duration(self):
        for visit in self:
            if visit.duration <= 0:
                raise ValidationError(
                    self.env._(
                        "%(visit)s is planned to end before it starts: its duration "
                        "must be more than nothing.",
                        visit=visit.name,
                    )
                )
            if visit.duration > LONGEST_VISIT:
                raise ValidationError(
                    self.env._(
                        "%(visit)s is planned to take %(hours)g hours. Write minutes "
                        "after a colon: 0:30 is half an hour.",
                        visit=visit.name,
                        hours=visit.duration,
                    )
                )

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        # No default of the caller's context says who has come or what was signed.
        closed = self._get_workflow_fields() - {"name", "state"}
        return super().default_get([name for name in fields if name not in closed])

    # === ACTION METHODS === #

    def action_arrive(self):
        """Note that the patients have come and wait.

        :raise UserError: for a visit that has begun, is closed, or whose patient has
            arrived before
        """
        self.check_access("write")
        for visit in self:
            if visit.state != "draft":
                raise UserError(
                    self.env._(
                        "%(visit)s has begun or is closed: there is no arrival to "
                        "note.",
                        visit=visit.name,
                    )
                )
            if visit.date_arrival:
                raise UserError(
                    self.env._(
                        "The patient of %(visit)s has already arrived.",
                        visit=visit.name,
                    )
                )
        self._action_arrive()

    def action_undo_arrival(self):
        """Take back an arrival that was noted by mistake.

        :raise UserError: when nobody waits in one of the visits
        """
        self.check_access("write")
        for visit in self:
            if visit.diary_state != "arrived":
                raise UserError(
                    self.env._(
                        "Nobody waits in %(visit)s: there is no arrival to take back.",
                        visit=visit.name,
                    )
                )
        # In sudo mode: the times of the workflow are closed to direct writes.
        self.sudo().write({"date_arrival": False})

    def action_start(self):
        result = super().action_start()
        # In sudo mode: the times of the workflow are closed to direct writes.
        self.sudo().write({"date_start": fields.Datetime.now()})
        return result

    def action_reinstate(self):
        result = super().action_reinstate()
        # In sudo mode, as above. Who had come has left again.
        self.sudo().write({"date_arrival": False, "date_start": False})
        return result

    def action_view_overlaps(self):
        """Open the visits that overlap these, together with these."""
        ids = {
            other.id for others in self._find_overlaps().values() for other in others
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("At the Same Time"),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("id", "in", sorted(ids.union(self.ids)))],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_workflow_fields(self):
        return super()._get_workflow_fields() | {
            "date_arrival",
            "date_start",
            "diary_state",
            "site_id",
        }

    def _action_arrive(self):
        # In sudo mode: the times of the workflow are closed to direct writes.
        self.sudo().write({"date_arrival": fields.Datetime.now()})

    def _action_sign(self):
        # Also one that began before its planned time has ended by now.
        self.filtered(lambda visit: visit.date_start and not visit.date_end).write(
            {"date_end": fields.Datetime.now()}
        )
        return super()._action_sign()

    def _format_diary_time(self, moment):
        return format_time(self.env, moment, tz=str(self.env.tz), time_format="short")

    # --- Overlaps --- #

    @api.model
    def _get_overlap_fields(self):
        return [
            "company_id",
            "date",
            "date_planned_end",
            "location_id",
            "practitioner_id",
            "site_id",
            "state",
        ]

    @api.model
    def _get_overlap_condition(self, visit):
        """Return when the visit `other` is at the same time as another one.

        Touching ends do not overlap. Visits of other companies are nobody's business,
        here too.

        :param SQL visit: the alias of that other one
        :rtype: SQL
        """
        return SQL(
            """other.id != %(visit)s.id
            AND other.company_id = %(visit)s.company_id
            AND other.state != 'cancelled'
            AND other.date < %(visit)s.date_planned_end
            AND other.date > %(visit)s.date - %(longest)s::interval
            AND other.date_planned_end > %(visit)s.date""",
            visit=visit,
            longest=f"{LONGEST_VISIT} hours",
        )

    def _find_overlaps(self):
        """Find the visits of the same practitioner or room at the same time.

        The values of the form count, also before they are saved. One query tells all,
        however many visits overlap, and whether or not they are on the page. Whoever
        sees a visit may see these too: they are of the same company.

        :return: a dict of each visit that overlaps others to these
        :rtype: dict[medical.consultation, list[Overlap]]
        """
        slots = [
            SQL(
                "(%s, %s, %s::int, %s::int, %s, %s::timestamp, %s::timestamp)",
                position,
                visit._origin.id or 0,
                visit.practitioner_id._origin.id or None,
                # Many are seen at one site at a time, in one room only one.
                visit.location_id._origin.id if visit.location_id.parent_id else None,
                visit.company_id._origin.id or 0,
                visit.date,
                visit.date_planned_end,
            )
            for position, visit in enumerate(self)
            if visit.date
            and visit.date_planned_end
            and visit.state != "cancelled"
            and (visit.practitioner_id or visit.location_id)
        ]
        if not slots:
            return {}
        self.flush_model([*self._get_overlap_fields(), "name", "patient_id"])
        self.env["res.partner"].flush_model(["name"])
        self.env["medical.location"].flush_model(["complete_name"])
        # OFFSET 0 keeps the planner from joining all slots at once, for which it would
        # read the whole table: each slot is a few rows of an index.
        self.env.cr.execute(
            SQL(
                """
                WITH slot (
                    position, id, practitioner_id, room_id, company_id, date,
                    date_planned_end
                ) AS (VALUES %(slots)s),
                overlap AS (
                    SELECT slot.position, slot.practitioner_id, other.id
                    FROM slot
                    CROSS JOIN LATERAL (
                        SELECT other.id FROM medical_consultation other
                        WHERE other.practitioner_id = slot.practitioner_id
                        AND %(is_overlap)s
                        OFFSET 0
                    ) other
                    UNION
                    SELECT slot.position, slot.practitioner_id, other.id
                    FROM slot
                    CROSS JOIN LATERAL (
                        SELECT other.id FROM medical_consultation other
                        WHERE other.location_id = slot.room_id
                        AND %(is_overlap)s
                        OFFSET 0
                    ) other
                )
                SELECT overlap.position, other.id, other.date, other.date_planned_end,
                    CASE WHEN other.practitioner_id = overlap.practitioner_id
                        THEN practitioner.name ELSE room.complete_name END,
                    COALESCE(patient.name, other.name)
                FROM overlap
                JOIN medical_consultation other ON other.id = overlap.id
                LEFT JOIN res_partner patient ON patient.id = other.patient_id
                LEFT JOIN res_partner practitioner
                    ON practitioner.id = other.practitioner_id
                LEFT JOIN medical_location room ON room.id = other.location_id
                ORDER BY overlap.position, other.date, other.id""",
                slots=SQL(", ").join(slots),
                is_overlap=self._get_overlap_condition(SQL.identifier("slot")),
            )
        )
        visits = list(self)
        found = {}
        for position, *overlap in self.env.cr.fetchall():
            found.setdefault(visits[position], []).append(Overlap(*overlap))
        return found

    def _format_overlap_warning(self, others):
        """Say what else the practitioner and the room of this visit have then."""
        self.ensure_one()
        names = [
            self.env._(
                "%(what)s %(start)s–%(end)s %(patient)s",
                what=other.what,
                start=self._format_diary_time(other.date),
                end=self._format_diary_time(other.date_planned_end),
                patient=other.patient,
            )
            for other in others[:3]
        ]
        if len(others) > 3:
            names.append(self.env._("and %(count)s more", count=len(others) - 3))
        return ", ".join(names)
