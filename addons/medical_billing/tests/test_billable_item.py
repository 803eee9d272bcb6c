from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestBillableItem(MedicalBillingCommon):
    # === WHICH LINES === #

    def test_charged_line_has_an_item_at_once(self):
        visit = self._create_visit(self.procedure)
        item = visit.line_ids.billable_item_ids
        self.assertRecordValues(
            item,
            [
                {
                    "consultation_id": visit.id,
                    "patient_id": self.patient.id,
                    "payer_id": self.patient.id,
                    "practitioner_id": self.medic.partner_id.id,
                    "company_id": self.env.company.id,
                    "product_id": self.procedure.id,
                    "name": "Suture",
                    "kind": "procedure",
                    "price_unit": 120,
                    "currency_id": self.env.company.currency_id.id,
                    "blocking_reason": False,
                }
            ],
        )
        self._assert_ledger(item, state="pending")

    def test_included_free_and_external_lines_have_no_item(self):
        self.lab_test.medical_charge = "none"
        self._create_component(self.procedure, self.swab)
        self._create_component(self.procedure, self.drug, 2, charge="extra")
        visit = self._create_done_visit(
            self.procedure,
            self.lab_test,
            {"product_id": self.drug.id, "dispensing": "external"},
        )
        self.assertEqual(
            [
                (item.product_id.name, item.quantity)
                for item in visit.line_ids.billable_item_ids
            ],
            [("Suture", 1), ("Tablet", 2)],
        )

    def test_visit_fee_of_reception_has_an_item(self):
        visit_type = self.env["medical.visit.type"].create(
            {"name": "First visit", "product_id": self.fee.id}
        )
        self.env.invalidate_all()
        visit = (
            self.env["medical.consultation"]
            .with_user(self.reception)
            .create({"patient_id": self.patient.id, "visit_type_id": visit_type.id})
        )
        item = visit.sudo().line_ids.billable_item_ids
        self.assertRecordValues(
            item, [{"product_id": self.fee.id, "payer_id": self.patient.id}]
        )

    def test_item_comes_and_goes_with_the_charge_of_its_line(self):
        visit = self._create_visit(self.drug)
        line = visit.line_ids
        line.with_user(self.assistant).charge = "none"
        self.assertFalse(line.billable_item_ids)
        line.with_user(self.assistant).charge = "charged"
        self.assertEqual(len(line.billable_item_ids), 1)
        line.dispensing = "external"
        self.assertFalse(line.billable_item_ids)

    def test_item_goes_with_its_line(self):
        visit = self._create_visit(self.drug)
        item = visit.line_ids.billable_item_ids
        visit.line_ids.with_user(self.medic).unlink()
        self.assertFalse(item.exists())

    def test_items_go_with_a_planned_visit(self):
        visit = self._create_visit(self.procedure, self.drug)
        items = visit.line_ids.billable_item_ids
        self._as(self.medic, visit).unlink()
        self.assertFalse(items.exists())

    # === HOW MUCH === #

    def test_quantity_follows_what_was_done(self):
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 5})
        item = visit.line_ids.billable_item_ids
        self._assert_ledger(item, state="pending")
        visit.line_ids.with_user(self.assistant).qty_done = 2
        self._assert_ledger(item, quantity=2, to_bill=2, state="to_bill")
        self._sign(visit)
        self._assert_ledger(item, quantity=5, to_bill=5, state="to_bill")
        self.assertEqual(item.amount_to_bill, 10)

    def test_lab_test_is_billable_when_it_is_done_after_signing(self):
        visit = self._sign(self._create_visit(self.lab_test))
        item = visit.line_ids.billable_item_ids
        self._assert_ledger(item, state="pending")
        self._as(self.assistant, visit.line_ids).action_done()
        self._assert_ledger(item, quantity=1, to_bill=1, state="to_bill")

    def test_cancelled_line_leaves_a_cancelled_item(self):
        visit = self._create_visit(self.drug)
        visit.line_ids.action_cancel()
        self._assert_ledger(visit.line_ids.billable_item_ids, state="cancelled")

    def test_clinic_may_bill_what_was_ordered(self):
        self.env.company.medical_billing_policy = "ordered"
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 5})
        item = visit.line_ids.billable_item_ids
        self._assert_ledger(item, state="pending")
        visit.action_start()
        self._assert_ledger(item, quantity=5, to_bill=5, state="to_bill")
        visit.line_ids.qty_done = 2
        visit.line_ids.action_cancel()
        self._assert_ledger(item, quantity=2, to_bill=2)

    def test_changing_the_policy_changes_open_items(self):
        visit = self._sign(self._create_visit(self.lab_test))
        item = visit.line_ids.billable_item_ids
        self._assert_ledger(item, state="pending")
        self.env.company.medical_billing_policy = "ordered"
        self._assert_ledger(item, quantity=1, to_bill=1)

    def test_done_grows_beyond_what_is_billed(self):
        visit = self._sign(
            self._create_visit(
                {"product_id": self.drug.id, "quantity": 5, "is_done_later": True}
            )
        )
        line = visit.line_ids
        line.qty_done = 2
        item = line.billable_item_ids
        self._post(self._build(item))
        line.qty_done = 5
        self._assert_ledger(item, quantity=5, posted=2, to_bill=3, state="to_bill")
        self._post(self._build(item))
        self._assert_ledger(item, quantity=5, posted=5, state="billed")

    # === WHAT IS BILLED STAYS === #

    def test_product_of_a_billed_line_cannot_change(self):
        visit = self._create_visit(self.drug)
        visit.line_ids.action_done()
        self._build(visit.line_ids.billable_item_ids)
        for vals in (
            {"product_id": self.swab.id},
            {"product_uom_id": self.uom_dozen.id},
            {"charge": "none"},
            {"dispensing": "external"},
        ):
            with self.subTest(vals=vals):
                self._assert_refused(
                    UserError, self._as(self.medic, visit.line_ids).write, vals
                )

    def test_patient_and_company_of_a_billed_visit_cannot_change(self):
        visit = self._create_visit(self.drug)
        visit.line_ids.action_done()
        move = self._build(visit.line_ids.billable_item_ids)
        vals = {"patient_id": self.other_patient.id}
        self._assert_refused(UserError, self._as(self.medic, visit).write, vals)
        move.unlink()
        self._as(self.medic, visit).write(vals)
        self.assertRecordValues(
            visit.line_ids.billable_item_ids,
            [{"patient_id": self.other_patient.id, "payer_id": self.other_patient.id}],
        )

    def test_line_with_a_billed_item_cannot_be_deleted(self):
        self.env.company.medical_billing_policy = "ordered"
        visit = self._create_visit(self.drug)
        visit.action_start()
        self._build(visit.line_ids.billable_item_ids)
        self._assert_refused(UserError, self._as(self.medic, visit.line_ids).unlink)
        self.assertTrue(visit.line_ids)

    def test_billed_item_cannot_be_deleted(self):
        item = self._create_items(self.drug)
        self._build(item)
        self._assert_refused(UserError, item.sudo().unlink)

    def test_item_cannot_be_due_before_its_visit(self):
        item = self._create_items(self.drug)
        self._assert_refused(ValidationError, item.write, {"due_date": "2026-03-01"})
        item.due_date = "2026-03-02"

    # === RIGHTS === #

    def test_biller_sets_nothing_of_the_ledger(self):
        item = self._create_items(self.drug)
        for vals in (
            {"qty_posted": 1},
            {"qty_to_bill": 0},
            {"quantity": 9},
            {"state": "billed"},
            {"product_id": self.swab.id},
            {"patient_id": self.other_patient.id},
            {"blocking_reason": False},
            {"move_line_ids": [Command.clear()]},
            {"consultation_line_id": False},
            {"share": 2},
        ):
            with self.subTest(vals=vals):
                self._assert_refused(
                    UserError, self._call, self.biller, item, "write", vals
                )
        self._assert_ledger(item, quantity=1, to_bill=1)

    def test_biller_cannot_make_or_delete_items(self):
        item = self._create_items(self.drug)
        self._assert_refused(AccessError, self._call, self.biller, item, "unlink")
        self._assert_refused(
            AccessError,
            self.env["medical.billable.item"].with_user(self.biller).create,
            {"consultation_line_id": item.consultation_line_id.id},
        )
