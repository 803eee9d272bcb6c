from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestQueryCount(MedicalRecordsCommon):
    """Work on many records, or beside many, costs a bounded number of queries."""

    def _fill_table(self, number):
        """Add many visits in one go, as a clinic has after years."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO medical_consultation
                (name, patient_id, practitioner_id, date, date_planned_end,
                 company_id, state, create_date)
            SELECT 'X' || n, %(patient)s, %(practitioner)s,
                   timestamp '2016-01-01' + n * interval '30 minutes',
                   timestamp '2016-01-01' + (n + 1) * interval '30 minutes',
                   %(company)s, 'signed', now()
            FROM generate_series(1, %(number)s) n
            """,
            {
                "patient": self.other_patient.id,
                "practitioner": self.medic.partner_id.id,
                "company": self.env.company.id,
                "number": number,
            },
        )
        self.env.cr.execute("ANALYZE medical_consultation")
        self.env.invalidate_all()

    def _get_specification(self, view_type, model="medical.consultation"):
        """Return what the browser asks for to show a view, as the medic."""
        arch = self.env[model].with_user(self.medic).get_views([(False, view_type)])
        fields = arch["views"][view_type]
        names = arch["models"][model]["fields"]
        return {
            name: {}
            for name in names
            if f'name="{name}"' in fields["arch"] and names[name]["type"] != "one2many"
        }

    def _read_list(self, limit):
        specification = self._get_specification("list")

        def read():
            return call_kw(
                self.env["medical.consultation"].with_user(self.medic),
                "web_search_read",
                [[]],
                {"specification": specification, "limit": limit, "count_limit": 10001},
            )

        read()  # what is read once and kept: views, rights
        return read

    def test_list_of_a_hundred_thousand_visits_costs_what_a_short_one_does(self):
        self._fill_table(5)
        # Fewer than there are, so that both need to count them.
        read_four, read_page = self._read_list(4), self._read_list(80)
        few = self._count_queries(read_four)
        self._fill_table(100_000)
        self.assertEqual(len(read_page()["records"]), 80)
        self.assertEqual(self._count_queries(read_page), few)

    def test_list_of_a_hundred_thousand_visits_is_read_by_index(self):
        self._fill_table(100_000)
        Visit = self.env["medical.consultation"].with_user(self.medic)
        for domain in (
            [],
            [("date", ">=", "2020-03-02"), ("date", "<", "2020-03-03")],
            [("patient_id", "=", self.patient.id)],
            [("state", "in", ("draft", "in_progress")), ("date", "<", "2026-01-01")],
            [("practitioner_id", "=", self.other_medic.partner_id.id)],
        ):
            with self.subTest(domain=domain):
                query = Visit._search(domain, limit=80, order=Visit._order)
                plan = self._explain(query.select())
                self.assertNotIn("Seq Scan on medical_consultation", plan)
                self.assertIn("Index", plan)

    def test_visits_with_many_lines_are_made_in_bulk(self):
        def create_visits(number):
            self.env["medical.consultation"].create(
                [
                    {
                        "patient_id": self.patient.id,
                        "practitioner_id": self.medic.partner_id.id,
                        "line_ids": [
                            Command.create({"product_id": self.drug.id})
                            for _line in range(10)
                        ],
                    }
                    for _index in range(number)
                ]
            )

        few = self._count_per_record(create_visits, 5, 20)
        many = self._count_per_record(create_visits, 20, 100)
        # A number from the sequence is one; ten lines are a tenth of an insert.
        self.assertLess(many, 6)
        self.assertLessEqual(many, few + 0.5)

    def test_signing_many_visits_is_done_in_bulk(self):
        def sign_visits(number):
            visits = self.env["medical.consultation"].concat(
                *(self._create_visit(self.drug, self.lab_test) for _ in range(number))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            return self._count_queries(visits.with_user(self.medic).action_sign)

        sign_visits(2)
        self.assertLess((sign_visits(40) - sign_visits(5)) / 35, 2.5)
