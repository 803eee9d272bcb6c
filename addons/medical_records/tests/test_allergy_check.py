import doctest

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.medical_records import substance_words

from .common import MedicalRecordsCommon

WORKFLOW = ("override_reason", "override_alert", "override_user_id", "override_key")


@tagged("post_install", "-at_install")
class TestAllergyCheck(MedicalRecordsCommon):
    """A drug that the patient does not tolerate is given only by a medic's word."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        atc = cls.env.ref("medical_records.code_system_atc")
        codes = cls.env["medical.code"].with_context(active_test=False)
        cls.atc = {}
        for code, name in (
            ("J01C", "Beta-lactam antibacterials, penicillins"),
            ("J01CA", "Penicillins with extended spectrum"),
            ("J01CA04", "Amoxicillin"),
            ("J01DB01", "Cefalexin"),
        ):
            values = {"code": code, "name": name, "system_id": atc.id}
            # Demo data may be there.
            cls.atc[code] = codes.search(
                [("code", "=", code), ("system_id", "=", atc.id)]
            ) or codes.create(values)
        cls.amoxicillin = cls._create_drug("Amoxi 500", "J01CA04")
        cls.cefalexin = cls._create_drug("Cefa 250", "J01DB01")

    @classmethod
    def _create_drug(cls, name, atc_code=None):
        return cls._create_medical_product(
            name,
            "medication",
            type="consu",
            atc_code_id=cls.atc[atc_code].id if atc_code else False,
        )

    @classmethod
    def _create_allergy(cls, substance=None, **values):
        if substance:
            values["substance"] = substance
        return cls.env["medical.allergy"].create(
            {"patient_id": cls.patient.id, **values}
        )

    def _prescribe(self, *lines, **values):
        """Create a visit of the medic and return its lines, in the medic's eyes."""
        visit = self._create_visit(*lines, **values)
        return self._as(self.medic, visit.line_ids)

    def _override(self, line, reason="No alternative", user=None):
        line = self._as(user or self.medic, line)
        context = line.action_override_allergy()["context"]
        wizard = (
            line.env["medical.consultation.line.override"]
            .with_context(**context)
            .create({"reason": reason})
        )
        wizard.action_confirm()
        self.env.invalidate_all()
        return line

    # === WHAT GIVES AN ALERT === #

    def _assert_alerts(self, expected, drug):
        line = drug if isinstance(drug, dict) else {"product_id": drug.id}
        line = self._prescribe(line)
        self.assertEqual(line.allergy_alert, expected)
        self.assertEqual(line.allergy_status, "alert" if expected else False)

    def test_same_product_and_its_variants_give_an_alert(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Strength",
                "value_ids": [
                    Command.create({"name": "10 mg"}),
                    Command.create({"name": "20 mg"}),
                ],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Tablet",
                "medical_kind": "medication",
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        weak, strong = template.product_variant_ids
        self._create_allergy(product_id=weak.id, severity="severe", reaction="Hives")
        self._assert_alerts("Tablet (severe, Hives)", weak)
        self._assert_alerts("Tablet (severe, Hives)", strong)
        self._assert_alerts(False, self.amoxicillin)

    def test_class_above_gives_an_alert_and_class_below_does_not(self):
        self._create_allergy(code_id=self.atc["J01C"].id)
        self._assert_alerts("Beta-lactam antibacterials, penicillins", self.amoxicillin)
        self._assert_alerts(False, self.cefalexin)
        broad = self._create_drug("Broadly", "J01CA")
        self._assert_alerts("Beta-lactam antibacterials, penicillins", broad)

    def test_allergy_against_a_drug_spares_others_of_its_group(self):
        self._create_allergy(code_id=self.atc["J01CA04"].id)
        self._assert_alerts(False, self._create_drug("Broadly", "J01CA"))
        self._assert_alerts("Amoxicillin", self.amoxicillin)

    def test_allergy_against_a_product_holds_for_its_class(self):
        self._create_allergy(product_id=self.amoxicillin.id)
        self._assert_alerts("Amoxi 500", self._create_drug("Clamox", "J01CA04"))

    def test_words_give_an_alert_in_any_name(self):
        self._create_allergy("penicillin")
        # In the name of the product, of the line, and of the group of the drug.
        self._assert_alerts("penicillin", self._create_drug("Penicillin V, 250 mg"))
        self._assert_alerts("penicillin", self.amoxicillin)
        self._assert_alerts(
            "penicillin",
            {"name": "PENICILLIN G", "kind": "medication", "dispensing": "external"},
        )
        self._assert_alerts(False, self._create_drug("Penicillinase"))
        self._assert_alerts(False, self.cefalexin)

    def test_words_of_any_drug_give_no_alert(self):
        self._create_allergy("Drug allergy (finding), ASS 100 mg tablets")
        self._assert_alerts(False, self._create_drug("Drug 100 mg tablet ASS"))

    def test_words_are_compared_as_documented(self):
        failed, tried = doctest.testmod(substance_words)
        self.assertFalse(failed)
        self.assertTrue(tried)

    def test_mild_intolerance_gives_an_alert_and_archived_does_not(self):
        allergy = self._create_allergy("Amoxi", severity="mild")
        self._assert_alerts("Amoxi (mild)", self.amoxicillin)
        allergy.active = False
        self._assert_alerts(False, self.amoxicillin)

    def test_allergies_of_others_and_acts_give_no_alert(self):
        self._create_allergy("Suture")
        self._create_allergy("Amoxi", patient_id=self.other_patient.id)
        self._assert_alerts(False, self.amoxicillin)
        self._assert_alerts(False, self.procedure)

    def test_alert_names_all_allergies(self):
        self._create_allergy("Amoxi", severity="mild")
        self._create_allergy(code_id=self.atc["J01CA"].id, severity="severe")
        self._assert_alerts(
            "Penicillins with extended spectrum (severe); Amoxi (mild)",
            self.amoxicillin,
        )

    def test_form_warns_at_once(self):
        self._create_allergy("Amoxi")
        form = Form(self._as(self.medic, self._create_visit()))
        self.assertFalse(form.allergy_warning)
        with form.line_ids.new() as line:
            line.product_id = self.amoxicillin
            self.assertEqual(line.allergy_alert, "Amoxi")
            self.assertEqual(line.allergy_status, "alert")
        self.assertEqual(form.allergy_warning, "Amoxi 500: Amoxi")
        visit = form.save()
        self.assertEqual(visit.allergy_warning, "Amoxi 500: Amoxi")
        with Form(visit) as form, form.line_ids.edit(0) as line:
            line.product_id = self.cefalexin
            self.assertFalse(line.allergy_alert)
        self.assertFalse(visit.allergy_warning)

    # === WHAT AN ALERT STOPS === #

    def test_drug_with_an_alert_cannot_be_done_by_any_door(self):
        self._create_allergy("Amoxi", severity="severe")
        line = self._prescribe(self.amoxicillin)
        visit = line.consultation_id
        recorder = line.env["medical.consultation.line.record"].create(
            {"line_id": line.id, "quantity": 1}
        )
        for user, record, method, *args in (
            (self.medic, line, "action_done"),
            (self.assistant, line, "action_done"),
            (self.medic, line, "write", {"qty_done": 1}),
            (self.medic, visit, "write", {"line_ids": [(1, line.id, {"qty_done": 1})]}),
            (self.medic, visit, "action_mark_all_done"),
            (self.medic, recorder, "action_confirm"),
            (self.medic, visit, "action_sign"),
            (self.administrator, visit, "action_sign"),
        ):
            with self.subTest(user=user.login, method=method, args=args):
                message = self._assert_refused(
                    UserError, self._call, user, record, method, *args
                )
                self.assertIn("Amoxi 500: Amoxi (severe)", message)
        # Not even in superuser mode.
        self._assert_refused(UserError, line.sudo().write, {"qty_done": 1})
        self.assertEqual(line.qty_done, 0)
        self.assertNotEqual(visit.state, "signed")

    def test_drug_cannot_be_created_as_done_already(self):
        self._create_allergy("Amoxi")
        visit = self._create_visit()
        self._assert_refused(
            UserError, self._create_line, visit, self.amoxicillin, qty_done=1
        )
        self._assert_refused(
            UserError,
            self._create_visit,
            {"product_id": self.amoxicillin.id, "qty_done": 1},
        )

    def test_prescription_only_is_stopped_too(self):
        self._create_allergy("Penicillin")
        line = self._prescribe(
            {"name": "Penicillin V", "kind": "medication", "dispensing": "external"}
        )
        self._assert_refused(UserError, line.consultation_id.action_sign)

    def test_drug_left_for_later_is_signed_only_with_a_decision(self):
        self._create_allergy("Amoxi")
        line = self._prescribe(
            {"product_id": self.amoxicillin.id, "is_done_later": True}
        )
        self._assert_refused(UserError, line.consultation_id.action_sign)
        self._override(line)
        line.consultation_id.action_sign()
        self.assertEqual(line.consultation_id.state, "signed")

    def test_drug_within_a_package_is_checked(self):
        self._create_allergy("Amoxi")
        self._create_component(self.procedure, self.amoxicillin)
        package, drug = self._prescribe(self.procedure)
        self.assertEqual(drug.parent_id, package)
        self.assertFalse(package.allergy_alert)
        self.assertEqual(drug.allergy_status, "alert")
        message = self._assert_refused(UserError, package.action_done)
        self.assertIn("Amoxi 500: Amoxi", message)
        self._override(drug)
        package.action_done()
        self.assertEqual(drug.state, "done")

    def test_cancelled_drug_stops_nothing(self):
        self._create_allergy("Amoxi")
        line = self._prescribe(self.amoxicillin)
        line.action_cancel()
        self.assertFalse(line.allergy_alert)
        line.consultation_id.action_sign()
        self.assertEqual(line.consultation_id.state, "signed")

    def test_what_was_done_before_anybody_knew_does_not_stop_the_visit(self):
        line = self._prescribe({"product_id": self.amoxicillin.id, "quantity": 2})
        line.qty_done = 1
        self._create_allergy("Amoxi", reaction="After this tablet")
        self.assertEqual(line.allergy_status, "alert")
        # The rest is stopped, and what was done by mistake can be taken back.
        self._assert_refused(UserError, line.write, {"qty_done": 2})
        line.qty_done = 0
        line.write({"quantity": 1})
        self._override(line)
        line.qty_done = 1
        line.consultation_id.action_sign()
        done = self._prescribe(self.cefalexin)
        done.action_done()
        self._create_allergy("Cefa")
        self.assertEqual(done.allergy_alert, "Cefa")
        self.assertFalse(done.allergy_status)
        done.consultation_id.action_sign()
        self.assertEqual(done.consultation_id.state, "signed")

    # === GIVEN ANYWAY === #

    def test_decision_is_recorded_and_lets_the_drug_be_given(self):
        self._create_allergy("Amoxi", severity="severe", reaction="Hives")
        line = self._override(self._prescribe(self.amoxicillin), "Tolerated last year")
        self.assertRecordValues(
            line,
            [
                {
                    "override_reason": "Tolerated last year",
                    "override_alert": "Amoxi (severe, Hives)",
                    "override_user_id": self.medic.id,
                    "allergy_alert": "Amoxi (severe, Hives)",
                    "allergy_status": "overridden",
                }
            ],
        )
        self.assertTrue(line.date_override)
        self.assertFalse(line.consultation_id.allergy_warning)
        self.assertEqual(
            line.consultation_id.allergy_decisions,
            "Amoxi 500 given in spite of Amoxi (severe, Hives): "
            "Tolerated last year (Medic)",
        )
        line.consultation_id.action_sign()
        self.assertEqual(line.qty_done, 1)

    def test_banner_asks_for_one_drug_after_the_other(self):
        self._create_allergy("Amoxi")
        self._create_allergy("Cefa")
        lines = self._prescribe(self.fee, self.amoxicillin, self.cefalexin)
        visit = lines.consultation_id
        for drug in ("Amoxi 500", "Cefa 250"):
            context = visit.action_override_allergy()["context"]
            wizard = Form(
                visit.env["medical.consultation.line.override"].with_context(**context)
            )
            self.assertEqual(wizard.line_id.name, drug)
            wizard.reason = "No alternative"
            wizard.save().action_confirm()
        self.assertFalse(visit.allergy_warning)
        self._assert_refused(UserError, visit.action_override_allergy)

    def test_decision_needs_a_reason_and_an_alert(self):
        line = self._prescribe(self.amoxicillin)
        self._assert_refused(UserError, line.action_override_allergy)
        self._create_allergy("Amoxi")
        self._assert_refused(UserError, self._override, line, "   ")
        self._override(line)
        self._assert_refused(UserError, line.action_override_allergy)

    def test_only_medics_decide(self):
        self._create_allergy("Amoxi")
        line = self._prescribe(self.amoxicillin)
        values = {"line_id": line.id, "reason": "x"}
        for user in (self.assistant, self.reception, self.internal, self.portal):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._call, user, line, "action_override_allergy"
                )
                self._assert_refused(
                    AccessError,
                    self.env["medical.consultation.line.override"]
                    .with_user(user)
                    .create,
                    values,
                )
        self.assertEqual(self._as(self.assistant, line).allergy_alert, "Amoxi")
        self._override(line, user=self.other_medic)
        self.assertEqual(line.override_user_id, self.other_medic)

    def test_decision_cannot_be_written_by_hand(self):
        self._create_allergy("Amoxi")
        line = self._prescribe(self.amoxicillin)
        for name in WORKFLOW:
            value = self.medic.id if name.endswith("_id") else "x"
            with self.subTest(field=name):
                for user in (self.medic, self.administrator):
                    self._assert_refused(
                        UserError, self._call, user, line, "write", {name: value}
                    )
                self._assert_refused(
                    UserError,
                    line.create,
                    {
                        "consultation_id": line.consultation_id.id,
                        "product_id": self.amoxicillin.id,
                        name: value,
                    },
                )

    def test_decision_holds_for_one_drug(self):
        self._create_allergy("Amoxi")
        self._create_allergy("Cefa")
        line = self._override(self._prescribe(self.amoxicillin))
        line.dosage = "1 a day"
        self.assertEqual(line.override_reason, "No alternative")
        line.product_id = self.cefalexin
        self.assertEqual(line.allergy_status, "alert")
        self.assertFalse(line.override_reason or line.override_user_id)
        line.product_id = self.amoxicillin
        self.assertEqual(line.allergy_status, "alert")
        text = self._override(
            self._prescribe({"name": "Amoxi mixture", "kind": "medication"})
        )
        text.name = "Amoxi syrup"
        self.assertFalse(text.override_reason)

    def test_decision_holds_for_one_patient(self):
        self._create_allergy("Amoxi")
        self._create_allergy("Amoxi", patient_id=self.other_patient.id)
        line = self._override(self._prescribe(self.amoxicillin))
        line.consultation_id.patient_id = self.other_patient
        self.assertEqual(line.allergy_status, "alert")
        self.assertFalse(line.override_reason)

    def test_new_or_worse_allergy_needs_a_new_decision(self):
        allergy = self._create_allergy("Amoxi", severity="mild")
        line = self._override(self._prescribe(self.amoxicillin))
        allergy.severity = "severe"
        self.assertEqual(line.allergy_status, "alert")
        self._override(line, "Still none")
        other = self._create_allergy("Penicillin")
        self.assertEqual(line.allergy_status, "alert")
        self._assert_refused(UserError, line.action_done)
        other.active = False
        self.assertEqual(line.allergy_status, "overridden")
        line.action_done()
        self.assertEqual(line.override_alert, "Amoxi (severe)")

    def test_decision_is_frozen_with_what_was_done(self):
        self._create_allergy("Amoxi")
        line = self._override(self._prescribe(self.amoxicillin))
        line.consultation_id.action_sign()
        self._assert_refused(UserError, line.sudo().write, {"override_reason": "x"})
        self._assert_refused(UserError, line.action_override_allergy)
        self._create_allergy("Penicillin")
        self.assertRecordValues(
            line, [{"override_reason": "No alternative", "allergy_status": False}]
        )

    def test_drug_given_later_can_be_decided_about_later(self):
        line = self._prescribe(
            {"product_id": self.amoxicillin.id, "is_done_later": True}
        )
        line.consultation_id.action_sign()
        self._create_allergy("Amoxi")
        self._assert_refused(UserError, line.action_done)
        self._override(line, "One dose, watched")
        line.action_done()
        self.assertEqual(line.state, "done")
        event = line.event_ids.filtered(lambda event: event.kind == "override")
        self.assertEqual(event.note, "Amoxi\nOne dose, watched")
        self.assertEqual(event.user_id, self.medic)

    def test_copied_visit_has_no_decision(self):
        self._create_allergy("Amoxi")
        line = self._override(self._prescribe(self.amoxicillin))
        copied = line.copy()
        self.assertFalse(copied.override_reason)
        self.assertEqual(copied.allergy_status, "alert")

    # === PRODUCTS === #

    def test_class_of_a_product_is_one_of_the_atc(self):
        template = self.amoxicillin.product_tmpl_id
        self._assert_refused(
            ValidationError, template.write, {"atc_code_id": self.code_flu.id}
        )
        self.assertEqual(template.copy().atc_code_id, self.atc["J01CA04"])

    # === PERFORMANCE === #

    def test_check_is_flat_in_queries(self):
        self._create_allergy("Something else")
        drugs = [self._create_drug(f"Flat {i}", "J01CA04") for i in range(10)]
        counts = []
        for size in (2, 20):
            visits = self.env["medical.consultation"].create(
                [
                    {
                        "patient_id": self.patient.id,
                        "practitioner_id": self.medic.partner_id.id,
                        "line_ids": [
                            Command.create({"product_id": drug.id}) for drug in drugs
                        ],
                    }
                    for _number in range(size)
                ]
            )
            visits = self._as(self.medic, visits)
            start = self.env.cr.sql_log_count
            visits.line_ids._check_allergies(lambda line: True)
            self.assertFalse(visits.filtered("allergy_warning"))
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 2)
        self.assertLess(counts[1], 25)
