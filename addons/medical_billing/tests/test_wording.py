from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.account.models.account_move_send import AccountMoveSend

from .common import MedicalBillingCommon

NEUTRAL = "Medical services of 03/02/2026"


@tagged("post_install", "-at_install")
class TestWording(MedicalBillingCommon):
    """Payers who must not learn what was done, and documents that do not say it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            cls.procedure, cls.drug, date="2026-03-02 09:00:00"
        )
        cls.full_names = [cls.procedure.name, cls.drug.name]

    def _build_for_guarantor(self, **options):
        self.patient.guarantor_id = self.guarantor
        items = self._create_items(
            self.procedure, self.drug, date="2026-03-02 09:00:00"
        )
        self.assertEqual(items.payer_id, self.guarantor)
        return self._build(items, **options)

    def _names(self, move):
        lines = move.invoice_line_ids.filtered(lambda line: line.quantity)
        return lines.sorted("sequence").mapped("name")

    # === WHO GETS NEUTRAL WORDING === #

    def test_patients_read_what_was_done(self):
        move = self._build(self.items)
        self.assertFalse(move.medical_neutral_wording)
        self.assertEqual(self._names(move), self.full_names)

    def test_other_payers_do_not(self):
        move = self._build_for_guarantor()
        self.assertTrue(move.medical_neutral_wording)
        self.assertEqual(self._names(move), [NEUTRAL] * 2)

    def test_company_may_show_everything_to_everybody(self):
        self.env.company.medical_neutral_wording = "nobody"
        self.assertEqual(self._names(self._build_for_guarantor()), self.full_names)

    def test_company_may_show_nothing_to_anybody(self):
        self.env.company.medical_neutral_wording = "all"
        self.assertEqual(self._names(self._build(self.items)), [NEUTRAL] * 2)

    def test_payer_goes_before_company(self):
        self.guarantor.medical_neutral_wording = "full"
        self.patient.medical_neutral_wording = "neutral"
        own = self._build(self.items)
        self.assertEqual(self._names(own), [NEUTRAL] * 2)
        self.assertEqual(self._names(self._build_for_guarantor()), self.full_names)

    def test_text_is_in_the_language_of_the_payer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.guarantor.lang = "fr_FR"
        names = self._names(self._build_for_guarantor())
        self.assertTrue(names[0].endswith("02/03/2026"), names)

    def test_items_keep_what_was_done(self):
        move = self._build_for_guarantor()
        items = move.invoice_line_ids.billable_item_id
        self.assertEqual(items.mapped("name"), self.full_names)

    # === SWITCHING A DOCUMENT === #

    def test_draft_is_switched_and_back(self):
        move = self._build(self.items, sections=True)
        section = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        title = section.name
        section.name = "Suture of the arm"
        move.with_user(self.biller).medical_neutral_wording = True
        self.assertEqual(self._names(move), [NEUTRAL] * 2)
        self.assertEqual(section.name, title)
        move.with_user(self.biller).medical_neutral_wording = False
        self.assertEqual(self._names(move), self.full_names)
        self.assertEqual(section.name, title)

    def test_package_on_one_line_is_not_named(self):
        self.env.company.medical_package_printing = "one_line"
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.procedure)
        self._create_component(package, self.fee)
        items = self._create_done_visit(
            package, date="2026-03-02 09:00:00"
        ).line_ids.billable_item_ids
        move = self._build(items)
        section = move.invoice_line_ids.filtered("collapse_composition")
        title = section.name
        self.assertIn("Check-up", title)
        move.medical_neutral_wording = True
        self.assertEqual(section.name, NEUTRAL)
        move.medical_neutral_wording = False
        self.assertEqual(section.name, title)
        move.unlink()
        self.patient.medical_neutral_wording = "neutral"
        move = self._build(items)
        self.assertEqual(set(move.invoice_line_ids.mapped("name")), {NEUTRAL})

    def test_biller_switches_in_the_form(self):
        move = self._build(self.items)
        with Form(move.with_user(self.biller)) as form:
            form.medical_neutral_wording = True
        self.assertEqual(self._names(move), [NEUTRAL] * 2)

    def test_what_was_typed_by_hand_is_hidden_too(self):
        move = self._build(self.items)
        move.invoice_line_ids = [
            Command.create(
                {
                    "product_id": self.procedure.id,
                    "name": "HIV test",
                    "quantity": 1,
                    "tax_ids": [],
                }
            ),
            Command.create(
                {
                    "display_type": "line_section",
                    "name": "HIV",
                    "sequence": 99,
                    "collapse_composition": True,
                }
            ),
        ]
        move.medical_neutral_wording = True
        self.assertEqual(
            set(move.invoice_line_ids.mapped("name")), {NEUTRAL, "Medical services"}
        )

    def test_line_added_to_a_neutral_draft_does_not_name_its_product(self):
        move = self._build_for_guarantor()
        form = Form(move.with_user(self.biller))
        with form.invoice_line_ids.new() as line:
            line.product_id = self.procedure
        form.save()
        added = move.invoice_line_ids.filtered(lambda line: not line.billable_item_id)
        self.assertEqual(added.name, "Medical services")

    def test_items_added_to_a_draft_speak_like_the_draft(self):
        move = self._build(self.items[0])
        move.medical_neutral_wording = True
        self.assertEqual(self._build(self.items[1], add_to_drafts=True), move)
        self.assertEqual(self._names(move), [NEUTRAL] * 2)

    def test_posted_document_refuses(self):
        move = self._post(self._build(self.items))
        with self.assertRaisesRegex(UserError, "no draft any more"):
            move.with_user(self.biller).medical_neutral_wording = True
        self.assertEqual(self._names(move), self.full_names)

    def test_neutral_document_stays_neutral_when_posted(self):
        move = self._post(self._build_for_guarantor())
        with self.assertRaisesRegex(UserError, "no draft any more"):
            move.with_user(self.biller).medical_neutral_wording = False
        self.assertEqual(self._names(move), [NEUTRAL] * 2)

    # === WHAT FOLLOWS FROM A DOCUMENT === #

    def test_credit_note_of_a_neutral_document_is_neutral(self):
        credit = self._reverse(self._post(self._build_for_guarantor()))
        self.assertTrue(credit.medical_neutral_wording)
        self.assertEqual(self._names(credit), [NEUTRAL] * 2)

    def test_neutral_document_is_not_made_electronic_by_default(self):
        # The formats name the product of each line.
        full = self._build(self.items)
        neutral = self._build_for_guarantor()
        sending = self.env["account.move.send"]
        with patch.object(
            AccountMoveSend, "_get_default_invoice_edi_format", return_value="ubl"
        ):
            self.assertEqual(sending._get_default_invoice_edi_format(full), "ubl")
            self.assertFalse(sending._get_default_invoice_edi_format(neutral))

    # === RIGHTS === #

    def test_reception_does_not_see_how_payers_are_set_up(self):
        with self.assertRaises(AccessError):
            self.guarantor.with_user(self.reception).medical_neutral_wording  # noqa: B018


@tagged("post_install", "-at_install")
class TestDiagnosisConsent(MedicalBillingCommon):
    def test_assistant_notes_the_consent(self):
        self.patient.with_user(self.assistant).diagnosis_consent = True
        self.assertEqual(self.patient.diagnosis_consent_user_id, self.assistant)
        self.assertTrue(self.patient.diagnosis_consent_date)

    def test_end_of_the_consent_is_noted_too(self):
        self.patient.with_user(self.assistant).diagnosis_consent = True
        self.patient.with_user(self.medic).diagnosis_consent = False
        self.assertEqual(self.patient.diagnosis_consent_user_id, self.medic)

    def test_nobody_is_noted_before_somebody_asked(self):
        self.assertFalse(self.patient.diagnosis_consent_user_id)
        self.assertFalse(self.patient.diagnosis_consent_date)

    def test_billers_and_reception_do_not_note_it(self):
        for user in (self.biller, self.reception):
            with self.subTest(user=user.login):
                refused = self.assertRaisesRegex(AccessError, "Only assistants and")
                with refused:
                    self.patient.with_user(user).write({"diagnosis_consent": True})
        with self.assertRaisesRegex(AccessError, "Only assistants and medics"):
            self.env["res.partner"].with_user(self.reception).create(
                {"name": "New", "is_patient": True, "diagnosis_consent": True}
            )

    def test_who_and_when_are_not_entered_by_hand(self):
        for vals in (
            {"diagnosis_consent_user_id": self.medic.id},
            {"diagnosis_consent_date": "2026-01-01 00:00:00"},
        ):
            with self.subTest(vals=vals):
                refused = self.assertRaisesRegex(UserError, "not entered by hand")
                with refused:
                    self.patient.with_user(self.assistant).write(vals)

    def test_consent_of_a_double_is_asked_anew(self):
        double = self._create_patient(name="Ada Patient")
        double.diagnosis_consent = True
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.patient | double).ids, self.patient
        )
        self.assertFalse(self.patient.diagnosis_consent)
