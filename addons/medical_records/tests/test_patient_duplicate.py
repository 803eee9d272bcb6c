from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestPatientDuplicate(MedicalRecordsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._create_patient(name="Anna Wéber", birthdate="1980-06-15")

    def _list(self, **context):
        return (
            self.env["res.partner"]
            .with_context(**context)
            .search([("is_suspected_duplicate", "=", True)])
        )

    def test_duplicate_shows_before_the_second_record_is_made(self):
        partners = (
            self.env["res.partner"]
            .with_user(self.reception)
            .with_context(default_is_patient=True)
        )
        with Form(
            partners, view="medical_records.res_partner_view_form_patient"
        ) as form:
            form.name = "weber,  ANNA"
            self.assertFalse(form.is_suspected_duplicate)
            form.birthdate = "1980-06-15"
            self.assertTrue(form.is_suspected_duplicate)
            self.assertEqual(form.duplicate_patient_ids.ids, self.anna.ids)
            form.birthdate = "1980-06-16"
            self.assertFalse(form.is_suspected_duplicate)

    def test_same_name_alone_is_no_duplicate(self):
        other = self._create_patient(name="Anna Wéber", birthdate="1981-06-15")
        unknown = self._create_patient(name="Anna Wéber")
        contact = self._create_partner(name="Anna Wéber", birthdate="1980-06-15")
        for partner in (self.anna, other, unknown, contact):
            self.assertFalse(partner.duplicate_patient_ids)
            self.assertFalse(partner.is_suspected_duplicate)
        self.assertFalse(self._list() & (self.anna | other | unknown | contact))

    def test_archived_patient_is_a_duplicate_too(self):
        self.anna.active = False
        second = self._create_patient(name="Anna Weber", birthdate="1980-06-15")
        self.assertEqual(second.duplicate_patient_ids, self.anna)

    def test_duplicates_are_found_afterwards(self):
        second = self._create_patient(name="ANNA WEBER", birthdate="1980-06-15")
        self.assertEqual(
            self._list() & (self.anna | second | self.patient), self.anna | second
        )
        negative = self.env["res.partner"].search(
            [("is_suspected_duplicate", "=", False)]
        )
        self.assertFalse(negative & (self.anna | second))
        self.assertIn(self.patient, negative)
        second.birthdate = "1980-06-16"
        self.assertFalse(self._list() & (self.anna | second))

    def test_many_patients_are_checked_in_one_query(self):
        patients = self._create_patients(20)
        self._create_patients(20)
        self.env.flush_all()
        patients.invalidate_recordset()
        patients.fetch(["patient_match_key"])
        with self.assertQueryCount(1):
            patients.mapped("is_suspected_duplicate")
        self.assertTrue(all(patients.mapped("is_suspected_duplicate")))

    @classmethod
    def _create_patients(cls, count):
        return cls.env["res.partner"].create(
            [
                {
                    "name": f"Patient {number}",
                    "is_patient": True,
                    "birthdate": "1970-01-01",
                }
                for number in range(count)
            ]
        )
