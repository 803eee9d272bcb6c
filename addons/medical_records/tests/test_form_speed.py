from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestFormSpeed(MedicalRecordsCommon):
    """The form costs the same for a patient with 5 visits and for one with 500."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.few, cls.many = (
            cls._create_history(patient, count)
            for patient, count in ((cls.patient, 5), (cls.other_patient, 500))
        )

    @classmethod
    def _create_history(cls, patient, count):
        """Create visits of a patient, and return the last of them."""
        visits = cls.env["medical.consultation"].create(
            [
                {
                    "patient_id": patient.id,
                    "practitioner_id": cls.medic.partner_id.id,
                    "date": f"{2000 + number // 28:04}-02-{number % 28 + 1:02} 09:00:00",
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

    def _count(self, deed):
        deed()  # What is looked up once, such as views and rights.
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        deed()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_opening_the_form_costs_the_same(self):
        counts = [
            self._count(lambda visit=visit: Form(visit.with_user(self.medic)))
            for visit in (self.few, self.many)
        ]
        self.assertEqual(*counts)
        self.assertLess(counts[0], 60)

    def test_choosing_the_patient_costs_the_same(self):
        def choose(patient):
            form = Form(self.env["medical.consultation"].with_user(self.medic))
            form.patient_id = patient
            self.assertTrue(form.last_visit_id)

        counts = [
            self._count(lambda patient=patient: choose(patient))
            for patient in (self.patient, self.other_patient)
        ]
        self.assertEqual(*counts)

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
        self.env.flush_all()
        self.env.cr.execute("ANALYZE medical_consultation")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            """
            EXPLAIN SELECT id FROM medical_consultation
             WHERE patient_id = %s AND date <= now() AND state IN ('signed')
             ORDER BY date DESC, id DESC LIMIT 1
            """,
            [self.other_patient.id],
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("medical_consultation__patient_date_idx", plan)
        self.assertNotIn("Sort", plan)

    def test_graph_of_a_patient_looks_at_that_patient_only(self):
        self.env.flush_all()
        self.env.cr.execute("ANALYZE medical_consultation")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        signs = self.env["medical.vital.sign"]
        query = signs._search([("patient_id", "=", self.patient.id)])
        self.env.cr.execute("EXPLAIN " + query.select().code, query.select().params)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("patient_id = ", plan)
        self.assertIn("Index", plan)
        self.assertNotIn("Seq Scan on medical_consultation", plan)
