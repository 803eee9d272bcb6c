from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestMakePatient(MedicalRecordsCommon):
    """Contacts of an Odoo in use become patients, many at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.works = cls._create_partner(name="Works", is_company=True)
        cls.employee = cls._create_partner(
            name="Eve Employee",
            parent_id=cls.works.id,
            email="eve@works.example",
            phone="555",
        )
        cls.person = cls._create_partner(name="Paul Private", city="Lincoln")

    def _open(self, partners, user=None):
        """Open the wizard on contacts as the Action menu does."""
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["medical.make.patient"]
            .with_user(user or self.reception)
            .with_context(active_model="res.partner", active_ids=partners.ids)
        )

    def _make(self, partners, user=None):
        """Make patients of contacts, and return what the list shows then."""
        action = self._open(partners, user).create({}).action_make_patients()
        self.env.invalidate_all()
        return self.env["res.partner"].search(action["domain"])

    def test_wizard_says_what_will_happen(self):
        contacts = self.person | self.employee | self.works | self.patient
        with Form(self._open(contacts)) as form:
            self.assertEqual(form.person_count, 1)
            self.assertEqual(form.employee_count, 1)
            self.assertEqual(form.patient_count, 1)
            self.assertEqual(form.company_ids.ids, self.works.ids)

    def test_person_becomes_a_patient(self):
        self.assertEqual(self._make(self.person), self.person)
        self.assertTrue(self.person.is_patient)
        self.assertRegex(self.person.patient_number, r"^P\d{6}$")
        self.assertEqual(self.person.city, "Lincoln")

    def test_employee_gets_a_person_without_company(self):
        patient = self._make(self.employee)
        self.assertRecordValues(
            patient,
            [
                {
                    "name": "Eve Employee",
                    "is_patient": True,
                    "parent_id": False,
                    "commercial_partner_id": patient.id,
                    "email": "eve@works.example",
                    "phone": "555",
                }
            ],
        )
        self.assertRecordValues(
            patient.relation_ids,
            [{"related_partner_id": self.employee.id, "relationship": "self"}],
        )
        self.assertRecordValues(
            self.employee, [{"is_patient": False, "parent_id": self.works.id}]
        )

    def test_second_time_makes_nobody_twice(self):
        self._make(self.person | self.employee)
        number = self.person.patient_number
        message = self._assert_refused(
            UserError, self._make, self.person | self.employee | self.works
        )
        self.assertIn("Nobody here can become a patient", message)
        self.assertEqual(self.person.patient_number, number)
        self.assertEqual(
            self.env["res.partner"].search_count([("name", "=", "Eve Employee")]), 2
        )

    def test_companies_and_addresses_stay_what_they_are(self):
        address = self._create_partner(
            type="invoice", parent_id=self.works.id, name=False, street="Dock 4"
        )
        made = self._make(self.works | address | self.person)
        self.assertEqual(made, self.person)
        self.assertFalse((self.works | address).filtered("is_patient"))

    def test_only_reception_and_above_make_patients(self):
        manager = self._create_user(
            "contacts", "base.group_user,base.group_partner_manager"
        )
        desk = self._create_user("desk", "medical_records.group_medical_user")
        for user in (manager, desk, self.internal, self.portal):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._make, self.person, user)
        for user in (self.assistant, self.medic, self.administrator):
            with self.subTest(user=user.login):
                contact = self._create_partner(name="Contact")
                self.assertEqual(self._make(contact, user), contact)

    def test_action_menu_offers_it_to_reception_only(self):
        bindings = self.env["ir.actions.actions"]
        for user, offered in ((self.reception, True), (self.internal, False)):
            self.env.registry.clear_cache()
            actions = bindings.with_user(user).get_bindings("res.partner")
            names = [action["name"] for action in actions.get("action", ())]
            self.assertEqual("Make Patients" in names, offered, user.login)

    def test_many_contacts_cost_no_query_each(self):
        counts = []
        for size in (10, 110):
            contacts = self.env["res.partner"].create(
                [{"name": f"Contact {number}"} for number in range(size)]
            )
            self.env.flush_all()
            wizard = self._open(contacts).create({})
            before = self.cr.sql_log_count
            wizard.action_make_patients()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        # One hundred more contacts: numbers and columns are written in batches.
        self.assertLess(counts[1] - counts[0], 10, counts)

    def test_many_employees_cost_few_queries_each(self):
        counts = []
        for size in (10, 110):
            contacts = self.env["res.partner"].create(
                [
                    {"name": f"Employee {number}", "parent_id": self.works.id}
                    for number in range(size)
                ]
            )
            self.env.flush_all()
            wizard = self._open(contacts).create({})
            before = self.cr.sql_log_count
            wizard.action_make_patients()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 20, counts)
