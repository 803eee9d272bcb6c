from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.medical_records.tests.plan_common import TreatmentPlanCommon

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestTreatmentPlanPrices(TreatmentPlanCommon, MedicalBillingCommon):
    """Sessions are billed one by one, at what was agreed and to whom."""

    def _get_items(self, plan):
        return plan.line_ids.consultation_line_ids.billable_item_ids

    # === WHAT IS AGREED === #

    def test_estimate_adds_up(self):
        self.procedure.taxes_id = self._create_tax(10)
        plan = self._create_plan(
            {"product_id": self.procedure.id, "sessions": 10, "discount": 5},
            {"product_id": self.lab_test.id, "sessions": 2, "quantity": 3},
        )
        # 10 × 120.00 × 0.95 = 1140.00, and 2 × 3 × 30.00 = 180.00
        self.assertEqual(plan.line_ids.mapped("price_subtotal"), [1140.0, 180.0])
        self.assertEqual(plan.amount_untaxed, 1320.0)
        # and 10 % of 1140.00
        self.assertEqual(plan.amount_total, 1434.0)

    def test_each_session_is_rounded_as_it_will_be_billed(self):
        self.procedure.list_price = 10.03
        self.procedure.taxes_id = self._create_tax(7.5)
        plan = self._create_accepted_plan((self.procedure, 3))
        # 0.75 of tax three times; 7.5 % of 30.09 would be 2.26.
        self.assertEqual(plan.amount_total, 32.34)
        self._sign(self._create_sessions(plan, 3))
        moves = self._build(self._get_items(plan), grouping="consultation")
        self.assertEqual(len(moves), 3)
        self.assertAlmostEqual(sum(moves.mapped("amount_total")), 32.34)

    def test_payer_and_pricelist_are_the_guarantors(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Insured",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "percent_price": 25,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )
        self.guarantor.property_product_pricelist = pricelist
        self.patient.guarantor_id = self.guarantor
        plan = self._create_plan()
        self.assertEqual(plan.payer_id, self.guarantor)
        self.assertEqual(plan.pricelist_id, pricelist)
        self.assertEqual(plan.line_ids.price_unit, 90.0)

    def test_price_of_an_offer_stays(self):
        plan = self._create_plan()
        plan.action_propose()
        self.procedure.list_price = 500.0
        self.patient.guarantor_id = self.guarantor
        plan.line_ids.modified(["product_id"])
        self.env.flush_all()
        self.assertEqual(plan.line_ids.price_unit, 120.0)
        self.assertEqual(plan.payer_id, self.patient)

    # === WHAT IS BILLED === #

    def test_session_is_billed_at_the_agreed_price(self):
        plan = self._create_plan()
        plan.line_ids.write({"price_unit": 80.0, "discount": 10})
        plan.action_propose()
        plan.action_accept()
        self.procedure.list_price = 500.0
        self.patient.guarantor_id = self.guarantor
        visits = self._sign(self._create_sessions(plan, 2))
        items = self._get_items(plan)
        self.assertEqual(len(items), 2)
        self.assertEqual(items.mapped("price_unit"), [80.0, 80.0])
        self.assertEqual(items.mapped("price_total"), [72.0, 72.0])
        self.assertEqual(items.payer_id, self.patient)
        moves = self._build(items)
        self.assertEqual(sum(moves.mapped("amount_total")), 144.0)
        self.assertEqual(visits.billable_item_ids, items)

    def test_session_that_is_not_done_is_not_billed(self):
        plan = self._create_accepted_plan()
        visits = self._create_sessions(plan, 2)
        self._sign(visits[0])
        self._cancel(visits[1], reason="no_show")
        self.assertEqual(
            sorted(self._get_items(plan).mapped("state")), ["cancelled", "to_bill"]
        )

    def test_what_goes_beyond_the_plan_is_billed_as_usual(self):
        plan = self._create_accepted_plan()
        plan.line_ids.price_unit = 80.0
        visit = self._create_sessions(plan, 1)
        self._create_line(visit, self.procedure)
        self._sign(visit)
        self.assertEqual(
            sorted(visit.billable_item_ids.mapped("price_unit")), [80.0, 120.0]
        )

    def test_package_spreads_the_agreed_price(self):
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        plan = self._create_plan((package, 2))
        plan.line_ids.write({"price_unit": 85.0, "discount": 50})
        plan.action_propose()
        plan.action_accept()
        visit = self._sign(self._create_sessions(plan, 1))
        # Apart they cost 50.00 and 120.00: 25.00 and 60.00 of 85.00.
        self.assertEqual(
            sorted(visit.billable_item_ids.mapped("price_unit")), [25.0, 60.0]
        )
        self.assertEqual(sum(visit.billable_item_ids.mapped("price_total")), 42.5)

    def test_free_session_is_not_blocked(self):
        plan = self._create_plan()
        plan.line_ids.price_unit = 0.0
        plan.action_propose()
        plan.action_accept()
        self._sign(self._create_sessions(plan, 1))
        item = self._get_items(plan)
        self.assertFalse(item.blocking_reason)
        self.assertEqual(item.price_unit, 0.0)

    # === CHANGES AFTER THE ACCEPTANCE === #

    def test_new_price_counts_for_what_is_not_billed(self):
        plan = self._create_accepted_plan()
        self._sign(self._create_sessions(plan, 2))
        billed, open_item = self._get_items(plan)
        self._build(billed)
        plan.line_ids.with_user(self.billing_manager).price_unit = 100.0
        self.assertEqual((billed.price_unit, open_item.price_unit), (120.0, 100.0))
        self._sign(self._create_sessions(plan, 1))
        self.assertEqual(
            sorted(self._get_items(plan).mapped("price_unit")), [100.0, 100.0, 120.0]
        )

    def test_new_price_counts_for_the_parts_of_a_package(self):
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        plan = self._create_accepted_plan((package, 2))
        self._sign(self._create_sessions(plan, 1))
        items = plan.line_ids._get_session_items()
        self.assertEqual(sum(items.mapped("price_total")), 100.0)
        plan.line_ids.write({"price_unit": 85.0, "discount": 10})
        self.assertEqual(sum(items.mapped("price_total")), 76.5)

    def test_total_follows_the_taxes_of_another_payer(self):
        tax = self._create_tax(10)
        self.procedure.taxes_id = tax
        position = self.env["account.fiscal.position"].create({"name": "Tax free"})
        tax.fiscal_position_ids = position
        self.env["account.tax"].create(
            {
                "name": "None",
                "amount": 0,
                "type_tax_use": "sale",
                "fiscal_position_ids": position.ids,
                "original_tax_ids": tax.ids,
            }
        )
        self.guarantor.property_account_position_id = position
        plan = self._create_plan((self.procedure, 1))
        self.assertEqual(plan.amount_total, 132.0)
        plan.payer_id = self.guarantor
        self.env.flush_all()
        self.assertEqual(plan.amount_total, 120.0)

    def test_new_price_counts_for_what_is_no_longer_billed(self):
        plan = self._create_accepted_plan()
        self._sign(self._create_sessions(plan, 2))
        deleted, cancelled = self._get_items(plan)
        draft, posted = self._build(deleted), self._post(self._build(cancelled))
        plan.line_ids.with_user(self.billing_manager).price_unit = 100.0
        self.assertEqual((deleted | cancelled).mapped("price_unit"), [120.0, 120.0])
        draft.unlink()
        posted.button_draft()
        posted.button_cancel()
        self.env.flush_all()
        self.assertEqual((deleted | cancelled).mapped("price_unit"), [100.0, 100.0])
        self.assertEqual((deleted | cancelled).mapped("price_total"), [100.0, 100.0])

    def test_price_by_hand_of_one_session_stays(self):
        plan = self._create_accepted_plan()
        self._sign(self._create_sessions(plan, 1))
        item = self._get_items(plan)
        item.with_user(self.billing_manager).price_unit = 30.0
        plan.line_ids.price_unit = 100.0
        self.assertEqual(item.price_unit, 30.0)

    def test_discount_by_hand_of_one_session_stays(self):
        plan = self._create_accepted_plan()
        self._sign(self._create_sessions(plan, 2))
        given, other = self._get_items(plan)
        given.with_user(self.billing_manager).discount = 50.0
        self._build(given).unlink()
        self.assertEqual(given.discount, 50.0)
        plan.line_ids.discount = 10.0
        self.assertEqual((given.discount, other.discount), (50.0, 10.0))

    def test_shares_of_a_price_follow_the_discount_of_the_plan(self):
        plan = self._create_accepted_plan()
        plan.line_ids.discount = 10.0
        self._sign(self._create_sessions(plan, 1))
        item = self._get_items(plan)
        share = item._split(self.guarantor, 0.8)
        plan.line_ids.discount = 20.0
        # 80 % of 120.00.
        self.assertAlmostEqual(item.price_subtotal + share.price_subtotal, 96.0)

    def test_renewal_has_the_prices_of_its_own_day(self):
        plan = self._create_plan()
        plan.line_ids.write({"price_unit": 80.0, "discount": 10})
        plan.action_propose()
        plan.action_accept()
        action = plan.with_user(self.medic).action_renew()
        renewal = self.env["medical.treatment.plan"].browse(action["res_id"])
        self.assertEqual(renewal.line_ids.price_unit, 120.0)
        self.assertEqual(renewal.line_ids.discount, 0.0)
        self.assertFalse(renewal.line_ids.is_price_manual)

    def test_plan_closed_early_bills_its_visits_as_usual(self):
        plan = self._create_plan()
        plan.line_ids.write({"price_unit": 80.0, "discount": 10})
        plan.action_propose()
        plan.action_accept()
        visit = self._create_sessions(plan, 1)
        self._close(plan, reason="changed", scheduled="keep")
        self._sign(visit)
        self.assertEqual(visit.billable_item_ids.price_unit, 120.0)
        self.assertEqual(visit.billable_item_ids.discount, 0.0)

    # === WHAT IS REFUSED, AND TO WHOM === #

    def test_price_below_zero(self):
        plan = self._create_plan()
        self._assert_refused(IntegrityError, plan.line_ids.write, {"price_unit": -1})
        self._assert_refused(IntegrityError, plan.line_ids.write, {"discount": 101})

    def test_price_of_an_open_offer_is_not_changed(self):
        plan = self._create_plan()
        plan.action_propose()
        self._assert_refused(
            UserError,
            plan.line_ids.with_user(self.billing_manager).write,
            {"price_unit": 10},
        )

    def test_who_sets_prices(self):
        line = self._create_plan().line_ids
        for user in (self.medic, self.biller):
            self._assert_refused(
                AccessError, line.with_user(user).write, {"price_unit": 10}
            )
            self._assert_refused(
                AccessError, line.with_user(user).write, {"discount": 10}
            )
        line.with_user(self.billing_manager).write({"price_unit": 10, "discount": 5})
        self._assert_refused(
            AccessError, line.with_user(self.billing_manager).write, {"sessions": 4}
        )

    def test_list_for_who_sets_prices_and_plans_nothing(self):
        plan = self._create_accepted_plan()
        for user in (self.medic, self.biller):
            self._assert_refused(AccessError, plan.with_user(user).action_set_prices)
        action = plan.with_user(self.billing_manager).action_set_prices()
        lines = self.env[action["res_model"]].with_user(self.billing_manager)
        line = lines.search(action["domain"])
        self.assertEqual(line, plan.line_ids)
        specification = {"price_unit": {}, "price_total": {}}
        [shown] = line.web_save({"price_unit": 100.0}, specification)
        self.assertEqual((shown["price_unit"], shown["price_total"]), (100.0, 300.0))

    def test_medic_plans_without_setting_prices(self):
        form = Form(self.env["medical.treatment.plan"].with_user(self.medic))
        form.patient_id = self.patient
        with form.line_ids.new() as line:
            line.product_id = self.procedure
            line.sessions = 4
            self.assertEqual(line.price_unit, 120.0)
        plan = form.save()
        self.assertEqual(plan.line_ids.price_total, 480.0)
        self.assertFalse(plan.line_ids.is_price_manual)

    def test_prices_are_for_medics_and_billers(self):
        plan = self._create_plan()
        for user in (self.medic, self.biller):
            self.assertEqual(self._as(user, plan).amount_total, 360.0)
            self.assertEqual(self._as(user, plan.line_ids).price_unit, 120.0)
            self._as(user, plan).action_print_estimate()
        for user in (self.reception, self.assistant):
            for name in ("payer_id", "amount_total", "pricelist_id"):
                with self.assertRaises(AccessError):
                    self._as(user, plan).read([name])
        with self.assertRaises(AccessError):
            self._as(self.assistant, plan.line_ids).read(["price_unit"])
        with self.assertRaises(AccessError):
            self._as(self.reception, plan).action_print_estimate()

    def test_biller_reads_nothing_clinical(self):
        condition = self.env["medical.condition"].create(
            {"patient_id": self.patient.id, "code_id": self.code_flu.id}
        )
        plan = self._create_plan(
            title="Knee pain", note="Hurts", condition_id=condition.id
        )
        for name in ("title", "note", "condition_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                self._as(self.biller, plan).read([name])

    def test_plan_and_its_visits_are_made_by_people_without_prices(self):
        plan = self._create_plan()
        plan.with_user(self.medic).action_propose()
        plan.with_user(self.reception).action_accept()
        visit = self._create_visit()
        visit.with_user(self.assistant).action_add_plan_sessions()
        self._sign(visit)
        self.assertEqual(self._get_items(plan).price_unit, 120.0)

    # === THE ESTIMATE === #

    def _render(self, plan, user=None):
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(user or self.medic)
            ._render_qweb_html(
                "medical_billing.report_medical_treatment_plan", plan.ids
            )
        )
        return html.decode()

    def test_estimate_says_what_it_costs(self):
        self.procedure.taxes_id = self._create_tax(10)
        plan = self._create_plan(
            (self.procedure, 2), title="Knee pain", terms="<p>Paid in cash.</p>"
        )
        self.assertIn("A draft, not an offer", self._render(plan))
        plan.action_propose()
        html = self._render(plan)
        for text in (plan.name, "Suture", "240.00", "24.00", "264.00", "Paid in cash."):
            self.assertIn(text, html)
        self.assertNotIn("A draft, not an offer", html)
        self.assertNotIn("Knee pain", html)
        self.assertIn("264.00", self._render(plan, self.biller))

    def test_estimate_is_sent_to_the_payer(self):
        plan = self._create_plan(title="Knee pain")
        self.patient.email = False
        self._assert_refused(UserError, self._as(self.medic, plan).action_send_estimate)
        plan.action_propose()
        self._assert_refused(UserError, self._as(self.medic, plan).action_send_estimate)
        self.patient.email = "ada@example.com"
        messages = plan.message_ids
        for user in (self.medic, self.biller):
            before = self.env["mail.mail"].search([])
            self._as(user, plan).action_send_estimate()
            mail = self.env["mail.mail"].search([]) - before
            self.assertEqual(mail.recipient_ids, self.patient)
            self.assertIn(plan.name, mail.body_html)
            self.assertIn(f"/my/treatment_plans/{plan.id}", mail.body_html)
            self.assertEqual(len(mail.attachment_ids), 1)
            for text in ("Suture", "Knee pain"):
                self.assertNotIn(text, mail.body_html)
        # More people read what is said there than may read the estimate.
        said = plan.message_ids - messages
        self.assertEqual(len(said), 2)
        self.assertFalse(said.attachment_ids)
        for user in (self.reception, self.assistant):
            self._assert_refused(AccessError, self._as(user, plan).action_send_estimate)

    def test_estimate_for_a_payer_who_must_not_know(self):
        self.guarantor.medical_neutral_wording = "neutral"
        self.patient.guarantor_id = self.guarantor
        html = self._render(self._create_plan())
        self.assertIn("Medical services", html)
        self.assertNotIn("Suture", html)
