from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon

STORY = ("history", "examination", "conclusion")


@tagged("post_install", "-at_install")
class TestStoryRights(MedicalRecordsCommon):
    """The story is written by medics; assistants read it and write the rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._create_visit(
            history="Coughs", examination="Clear lungs", conclusion="Harmless"
        )

    def test_medic_writes_the_story(self):
        for name in STORY:
            self._call(self.medic, self.visit, "write", {name: "New"})
        self.assertEqual([self.visit[name] for name in STORY], ["New"] * 3)

    def test_assistant_reads_the_story(self):
        values = self._call(self.assistant, self.visit, "read", list(STORY))[0]
        self.assertEqual(values["history"], "Coughs")

    def test_assistant_writes_reason_and_vital_signs(self):
        self._call(
            self.assistant, self.visit, "write", {"reason": "Cough", "weight": 70}
        )
        self.assertEqual((self.visit.reason, self.visit.weight), ("Cough", 70))

    def test_assistant_cannot_write_the_story(self):
        for name in STORY:
            with self.subTest(field=name):
                self._assert_refused(
                    AccessError,
                    self._call,
                    self.assistant,
                    self.visit,
                    "write",
                    {name: "x"},
                )
                self._assert_refused(
                    AccessError,
                    self._call,
                    self.assistant,
                    self.visit,
                    "web_save",
                    {name: "x"},
                    {},
                )

    def test_assistant_cannot_begin_a_story(self):
        visits = self.env["medical.consultation"].with_user(self.assistant)
        self._assert_refused(
            AccessError,
            visits.create,
            {"patient_id": self.patient.id, "history": "x"},
        )
        self._assert_refused(
            AccessError,
            visits.with_context(default_history="x").create,
            {"patient_id": self.patient.id},
        )
        result = visits.load(["reason", "history"], [["Cough", "x"]])
        self.assertTrue(result["messages"])

    def test_assistant_creates_and_copies_visits(self):
        with Form(self.env["medical.consultation"].with_user(self.assistant)) as form:
            form.patient_id = self.patient
            form.reason = "Cough"
            form.weight = 70
            self.assertFalse(form.can_write_story)
            with self.assertRaisesRegex(AssertionError, "readonly"):
                form.history = "x"
        self.assertEqual(form.record.reason, "Cough")
        self.assertTrue(self._as(self.assistant, self.visit).copy())

    def test_fields_say_who_may_write_them(self):
        for user, expected in ((self.assistant, True), (self.medic, False)):
            fields = (
                self.env["medical.consultation"]
                .with_user(user)
                .fields_get(STORY, ["readonly"])
            )
            for name in STORY:
                self.assertEqual(fields[name]["readonly"], expected)
            self.assertEqual(self._as(user, self.visit).can_write_story, not expected)

    def test_signed_story_is_readonly_to_medics(self):
        self._sign(self.visit)
        self.assertFalse(self._as(self.medic, self.visit).can_write_story)

    def test_assistant_changes_lines_and_diary_of_a_visit_with_a_story(self):
        visit = self._as(self.assistant, self.visit)
        with Form(visit) as form:
            form.reason = "Cough"
            with form.line_ids.new() as line:
                line.product_id = self.swab
        self.assertEqual(visit.line_ids.product_id, self.swab)
        self.assertEqual(visit.history, "Coughs")
