from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import Form, tagged

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
        visit = self.items.consultation_id
        action = self._as(self.biller, visit).action_build_invoice()
        self.assertEqual(
            set(action["context"]["default_item_ids"]), set(self.items.ids)
        )
        self._build(self.items)
        self._assert_refused(
            UserError, self._as(self.biller, visit).action_build_invoice
        )

    def test_selected_items_open_the_wizard(self):
        self.env.invalidate_all()
        with Form(
            self.env["medical.build.invoice"]
            .with_user(self.biller)
            .with_context(
                active_model="medical.billable.item", active_ids=self.items.ids
            )
        ) as form:
            form.document_type = "receipt"
            self.assertEqual(form.amount_paid, 126)
            self.assertEqual(form.journal_id.type, "cash")
            form.amount_paid = 26
        form.record.action_build()
        self.assertRecordValues(
            self.items.move_line_ids.move_id,
            [{"payment_state": "partial", "amount_residual": 100}],
        )

    def test_only_billers_open_the_wizard(self):
        for user in (self.medic, self.accountant, self.reception):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._open_wizard, self.items, user)
