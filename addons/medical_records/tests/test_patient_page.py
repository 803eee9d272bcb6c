from lxml import etree

from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestPatientPage(MedicalRecordsCommon):
    """What each role sees on the page of a patient, and what it costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visits = cls._create_visits(cls.patient, 3)
        cls.condition = cls.env["medical.condition"].create(
            {"patient_id": cls.patient.id, "code_id": cls.code_flu.id}
        )

    @classmethod
    def _create_visits(cls, patient, count):
        """Create visits, each a day before the last."""
        return cls.env["medical.consultation"].create(
            [
                {
                    "patient_id": patient.id,
                    "practitioner_id": cls.medic.partner_id.id,
                    "date": f"{2026 - number // 300}-"
                    f"{12 - number // 28 % 11:02d}-{28 - number % 28:02d} 09:00:00",
                }
                for number in range(count)
            ]
        )

    def _get_specification(self, user):
        """Return the view of this user and what the client reads with it."""
        partners = self.env["res.partner"].with_user(user)
        view = self.env.ref("medical_records.res_partner_view_form_patient")
        arch = etree.fromstring(partners.get_view(view.id, "form")["arch"])

        def specify(node, model):
            spec = {}
            depth = len(list(node.iterancestors("field")))
            for field in node.iter("field"):
                # Fields of lists inside the view belong to these.
                if len(list(field.iterancestors("field"))) != depth:
                    continue
                name = field.get("name")
                if name not in model._fields:
                    continue
                relation = model._fields[name]
                spec[name] = {}
                if relation.type == "many2one":
                    spec[name] = {"fields": {"display_name": {}}}
                elif relation.type in ("one2many", "many2many"):
                    comodel = self.env[relation.comodel_name]
                    inner = field.find("list")
                    spec[name] = {
                        "fields": specify(inner, comodel)
                        if inner is not None
                        else {"display_name": {}},
                        "limit": 40,
                    }
            return spec

        return arch, specify(arch, partners)

    def _count_queries(self, patient, user):
        """Return what opening the page costs, and what it reads."""
        _arch, specification = self._get_specification(user)
        record = self._as(user, patient)
        record.web_read(specification)  # warms what is kept for all requests
        record = self._as(user, patient)
        before = self.cr.sql_log_count
        values = record.web_read(specification)[0]
        return self.cr.sql_log_count - before, values

    # === VISITS === #

    def test_latest_visits_come_newest_first(self):
        self.assertEqual(self.patient.latest_consultation_ids.ids, self.visits.ids)
        self.assertFalse(self.other_patient.latest_consultation_ids)

    def test_page_shows_twenty_visits_and_counts_all(self):
        visits = self._create_visits(self.other_patient, 30)
        patients = self.patient | self.other_patient
        self.env.invalidate_all()
        self.assertEqual(
            [patient.latest_consultation_ids.ids for patient in patients],
            [self.visits.ids, visits[:20].ids],
        )
        self.assertEqual(patients.mapped("consultation_count"), [3, 30])
        action = self.other_patient.action_view_consultations()
        self.assertEqual(
            self.env["medical.consultation"].search_count(action["domain"]), 30
        )

    def test_visits_of_other_companies_stay_there(self):
        other = self._create_company(name="Other clinic")
        self._create_visit(patient_id=self.other_patient.id, company_id=other.id)
        patient = self._as(self.medic, self.other_patient)
        self.assertFalse(patient.latest_consultation_ids)
        self.assertFalse(patient.latest_prescription_ids)

    def test_page_of_a_new_patient_is_empty(self):
        patient = self.env["res.partner"].new({"is_patient": True})
        self.assertFalse(patient.latest_consultation_ids)
        self.assertFalse(patient.latest_prescription_ids)

    # === PRESCRIPTIONS === #

    def test_prescriptions_are_the_drugs_given_or_prescribed(self):
        old, new = self._create_visits(self.other_patient, 2).sorted("date")
        values = [
            {"consultation_id": old.id, "product_id": self.drug.id},
            {
                "consultation_id": new.id,
                "kind": "medication",
                "name": "Ointment",
                "dispensing": "external",
                "dosage": "Twice a day",
            },
            {"consultation_id": new.id, "product_id": self.procedure.id},
            {"consultation_id": new.id, "product_id": self.drug.id},
        ]
        given, ointment, _act, stopped = self.env["medical.consultation.line"].create(
            values
        )
        stopped.action_cancel()
        self.env.invalidate_all()
        patient = self._as(self.assistant, self.other_patient)
        self.assertEqual(patient.latest_prescription_ids.ids, (ointment | given).ids)
        action = patient.action_view_prescriptions()
        self.assertEqual(
            self.env["medical.consultation.line"].search(action["domain"]),
            given | ointment | stopped,
        )

    # === ROLES === #

    def test_reception_sees_demographics_and_diary_only(self):
        arch, specification = self._get_specification(self.reception)
        pages = {page.get("name") for page in arch.iter("page")}
        self.assertLessEqual({"visits", "relations"}, pages)
        self.assertFalse({"health", "prescriptions"} & pages)
        self.assertFalse(
            {"condition_ids", "allergy_ids", "latest_prescription_ids"}
            & specification.keys()
        )
        visit = specification["latest_consultation_ids"]["fields"]
        self.assertLessEqual({"date", "practitioner_id", "state"}, visit.keys())
        self.assertFalse({"reason", "diagnosis_ids"} & visit.keys())
        self._count_queries(self.patient, self.reception)

    def test_medic_sees_the_whole_page(self):
        arch, specification = self._get_specification(self.medic)
        pages = {page.get("name") for page in arch.iter("page")}
        self.assertLessEqual({"health", "visits", "prescriptions", "relations"}, pages)
        visit = specification["latest_consultation_ids"]["fields"]
        self.assertLessEqual({"reason", "diagnosis_ids"}, visit.keys())
        _count, values = self._count_queries(self.patient, self.medic)
        self.assertEqual(
            [row["id"] for row in values["condition_ids"]], self.condition.ids
        )

    def test_others_see_a_plain_contact(self):
        arch = etree.fromstring(
            self.env["res.partner"]
            .with_user(self.internal)
            .get_view(self.env.ref("base.view_partner_form").id, "form")["arch"]
        )
        names = {field.get("name") for field in arch.iter("field")}
        self.assertFalse(
            {"is_patient", "patient_number", "duplicate_patient_ids", "birthdate"}
            & names
        )
        self.assertIn("phone", names)

    def test_patients_open_on_their_page_for_the_clinic_only(self):
        page = self.env.ref("medical_records.res_partner_view_form_patient").id
        contact = self._create_partner(name="Contact")
        for user, partner, expected in (
            (self.reception, self.patient, page),
            (self.reception, contact, False),
            (self.internal, self.patient, False),
        ):
            with self.subTest(user=user.login, partner=partner.name):
                action = self._as(user, partner).get_formview_action()
                self.assertEqual(action["views"], [(expected, "form")])

    # === COST === #

    def test_long_history_costs_no_more_queries_than_a_short_one(self):
        short = self._create_patient(name="Short")
        long = self._create_patient(name="Long")
        for patient, count in ((short, 5), (long, 500)):
            visits = self._create_visits(patient, count)
            self.env["medical.diagnosis"].create(
                [
                    {"consultation_id": visit.id, "code_id": self.code_flu.id}
                    for visit in visits
                ]
            )
            self.env["medical.consultation.line"].create(
                [
                    {"consultation_id": visit.id, "product_id": self.drug.id}
                    for visit in visits
                ]
            )
        for user in (self.medic, self.reception):
            with self.subTest(user=user.login):
                few, _values = self._count_queries(short, user)
                many, values = self._count_queries(long, user)
                self.assertEqual(many, few)
                self.assertEqual(len(values["latest_consultation_ids"]), 20)
                self.assertEqual(values["consultation_count"], 500)

    def test_latest_visits_of_many_patients_are_one_query(self):
        self._create_visits(self.other_patient, 3)
        patients = self.patient | self.other_patient
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            patients._get_latest_of_visits("medical.consultation", [])
