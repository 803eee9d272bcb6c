import csv

from odoo.tests import tagged
from odoo.tools import file_open

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestImportTemplates(MedicalRecordsCommon):
    """The templates that Odoo's import offers do import, and do no harm."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_code("I10", "Essential hypertension")
        cls._create_code("J45.909", "Asthma, uncomplicated")
        cls.sample = cls._create_partner(name="Dr. Sample", is_practitioner=True)

    def _get_template(self, model, **context):
        """Return the one file that the import of a model offers."""
        model = self.env[model].with_context(**context)
        [template] = model.get_import_templates()
        return template["template"]

    def _import(self, model, user, **context):
        """Import the template of a model as a user does; return the records."""
        path = self._get_template(model, **context)
        with file_open(path.lstrip("/"), "r") as file:
            header, *rows = list(csv.reader(file))
        result = (
            self.env[model]
            .with_user(user)
            .with_context(import_file=True, **context)
            .load(header, rows)
        )
        self.assertFalse(result["messages"])
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env[model].browse(result["ids"])

    def _import_patients(self):
        return self._import("res.partner", self.reception, default_is_patient=True)

    def test_patients_are_imported_by_reception(self):
        maria, peter = self._import_patients()
        self.assertRecordValues(
            maria | peter,
            [
                {
                    "name": "Maria Sample",
                    "is_patient": True,
                    "patient_number": "OLD-1001",
                    "sex": "female",
                    "city": "Lincoln",
                    "country_id": self.quick_ref("base.us").id,
                },
                {
                    "name": "Peter Sample",
                    "is_patient": True,
                    "patient_number": "OLD-1002",
                    "sex": "male",
                    "city": "Lincoln",
                    "country_id": self.quick_ref("base.us").id,
                },
            ],
        )
        self.assertEqual(str(maria.birthdate), "1958-03-14")

    def test_second_import_makes_nobody_twice(self):
        first = self._import_patients()
        self.assertEqual(self._import_patients(), first)

    def test_history_finds_its_patients_by_number(self):
        maria, peter = self._import_patients()
        conditions = self._import("medical.condition", self.medic)
        self.assertRecordValues(
            conditions,
            [
                {"patient_id": maria.id, "state": "active"},
                {"patient_id": peter.id, "state": "resolved"},
            ],
        )
        self.assertEqual(conditions.code_id.mapped("code"), ["I10", "J45.909"])
        allergies = self._import("medical.allergy", self.medic)
        self.assertRecordValues(
            allergies,
            [
                {
                    "patient_id": maria.id,
                    "substance": "Penicillin",
                    "severity": "severe",
                },
                {
                    "patient_id": peter.id,
                    "substance": "Peanuts",
                    "severity": "moderate",
                },
            ],
        )

    def test_past_visits_are_imported_and_signed_at_once(self):
        maria, peter = self._import_patients()
        visits = self._import("medical.consultation", self.administrator)
        self.assertRecordValues(
            visits,
            [
                {
                    "patient_id": maria.id,
                    "practitioner_id": self.sample.id,
                    "reason": "Headache",
                    "state": "draft",
                    "visit_type_id": False,
                },
                {
                    "patient_id": peter.id,
                    "practitioner_id": self.sample.id,
                    "reason": "Asthma check",
                    "state": "draft",
                    "visit_type_id": False,
                },
            ],
        )
        self.assertRecordValues(
            visits.line_ids,
            [
                {
                    "name": "Lisinopril 10 mg",
                    "kind": "medication",
                    "product_id": False,
                    "dispensing": "external",
                    "charge": "none",
                }
            ],
        )
        action = self.env.ref("medical_records.medical_consultation_action_sign")
        action.with_user(self.administrator).with_context(
            active_model="medical.consultation",
            active_ids=visits.ids,
            active_id=visits[0].id,
        ).run()
        self.env.invalidate_all()
        self.assertEqual(set(visits.mapped("state")), {"signed"})
        self.assertEqual(
            [str(end) for end in visits.mapped("date_end")],
            ["2024-05-06 09:20:00", "2024-09-30 14:15:00"],
        )

    def test_fee_schedule_is_imported_by_the_administrator(self):
        products = self._import(
            "product.template", self.administrator, default_medical_kind="procedure"
        )
        self.assertRecordValues(
            products,
            [
                {
                    "default_code": "V-FIRST",
                    "medical_kind": "consultation",
                    "type": "service",
                    "list_price": 120,
                    "medical_charge": "charged",
                },
                {
                    "default_code": "P-SUTURE",
                    "medical_kind": "procedure",
                    "type": "service",
                    "list_price": 180,
                    "medical_charge": "charged",
                },
                {
                    "default_code": "L-CBC",
                    "medical_kind": "laboratory",
                    "type": "service",
                    "list_price": 35,
                    "medical_charge": "charged",
                },
                {
                    "default_code": "C-GLOVES",
                    "medical_kind": "consumable",
                    "type": "consu",
                    "list_price": 0,
                    "medical_charge": "none",
                },
            ],
        )

    def test_contacts_and_products_keep_odoos_templates(self):
        for model in ("res.partner", "product.template"):
            with self.subTest(model=model):
                self.assertNotIn("medical", self._get_template(model))
