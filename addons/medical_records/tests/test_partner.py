from psycopg2 import IntegrityError

from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestPartner(MedicalRecordsCommon):
    def test_each_patient_gets_a_number_of_their_own(self):
        first, second = self.env["res.partner"].create(
            [
                {"name": "First", "is_patient": True},
                {"name": "Second", "is_patient": True},
            ]
        )
        self.assertRegex(first.patient_number, r"^P\d{6}$")
        self.assertRegex(second.patient_number, r"^P\d{6}$")
        self.assertEqual(
            int(second.patient_number[1:]), int(first.patient_number[1:]) + 1
        )

    def test_contact_gets_a_number_when_it_becomes_a_patient(self):
        contact = self._create_partner(name="Contact")
        self.assertFalse(contact.patient_number)
        contact.is_patient = True
        number = contact.patient_number
        self.assertTrue(number)
        contact.is_patient = False
        contact.is_patient = True
        self.assertEqual(contact.patient_number, number)

    def test_two_patients_cannot_share_a_number(self):
        self._assert_refused(
            IntegrityError,
            self.other_patient.write,
            {"patient_number": self.patient.patient_number},
        )

    def test_copy_of_a_patient_is_not_a_patient(self):
        self.patient.birthdate = "1980-01-01"
        self.assertRecordValues(
            self.patient.copy(),
            [{"is_patient": False, "patient_number": False, "birthdate": False}],
        )

    def test_age_is_counted_in_completed_years(self):
        self.patient.birthdate = "1980-06-15"
        with freeze_time("2026-06-14"):
            self.patient.invalidate_recordset(["age"])
            self.assertEqual(self.patient.age, 45)
        with freeze_time("2026-06-15"):
            self.patient.invalidate_recordset(["age"])
            self.assertEqual(self.patient.age, 46)

    def test_patient_cannot_get_a_parent(self):
        company = self._create_partner(name="Works", is_company=True)
        message = self._assert_refused(
            ValidationError, self.patient.write, {"parent_id": company.id}
        )
        self.assertIn("Ada Patient cannot belong to Works", message)

    def test_contact_with_a_parent_cannot_become_a_patient(self):
        company = self._create_partner(name="Works", is_company=True)
        employee = self._create_partner(name="Employee", parent_id=company.id)
        self._assert_refused(ValidationError, employee.write, {"is_patient": True})

    def test_patient_cannot_be_created_below_a_parent(self):
        company = self._create_partner(name="Works", is_company=True)
        self._assert_refused(
            ValidationError, self._create_patient, name="New", parent_id=company.id
        )

    def test_plain_user_cannot_give_a_patient_a_parent(self):
        company = self._create_partner(name="Works", is_company=True)
        manager = self._create_user("contacts", "base.group_partner_manager")
        self._assert_refused(
            ValidationError,
            self._as(manager, self.patient).write,
            {"parent_id": company.id},
        )

    def test_patient_cannot_be_their_own_guarantor(self):
        self._assert_refused(
            ValidationError, self.patient.write, {"guarantor_id": self.patient.id}
        )
        self.patient.guarantor_id = self.other_patient
        self.assertEqual(self.patient.guarantor_id, self.other_patient)

    def test_relation_needs_two_people(self):
        relation = self.env["medical.partner.relation"].create(
            {
                "partner_id": self.patient.id,
                "related_partner_id": self.other_patient.id,
                "relationship": "sibling",
            }
        )
        self._assert_refused(
            ValidationError, relation.write, {"related_partner_id": self.patient.id}
        )

    def test_patient_with_a_record_cannot_be_deleted(self):
        self._create_visit()
        message = self._assert_refused(UserError, self.patient.unlink)
        self.assertIn("Ada Patient has medical records", message)
        self.assertTrue(self.patient.exists())

    def test_practitioner_with_a_record_cannot_be_deleted(self):
        practitioner = self._create_partner(name="Locum", is_practitioner=True)
        self._create_visit(practitioner_id=practitioner.id)
        self._assert_refused(UserError, practitioner.unlink)

    def test_record_in_another_company_protects_its_patient(self):
        other = self._create_company(name="Other clinic")
        self._create_visit(company_id=other.id)
        manager = self._create_user("contacts", "base.group_partner_manager")
        self._assert_refused(UserError, self._as(manager, self.patient).unlink)

    def test_patient_without_a_record_can_be_deleted(self):
        patient = self._create_patient(name="Typing error")
        patient.unlink()
        self.assertFalse(patient.exists())

    def test_consultations_of_a_patient_are_counted(self):
        self._create_visit()
        self._create_visit()
        self.patient.invalidate_recordset(["consultation_count"])
        self.assertRecordValues(
            self.patient | self.other_patient,
            [{"consultation_count": 2}, {"consultation_count": 0}],
        )

    # === NUMBERS === #

    def test_numbers_of_an_import_are_kept_and_never_given_again(self):
        number = self.patient.patient_number
        following = [f"P{int(number[1:]) + step:06d}" for step in (2, 3)]
        imported = self._create_patient(name="Imported", patient_number=following[0])
        first, second = self.env["res.partner"].create(
            [
                {"name": "First", "is_patient": True},
                {"name": "Second", "is_patient": True},
            ]
        )
        self.assertEqual(imported.patient_number, following[0])
        self.assertNotEqual(first.patient_number, second.patient_number)
        self.assertNotIn(following[0], (first | second).mapped("patient_number"))

    # === BIRTH DATE === #

    @freeze_time("2026-03-02 12:00:00")
    def test_birth_date_in_the_future_is_refused(self):
        message = self._assert_refused(
            ValidationError, self.patient.write, {"birthdate": "2026-03-03"}
        )
        self.assertIn("still to come", message)
        self.patient.birthdate = "2026-03-02"
        self.assertEqual(self.patient.age, 0)

    @freeze_time("2026-03-02 12:00:00")
    def test_birth_date_of_long_ago_is_refused(self):
        message = self._assert_refused(
            ValidationError, self.patient.write, {"birthdate": "1896-03-01"}
        )
        self.assertIn("more than 130 years ago", message)
        self.patient.birthdate = "1896-03-02"
        self.assertEqual(self.patient.age, 130)

    @freeze_time("2026-03-02 12:00:00")
    def test_wrong_birth_date_is_refused_through_every_door(self):
        self._assert_refused(
            ValidationError,
            self._call,
            self.reception,
            self.patient,
            "write",
            {"birthdate": "2099-01-01"},
        )
        result = (
            self.env["res.partner"]
            .with_user(self.reception)
            .with_context(default_is_patient=True)
            .load(["name", "birthdate"], [["Import", "2099-01-01"]])
        )
        self.assertFalse(result["ids"])
        self.assertIn("still to come", result["messages"][0]["message"])

    # === ARCHIVING === #

    def test_company_cannot_be_a_patient(self):
        company = self._create_partner(name="Works", is_company=True)
        message = self._assert_refused(
            ValidationError, company.write, {"is_patient": True}
        )
        self.assertIn("only people can be patients", message)
        self._assert_refused(ValidationError, self.patient.write, {"is_company": True})

    def test_patient_with_a_record_is_archived_instead(self):
        self._sign(self._create_visit())
        patient = self._as(self.reception, self.patient)
        self._assert_refused(UserError, patient.unlink)
        patient.action_archive()
        partners = self.env["res.partner"].with_user(self.reception)
        patients = [("is_patient", "=", True)]
        self.assertNotIn(patient, partners.search(patients))
        self.assertIn(patient, partners.search([*patients, ("active", "=", False)]))
        patient.action_unarchive()
        self.assertIn(patient, partners.search(patients))

    @freeze_time("2026-03-02 12:00:00")
    def test_patient_who_is_expected_cannot_be_archived(self):
        visit = self._create_visit(date="2026-03-05 09:00:00")
        with self.assertRaises(RedirectWarning) as caught, self.env.cr.savepoint():
            self._as(self.reception, self.patient).action_archive()
        message, action, _button, _context = caught.exception.args
        self.assertIn("Ada Patient cannot be archived", message)
        self.assertEqual(action["domain"], [("id", "in", visit.ids)])
        self._cancel(visit)
        self._as(self.reception, self.patient).action_archive()
        self.assertFalse(self.patient.active)

    @freeze_time("2026-03-02 12:00:00")
    def test_visit_in_another_company_keeps_a_patient_from_the_archive(self):
        other = self._create_company(name="Other clinic")
        self._create_visit(company_id=other.id, date="2026-03-05 09:00:00")
        manager = self._create_user("contacts", "base.group_partner_manager")
        self._assert_refused(
            UserError, self._as(manager, self.patient).write, {"active": False}
        )

    @freeze_time("2026-03-02 12:00:00")
    def test_visit_of_the_past_does_not_keep_a_patient_from_the_archive(self):
        self._create_visit(date="2026-03-01 09:00:00")
        self.patient.action_archive()
        self.assertFalse(self.patient.active)

    def test_patient_with_a_record_stays_a_patient(self):
        self._create_visit()
        message = self._assert_refused(
            UserError, self.patient.write, {"is_patient": False}
        )
        self.assertIn("stays a patient", message)
        self.other_patient.is_patient = False
        self.assertFalse(self.other_patient.is_patient)
