from datetime import timedelta

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Datetime
from odoo.tests import Form, freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from .common import MedicalRecordsCommon

NINE = Datetime.to_datetime("2026-03-02 09:00:00")


@tagged("post_install", "-at_install")
class TestDiary(MedicalRecordsCommon):
    """Planning, moving, arriving and starting: the day at the desk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.short, cls.long = cls.env["medical.visit.type"].create(
            [{"name": "Short", "duration": 0.25}, {"name": "Long", "duration": 1.5}]
        )
        cls.site = cls._create_location("Elm Street")
        cls.room = cls._create_location("Room 1", cls.site)
        # Who bills sees the diary and changes nothing in it.
        cls.biller = cls._create_user("biller", "medical_records.group_medical_user")

    # === PLANNED TIME === #

    def test_visit_takes_as_long_as_its_type_says(self):
        visit = self._create_visit(visit_type_id=self.short.id)
        self.assertEqual(visit.duration, 0.25)
        self.assertEqual(visit.date_planned_end, NINE + timedelta(minutes=15))
        visit.visit_type_id = self.long
        self.assertEqual(visit.date_planned_end, NINE + timedelta(minutes=90))

    def test_visit_without_a_type_takes_half_an_hour(self):
        self.assertEqual(self._create_visit().duration, 0.5)

    def test_duration_set_by_hand_stays_when_the_type_is_changed_for_others(self):
        visit = self._create_visit(visit_type_id=self.short.id, duration=0.75)
        self.short.duration = 2
        self.assertEqual(visit.duration, 0.75)
        self.assertEqual(visit.date_planned_end, NINE + timedelta(minutes=45))
        self.assertFalse(visit.date_end)

    def test_slot_drawn_in_the_calendar_counts_for_more_than_the_type(self):
        visits = self.env["medical.consultation"].with_user(self.reception)
        drawn = visits.with_context(default_duration=0.75, default_is_drawn=True)
        with Form(drawn, "medical_records.medical_consultation_view_form_plan") as form:
            form.patient_id = self.patient
            form.practitioner_id = self.medic.partner_id
            form.visit_type_id = self.long
        self.assertEqual(form.record.duration, 0.75)

    def test_reception_moves_and_resizes_a_visit_in_the_calendar(self):
        visit = self._create_visit(visit_type_id=self.short.id)
        # What the calendar sends when a visit is dragged, and when it is stretched.
        self._call(
            self.reception,
            visit,
            "write",
            {"date": "2026-03-03 14:00:00", "date_planned_end": "2026-03-03 14:15:00"},
        )
        self.assertRecordValues(
            visit,
            [{"date": NINE + timedelta(days=1, hours=5), "duration": 0.25}],
        )
        self._call(
            self.reception,
            visit,
            "write",
            {"date": "2026-03-03 14:00:00", "date_planned_end": "2026-03-03 15:00:00"},
        )
        self.assertRecordValues(
            visit,
            [
                {
                    "duration": 1.0,
                    "date_planned_end": Datetime.to_datetime("2026-03-03 15:00:00"),
                    "date_end": False,
                }
            ],
        )

    def test_moving_the_start_keeps_the_duration(self):
        visit = self._create_visit(visit_type_id=self.long.id)
        visit.date = NINE + timedelta(hours=1)
        self.assertEqual(visit.date_planned_end, NINE + timedelta(minutes=150))

    def test_closed_visit_cannot_be_moved_in_the_calendar(self):
        signed = self._sign(self._create_visit())
        cancelled = self._create_visit()
        self._cancel(cancelled)
        for visit in signed, cancelled:
            for vals in (
                {"date": "2026-03-03 14:00:00"},
                {"date_planned_end": "2026-03-02 10:00:00"},
                {"duration": 2},
                {"location_id": self.room.id},
            ):
                with self.subTest(state=visit.state, vals=vals):
                    self._assert_refused(
                        UserError, self._call, self.reception, visit, "write", vals
                    )
            self.assertEqual(visit.date_planned_end, NINE + timedelta(minutes=30))

    def test_planned_end_must_be_after_the_start(self):
        visit = self._create_visit()
        for vals in (
            {"duration": 0},
            {"duration": -1},
            {"date_planned_end": "2026-03-02 09:00:00"},
            {"date_planned_end": "2026-03-02 08:45:00"},
        ):
            with self.subTest(vals=vals):
                message = self._assert_refused(
                    ValidationError,
                    self._call,
                    self.reception,
                    visit,
                    "write",
                    vals,
                )
                self.assertIn("must be more than nothing", message)
        self._assert_refused(ValidationError, self._create_visit, duration=0)

    def test_thirty_hours_are_refused_as_a_slip(self):
        message = self._assert_refused(ValidationError, self._create_visit, duration=30)
        self.assertIn("0:30 is half an hour", message)

    def test_practitioner_of_another_company_is_refused(self):
        other = self._create_company(name="Other clinic")
        stranger = self._create_partner(
            name="Dr. Far", is_practitioner=True, company_id=other.id
        )
        self._assert_refused(UserError, self._create_visit, practitioner_id=stranger.id)
        visit = self._create_visit()
        self._assert_refused(
            UserError,
            self._call,
            self.reception,
            visit,
            "write",
            {"practitioner_id": stranger.id},
        )

    # === ARRIVAL AND START === #

    def test_patient_arrives_waits_and_is_called_in(self):
        visit = self._create_visit()
        self.assertEqual(visit.diary_state, "planned")
        with freeze_time("2026-03-02 09:05:00"):
            self._call(self.reception, visit, "action_arrive")
        self.assertRecordValues(
            visit,
            [
                {
                    "diary_state": "arrived",
                    "state": "draft",
                    "date_arrival": NINE + timedelta(minutes=5),
                    "date_start": False,
                }
            ],
        )
        self.assertEqual(
            visit.with_context(tz="UTC").waiting_since, "since 9:05\u202fAM"
        )
        with freeze_time("2026-03-02 09:20:00"):
            self._call(self.assistant, visit, "action_start")
        self.assertRecordValues(
            visit,
            [
                {
                    "diary_state": "in_progress",
                    "state": "in_progress",
                    "date_arrival": NINE + timedelta(minutes=5),
                    "date_start": NINE + timedelta(minutes=20),
                    "waiting_since": False,
                }
            ],
        )
        with freeze_time("2026-03-02 09:40:00"):
            self._sign(visit)
        self.assertRecordValues(
            visit,
            [{"diary_state": "done", "date_end": NINE + timedelta(minutes=40)}],
        )

    def test_waiting_time_is_told_in_the_time_zone_of_the_reader(self):
        visit = self._create_visit()
        with freeze_time("2026-03-02 09:05:00"):
            visit.action_arrive()
        self.assertIn("4:05", visit.with_context(tz="America/New_York").waiting_since)

    def test_arrival_noted_by_mistake_is_taken_back(self):
        visit = self._create_visit()
        self._call(self.reception, visit, "action_arrive")
        self._call(self.reception, visit, "action_undo_arrival")
        self.assertRecordValues(
            visit, [{"diary_state": "planned", "date_arrival": False}]
        )

    def test_nobody_arrives_twice_or_in_a_visit_that_began(self):
        visit = self._create_visit()
        self._assert_refused(UserError, visit.action_undo_arrival)
        visit.action_arrive()
        message = self._assert_refused(UserError, visit.action_arrive)
        self.assertIn("already arrived", message)
        visit.action_start()
        self._assert_refused(UserError, visit.action_arrive)
        self._assert_refused(UserError, visit.action_undo_arrival)
        closed = self._sign(self._create_visit())
        message = self._assert_refused(UserError, closed.action_arrive)
        self.assertIn("is closed", message)

    def test_several_arrive_at_once_or_none(self):
        visits = self._create_visit() | self._create_visit()
        visits.action_arrive()
        self.assertEqual(set(visits.mapped("diary_state")), {"arrived"})
        fresh = self._create_visit()
        self._assert_refused(UserError, (fresh | visits).action_arrive)
        self.assertEqual(fresh.diary_state, "planned")

    def test_cancelled_visit_is_cancelled_in_the_diary(self):
        visit = self._create_visit()
        visit.action_arrive()
        self._cancel(visit)
        self.assertEqual(visit.diary_state, "cancelled")
        self.assertFalse(visit.waiting_since)

    def test_reinstated_visit_is_planned_and_nobody_has_come(self):
        visit = self._create_visit()
        visit.action_arrive()
        visit.action_start()
        self._cancel(visit)
        self._call(self.reception, visit, "action_reinstate")
        self.assertRecordValues(
            visit,
            [{"diary_state": "planned", "date_arrival": False, "date_start": False}],
        )

    def test_times_of_the_workflow_are_closed_to_remote_calls(self):
        visit = self._create_visit()
        for user in self.reception, self.medic, self.administrator:
            for vals in (
                {"date_arrival": "2026-03-02 09:00:00"},
                {"date_start": "2026-03-02 09:00:00"},
                {"diary_state": "done"},
                {"date_reminded": "2026-03-02 09:00:00"},
                {"site_id": self.site.id},
            ):
                with self.subTest(user=user.login, vals=vals):
                    self._assert_refused(
                        UserError, self._call, user, visit, "write", vals
                    )
                    self._assert_refused(
                        UserError,
                        self.env["medical.consultation"].with_user(user).create,
                        {"patient_id": self.patient.id, **vals},
                    )

    def test_no_default_of_the_context_says_who_arrived(self):
        visit = (
            self.env["medical.consultation"]
            .with_user(self.reception)
            .with_context(
                default_date_arrival="2026-03-02 09:00:00",
                default_date_start="2026-03-02 09:00:00",
                default_diary_state="done",
                default_cancel_reason="error",
            )
            .create({"patient_id": self.patient.id, "date": NINE})
        )
        self.assertRecordValues(
            visit,
            [
                {
                    "date_arrival": False,
                    "date_start": False,
                    "diary_state": "planned",
                    "cancel_reason": False,
                }
            ],
        )

    def test_copy_of_a_visit_has_not_arrived(self):
        visit = self._create_visit(duration=1.25, location_id=self.room.id)
        visit.action_arrive()
        visit.action_start()
        self.assertRecordValues(
            visit.copy({"date": NINE}),
            [
                {
                    "date_arrival": False,
                    "date_start": False,
                    "diary_state": "planned",
                    "duration": 1.25,
                    "location_id": self.room.id,
                    "date_planned_end": NINE + timedelta(minutes=75),
                }
            ],
        )

    def test_visit_begun_early_may_end_before_its_planned_time(self):
        visit = self._create_visit()
        with freeze_time("2026-03-02 08:30:00"):
            visit.with_user(self.medic).action_start()
        with freeze_time("2026-03-02 08:50:00"):
            self._sign(visit)
        self.assertEqual(visit.date_end, NINE - timedelta(minutes=10))
        other = self._create_visit()
        with freeze_time("2026-03-02 08:30:00"):
            other.with_user(self.medic).action_start()
        message = self._assert_refused(
            ValidationError, other.write, {"date_end": NINE - timedelta(minutes=31)}
        )
        self.assertIn("ends before it starts", message)

    # === WHO MAY === #

    def test_reception_assistant_and_medic_keep_the_diary(self):
        for user in self.reception, self.assistant, self.medic:
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                visits = self.env["medical.consultation"].with_user(user)
                with Form(
                    visits, "medical_records.medical_consultation_view_form_plan"
                ) as form:
                    form.patient_id = self.patient
                    form.visit_type_id = self.short
                    form.practitioner_id = self.medic.partner_id
                    form.date = NINE
                    form.location_id = self.room
                visit = form.record
                self.assertEqual(visit.site_id, self.site)
                self._call(user, visit, "action_arrive")
                self._call(user, visit, "action_undo_arrival")
                self._call(user, visit, "action_arrive")
                self._call(user, visit, "action_start")
                self.assertEqual(visit.diary_state, "in_progress")
                self._cancel(visit, user)
                self.assertEqual(visit.diary_state, "cancelled")

    def test_biller_reads_the_diary_and_changes_nothing(self):
        visit = self._create_visit(location_id=self.room.id)
        values = self._call(
            self.biller,
            visit,
            "read",
            ["diary_state", "location_id", "has_overlap", "overlap_warning"],
        )[0]
        self.assertEqual(values["diary_state"], "planned")
        self.assertEqual(values["location_id"][1], "Elm Street / Room 1")
        for method in "action_arrive", "action_start", "action_cancel":
            with self.subTest(method=method):
                self._assert_refused(
                    AccessError, self._call, self.biller, visit, method
                )
        self._assert_refused(
            AccessError, self._call, self.biller, visit, "write", {"duration": 1}
        )
        visit.action_arrive()
        self._assert_refused(
            AccessError, self._call, self.biller, visit, "action_undo_arrival"
        )
        self.assertEqual(visit.diary_state, "arrived")

    def test_people_outside_the_clinic_see_no_diary(self):
        visit = self._create_visit()
        for user in self.internal, self.portal:
            for method in (
                "action_arrive",
                "action_undo_arrival",
                "action_start",
                "action_view_overlaps",
            ):
                with self.subTest(user=user.login, method=method):
                    self._assert_refused(AccessError, self._call, user, visit, method)

    # === VIEWS === #

    def test_board_shows_every_column_also_empty_ones(self):
        self._create_visit()
        groups = (
            self.env["medical.consultation"]
            .with_context(read_group_expand=True)
            .web_read_group(
                [("patient_id", "=", self.patient.id)], ["diary_state"], ["__count"]
            )["groups"]
        )
        self.assertEqual(
            [(group["diary_state"], group["__count"]) for group in groups],
            [
                ("planned", 1),
                ("arrived", 0),
                ("in_progress", 0),
                ("done", 0),
                ("cancelled", 0),
            ],
        )

    def test_filters_of_the_diary_find_their_visits(self):
        arch = etree.fromstring(
            self.env["medical.consultation"].get_view(
                self.env.ref("medical_records.medical_consultation_view_search").id,
                "search",
            )["arch"]
        )
        domains = {
            node.get("name"): node.get("domain")
            for node in arch.iter("filter")
            if node.get("domain")
        }
        # A Wednesday: whether the week begins on Sunday or Monday does not matter.
        with freeze_time("2026-03-04 12:00:00"):
            today = self._create_visit(date="2026-03-04 09:00:00")
            tomorrow = self._create_visit(date="2026-03-05 00:00:00")
            friday = self._create_visit(date="2026-03-06 09:00:00")
            past = self._create_visit(date="2026-02-23 09:00:00")
            theirs = self._create_visit(
                date="2026-04-06 09:00:00",
                practitioner_id=self.other_medic.partner_id.id,
            )
            waiting = self._create_visit(date="2026-04-07 09:00:00")
            waiting.action_arrive()
            begun = self._create_visit(date="2026-04-08 09:00:00")
            begun.action_start()
            done = self._sign(self._create_visit(date="2026-02-16 09:00:00"))
            lost = self._create_visit(date="2026-02-17 09:00:00")
            self._cancel(lost)
            visits = today | tomorrow | friday | past | theirs | waiting | begun
            visits |= done | lost
            for name, found in (
                ("today", today),
                ("tomorrow", tomorrow),
                ("this_week", today | tomorrow | friday),
                ("my_visits", visits - theirs),
                ("to_sign", today | past),
                ("begun", begun),
                ("planned", today | tomorrow | friday | past | theirs),
                ("arrived", waiting),
                ("in_progress", begun),
                ("done", done),
                ("cancelled", lost),
                ("not_cancelled", visits - lost),
            ):
                with self.subTest(filter=name):
                    domain = self._evaluate(domains[name], self.medic)
                    self.assertEqual(
                        self.env["medical.consultation"]
                        .with_user(self.medic)
                        .with_context(tz="UTC")
                        .search([("id", "in", visits.ids), *domain], order="id"),
                        found.sorted("id"),
                    )

    def _evaluate(self, domain, user):
        return safe_eval(domain, {"uid": user.id})

    def test_visits_are_found_by_their_site(self):
        visit = self._create_visit(location_id=self.room.id)
        found = self.env["medical.consultation"].search(
            [("location_id", "child_of", self.site.id)]
        )
        self.assertEqual(found, visit)
        self.assertEqual(visit.site_id, self.site)
