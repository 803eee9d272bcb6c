from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.api import Environment
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestFormSpeed(MedicalRecordsCommon):
    """The form costs the same for a patient with 5 visits and for one with 500."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.few, cls.many = (
            cls._create_history(patient, count, datetime(year, 1, 1, 9))
            for patient, count, year in (
                (cls.patient, 5, 2010),
                (cls.other_patient, 500, 2020),
            )
        )

    @classmethod
    def _create_history(cls, patient, count, start):
        """Create a visit a day, and return the last of them."""
        visits = cls.env["medical.consultation"].create(
            [
                {
                    "patient_id": patient.id,
                    "practitioner_id": cls.medic.partner_id.id,
                    "date": start + timedelta(days=number),
                    "height": 170,
                    "weight": 70,
                    "reason": "Control",
                    "diagnosis_ids": [
                        Command.create(
                            {"code_id": cls.code_flu.id, "rank": "principal"}
                        ),
                    ],
                    "line_ids": [Command.create({"product_id": cls.drug.id})],
                }
                for number in range(count)
            ]
        )
        visits.action_start()
        visits[0].diagnosis_ids.action_open_problem()
        return visits[-1]

    def _count(self, *deeds):
        """Return how many queries each deed costs."""
        for deed in deeds:  # What is looked up once, such as views and rights.
            deed()
        counts = []
        for deed in deeds:
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            deed()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        return counts

    def _explain(self, query):
        """Return the plan of a query when the tables are not tiny."""
        self.env.flush_all()
        self.env.cr.execute("ANALYZE medical_consultation")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(SQL("EXPLAIN %s", query))
        return "\n".join(row[0] for row in self.env.cr.fetchall())

    def test_opening_the_form_costs_the_same(self):
        few, many = self._count(
            lambda: Form(self.few.with_user(self.medic)),
            lambda: Form(self.many.with_user(self.medic)),
        )
        self.assertEqual(few, many)
        self.assertLess(many, 60)

    def _choose(self, patient):
        form = Form(self.env["medical.consultation"].with_user(self.medic))
        form.patient_id = patient
        self.assertTrue(form.last_visit_id)

    def test_choosing_the_patient_costs_the_same(self):
        few, many = self._count(
            lambda: self._choose(self.patient),
            lambda: self._choose(self.other_patient),
        )
        self.assertEqual(few, many)

    def test_previous_visits_of_many_cost_one_query(self):
        visits = self.env["medical.consultation"].search(
            [("patient_id", "=", self.other_patient.id)], order="date"
        )
        previous = visits._get_previous_visits()
        with self.assertQueryCount(1):
            visits._get_previous_visits()
        self.assertEqual(
            [previous[visit] for visit in visits],
            [visits.browse(), *visits[:-1]],
        )

    def test_previous_visit_is_found_by_index(self):
        queries = []
        execute = Environment.execute_query

        def remember(env, query):
            queries.append(query)
            return execute(env, query)

        with patch.object(Environment, "execute_query", remember):
            self.many._get_previous_visits()
        [query] = [query for query in queries if "LATERAL" in query.code]
        plan = self._explain(query)
        self.assertIn("medical_consultation_patient_date_idx", plan)
        self.assertNotIn("Sort", plan)

    def test_graph_of_a_patient_looks_at_that_patient_only(self):
        query = self.env["medical.vital.sign"]._search(
            [("patient_id", "=", self.patient.id)]
        )
        plan = self._explain(query.select())
        self.assertIn("patient_id = ", plan)
        self.assertNotIn("Seq Scan on medical_consultation", plan)
