from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestUnbilled(MedicalBillingCommon):
    """The list of what is not billed says why, and since when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_medical_product("Suture", price=80.0)

    def _rows(self, user=None, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [(name, "=", value) for name, value in values.items()]
        return (
            self.env["medical.unbilled"].with_user(user or self.biller).search(domain)
        )

    def test_what_is_to_bill_stands_there_with_its_age_and_amount(self):
        ten_days_ago = fields.Datetime.now() - timedelta(days=10)
        item = self._create_items(
            {"product_id": self.product.id, "quantity": 2}, date=ten_days_ago
        )
        self.assertRecordValues(
            self._rows(item_id=item.id),
            [
                {
                    "reason": "to_bill",
                    "age": 10,
                    "age_group": "1_month",
                    "amount": 160.0,
                    "amount_company": 160.0,
                    "patient_id": self.patient.id,
                    "payer_id": self.patient.id,
                    "consultation_id": item.consultation_id.id,
                }
            ],
        )

    def test_what_is_billed_leaves_the_list(self):
        item = self._create_items({"product_id": self.product.id})
        move = self._build(item)
        self.assertEqual(self._rows(item_id=item.id).reason, "drafted")
        self.assertEqual(self._rows(item_id=item.id).move_id, move)
        self._post(move)
        self.assertFalse(self._rows(item_id=item.id))

    def test_blocked_item_says_what_blocks_it(self):
        free = self._create_medical_product("Unpriced", price=0.0)
        item = self._create_items({"product_id": free.id})
        row = self._rows(item_id=item.id)
        self.assertEqual(
            (row.reason, row.blocking_reason),
            ("blocked", "no_price"),
        )

    def test_item_with_a_due_date_waits_and_says_so(self):
        item = self._create_items({"product_id": self.product.id})
        item.due_date = fields.Date.today() + timedelta(days=5)
        self.assertEqual(self._rows(item_id=item.id).reason, "not_due")

    def test_partly_billed_item_has_a_row_for_each_part(self):
        item = self._create_items({"product_id": self.product.id, "quantity": 3})
        move = self._build(item)
        move.invoice_line_ids.quantity = 1
        self.assertEqual(
            sorted(
                (row.reason, row.amount_company) for row in self._rows(item_id=item.id)
            ),
            [("drafted", 80.0), ("to_bill", 160.0)],
        )

    def test_credit_of_the_accountant_waits_for_a_decision(self):
        item = self._create_items({"product_id": self.product.id})
        self._post(self._reverse(self._post(self._build(item))))
        row = self._rows(item_id=item.id)
        self.assertEqual((row.reason, row.amount), ("undecided", 80.0))
        item.with_user(self.biller).action_bill_again()
        self.assertEqual(self._rows(item_id=item.id).reason, "to_bill")

    def test_visit_begun_and_not_signed_is_listed_after_the_hours_of_the_company(self):
        self.env.company.medical_unsigned_hours = 6
        visit = self._create_visit({"product_id": self.product.id})
        visit.action_start()
        self.assertFalse(self._rows(consultation_id=visit.id, reason="unsigned"))
        with freeze_time(fields.Datetime.now() - timedelta(hours=7)):
            late = self._create_visit({"product_id": self.product.id})
            late.action_start()
        row = self._rows(consultation_id=late.id, reason="unsigned")
        self.assertEqual(row.patient_id, self.patient)
        self.assertFalse(row.amount)
        self._sign(late, self.administrator)
        self.assertFalse(self._rows(consultation_id=late.id, reason="unsigned"))

    def test_amount_in_another_currency_is_converted(self):
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": currency.id}
        )
        item = self._create_items({"product_id": self.product.id})
        item.pricelist_id = pricelist
        # 80 of the company's at 2 euros each.
        self.assertRecordValues(
            self._rows(item_id=item.id),
            [{"amount": 160.0, "amount_company": 80.0}],
        )

    def test_medic_and_accountant_do_not_see_the_list(self):
        self._create_items({"product_id": self.product.id})
        for user in (self.medic, self.accountant, self.reception):
            with self.assertRaises(AccessError):
                self._rows(user=user)

    def test_biller_does_not_see_other_companies(self):
        other = self.setup_other_company(name="Other clinic")["company"]
        item = self._create_items({"product_id": self.product.id})
        self.biller.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertNotIn(item.id, self._rows().item_id.ids)

    def test_each_row_opens_what_has_to_be_done_something_about(self):
        item = self._create_items({"product_id": self.product.id})
        action = self._rows(item_id=item.id).action_open()
        self.assertEqual((action["res_model"], action["res_id"]), (item._name, item.id))
        move = self._build(item)
        action = self._rows(item_id=item.id).action_open()
        self.assertEqual((action["res_model"], action["res_id"]), (move._name, move.id))


@tagged("post_install", "-at_install")
class TestUnlinkedLine(MedicalBillingCommon):
    """A line that looks medical and bills nothing recorded is found and settled."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._create_medical_product("Suture", price=80.0)

    def _create_invoice(self, partner=None, product=None, **values):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.patient).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": (product or self.product).id,
                            "price_unit": 80.0,
                            "tax_ids": [Command.clear()],
                            **values,
                        }
                    )
                ],
            }
        )
        self.env.flush_all()
        return invoice.invoice_line_ids

    def test_service_of_the_clinic_typed_by_hand_is_flagged_and_listed(self):
        line = self._create_invoice()
        self.assertTrue(line.is_medical_unlinked)
        row = (
            self.env["medical.unbilled"]
            .with_user(self.biller)
            .search([("move_line_id", "=", line.id)])
        )
        self.assertRecordValues(
            row, [{"reason": "unlinked", "amount": 80.0, "amount_company": 80.0}]
        )
        self.assertEqual(row.action_open()["res_model"], "medical.link.item")

    def test_other_business_is_never_flagged(self):
        other = self.env["product.product"].create({"name": "Umbrella"})
        stranger = self._create_partner(name="Stranger")
        self.assertFalse(self._create_invoice(product=other).is_medical_unlinked)
        self.assertFalse(self._create_invoice(partner=stranger).is_medical_unlinked)

    def test_duplicate_of_a_document_is_flagged_line_by_line(self):
        items = self._create_items(
            {"product_id": self.product.id}, {"product_id": self.product.id}
        )
        move = self._post(self._build(items))
        copied = move.with_user(self.accountant).copy()
        self.assertEqual(
            copied.invoice_line_ids.sudo().mapped("is_medical_unlinked"), [True, True]
        )
        self.assertFalse(any(move.invoice_line_ids.mapped("is_medical_unlinked")))

    def test_line_typed_into_a_document_of_the_clinic_is_flagged(self):
        move = self._build(self._create_items({"product_id": self.product.id}))
        with (
            Form(move.with_user(self.accountant)) as form,
            form.invoice_line_ids.new() as line,
        ):
            line.name = "Something more"
            line.price_unit = 10.0
        self.assertEqual(
            move.invoice_line_ids.sorted("id").mapped("is_medical_unlinked"),
            [False, True],
        )

    def test_biller_links_a_line_to_what_was_recorded(self):
        line = self._create_invoice()
        item = self._create_items({"product_id": self.product.id})
        wizard = (
            self.env["medical.link.item"]
            .with_user(self.biller)
            .create({"move_line_id": line.id})
        )
        self.assertEqual(wizard.item_id, item)
        wizard.action_link()
        self.assertFalse(line.is_medical_unlinked)
        self.assertEqual(line.move_id.medical_patient_id, self.patient)
        self._assert_ledger(item, "drafted", quantity=1, drafted=1)

    def test_line_of_a_posted_document_can_be_linked(self):
        line = self._create_invoice()
        self._post(line.move_id)
        item = self._create_items({"product_id": self.product.id})
        line.with_user(self.biller)._link_billable_item(item)
        self._assert_ledger(item, "billed", quantity=1, posted=1)

    def test_only_what_fits_and_is_left_is_proposed(self):
        line = self._create_invoice(quantity=2)
        other = self._create_medical_product("Dressing", price=80.0)
        too_little, unlike = self._create_items(
            {"product_id": self.product.id}, {"product_id": other.id}
        )
        self.assertFalse(line.with_user(self.biller)._get_candidate_items())
        for item in too_little | unlike:
            with self.assertRaisesRegex(UserError, "cannot bill"):
                line.with_user(self.biller)._link_billable_item(item)

    def test_correction_is_not_proposed_for_a_line_that_bills(self):
        item = self._create_items({"product_id": self.product.id})
        self._post(self._build(item))
        act = item.consultation_line_id
        self._amend(act.consultation_id)
        self._as(self.medic, act).qty_done = 0
        self.assertRecordValues(item.credit_ids, [{"qty_to_bill": -1}])
        line = self._create_invoice()
        self.assertFalse(line.with_user(self.biller)._get_candidate_items())

    def test_biller_says_why_there_is_nothing_to_link(self):
        line = self._create_invoice()
        wizard = (
            self.env["medical.link.item"]
            .with_user(self.biller)
            .create({"move_line_id": line.id})
        )
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.action_confirm_unlinked()
        wizard.reason = "Copy of the record"
        wizard.action_confirm_unlinked()
        self.assertRecordValues(
            line,
            [
                {
                    "is_medical_unlinked": False,
                    "medical_unlinked_reason": "Copy of the record",
                    "medical_unlinked_user_id": self.biller.id,
                }
            ],
        )

    def test_accountant_cannot_settle_lines(self):
        line = self._create_invoice().with_user(self.accountant)
        with self.assertRaises(AccessError):
            line._confirm_unlinked("No reason")
        with self.assertRaises(AccessError):
            self.env["medical.link.item"].with_user(self.accountant).create(
                {"move_line_id": line.id}
            )
        with self.assertRaisesRegex(UserError, "is said in the list"):
            line.write({"medical_unlinked_reason": "By hand"})
