from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestAccessRights(MedicalBillingCommon):
    """Who may see and do what of billing: each right beside its refusal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            cls.drug, cls.procedure, history="Secret history", reason="Secret reason"
        )
        cls.visit = cls.items.consultation_id
        cls.other_item = cls._create_items(
            cls.drug, practitioner_id=cls.other_medic.partner_id.id
        )

    def _search(self, user, model, domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env[model].with_user(user).search(list(domain))

    # === BILLER === #

    def test_biller_reads_all_items(self):
        found = self._search(self.biller, "medical.billable.item")
        self.assertLessEqual(self.items | self.other_item, found)
        values = self._as(self.biller, self.items[0]).read()[0]
        self.assertEqual(values["name"], "Tablet")
        self.assertEqual(values["patient_id"][0], self.patient.id)

    def test_biller_reads_items_through_the_views(self):
        self.env.invalidate_all()
        item = self.items[0].with_user(self.biller)
        views = item.get_views([(False, "list"), (False, "form"), (False, "search")])
        for view_type in ("list", "form"):
            names = views["models"]["medical.billable.item"]["fields"]
            with self.subTest(view=view_type):
                self.assertTrue(
                    item.web_read({name: {} for name in names if name in item})
                )

    def test_biller_reads_nothing_clinical(self):
        visit = self.visit.with_user(self.biller)
        self.assertEqual(self._as(self.biller, self.visit).name, self.visit.name)
        for name in ("reason", "history", "line_ids", "diagnosis_ids", "weight"):
            with self.subTest(field=name):
                self._assert_refused(AccessError, visit.read, [name])
                self._assert_refused(AccessError, visit.search, [(name, "!=", False)])
        for model in (
            "medical.consultation.line",
            "medical.diagnosis",
            "medical.condition",
            "medical.allergy",
        ):
            with self.subTest(model=model):
                self._assert_refused(AccessError, self._search, self.biller, model)
        self._assert_refused(
            AccessError,
            self._search,
            self.biller,
            "medical.billable.item",
            [("consultation_line_id.result", "ilike", "x")],
        )

    def test_biller_changes_no_record(self):
        visit = self._create_visit()
        self._assert_refused(
            AccessError,
            self._call,
            self.biller,
            visit,
            "write",
            {"date": "2026-03-04 09:00:00"},
        )
        self._assert_refused(AccessError, self._call, self.biller, visit, "action_sign")
        self._assert_refused(
            AccessError,
            self._call,
            self.biller,
            self.items.consultation_line_id,
            "write",
            {"qty_done": 0},
        )

    def test_biller_sees_what_is_left_to_bill(self):
        self.assertEqual(self._as(self.biller, self.visit).amount_to_bill, 122)
        self.assertEqual(self._as(self.biller, self.patient).amount_to_bill, 124)
        for user in (self.medic, self.reception):
            for record in (self.visit, self.patient):
                with self.subTest(user=user.login, record=record):
                    self._assert_refused(
                        AccessError, record.with_user(user).read, ["amount_to_bill"]
                    )

    # === MEDIC === #

    def test_medic_sees_the_items_of_own_visits_only(self):
        self.assertEqual(
            self._search(self.medic, "medical.billable.item").sorted("id"),
            self.items.sorted("id"),
        )
        self._assert_refused(
            AccessError, self._as(self.medic, self.other_item).read, ["name"]
        )

    def test_medic_sets_no_price(self):
        self._assert_refused(
            AccessError, self._call, self.medic, self.items, "write", {"price_unit": 1}
        )

    def test_medic_who_is_also_biller_sees_all(self):
        self.medic.group_ids += self.quick_ref("medical_billing.group_biller")
        self.assertIn(
            self.other_item, self._search(self.medic, "medical.billable.item")
        )

    # === ACCOUNTANT === #

    def test_accountant_sees_neither_items_nor_records(self):
        for model in (
            "medical.billable.item",
            "medical.consultation",
            "medical.consultation.line",
        ):
            with self.subTest(model=model):
                self._assert_refused(AccessError, self._search, self.accountant, model)
        self._assert_refused(
            AccessError, self._call, self.accountant, self.items, "action_bill_again"
        )

    def test_accountant_searches_contacts_as_ever(self):
        self.patient.write({"birthdate": "1980-06-15", "phone": "555 0123"})
        partners = self.env["res.partner"].with_user(self.accountant)
        self.assertIn(
            self.patient.id, [entry[0] for entry in partners.name_search("Ada Pat")]
        )
        for text in (self.patient.patient_number, "1980-06-15", "555 0123"):
            with self.subTest(text=text):
                self.assertFalse(partners.name_search(text))
                self.assertTrue(
                    partners.with_user(self.biller).name_search(text), "a biller may"
                )
        for name in ("is_patient", "patient_number", "birthdate", "patient_search"):
            with self.subTest(field=name):
                self._assert_refused(
                    AccessError,
                    self._search,
                    self.accountant,
                    "res.partner",
                    [(name, "!=", False)],
                )
                self._assert_refused(
                    AccessError, self._as(self.accountant, self.patient).read, [name]
                )

    def test_accountant_handles_clinic_documents(self):
        move = self._as(self.accountant, self._build(self.items))
        move.invoice_line_ids[0].price_unit = 3
        self._call(self.accountant, move, "action_post")
        self.assertEqual(move.state, "posted")
        credit = self._reverse(move, user=self.accountant)
        self._call(self.accountant, credit, "action_post")
        self._assert_ledger(self.items[0], quantity=1, undecided=1)

    def test_accountant_deletes_drafts_and_lines(self):
        move = self._as(self.accountant, self._build(self.items))
        move.invoice_line_ids[0].unlink()
        self._assert_ledger(self.items[0], quantity=1, to_bill=1)
        move.unlink()
        self._assert_ledger(self.items[1], quantity=1, to_bill=1)

    def test_accountant_registers_a_payment(self):
        move = self._as(self.accountant, self._post(self._build(self.items)))
        self.env["account.payment.register"].with_user(self.accountant).with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_accountant_opens_and_saves_documents(self):
        move = self._as(self.accountant, self._build(self.items))
        names = self._get_shown_fields(move, "form", "list")
        self.assertTrue(move.web_read({name: {} for name in names}))
        names = self._get_shown_fields(move, "form", of="invoice_line_ids")
        self.assertTrue(move.invoice_line_ids.web_read({name: {} for name in names}))
        move.web_save(
            {
                "invoice_line_ids": [
                    Command.update(move.invoice_line_ids[0].id, {"quantity": 1})
                ]
            },
            {"invoice_line_ids": {"fields": {"billable_item_id": {}}}},
        )

    def test_accountant_prints_documents(self):
        move = self._post(self._build(self.items))
        self.env.flush_all()
        self.env.invalidate_all()
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.accountant)
            ._render_qweb_html("account.account_invoices", move.ids)
        )
        self.assertIn(b"Ada Patient", html)
        self.assertNotIn(b"Secret", html)

    # === EVERYBODY ELSE === #

    def test_others_see_no_items(self):
        for user in (self.reception, self.assistant, self.internal, self.portal):
            for model in ("medical.billable.item", "medical.build.invoice"):
                with self.subTest(user=user.login, model=model):
                    self._assert_refused(AccessError, self._search, user, model)

    def test_recording_needs_no_right_to_items(self):
        for user in (self.assistant, self.medic):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                visit = (
                    self.env["medical.consultation"]
                    .with_user(user)
                    .create(
                        {
                            "patient_id": self.patient.id,
                            "line_ids": [Command.create({"product_id": self.drug.id})],
                        }
                    )
                )
                visit.line_ids.qty_done = 1
                self.assertEqual(visit.line_ids.sudo().billable_item_ids.qty_to_bill, 1)

    # === COMPANIES === #

    def test_companies_are_separate(self):
        other = self.setup_other_company(name="Other clinic")["company"]
        stranger = self._create_user(
            "stranger",
            "medical_billing.group_biller",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self._search(stranger, "medical.billable.item"))
        self._assert_refused(AccessError, self._as(stranger, self.items).read, ["name"])
