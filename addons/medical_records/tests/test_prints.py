from lxml import html

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalRecordsCommon

PRESCRIPTION = "medical_records.action_report_prescription"
SUMMARY = "medical_records.action_report_visit_summary"


@tagged("post_install", "-at_install")
class TestPrints(MedicalRecordsCommon):
    """The prescription and the visit summary, as words on a page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.medic.partner_id.specialty = "Pediatrics"
        cls.patient.write({"birthdate": "2001-02-03", "lang": "en_US"})
        cls.visit = cls._create_visit(
            cls.fee,
            {
                "product_id": cls.drug.id,
                "quantity": 20,
                "dispensing": "external",
                "dosage": "One in the morning, one at night",
            },
            {
                "name": "Eye drops of any kind",
                "kind": "medication",
                "dispensing": "external",
            },
            {"product_id": cls.lab_test.id},
            {"product_id": cls.swab.id, "quantity": 2},
            reason="Red eye",
            history="Since <b>yesterday</b>",
            weight=70.5,
            diagnosis_ids=[
                Command.create({"code_id": cls.code_flu.id, "rank": "principal"})
            ],
        )
        cls.env["medical.allergy"].create(
            {"patient_id": cls.patient.id, "substance": "Latex"}
        )

    def _print(self, report, visits=None, user=None):
        """Return the words of a print."""
        visits = self._as(user or self.medic, visits or self.visit)
        content, _type = (
            self.env["ir.actions.report"]
            .with_user(user or self.medic)
            ._render_qweb_html(report, visits.ids)
        )
        return " ".join(html.fromstring(content).text_content().split())

    def test_prescription_says_who_prescribes_what_to_whom(self):
        self._sign(self.visit)
        words = self._print(PRESCRIPTION)
        for expected in (
            "Ada Patient",
            "02/03/2001",
            "Medic",
            "Pediatrics",
            "LIC-1",
            "1. Tablet",
            "20",
            "One in the morning, one at night",
            "2. Eye drops of any kind",
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, words)

    def test_prescription_holds_nothing_but_what_is_got_elsewhere(self):
        self._sign(self.visit)
        words = self._print(PRESCRIPTION)
        for other in ("Blood count", "Swab", "Red eye", "Influenza", "Visit type"):
            with self.subTest(other=other):
                self.assertNotIn(other, words)

    def test_print_of_an_open_visit_is_marked_as_a_draft(self):
        for report in (PRESCRIPTION, SUMMARY):
            self.assertIn("Not signed", self._print(report))
        self._sign(self.visit)
        for report in (PRESCRIPTION, SUMMARY):
            self.assertNotIn("Not signed", self._print(report))

    def test_prescription_without_drugs_says_so(self):
        visit = self._create_visit(self.procedure)
        self.assertIn("Nothing is prescribed", self._print(PRESCRIPTION, visit))

    def test_summary_tells_the_visit(self):
        self._sign(self.visit)
        self.env["medical.consultation.addendum"].with_user(self.medic).create(
            {"consultation_id": self.visit.id, "text": "Culture was negative"}
        )
        words = self._print(SUMMARY)
        for expected in (
            "Allergies: Latex",
            "Red eye",
            "Since <b>yesterday</b>",
            "70.5",
            "J11",
            "Influenza",
            "Blood count",
            "Ordered",
            "Swab",
            "Culture was negative",
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, words)

    def test_prints_speak_the_language_of_the_patient(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.patient.lang = "fr_FR"
        template = self.env.ref("medical_records.report_visit_summary_document")
        template.update_field_translations(
            "arch_db", {"fr_FR": {"Visit Summary": "Compte rendu de visite"}}
        )
        words = self._print(SUMMARY)
        self.assertIn("Compte rendu de visite", words)
        self.assertIn("03/02/2001", words)
        other = self._create_visit(patient_id=self.other_patient.id)
        self.assertIn("Visit Summary", self._print(SUMMARY, other))

    def test_prints_of_many_visits_come_in_one_document(self):
        other = self._create_visit(patient_id=self.other_patient.id)
        words = self._print(SUMMARY, self.visit | other)
        self.assertIn("Ada Patient", words)
        self.assertIn("Ben Patient", words)

    def test_names_of_the_files_say_nothing(self):
        self.assertEqual(
            self.visit._get_print_name("prescription"),
            f"Prescription {self.visit.name}",
        )
        self.assertEqual(
            self.visit._get_print_name("summary"), f"Visit summary {self.visit.name}"
        )

    def test_assistant_prints_and_reception_does_not(self):
        self.assertIn("Tablet", self._print(PRESCRIPTION, user=self.assistant))
        for report in (PRESCRIPTION, SUMMARY):
            for user in (self.reception, self.internal):
                with self.subTest(report=report, user=user.login):
                    self._assert_refused(AccessError, self._print, report, None, user)

    def test_reception_is_not_offered_the_prints(self):
        for user, expected in ((self.assistant, True), (self.reception, False)):
            bindings = (
                self.env["ir.actions.actions"]
                .with_user(user)
                .get_bindings("medical.consultation")
            )
            names = {action["name"] for action in bindings.get("report", ())}
            self.assertEqual("Visit Summary" in names, expected)
