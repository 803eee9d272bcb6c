from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestPatientSearch(MedicalRecordsCommon):
    """One box finds a patient for the clinic, and is Odoo's own for all others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.quick_ref("base.ch")
        cls.zoe = cls._create_patient(
            name="Zoë Ångström",
            patient_number="OLD-77",
            birthdate="1980-06-15",
            phone="+41 79 123 45 67",
            email="zoe@example.com",
        )
        cls.namesake = cls._create_patient(name="Zoë Ångström", birthdate="2011-01-31")
        cls.contact = cls._create_partner(
            name="Zoë Supplier", phone="+41 79 123 45 67", email="zoe@supplier.example"
        )
        cls.contacts_user = cls._create_user(
            "contacts", "base.group_user,base.group_partner_manager"
        )

    def _find(self, user, text, operator="ilike", domain=(), **context):
        """Return what a many2one box of this user offers."""
        self.env.flush_all()
        self.env.invalidate_all()
        partners = self.env["res.partner"].with_user(user).with_context(**context)
        found = partners.name_search(text, list(domain), operator)
        return self.env["res.partner"].browse(partner_id for partner_id, _name in found)

    def _list(self, user, text):
        """Return what the search box of the patient list finds."""
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["res.partner"]
            .with_user(user)
            .search([("is_patient", "=", True), ("patient_search", "ilike", text)])
            .with_user(self.env.user)
        )

    # === FINDING === #

    def test_reception_finds_a_patient_by_anything_they_say(self):
        self.reception.lang = "en_US"
        for text in (
            "OLD-77",
            "old-7",
            "Zoë Ångström 1980-06-15",
            "angstrom zoe 06/15/1980",
            "1980-06-15",
            "06/15/1980",
            "6/15/80",
            "079 123 45 67",
            "+41 79 123 45 67",
            "0041791234567",
            "123 45 67",
            "zoe@example.com",
        ):
            with self.subTest(text=text):
                self.assertIn(self.zoe, self._find(self.reception, text))
                self.assertNotIn(self.namesake, self._find(self.reception, text))
                self.assertEqual(self._list(self.reception, text), self.zoe)

    def test_name_is_found_without_case_accents_and_order(self):
        both = self.zoe | self.namesake
        for text in ("zoe angstrom", "ÅNGSTRÖM, Zoë", "ångström  ZOE", "ngstr"):
            with self.subTest(text=text):
                self.assertEqual(self._list(self.reception, text), both)

    def test_birth_date_is_read_as_the_language_writes_it(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.reception.lang = "de_DE"
        for text in ("15.06.1980", "15.6.1980", "15.6.80", "15/06/1980"):
            with self.subTest(text=text):
                self.assertIn(self.zoe, self._find(self.reception, text))
        self.assertFalse(self._list(self.reception, "06.15.1980"))

    def test_year_of_two_digits_is_either_century(self):
        old = self._create_patient(name="Old", birthdate="1911-01-31")
        self.assertEqual(self._list(self.reception, "01/31/11"), old | self.namesake)

    def test_nothing_said_finds_everybody_and_nonsense_nobody(self):
        patients = self._find(self.reception, "", domain=[("is_patient", "=", True)])
        self.assertLessEqual(self.zoe | self.namesake | self.patient, patients)
        for text in ("--", "99/99/1980", "No Such Patient"):
            with self.subTest(text=text):
                self.assertFalse(self._list(self.reception, text))

    def test_contacts_are_still_found_by_the_clinic(self):
        self.assertIn(self.contact, self._find(self.reception, "Zoë Supplier"))
        # Odoo looks for no phone number; the clinic does for patients only.
        self.assertNotIn(self.contact, self._find(self.reception, "079 123 45 67"))

    def test_box_for_patients_offers_patients_only(self):
        found = self._find(self.reception, "zoe", show_patient_details=True)
        self.assertEqual(found, self.zoe | self.namesake)

    def test_former_number_finds_the_patient(self):
        self.zoe.former_patient_numbers = "P9000, P9001"
        self.assertEqual(self._list(self.reception, "p9001"), self.zoe)

    def test_exact_number_names_one_patient(self):
        self.assertEqual(self._find(self.reception, "OLD-77", "="), self.zoe)
        self.assertFalse(self._find(self.reception, "OLD-7", "="))

    def test_negative_search_leaves_out_whom_the_positive_finds(self):
        partners = self.env["res.partner"].with_user(self.reception)
        ours = [("id", "in", (self.zoe | self.namesake | self.contact).ids)]
        for text in ("OLD-77", "1980-06-15", "079 123 45 67"):
            with self.subTest(text=text):
                self.assertEqual(
                    partners.search([("display_name", "not ilike", text), *ours]),
                    (self.namesake | self.contact).with_user(self.reception),
                )
        self.assertEqual(
            partners.search([("display_name", "!=", "OLD-77"), *ours]),
            (self.namesake | self.contact).with_user(self.reception),
        )
        self.assertNotIn(
            self.zoe,
            partners.search([("display_name", "not in", ["OLD-77"]), *ours]),
        )

    def test_negative_search_finds_contacts_without_e_mail(self):
        partners = self.env["res.partner"].with_user(self.reception)
        self.assertIn(
            self.namesake,
            partners.search([("display_name", "not ilike", "No Such")]),
        )

    def test_many2one_of_a_visit_searches_the_same_way(self):
        visit = self._create_visit(patient_id=self.zoe.id)
        visits = self.env["medical.consultation"].with_user(self.reception)
        self.assertEqual(
            visits.search([("patient_id", "ilike", "06/15/1980")]),
            visit.with_user(self.reception),
        )

    def test_search_field_tells_patients_from_contacts(self):
        three = [("id", "in", (self.zoe | self.namesake | self.contact).ids)]
        partners = self.env["res.partner"]
        self.assertEqual(
            partners.search([("patient_search", "=", False), *three]), self.contact
        )
        self.assertEqual(
            partners.search([("patient_search", "!=", False), *three]),
            self.zoe | self.namesake,
        )
        self.assertEqual(
            partners.search([("patient_search", "not ilike", "OLD-77"), *three]),
            self.namesake | self.contact,
        )

    def test_phone_that_changes_is_found(self):
        self.zoe.phone = "044 555 66 77"
        self.assertEqual(self._list(self.reception, "0445556677"), self.zoe)
        self.assertFalse(self._list(self.reception, "079 123 45 67"))

    def test_who_is_no_patient_any_more_is_found_as_a_contact_only(self):
        self.namesake.is_patient = False
        self.assertFalse(self._list(self.reception, "2011-01-31"))
        self.assertIn(self.namesake, self._find(self.reception, "Zoë"))

    # === NAMESAKES === #

    def test_box_tells_namesakes_apart(self):
        names = [
            entry["__formatted_display_name"]
            for entry in self.env["res.partner"]
            .with_user(self.reception)
            .with_context(show_patient_details=True)
            .web_name_search("zoe angstrom", {"display_name": {}})
        ]
        self.assertIn("Zoë Ångström \t --OLD-77, 06/15/1980--", names)
        self.assertEqual(len(set(names)), 2)

    def test_name_stays_neutral_unless_asked(self):
        self.assertEqual(
            self._as(self.reception, self.zoe).display_name, "Zoë Ångström"
        )
        chosen = self._as(self.reception, self.zoe).with_context(
            show_patient_details=True
        )
        self.assertEqual(chosen.display_name, "Zoë Ångström")
        offered = self._as(self.internal, self.zoe).with_context(
            show_patient_details=True, formatted_display_name=True
        )
        self.assertEqual(offered.display_name, "Zoë Ångström")
        self.assertEqual(
            offered.with_user(self.reception).display_name,
            "Zoë Ångström \t --OLD-77, 06/15/1980--",
        )
        # Nothing of it stays in memory for the next one who looks.
        self.assertEqual(offered.display_name, "Zoë Ångström")

    # === EVERYBODY ELSE === #

    def test_others_find_nobody_by_what_only_the_clinic_knows(self):
        for user in (self.internal, self.contacts_user, self.portal):
            for text in ("OLD-77", "1980-06-15", "06/15/1980", "079 123 45 67"):
                for context in ({}, {"show_patient_details": True}):
                    with self.subTest(user=user.login, text=text):
                        self.assertFalse(self._find(user, text, **context))

    def test_search_of_others_is_exactly_odoos(self):
        found = self._find(self.contacts_user, "zoë")
        self.assertEqual(found, self.zoe | self.namesake | self.contact)
        # Odoo asks for the words as they stand.
        self.assertFalse(self._find(self.contacts_user, "Ångström Zoë"))
        self.assertEqual(self._find(self.contacts_user, "zoe@example.com"), self.zoe)

    def test_others_cannot_search_by_the_fields_of_the_search(self):
        partners = self.env["res.partner"].with_user(self.contacts_user)
        for name in (
            "patient_search",
            "patient_words",
            "patient_match_key",
            "former_patient_numbers",
        ):
            with self.subTest(field=name):
                self._assert_refused(
                    AccessError, partners.search, [(name, "ilike", "x")]
                )
                self._assert_refused(
                    AccessError, self.zoe.with_user(self.contacts_user).read, [name]
                )

    def test_biller_finds_patients_too(self):
        demographics = self._create_user("desk", "medical_records.group_medical_user")
        self.assertEqual(self._find(demographics, "OLD-77"), self.zoe)

    # === SPEED === #

    def test_list_of_patients_is_searched_by_index(self):
        partners = self.env["res.partner"]
        domain = [("is_patient", "=", True), ("patient_search", "ilike", "ngstr")]
        sql = partners.with_context(active_test=False)._search(domain).select()
        # An empty copy: whether the index of the table itself may be used just now
        # hangs on what else goes on in the database server.
        self.env.cr.execute(
            "CREATE TEMP TABLE res_partner (LIKE public.res_partner INCLUDING INDEXES)"
        )
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(f"EXPLAIN {sql.code}", sql.params)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertRegex(plan, r"Bitmap Index Scan on \w*patient_words\w*")
