from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestPartnerMerge(MedicalRecordsCommon):
    """Odoo's own merge of contacts keeps the record whole."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient.write({"patient_number": "P-KEPT", "birthdate": "1980-06-15"})
        cls.other_patient.write({"patient_number": "P-GONE", "sex": "female"})
        cls.contacts_user = cls._create_user(
            "contacts", "base.group_user,base.group_partner_manager"
        )

    def _merge(self, source, destination, user=None):
        """Merge contacts through the wizard, as a user would."""
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(user or self.reception)
            .with_context(
                active_model="res.partner", active_ids=(source | destination).ids
            )
            .create({"dst_partner_id": destination.id})
        )
        wizard.action_merge()
        self.env.invalidate_all()

    # === WHAT STAYS === #

    def test_everything_of_the_record_follows(self):
        visit = self._create_visit(
            self.lab_test, patient_id=self.other_patient.id, history="Story"
        )
        condition = self.env["medical.condition"].create(
            {"patient_id": self.other_patient.id, "code_id": self.code_flu.id}
        )
        allergy = self.env["medical.allergy"].create(
            {"patient_id": self.other_patient.id, "substance": "Penicillin"}
        )
        own = self._create_visit()
        attachment = self.env["ir.attachment"].create(
            {
                "name": "scan.txt",
                "raw": b"x",
                "res_model": "res.partner",
                "res_id": self.other_patient.id,
            }
        )
        self._merge(self.other_patient, self.patient)
        self.assertFalse(self.other_patient.exists())
        self.assertEqual(self.patient.consultation_ids, visit | own)
        self.assertEqual(self.patient.consultation_count, 2)
        self.assertEqual(visit.line_ids.product_id, self.lab_test)
        self.assertEqual(visit.line_ids.patient_id, self.patient)
        self.assertEqual(self.patient.condition_ids, condition)
        self.assertEqual(self.patient.allergy_ids, allergy)
        self.assertEqual(attachment.res_id, self.patient.id)
        self.assertRecordValues(
            self.patient,
            [
                {
                    "name": "Ada Patient",
                    "is_patient": True,
                    "sex": "female",
                    "patient_number": "P-KEPT",
                    "former_patient_numbers": "P-GONE",
                }
            ],
        )

    def test_signed_content_is_untouched(self):
        visit = self._create_visit(
            {"product_id": self.procedure.id, "note": "Left arm"},
            patient_id=self.other_patient.id,
            reason="Cut",
            history="Story",
            weight=70,
            diagnosis_ids=[Command.create({"code_id": self.code_flu.id})],
        )
        self._sign(visit)
        names = [
            name
            for name, field in visit._fields.items()
            if field.store
            and field.column_type
            and name not in ("patient_id", "write_date", "write_uid")
        ]
        before = visit.read(names), visit.line_ids.read(), visit.diagnosis_ids.read()
        self._merge(self.other_patient, self.patient)
        after = visit.read(names), visit.line_ids.read(), visit.diagnosis_ids.read()
        moved = ("patient_id", "write_date", "__last_update")
        for old, new in zip(before, after, strict=True):
            self.assertEqual(
                [
                    {name: value for name, value in row.items() if name not in moved}
                    for row in old
                ],
                [
                    {name: value for name, value in row.items() if name not in moved}
                    for row in new
                ],
            )
        self.assertEqual(visit.patient_id, self.patient)
        self.assertEqual(visit.state, "signed")

    def test_contact_that_becomes_a_patient_takes_the_number(self):
        contact = self._create_partner(name="Contact")
        visit = self._create_visit()
        self._merge(self.patient, contact)
        self.assertRecordValues(
            contact,
            [
                {
                    "is_patient": True,
                    "patient_number": "P-KEPT",
                    "former_patient_numbers": False,
                    "consultation_ids": visit.ids,
                }
            ],
        )
        self.assertEqual(str(contact.birthdate), "1980-06-15")

    def test_patient_stays_one_when_a_contact_is_merged_away(self):
        contact = self._create_partner(name="Contact", phone="555")
        self._merge(contact, self.patient)
        self.assertRecordValues(
            self.patient,
            [{"is_patient": True, "patient_number": "P-KEPT", "phone": "555"}],
        )

    def test_old_number_finds_the_patient(self):
        self._merge(self.other_patient, self.patient)
        found = self.env["res.partner"].with_user(self.reception).name_search("P-GONE")
        self.assertEqual([entry[0] for entry in found], self.patient.ids)

    def test_numbers_of_three_records_are_kept(self):
        third = self._create_patient(name="Third", patient_number="P-OLD")
        self._merge(third, self.other_patient)
        self._merge(self.other_patient, self.patient)
        self.assertEqual(self.patient.former_patient_numbers, "P-OLD, P-GONE")

    def test_practitioners_keep_their_visits(self):
        locum = self._create_partner(
            name="Locum", is_practitioner=True, license_number="LIC-9"
        )
        visit = self._create_visit(practitioner_id=locum.id)
        destination = self._create_partner(name="Dr. Locum")
        self._merge(locum, destination)
        self.assertEqual(visit.practitioner_id, destination)
        self.assertRecordValues(
            destination,
            [
                {
                    "is_practitioner": True,
                    "license_number": "LIC-9",
                    "is_patient": False,
                    "patient_number": False,
                }
            ],
        )

    def test_fees_of_one_practitioner_are_not_doubled(self):
        visit_type = self.env["medical.visit.type"].create({"name": "First visit"})
        locum = self._create_partner(name="Locum", is_practitioner=True)
        double = self._create_partner(name="Locum", is_practitioner=True)
        visit_type.fee_ids = [
            Command.create({"practitioner_id": locum.id, "product_id": self.fee.id}),
            Command.create({"practitioner_id": double.id, "product_id": self.drug.id}),
        ]
        self._create_visit(practitioner_id=double.id)
        self._merge(double, locum)
        self.assertEqual(visit_type.fee_ids.practitioner_id, locum)
        self.assertEqual(visit_type.fee_ids.product_id, self.fee)

    # === LINKS === #

    def test_nobody_is_their_own_guarantor_afterwards(self):
        self.other_patient.guarantor_id = self.patient
        self._merge(self.other_patient, self.patient)
        self.assertFalse(self.patient.guarantor_id)

    def test_guarantor_merged_into_its_patient_is_none(self):
        self.patient.guarantor_id = self.other_patient
        self._merge(self.other_patient, self.patient)
        self.assertFalse(self.patient.guarantor_id)

    def test_guarantor_of_somebody_else_follows(self):
        insurer = self._create_partner(name="Insurer")
        child = self._create_patient(name="Child", guarantor_id=self.other_patient.id)
        self.other_patient.guarantor_id = insurer
        self._merge(self.other_patient, self.patient)
        self.assertEqual(child.guarantor_id, self.patient)
        self.assertEqual(self.patient.guarantor_id, insurer)

    def test_relation_between_the_two_goes(self):
        relations = self.env["medical.partner.relation"].create(
            [
                {
                    "partner_id": self.patient.id,
                    "related_partner_id": self.other_patient.id,
                    "relationship": "sibling",
                },
                {
                    "partner_id": self.other_patient.id,
                    "related_partner_id": self.patient.id,
                    "relationship": "sibling",
                },
            ]
        )
        self._merge(self.other_patient, self.patient)
        self.assertFalse(relations.exists())

    def test_relations_to_others_stay_once(self):
        parent = self._create_partner(name="Parent")
        kept, double, other = self.env["medical.partner.relation"].create(
            [
                {
                    "partner_id": self.patient.id,
                    "related_partner_id": parent.id,
                    "relationship": "parent",
                },
                {
                    "partner_id": self.other_patient.id,
                    "related_partner_id": parent.id,
                    "relationship": "parent",
                    "is_emergency_contact": True,
                    "note": "Calls in the evening",
                },
                {
                    "partner_id": self.other_patient.id,
                    "related_partner_id": parent.id,
                    "relationship": "guardian",
                },
            ]
        )
        self._merge(self.other_patient, self.patient)
        self.assertFalse(double.exists())
        self.assertEqual(self.patient.relation_ids, kept | other)
        self.assertRecordValues(
            kept, [{"is_emergency_contact": True, "note": "Calls in the evening"}]
        )

    # === REFUSALS === #

    def test_people_outside_the_clinic_cannot_merge_patients(self):
        contact = self._create_partner(name="Contact")
        for source, destination in (
            (self.other_patient, self.patient),
            (self.patient, contact),
            (contact, self.patient),
        ):
            with self.subTest(source=source.name):
                self._assert_refused(
                    AccessError, self._merge, source, destination, self.contacts_user
                )

    def test_people_outside_the_clinic_cannot_merge_practitioners(self):
        locum = self._create_partner(name="Locum", is_practitioner=True)
        self._create_visit(practitioner_id=locum.id)
        contact = self._create_partner(name="Contact")
        self._assert_refused(
            AccessError, self._merge, locum, contact, self.contacts_user
        )

    def test_plain_contacts_are_merged_as_ever(self):
        contact = self._create_partner(name="Contact")
        double = self._create_partner(name="Contact")
        self._merge(double, contact, self.contacts_user)
        self.assertFalse(double.exists())

    def test_contact_of_a_relation_may_be_merged_by_others(self):
        contact = self._create_partner(name="Contact")
        double = self._create_partner(name="Contact")
        self.env["medical.partner.relation"].create(
            {"partner_id": self.patient.id, "related_partner_id": double.id}
        )
        self.patient.guarantor_id = double
        self._merge(double, contact, self.contacts_user)
        self.assertEqual(self.patient.relation_ids.related_partner_id, contact)
        self.assertEqual(self.patient.guarantor_id, contact)

    def test_different_birth_dates_are_two_people(self):
        self.other_patient.birthdate = "1980-06-16"
        message = self._assert_refused(
            UserError, self._merge, self.other_patient, self.patient
        )
        self.assertIn("different birth dates", message)
        self.assertIn("P-GONE", message)

    def test_employee_is_not_merged_with_a_patient(self):
        company = self._create_partner(name="Works", is_company=True)
        employee = self._create_partner(name="Ada", parent_id=company.id)
        for source, destination in (
            (employee, self.patient),
            (self.patient, employee),
            (company, self.patient),
        ):
            with self.subTest(source=source.name, destination=destination.name):
                message = self._assert_refused(
                    UserError, self._merge, source, destination
                )
                self.assertIn("cannot be merged with a patient", message)

    def test_two_portal_users_stay_two_patients(self):
        for login, patient in (("ada", self.patient), ("ben", self.other_patient)):
            self._create_user(login, "base.group_portal", partner_id=patient.id)
        message = self._assert_refused(
            UserError, self._merge, self.other_patient, self.patient
        )
        self.assertIn("more than one user", message)

    def test_one_portal_user_follows_the_patient(self):
        user = self._create_user(
            "ben", "base.group_portal", partner_id=self.other_patient.id
        )
        self.patient.email = self.other_patient.email
        self._merge(self.other_patient, self.patient)
        self.assertEqual(user.partner_id, self.patient)

    def test_missing_e_mail_does_not_keep_patients_apart(self):
        self.other_patient.email = "ben@example.com"
        self._merge(self.other_patient, self.patient)
        self.assertEqual(self.patient.email, "ben@example.com")

    def test_two_e_mails_are_for_odoos_administrator(self):
        self.patient.email = "ada@example.com"
        self.other_patient.email = "ben@example.com"
        message = self._assert_refused(
            UserError, self._merge, self.other_patient, self.patient
        )
        self.assertIn("same email", message)

    # === COMPANIES === #

    def test_patient_of_two_companies_is_seen_in_both(self):
        other = self._create_company(name="Other clinic")
        self.other_patient.company_id = self.env.company
        visit = self._create_visit(company_id=other.id)
        self._merge(self.other_patient, self.patient)
        self.assertFalse(self.patient.company_id)
        self.assertEqual(visit.patient_id, self.patient)
