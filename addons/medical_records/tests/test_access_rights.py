from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import MedicalRecordsCommon

CLINICAL_MODELS = (
    "medical.consultation.line",
    "medical.diagnosis",
    "medical.condition",
    "medical.allergy",
)
RECORD_MODELS = ("medical.consultation", *CLINICAL_MODELS)
CONFIGURATION_MODELS = (
    "medical.code.system",
    "medical.code",
    "medical.code.import",
    "medical.product.component",
    "medical.visit.type",
    "medical.visit.type.fee",
    "medical.location",
)
DEMOGRAPHIC_FIELDS = (
    "is_patient",
    "patient_number",
    "former_patient_numbers",
    "patient_search",
    "patient_words",
    "patient_match_key",
    "duplicate_patient_ids",
    "is_suspected_duplicate",
    "birthdate",
    "age",
    "sex",
    "guarantor_id",
    "relation_ids",
    "reverse_relation_ids",
    "consultation_ids",
    "consultation_count",
    "latest_consultation_ids",
    "treatment_plan_ids",
    "treatment_plan_count",
)


@tagged("post_install", "-at_install")
class TestAccessRights(MedicalRecordsCommon):
    """Who may see and do what in the records: each right beside its refusal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_component(cls.procedure, cls.swab)
        cls.visit = cls._create_visit(
            cls.procedure,
            reason="Secret reason",
            history="Secret history",
            weight=70,
            diagnosis_ids=[Command.create({"code_id": cls.code_flu.id})],
        )
        cls.condition = cls.env["medical.condition"].create(
            {"patient_id": cls.patient.id, "code_id": cls.code_flu.id}
        )
        cls.allergy = cls.env["medical.allergy"].create(
            {"patient_id": cls.patient.id, "substance": "Penicillin"}
        )
        cls.clinical_fields = [
            name
            for name, field in cls.visit._fields.items()
            if field.groups and "medical_records.group_assistant" in field.groups
        ]

    def _search(self, user, model, domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env[model].with_user(user).search(list(domain))

    # === RECEPTION === #

    def test_clinical_fields_are_the_story(self):
        self.assertLessEqual(
            {
                "reason",
                "history",
                "examination",
                "conclusion",
                "height",
                "weight",
                "body_mass_index",
                "temperature",
                "heart_rate",
                "respiratory_rate",
                "systolic_pressure",
                "diastolic_pressure",
                "oxygen_saturation",
                "diagnosis_ids",
                "line_ids",
                "allergy_ids",
            },
            set(self.clinical_fields),
        )

    def test_reception_keeps_patients_and_the_diary(self):
        patient = (
            self.env["res.partner"]
            .with_user(self.reception)
            .create({"name": "New", "is_patient": True, "birthdate": "1990-01-01"})
        )
        self.assertTrue(patient.patient_number)
        visit = (
            self.env["medical.consultation"]
            .with_user(self.reception)
            .create(
                {
                    "patient_id": patient.id,
                    "practitioner_id": self.medic.partner_id.id,
                    "date": "2026-03-02 09:00:00",
                }
            )
        )
        visit.date = "2026-03-03 10:00:00"
        self.assertEqual(visit.read(["name", "state"])[0]["state"], "draft")

    def test_reception_cannot_read_any_clinical_field(self):
        # With the right to export, it is the fields that are closed.
        self.reception.group_ids += self.quick_ref("base.group_allow_export")
        visit = self.visit.with_user(self.reception)
        for name in self.clinical_fields:
            with self.subTest(field=name):
                self.env.invalidate_all()
                self._assert_refused(AccessError, visit.read, [name])
                self._assert_refused(AccessError, lambda name=name: visit[name])
                self._assert_refused(AccessError, visit.web_read, {name: {}})
                self._assert_refused(AccessError, visit.export_data, [name])
                self._assert_refused(AccessError, visit.search, [(name, "!=", False)])
                # Odoo itself sorts by no related field that is not stored.
                if not visit._fields[name].related:
                    self._assert_refused(
                        AccessError, visit.search, [], order=f"{name} desc"
                    )

    def test_reception_cannot_group_by_clinical_fields(self):
        visits = self.env["medical.consultation"].with_user(self.reception)
        self._assert_refused(AccessError, visits._read_group, [], ["reason"], [])
        self._assert_refused(AccessError, visits._read_group, [], [], ["weight:max"])
        self._assert_refused(
            AccessError, visits.formatted_read_group, [], ["reason"], ["__count"]
        )
        self.assertTrue(visits._read_group([], ["practitioner_id"], ["__count"]))

    def test_plain_read_of_reception_leaves_clinical_fields_out(self):
        values = self._as(self.reception, self.visit).read()[0]
        self.assertFalse(set(values) & set(self.clinical_fields))
        self.assertNotIn("Secret", str(values))

    def test_reception_cannot_search_through_relations(self):
        for model, domain in (
            ("res.partner", [("consultation_ids.history", "ilike", "secret")]),
            ("res.partner", [("allergy_ids.substance", "ilike", "peni")]),
            ("res.partner", [("condition_ids", "!=", False)]),
            ("medical.consultation", [("patient_id.allergy_ids", "!=", False)]),
            ("medical.consultation", [("line_ids.product_id", "=", 1)]),
        ):
            with self.subTest(domain=domain):
                self._assert_refused(
                    AccessError, self._search, self.reception, model, domain
                )

    def test_reception_reads_nothing_clinical_of_a_patient(self):
        patient = self.patient.with_user(self.reception)
        for name in ("condition_ids", "allergy_ids", "latest_prescription_ids"):
            with self.subTest(field=name):
                self.env.invalidate_all()
                self._assert_refused(AccessError, patient.read, [name])
                self._assert_refused(AccessError, patient.web_read, {name: {}})
        self._assert_refused(AccessError, patient.action_view_prescriptions)

    def test_reception_cannot_write_clinical_fields(self):
        for vals in (
            {"history": "x"},
            {"weight": 1},
            {"line_ids": [Command.create({"product_id": self.drug.id})]},
        ):
            with self.subTest(vals=vals):
                self._assert_refused(
                    AccessError, self._call, self.reception, self.visit, "write", vals
                )

    def test_reception_sees_no_clinical_model(self):
        for model in CLINICAL_MODELS:
            with self.subTest(model=model):
                self._assert_refused(AccessError, self._search, self.reception, model)

    def test_reception_cannot_delete_visits(self):
        self._assert_refused(AccessError, self._as(self.reception, self.visit).unlink)

    def test_reception_may_copy_a_visit_without_the_story(self):
        copied = self._as(self.reception, self.visit).copy()
        self.assertEqual(copied.patient_id, self.patient)
        self.assertFalse(copied.sudo().history)

    # === ASSISTANT === #

    def test_assistant_records_vitals_and_lines(self):
        visit = self._as(self.assistant, self.visit)
        visit.write({"weight": 71, "reason": "Cough"})
        line = (
            self.env["medical.consultation.line"]
            .with_user(self.assistant)
            .create({"consultation_id": visit.id, "product_id": self.drug.id})
        )
        line.qty_done = 1
        self.assertEqual(visit.history, "Secret history")
        self.assertEqual(visit.diagnosis_ids.code_id, self.code_flu)

    def test_assistant_cannot_diagnose(self):
        for record in (self.visit.diagnosis_ids, self.condition, self.allergy):
            with self.subTest(model=record._name):
                self.assertTrue(self._as(self.assistant, record).read())
                self._assert_refused(
                    AccessError,
                    self._as(self.assistant, record).write,
                    {"patient_id": self.patient.id}
                    if "patient_id" in record
                    else {"note": "x"},
                )
                self._assert_refused(
                    AccessError, self._as(self.assistant, record).unlink
                )
        self._assert_refused(
            AccessError,
            self._as(self.assistant, self.visit).write,
            {"diagnosis_ids": [Command.create({"code_id": self.code_cough.id})]},
        )

    def test_assistant_cannot_delete_visits(self):
        self._assert_refused(AccessError, self._as(self.assistant, self.visit).unlink)

    # === MEDIC AND ADMINISTRATOR === #

    def test_medic_reads_and_writes_all_of_the_record(self):
        visit = self._as(self.medic, self.visit)
        visit.write(
            {
                "history": "New history",
                "diagnosis_ids": [Command.create({"code_id": self.code_cough.id})],
            }
        )
        for record in (visit, visit.line_ids, visit.diagnosis_ids):
            self.assertTrue(record.read())
        self._as(self.medic, self.condition).date_end = "2030-01-01"
        self._as(self.medic, self.allergy).severity = "severe"

    def test_medic_sees_the_visits_of_colleagues(self):
        self.assertEqual(
            self._as(self.other_medic, self.visit).history, "Secret history"
        )

    def test_only_the_administrator_configures(self):
        for model in CONFIGURATION_MODELS:
            for operation in ("write", "create", "unlink"):
                with self.subTest(model=model, operation=operation):
                    records = self.env[model]
                    for user, expected in (
                        (self.administrator, True),
                        (self.medic, False),
                        (self.assistant, False),
                        (self.reception, False),
                        (self.internal, False),
                    ):
                        self.assertEqual(
                            records.with_user(user).has_access(operation), expected
                        )
        for user in (self.medic, self.assistant, self.reception):
            self.assertTrue(self._search(user, "medical.code"))

    # === EVERYBODY ELSE === #

    def test_others_see_no_records(self):
        for user in (self.internal, self.portal):
            for model in (
                *RECORD_MODELS,
                *CONFIGURATION_MODELS,
                "medical.partner.relation",
            ):
                with self.subTest(user=user.login, model=model):
                    self._assert_refused(AccessError, self._search, user, model)
                    self._assert_refused(
                        AccessError,
                        call_kw,
                        self.env[model].with_user(user),
                        "search_read",
                        [[]],
                        {},
                    )

    def test_others_cannot_tell_who_is_a_patient(self):
        patient = self.patient.with_user(self.internal)
        self.assertEqual(patient.name, "Ada Patient")
        for name in DEMOGRAPHIC_FIELDS:
            with self.subTest(field=name):
                self.env.invalidate_all()
                self._assert_refused(AccessError, patient.read, [name])
                self._assert_refused(AccessError, patient.search, [(name, "!=", False)])
        self.assertFalse(set(patient.fields_get()) & set(DEMOGRAPHIC_FIELDS))

    def test_patient_with_a_portal_user_sees_no_demographics(self):
        self.portal.partner_id.is_patient = True
        own = self._as(self.portal, self.portal.partner_id)
        self._assert_refused(AccessError, own.read, ["patient_number"])

    def test_plain_user_still_edits_contacts_and_products(self):
        manager = self._create_user(
            "contacts",
            "base.group_user,base.group_partner_manager,product.group_product_manager",
        )
        contact = self._as(manager, self.patient)
        contact.phone = "123"
        self.assertTrue(contact.copy())
        template = self._as(manager, self.procedure.product_tmpl_id)
        template.list_price = 130
        self.assertTrue(template.copy())
        self.assertTrue(self._search(manager, "res.partner", [("name", "like", "Ada")]))

    # === COMPANIES === #

    def test_companies_are_separate(self):
        other = self._create_company(name="Other clinic")
        stranger = self._create_medic(
            "stranger", company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self._search(stranger, "medical.consultation"))
        self.assertFalse(self._search(stranger, "medical.consultation.line"))
        self.assertFalse(self._search(stranger, "medical.diagnosis"))
        for record in (self.visit, self.visit.line_ids, self.visit.diagnosis_ids):
            with self.subTest(model=record._name):
                self._assert_refused(AccessError, self._as(stranger, record).read)
        self.assertTrue(self._search(self.medic, "medical.consultation"))

    def test_problems_and_allergies_are_seen_in_all_companies(self):
        other = self._create_company(name="Other clinic")
        stranger = self._create_medic(
            "stranger", company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertEqual(self._as(stranger, self.allergy).substance, "Penicillin")
        self.assertEqual(self._as(stranger, self.condition).code_id, self.code_flu)

    def test_private_visit_types_stay_in_their_company(self):
        other = self._create_company(name="Other clinic")
        shared, private = self.env["medical.visit.type"].create(
            [{"name": "Shared"}, {"name": "Private", "company_id": other.id}]
        )
        found = self._search(self.medic, "medical.visit.type")
        self.assertIn(shared, found)
        self.assertNotIn(private, found)
