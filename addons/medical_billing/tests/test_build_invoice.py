from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Date
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestBuildInvoice(MedicalBillingCommon):
    def test_document_says_what_the_items_say(self):
        self.procedure.medical_code_id = self.code_flu
        items = self._create_items(
            {"product_id": self.drug.id, "quantity": 3}, self.procedure
        )
        visit = items.consultation_id
        move = self._build(items, invoice_date=Date.to_date("2026-03-05"))
        self.assertRecordValues(
            move,
            [
                {
                    "move_type": "out_invoice",
                    "state": "draft",
                    "partner_id": self.patient.id,
                    "medical_patient_id": self.patient.id,
                    "is_medical_receipt": False,
                    "invoice_date": Date.to_date("2026-03-05"),
                    "invoice_origin": visit.name,
                    "amount_total": 126,
                    "company_id": self.env.company.id,
                }
            ],
        )
        self.assertRecordValues(
            move.invoice_line_ids,
            [
                {
                    "billable_item_id": items[0].id,
                    "product_id": self.drug.id,
                    "product_uom_id": self.uom_unit.id,
                    "name": "Tablet",
                    "quantity": 3,
                    "price_unit": 2,
                    "account_id": self.company_data["default_account_revenue"].id,
                },
                {
                    "billable_item_id": items[1].id,
                    "product_id": self.procedure.id,
                    "product_uom_id": self.uom_unit.id,
                    "name": "Suture",
                    "quantity": 1,
                    "price_unit": 120,
                    "account_id": self.company_data["default_account_revenue"].id,
                },
            ],
        )

    def test_sections_head_each_visit(self):
        items = self._create_items(self.drug) | self._create_items(self.swab)
        move = self._build(items, grouping="patient", sections=True)
        self.assertEqual(
            move.invoice_line_ids.mapped("display_type"),
            ["line_section", "product", "line_section", "product"],
        )
        first, second = items.consultation_id.sorted("id")
        sections = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        self.assertIn(first.name, sections[0].name)
        self.assertIn(second.name, sections[1].name)

    # === WHAT CANNOT BE BILLED === #

    def test_nothing_is_built_from_no_items(self):
        message = self._assert_refused(
            UserError, self._build, self.env["medical.billable.item"]
        )
        self.assertIn("Select at least one item", message)

    def test_nothing_is_built_when_nothing_is_left(self):
        item = self._create_items(self.drug)
        self._build(item)
        message = self._assert_refused(UserError, self._build, item)
        self.assertIn(
            f"Tablet ({item.consultation_id.name}) has nothing left to bill", message
        )

    def test_nothing_is_built_before_it_is_done(self):
        item = self._create_visit(self.drug).line_ids.billable_item_ids
        message = self._assert_refused(UserError, self._build, item)
        self.assertIn("is not done yet", message)

    def test_nothing_is_built_before_it_is_due(self):
        item = self._create_items(self.drug, date="2026-03-02 09:00:00")
        tomorrow = Date.add(Date.context_today(item), days=1)
        item.due_date = tomorrow
        message = self._assert_refused(UserError, self._build, item)
        self.assertIn(f"is not due before {tomorrow:%m/%d/%Y}", message)
        item.due_date = Date.context_today(item)
        self.assertTrue(self._build(item))

    def test_rest_is_built_when_something_cannot_be(self):
        done = self._create_items(self.drug)
        pending = self._create_visit(self.swab).line_ids.billable_item_ids
        move = self._build(done | pending)
        self.assertEqual(move.invoice_line_ids.billable_item_id, done)
        self._assert_ledger(pending, state="pending")

    def test_long_list_of_reasons_is_cut(self):
        visit = self._create_visit(*[self.drug] * 12)
        message = self._assert_refused(
            UserError, self._build, visit.line_ids.billable_item_ids
        )
        self.assertEqual(message.count("is not done yet"), 10)
        self.assertIn("and 2 more", message)

    def test_unknown_grouping_is_refused(self):
        item = self._create_items(self.drug)
        self._assert_refused(UserError, self._build, item, grouping="moon")

    # === GROUPING === #

    def _count(self, items, grouping):
        """Return how many lines each document has, and take them back."""
        moves = self._build(items, grouping=grouping)
        counts = sorted(len(move.invoice_line_ids) for move in moves)
        moves.unlink()
        return counts

    def test_items_are_grouped_as_told(self):
        items = (
            self._create_items(self.drug, self.procedure)
            | self._create_items(self.drug)
            | self._create_items(self.swab, patient_id=self.other_patient.id)
        )
        # Ada has two visits with three items of two kinds, Ben one.
        for grouping, expected in (
            ("patient", [1, 3]),
            ("consultation", [1, 1, 2]),
            ("kind", [1, 1, 2]),
            ("item", [1, 1, 1, 1]),
        ):
            with self.subTest(grouping=grouping):
                self.assertEqual(self._count(items, grouping), expected)

    def test_company_says_how_when_nobody_does(self):
        items = self._create_items(self.drug, self.procedure)
        self.env.company.medical_invoice_grouping = "item"
        self.assertEqual(self._count(items, None), [1, 1])
        self.env.company.medical_invoice_grouping = False
        self.assertEqual(self._count(items, None), [2])

    def test_payers_are_always_apart(self):
        items = self._create_items(self.drug, self.procedure)
        items[0].payer_id = self.guarantor
        moves = self._build(items, grouping="consultation")
        self.assertEqual(
            sorted(moves.partner_id.ids), sorted((self.guarantor | self.patient).ids)
        )

    def test_patients_of_one_guarantor_get_documents_of_their_own(self):
        (self.patient | self.other_patient).guarantor_id = self.guarantor
        items = self._create_items(self.drug) | self._create_items(
            self.drug, patient_id=self.other_patient.id
        )
        moves = self._build(items, grouping="patient")
        self.assertEqual(moves.partner_id, self.guarantor)
        self.assertEqual(moves.medical_patient_id, self.patient | self.other_patient)

    def test_currencies_are_never_mixed(self):
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )
        items = self._create_items(self.drug, self.procedure)
        items[1].pricelist_id = self._create_pricelist(currency_id=euro.id)
        moves = self._build(items, grouping="consultation")
        self.assertRecordValues(
            moves.sorted("amount_total"),
            [
                {"currency_id": self.env.company.currency_id.id, "amount_total": 2},
                {"currency_id": euro.id, "amount_total": 240},
            ],
        )

    def test_companies_are_never_mixed(self):
        first = self.env.company
        other_data = self.setup_other_company(name="Other clinic")
        other = other_data["company"]
        drug = self.drug.with_company(other)
        drug.property_account_income_id = other_data["default_account_revenue"]
        self.env.user.company_ids = [Command.link(other.id)]
        visits = self._create_visit(self.drug) | self._create_visit(
            self.drug, company_id=other.id
        )
        visits.action_sign()
        items = visits.line_ids.billable_item_ids
        biller = self._create_user(
            "biller_of_both",
            "medical_billing.group_biller",
            company_ids=[Command.set((first | other).ids)],
        )
        self.env.flush_all()
        self.env.invalidate_all()
        moves = (
            items.with_user(biller)
            .with_context(allowed_company_ids=[first.id, other.id])
            ._build_invoices(grouping="patient")
        )
        self.assertRecordValues(
            moves.sorted("id"),
            [
                {
                    "company_id": first.id,
                    "journal_id": self.company_data["default_journal_sale"].id,
                },
                {
                    "company_id": other.id,
                    "journal_id": other_data["default_journal_sale"].id,
                },
            ],
        )

    # === RIGHTS === #

    def test_only_billers_build(self):
        item = self._create_items(self.drug)
        for user in (self.medic, self.accountant, self.reception, self.internal):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._build, item, user)
        self.assertTrue(self._build(item))

    def test_document_posted_today_has_todays_date(self):
        move = self._build(self._create_items(self.drug))
        self.assertFalse(move.invoice_date)
        self._as(self.biller, move).action_post()
        self.assertEqual(move.invoice_date, fields.Date.context_today(move))
