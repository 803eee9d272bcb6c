from odoo.tests import tagged
from odoo.tools import SQL

from .common import MedicalRecordsCommon

MANY = 10000


@tagged("post_install", "-at_install")
class TestDiarySpeed(MedicalRecordsCommon):
    """A page of the diary costs the same in a new clinic and in an old one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.room = cls._create_location("Room", cls._create_location("Site"))
        cls.visits = cls.env["medical.consultation"].create(
            [cls._prepare_visit(number) for number in range(80)]
        )

    @classmethod
    def _prepare_visit(cls, number):
        return {
            "patient_id": (cls.patient if number % 2 else cls.other_patient).id,
            "practitioner_id": cls.medic.partner_id.id,
            "location_id": cls.room.id,
            "date": f"2026-03-{2 + number // 40:02} {8 + number % 10:02}:00:00",
        }

    def _fill(self):
        """Give many colleagues the same days, this week and in the weeks before."""
        columns = [
            name
            for name, field in self.visits._fields.items()
            if field.store and field.column_type
        ]
        changed = {
            "id": SQL("nextval('medical_consultation_id_seq')"),
            "date": SQL("date - week * interval '7 days'"),
            "date_planned_end": SQL("date_planned_end - week * interval '7 days'"),
            "practitioner_id": SQL("practitioner"),
            "location_id": SQL("room"),
        }
        count = 20
        colleagues = self.env["res.partner"].create(
            [{"name": f"Dr. {n}", "is_practitioner": True} for n in range(count)]
        )
        rooms = self.env["medical.location"].create(
            [
                {"name": f"Room {n}", "parent_id": self.room.parent_id.id}
                for n in range(count)
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO medical_consultation (%(names)s)
                SELECT %(values)s
                FROM medical_consultation,
                    unnest(%(colleagues)s, %(rooms)s) AS busy (practitioner, room),
                    generate_series(0, %(weeks)s) AS week
                WHERE id IN %(ids)s""",
                names=SQL(", ").join(map(SQL.identifier, columns)),
                values=SQL(", ").join(
                    changed.get(name) or SQL.identifier(name) for name in columns
                ),
                colleagues=colleagues.ids,
                rooms=rooms.ids,
                weeks=MANY // len(self.visits) // count,
                ids=self.visits._ids,
            )
        )
        self.env.cr.execute("ANALYZE medical_consultation")

    def _list(self, view_type="list"):
        """Read a page of a view as reception does; return how many queries it took."""
        visits = self.env["medical.consultation"].with_user(self.reception)
        names = [
            name
            for name in visits.get_view(view_type=view_type)["models"][
                "medical.consultation"
            ]
            if visits._has_field_access(visits._fields[name], "read")
        ]
        specification = {
            name: {"fields": {"display_name": {}}}
            if visits._fields[name].relational
            else {}
            for name in names
        }
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        page = visits.web_search_read(
            [("practitioner_id", "=", self.medic.partner_id.id)],
            specification,
            limit=80,
        )
        self.assertEqual(len(page["records"]), 80)
        self.assertTrue(page["records"][0]["has_overlap"])
        return self.env.cr.sql_log_count - before

    def test_page_of_the_diary_costs_the_same_with_many_visits(self):
        for view_type in "list", "kanban", "calendar":
            with self.subTest(view=view_type):
                self._list(view_type)
        few = [self._list(view_type) for view_type in ("list", "kanban", "calendar")]
        self._fill()
        many = [self._list(view_type) for view_type in ("list", "kanban", "calendar")]
        self.assertEqual(few, many)
        self.assertLess(max(many), 40)

    def test_overlaps_of_a_page_are_one_query(self):
        self.visits.mapped("location_id.parent_id")
        self.env.flush_all()
        self.visits.invalidate_recordset(["has_overlap", "overlap_warning"])
        with self.assertQueryCount(1):
            self.visits._find_overlaps()

    def test_overlaps_are_found_by_index(self):
        self._fill()
        plans = []
        original = type(self.env.cr).execute

        def execute(cursor, query, *args, **kwargs):
            if isinstance(query, SQL) and "WITH slot" in query.code:
                original(cursor, SQL("EXPLAIN %s", query))
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
            return original(cursor, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", execute)
        self.assertTrue(self.visits[:1]._find_overlaps())
        self.visits._find_overlaps()
        self.assertEqual(len(plans), 2)
        for plan in plans:
            self.assertIn("medical_consultation_practitioner_diary_idx", plan)
            self.assertIn("medical_consultation_room_diary_idx", plan)
            self.assertNotIn("Seq Scan on medical_consultation", plan)

    def test_filter_of_overlaps_looks_at_one_day_by_index(self):
        self._fill()
        visits = self.env["medical.consultation"]
        query = visits._search(
            [
                ("date", ">=", "2026-03-02"),
                ("date", "<", "2026-03-03"),
                ("has_overlap", "=", True),
            ]
        )
        plan = self._explain(query.select())
        self.assertNotIn("Seq Scan on medical_consultation", plan)
        self.assertIn("_diary_idx", plan)
