from ast import literal_eval
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import Form, tagged

from odoo.addons.medical_billing.wizard import medical_build_invoice

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestBuildWizard(MedicalBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            {"product_id": cls.drug.id, "quantity": 3}, cls.procedure
        )

    def test_preview_counts_documents_and_adds_up(self):
        wizard = self._open_wizard(self.items)
        self.assertRecordValues(
            wizard,
            [
                {
                    "in_background": False,
                    "document_count": 1,
                    "amount_total": 126,
                    "amount_paid": 126,
                    "skipped": False,
                    "grouping": "patient",
                }
            ],
        )
        self.assertIn("Ada Patient", wizard.preview)
        self.assertIn("126.00", wizard.preview)
        wizard.grouping = "item"
        self.assertEqual(wizard.document_count, 2)

    def test_preview_makes_nothing(self):
        self._open_wizard(self.items).preview  # noqa: B018
        self.assertFalse(self.items.move_line_ids)

    def test_preview_says_what_is_left_out_and_why(self):
        pending = self._create_visit(self.swab).line_ids.billable_item_ids
        billed = self._create_items(self.drug)
        self._build(billed)
        late = self._create_items(self.swab)
        late.due_date = Date.add(Date.context_today(late), days=30)
        wizard = self._open_wizard(self.items | pending | billed | late)
        self.assertEqual(wizard.amount_total, 126)
        due = f"{late.due_date:%m/%d/%Y}"
        for text in (
            f"Swab ({pending.consultation_id.name}) is not done yet",
            f"Tablet ({billed.consultation_id.name}) has nothing left to bill",
            f"Swab ({late.consultation_id.name}) is not due before {due}",
        ):
            self.assertIn(text, wizard.skipped)

    def test_preview_keeps_currencies_apart(self):
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        self.items[1].pricelist_id = self._create_pricelist(currency_id=euro.id)
        wizard = self._open_wizard(self.items)
        self.assertRecordValues(wizard, [{"document_count": 2, "amount_total": 0}])
        self.assertIn("6.00", wizard.preview)
        self.assertIn("240.00", wizard.preview)

    def test_building_shows_the_documents(self):
        action = self._open_wizard(self.items).action_build()
        move = self.items.move_line_ids.move_id
        self.assertEqual(action["res_model"], "account.move")
        self.assertEqual(action["res_id"], move.id)
        self.assertEqual(move.state, "draft")

    def test_building_tells_what_was_left_out(self):
        pending = self._create_visit(self.swab).line_ids.billable_item_ids
        action = self._open_wizard(self.items | pending).action_build()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("is not done yet", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "account.move")

    def test_wizard_without_items_is_refused(self):
        wizard = self._open_wizard(self.env["medical.billable.item"])
        self._assert_refused(UserError, wizard.action_build)

    def test_visit_opens_the_wizard_with_its_items(self):
        visits = self.items.consultation_id | self._create_done_visit(self.swab)
        wizard = self._get_wizard(self._as(self.biller, visits).action_build_invoice())
        self.assertEqual(
            wizard.item_ids, self.items | visits[1].line_ids.billable_item_ids
        )
        self._build(visits.line_ids.billable_item_ids)
        self._assert_refused(
            UserError, self._as(self.biller, visits).action_build_invoice
        )

    def test_patient_opens_the_wizard_with_all_that_is_left(self):
        more = self._create_items(self.swab)
        self._create_items(self.drug, patient_id=self.other_patient.id)
        wizard = self._get_wizard(
            self._as(self.biller, self.patient).action_medical_build()
        )
        self.assertEqual(wizard.item_ids, self.items | more)
        self._build(self.items | more)
        self._assert_refused(
            UserError, self._as(self.biller, self.patient).action_medical_build
        )

    def test_everything_is_billed_by_a_condition(self):
        other = self._create_items(self.swab, patient_id=self.other_patient.id)
        action = self.env.ref("medical_billing.medical_build_invoice_action_everything")
        domain = literal_eval(action.context)["default_item_domain"]
        wizard = self._open_wizard(
            self.env["medical.billable.item"], item_domain=domain
        )
        self.assertRecordValues(
            wizard, [{"has_selection": False, "document_count": 2, "amount_total": 127}]
        )
        wizard.item_domain = f"[('patient_id', '=', {self.other_patient.id})]"
        self.assertEqual(wizard.amount_total, 1)
        wizard.action_build()
        self.assertTrue(other.move_line_ids)
        self.assertFalse(self.items.move_line_ids)

    def test_condition_that_is_none_is_refused(self):
        nothing = self.env["medical.billable.item"]
        for domain in ("[(", "__import__('os')", "5"):
            with self.subTest(domain=domain):
                self._assert_refused(
                    UserError,
                    lambda domain=domain: self._open_wizard(
                        nothing, item_domain=domain
                    ).action_build(),
                )

    def _get_wizard(self, action):
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_selected_items_open_the_wizard(self):
        action = self._as(self.biller, self.items).action_build()
        self.env.flush_all()
        self.env.invalidate_all()
        with Form(self._get_wizard(action).with_user(self.biller)) as form:
            form.document_type = "receipt"
            self.assertEqual(form.amount_total, 126)
            with form.payment_ids.edit(0) as payment:
                self.assertEqual(payment.journal_id.type, "cash")
                self.assertEqual(payment.amount, 126)
            form.amount_given = 26
            self.assertEqual(form.amount_open, 100)
            self.assertEqual(form.amount_change, 0)
        form.record.action_build()
        self.assertRecordValues(
            self.items.move_line_ids.move_id,
            [{"payment_state": "partial", "amount_residual": 100}],
        )

    def test_typed_payments_stay_until_the_total_changes(self):
        action = self._as(self.biller, self.items).action_build()
        self.env.flush_all()
        self.env.invalidate_all()
        with Form(self._get_wizard(action).with_user(self.biller)) as form:
            form.document_type = "receipt"
            with form.payment_ids.edit(0) as payment:
                payment.amount = 26
            self.assertEqual(form.amount_open, 100)
            form.sections = True
            form.grouping = "consultation"
            self.assertEqual(form.amount_open, 100)
            with form.payment_ids.new() as payment:
                payment.journal_id = self.bank_journal
                self.assertEqual(payment.amount, 100)
            self.assertEqual(form.amount_open, 0)

    # === ADDING TO DRAFTS, JOURNALS, THE USUAL WAY === #

    def test_items_are_added_to_the_draft_of_the_same_payer(self):
        draft = self._build(self.items[0])
        wizard = self._open_wizard(self.items[1], add_to_drafts=True)
        self.assertEqual(wizard.draft_count, 1)
        wizard.action_build()
        self.env.invalidate_all()
        self.assertEqual(self.items.move_line_ids.move_id, draft)
        self.assertEqual(draft.amount_total, 126)
        self.assertEqual(draft.invoice_line_ids.mapped("name"), ["Tablet", "Suture"])
        self.assertEqual(draft.invoice_origin, self.items.consultation_id.name)
        self._assert_ledger(self.items[1], quantity=1, drafted=1)

    def test_drafts_of_others_are_left_alone(self):
        self._build(self.items[0])
        other_payer = self._create_items(self.swab)
        other_payer.payer_id = self.guarantor
        other_patient = self._create_items(self.swab, patient_id=self.other_patient.id)
        wizard = self._open_wizard(other_payer | other_patient, add_to_drafts=True)
        self.assertEqual(wizard.draft_count, 0)
        wizard.action_build()
        self.assertEqual(len((other_payer | other_patient).move_line_ids.move_id), 2)
        self.assertEqual(len(self.items[0].move_line_ids.move_id.invoice_line_ids), 1)

    def test_posted_invoices_get_nothing_added(self):
        posted = self._post(self._build(self.items[0]))
        wizard = self._open_wizard(self.items[1], add_to_drafts=True)
        self.assertEqual(wizard.draft_count, 0)
        wizard.action_build()
        self.assertNotEqual(self.items[1].move_line_ids.move_id, posted)

    def test_another_draft_is_made_when_nobody_asks(self):
        draft = self._build(self.items[0])
        self._open_wizard(self.items[1]).action_build()
        self.assertNotEqual(self.items[1].move_line_ids.move_id, draft)

    def test_documents_go_to_the_chosen_journal(self):
        journal = self.company_data["default_journal_sale"].copy({"code": "DAY"})
        self._open_wizard(self.items, document_journal_id=journal.id).action_build()
        self.assertEqual(self.items.move_line_ids.move_id.journal_id, journal)

    def test_manager_makes_a_way_the_usual_one(self):
        manager = self._create_user("manager", "medical_billing.group_billing_manager")
        self._open_wizard(
            self.items, manager, grouping="item", sections=True, remember=True
        ).action_build()
        new = self._open_wizard(self._create_items(self.swab))
        self.assertRecordValues(new, [{"grouping": "item", "sections": True}])

    def test_biller_does_not_make_a_way_the_usual_one(self):
        wizard = self._open_wizard(self.items, grouping="item").sudo()
        wizard.remember = True
        self._assert_refused(UserError, wizard.sudo(False).action_build)
        self.assertEqual(self.env.company.medical_invoice_grouping, "patient")

    # === MANY === #

    def test_preview_of_many_shows_the_first_and_all_totals(self):
        patients = [self._create_patient(name=f"Patient {n}") for n in range(22)]
        items = self.env["medical.billable.item"].concat(
            *(self._create_items(self.swab, patient_id=p.id) for p in patients)
        )
        wizard = self._open_wizard(items)
        self.assertRecordValues(wizard, [{"document_count": 22, "amount_total": 22}])
        self.assertIn("Patient 19", wizard.preview)
        self.assertNotIn("Patient 20", wizard.preview)
        self.assertIn("and 2 more", wizard.preview)

    def test_many_documents_go_to_the_background(self):
        items = self._create_items(*[self.swab] * 3)
        with patch.object(medical_build_invoice, "MANY_DOCUMENTS", 2):
            wizard = self._open_wizard(items, grouping="item")
            self.assertTrue(wizard.in_background)
            wizard.grouping = "patient"
            self.assertFalse(wizard.in_background)

    def test_only_billers_open_the_wizard(self):
        for user in (self.medic, self.accountant, self.reception):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._open_wizard, self.items, user)
