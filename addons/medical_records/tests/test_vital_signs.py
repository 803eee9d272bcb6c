from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..models.vital_signs import MEASURED_SIGNS, VITAL_SIGNS
from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestVitalSigns(MedicalRecordsCommon):
    """Ranges warn, impossible values are refused, and graphs show what was taken."""

    def _get_warnings(self, **values):
        return self._create_visit(**values).vital_sign_warning

    def _read_signs(self, user, *domain):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["medical.vital.sign"].with_user(user).search(list(domain))

    # === RANGES === #

    def test_plausible_values_warn_of_nothing(self):
        self.assertFalse(
            self._get_warnings(
                height=172,
                weight=70.5,
                temperature=36.8,
                heart_rate=72,
                respiratory_rate=14,
                systolic_pressure=120,
                diastolic_pressure=80,
                oxygen_saturation=98,
            )
        )

    def test_newborn_warns_of_nothing(self):
        self.assertFalse(
            self._get_warnings(
                height=50, weight=3.4, heart_rate=140, respiratory_rate=45
            )
        )

    def test_values_that_were_not_taken_warn_of_nothing(self):
        self.assertFalse(self._get_warnings())

    def test_temperature_in_fahrenheit_warns_and_is_kept(self):
        visit = self._create_visit(temperature=98.6)
        self.assertEqual(
            visit.vital_sign_warning,
            "Temperature (°C): 98.6 is outside of 34 to 42.",
        )
        self.assertEqual(visit.temperature, 98.6)

    def test_saturation_above_all_warns(self):
        self.assertIn("101 is outside", self._get_warnings(oxygen_saturation=101))

    def test_height_in_meters_warns_twice(self):
        """The height is impossible, and so is the body mass index that follows."""
        warnings = self._get_warnings(height=1.8, weight=80)
        self.assertIn("Height (cm): 1.8 is outside of 30 to 230.", warnings)
        self.assertIn("BMI", warnings)

    def test_swapped_pressures_warn(self):
        for systolic, diastolic, expected in (
            (80, 120, True),
            (100, 100, True),
            (120, 80, False),
            (0, 80, False),
            (120, 0, False),
        ):
            with self.subTest(systolic=systolic, diastolic=diastolic):
                warning = self._get_warnings(
                    systolic_pressure=systolic, diastolic_pressure=diastolic
                )
                self.assertEqual("not above the diastolic" in warning, expected)

    def test_warning_comes_while_typing(self):
        with Form(self.env["medical.consultation"].with_user(self.assistant)) as form:
            form.patient_id = self.patient
            form.heart_rate = 720
            self.assertIn("720", form.vital_sign_warning)
            form.heart_rate = 72
            self.assertFalse(form.vital_sign_warning)

    def test_negative_values_are_refused(self):
        visit = self._create_visit()
        for sign in MEASURED_SIGNS:
            with self.subTest(sign=sign.field):
                self._assert_refused(CheckViolation, visit.write, {sign.field: -1})
        self.assertIn(
            "cannot be less than zero",
            str(visit._vital_signs_not_negative.get_error_message(self.env)),
        )

    def test_every_sign_has_a_unit_a_code_and_a_range(self):
        visits = self.env["medical.consultation"]
        for sign in VITAL_SIGNS:
            with self.subTest(sign=sign.field):
                self.assertIn(sign.field, visits._fields)
                self.assertTrue(sign.unit)
                self.assertRegex(sign.loinc, r"^\d{4,5}-\d$")
                self.assertLess(sign.minimum, sign.maximum)

    # === BODY MASS INDEX, LAST VALUES === #

    def test_body_mass_index_needs_height_and_weight(self):
        self.assertEqual(self._create_visit(weight=70).body_mass_index, 0)
        self.assertEqual(self._create_visit(height=180).body_mass_index, 0)
        # 81 / 1.8²
        self.assertAlmostEqual(
            self._create_visit(height=180, weight=81).body_mass_index, 25.0, 2
        )

    def test_last_height_and_weight_are_shown_and_not_copied(self):
        self._sign(
            self._create_visit(height=172, weight=69, date="2026-01-05 09:00:00")
        )
        self._sign(self._create_visit(weight=71, date="2026-02-05 09:00:00"))
        form = Form(self.env["medical.consultation"].with_user(self.assistant))
        form.patient_id = self.patient
        self.assertEqual((form.last_height, form.last_weight), (172, 71))
        self.assertEqual((form.height, form.weight), (0, 0))
        form.patient_id = self.other_patient
        self.assertEqual((form.last_height, form.last_weight), (0, 0))

    def test_last_height_is_that_before_the_visit(self):
        first = self._sign(self._create_visit(height=120, date="2020-01-05 09:00:00"))
        second = self._sign(self._create_visit(height=150, date="2023-01-05 09:00:00"))
        visits = first | second | self._create_visit()
        self.assertEqual(visits.mapped("last_height"), [0, 120, 150])

    # === REPORT === #

    def test_every_value_taken_is_a_row(self):
        visit = self._create_visit(height=180, weight=81, temperature=36.5)
        self._create_visit(patient_id=self.other_patient.id, weight=60)
        rows = self._read_signs(self.assistant, ("patient_id", "=", self.patient.id))
        self.assertEqual(
            {(row.sign, round(row.value, 1), row.unit) for row in rows},
            {
                ("height", 180, "cm"),
                ("weight", 81, "kg"),
                ("temperature", 36.5, "°C"),
                ("body_mass_index", 25.0, "kg/m²"),
            },
        )
        self.assertEqual(rows.consultation_id, visit)
        self.assertEqual(rows.practitioner_id, self.medic.partner_id)
        self.assertEqual(len(set(rows.ids)), 4)

    def test_report_follows_what_is_not_written_to_the_database_yet(self):
        visit = self._create_visit(weight=70)
        rows = self.env["medical.vital.sign"].search(
            [("patient_id", "=", self.patient.id)]
        )
        self.assertEqual(rows.value, 70)
        visit.weight = 71
        row = self.env["medical.vital.sign"].search(
            [("patient_id", "=", self.patient.id), ("value", ">", 70)]
        )
        self.assertTrue(row)

    def test_cancelled_visits_are_left_out(self):
        self._cancel(self._create_visit(weight=70))
        self.assertFalse(
            self._read_signs(self.medic, ("patient_id", "=", self.patient.id))
        )

    def test_graph_is_grouped_by_day_and_sign(self):
        self._create_visit(weight=70, date="2026-01-05 09:00:00")
        self._create_visit(weight=72, date="2026-01-06 09:00:00")
        self.env.flush_all()
        groups = (
            self.env["medical.vital.sign"]
            .with_user(self.medic)
            .formatted_read_group(
                [("patient_id", "=", self.patient.id)],
                ["date:day", "sign"],
                ["value:avg"],
            )
        )
        self.assertEqual([group["value:avg"] for group in groups], [70, 72])

    def test_one_click_from_the_visit_and_from_the_patient(self):
        visit = self._create_visit(weight=70)
        for record in (visit, self.patient):
            with self.subTest(model=record._name):
                action = (
                    self._as(self.assistant, record)
                    .with_context(vital_signs=["weight"])
                    .action_view_vital_signs()
                )
                self.assertEqual(action["res_model"], "medical.vital.sign")
                self.assertEqual(
                    action["domain"], [("patient_id", "=", visit.patient_id.id)]
                )
                self.assertEqual(action["context"], {"search_default_weight": 1})

    def test_every_sign_has_a_filter_in_the_report(self):
        arch = self.env["medical.vital.sign"].get_view(view_type="search")["arch"]
        for sign in VITAL_SIGNS:
            self.assertIn(f'name="{sign.field}"', arch)

    def test_report_is_for_clinical_people(self):
        self._create_visit(weight=70)
        for user in (self.assistant, self.medic, self.administrator):
            self.assertTrue(self._read_signs(user))
        for user in (self.reception, self.internal, self.portal):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._read_signs, user)

    def test_nobody_changes_the_report(self):
        self._create_visit(weight=70)
        row = self._read_signs(self.administrator)
        for operation in ("write", "create", "unlink"):
            self.assertFalse(row.has_access(operation))

    def test_report_keeps_companies_apart(self):
        other = self._create_company(name="Other clinic")
        self._create_visit(weight=70)
        stranger = self._create_medic(
            "stranger", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertFalse(self._read_signs(stranger))
