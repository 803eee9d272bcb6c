from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .prepaid_common import PrepaidPlanCommon

# One red pixel.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAA"
    "AABJRU5ErkJggg=="
)
CHANGED = "Changed since it was accepted"


@tagged("post_install", "-at_install")
class TestPlanAcceptance(PrepaidPlanCommon):
    """What was accepted is kept as it was, and the signature stands below that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._create_plan((cls.procedure, 3), (cls.lab_test, 2))
        cls.plan.action_propose()
        mark = cls.plan._get_offer_mark()
        cls.plan.sudo()._accept_in_portal("Ada Patient", SIGNATURE, mark)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _render(self, plan=None, user=None):
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(user or self.medic)
            ._render_qweb_html(
                "medical_billing.report_medical_treatment_plan", (plan or self.plan).ids
            )
        )
        return html.decode()

    def _assert_changed(self, is_changed, plan=None):
        self.env.flush_all()
        self.env.invalidate_all()
        accepted = (plan or self.plan)._get_outdated_acceptance()
        self.assertEqual(bool(accepted), is_changed)

    # === WHAT IS KEPT === #

    def test_what_was_accepted_is_kept_in_words(self):
        line = self.plan.line_ids[0]
        kept = self.plan.accepted_offer
        self.assertEqual(kept["amount_total"], 360.0)
        self.assertEqual(
            kept["lines"][0],
            {
                "id": line.id,
                "name": line.name,
                "sessions": 3,
                "interval_number": 1,
                "interval_unit": "week",
                "interval": "every week",
                "quantity": 1.0,
                "uom_id": line.product_uom_id.id,
                "uom": line.product_uom_id.name,
                "price_unit": 100.0,
                "discount": 0.0,
                "price_subtotal": 300.0,
            },
        )

    def test_what_reception_records_is_kept(self):
        plan = self._create_plan((self.procedure, 3))
        plan.action_propose()
        self.assertFalse(plan.accepted_offer)
        plan.with_user(self.reception).action_accept()
        self.assertEqual(plan.accepted_offer["amount_total"], 300.0)

    def test_what_is_kept_is_for_those_who_read_prices(self):
        for user in (self.medic, self.biller):
            offer = self._as(user, self.plan).accepted_offer
            self.assertEqual(offer["amount_total"], 360.0)
        for user in (self.reception, self.assistant):
            with self.subTest(user.login):
                self._assert_refused(
                    AccessError, self._as(user, self.plan).read, ["accepted_offer"]
                )

    def test_nobody_changes_what_is_kept(self):
        for user in (self.medic, self.administrator, self.billing_manager):
            with self.subTest(user.login):
                self._assert_refused(
                    UserError, self._as(user, self.plan).write, {"accepted_offer": {}}
                )
        self._assert_refused(UserError, self.plan.sudo().write, {"accepted_offer": {}})
        self.assertEqual(self.plan.accepted_offer["amount_total"], 360.0)

    def test_nobody_brings_an_acceptance_along(self):
        plan = self._create_plan()
        self._assert_refused(
            UserError,
            self._as(self.medic, plan).write,
            {"accepted_offer": {"amount_total": 1.0}},
        )

    def test_renewal_begins_without(self):
        action = self._as(self.medic, self.plan).action_renew()
        renewal = self.plan.browse(action["res_id"])
        self.assertFalse(renewal.accepted_offer)
        self.assertFalse(renewal.signature)

    # === WHAT IS A CHANGE === #

    def test_what_was_agreed_otherwise_is_a_change(self):
        line = self.plan.line_ids[0]
        colleague = self._create_partner(name="Colleague", is_practitioner=True)
        for record, vals in (
            (line, {"price_unit": 90.0}),
            (line, {"discount": 5.0}),
            (line, {"sessions": 4}),
            (line, {"quantity": 2.0}),
            (line, {"name": "Another suture"}),
            (self.plan, {"date_end": self.today + timedelta(days=400)}),
            (self.plan, {"practitioner_id": colleague.id}),
        ):
            with self.subTest(vals):
                before = {
                    name: record._fields[name].convert_to_write(record[name], record)
                    for name in vals
                }
                record.write(vals)
                self._assert_changed(True)
                record.write(before)
                self._assert_changed(False)

    def test_lines_more_or_less_are_a_change(self):
        more = self.plan.line_ids.create(
            {"plan_id": self.plan.id, "product_id": self.fee.id}
        )
        self._assert_changed(True)
        more.unlink()
        self._assert_changed(False)
        self.plan.line_ids[1].unlink()
        self._assert_changed(True)

    def test_sessions_words_and_order_are_no_change(self):
        self._sign(self._create_sessions(self.plan, 1))
        self._assert_changed(False)
        self.plan.line_ids[0].sequence = 50
        self.plan.line_ids.product_uom_id.name = "Pieces"
        self.plan.practitioner_id.name = "Medic Married"
        self._assert_changed(False)

    def test_what_the_acceptance_itself_charges_is_no_change(self):
        package = self._create_prepaid_plan()
        installments = self._create_prepaid_plan(
            mode="installments", installments=[(0, 400.0), (30, 600.0)]
        )
        for plan in (package, installments):
            self._assert_changed(False, plan)
        plan = self._create_accepted_plan((self.procedure, 3))
        self._set_billing(plan, "package", user=self.biller)
        self._assert_changed(True, plan)

    def test_another_interval_is_a_change(self):
        self.plan.line_ids[0].with_user(self.medic).interval_number = 2
        self._assert_changed(True)
        html = self._render()
        signed, now = html.split('name="now"')
        self.assertIn("every week", signed)
        self.assertIn("every 2 weeks", now)

    def test_one_session_has_no_interval(self):
        plan = self._create_plan((self.procedure, 1))
        plan.action_propose()
        plan.action_accept()
        self.assertEqual(plan.accepted_offer["lines"][0]["interval"], "")
        plan.line_ids.interval_unit = "month"
        self._assert_changed(False, plan)
        self.assertNotIn("every", self._render(plan))

    # === IN THE FORM === #

    def test_signature_is_seen_by_who_may_read_it(self):
        view = self.env.ref("medical_records.medical_treatment_plan_view_form")
        for user, is_seen in (
            (self.medic, True),
            (self.biller, True),
            (self.assistant, False),
            (self.reception, False),
        ):
            with self.subTest(user.login):
                arch = self.plan.with_user(user).get_view(view.id, "form")["arch"]
                self.assertEqual('name="signature"' in arch, is_seen)
                if is_seen:
                    self.assertTrue(self._as(user, self.plan).signature)
                    continue
                self._assert_refused(
                    AccessError, self._as(user, self.plan).read, ["signature"]
                )

    # === IN PRINT === #

    def test_print_of_what_was_accepted(self):
        html = self._render()
        self.assertIn("Accepted by", html)
        self.assertIn(SIGNATURE, html)
        self.assertNotIn(CHANGED, html)
        self.assertEqual(html.count('name="treatments"'), 1)

    def test_print_has_the_date_of_the_offer(self):
        plan = self._create_plan((self.procedure, 3))
        self.assertNotIn('name="date"', self._render(plan))
        with freeze_time("2026-02-03 10:00:00"):
            plan.date_validity = "2026-03-05"
            plan.action_propose()
        html = self._render(plan)
        self.assertIn("02/03/2026", html.split('name="date"')[1].split("col-4")[0])

    def test_signature_is_printed_below_what_was_signed(self):
        self.plan.line_ids[0].with_user(self.medic).sessions = 5
        self.plan.line_ids[1].with_user(self.billing_manager).price_unit = 40.0
        self.env.flush_all()
        self.env.invalidate_all()
        for user in (self.medic, self.biller):
            html = self._render(user=user)
            self.assertIn(CHANGED, html)
            signed, now = html.split('name="now"')
            said, table = signed.split('name="treatments"')
            for amount in ("360.00", "580.00"):
                self.assertIn(amount, said)
            # 3 × 100.00 and 2 × 30.00, then the signature
            for text in ("300.00", "60.00", "360.00", SIGNATURE):
                self.assertIn(text, table)
            self.assertNotIn("500.00", table)
            # 5 × 100.00 and 2 × 40.00, which nobody signed
            for text in ("500.00", "80.00", "580.00"):
                self.assertIn(text, now)
            for text in (SIGNATURE, "Accepted by", "360.00"):
                self.assertNotIn(text, now)

    def test_print_of_what_was_accepted_names_nothing_to_who_must_not_know(self):
        self.guarantor.medical_neutral_wording = "neutral"
        self.patient.guarantor_id = self.guarantor
        plan = self._create_accepted_plan((self.procedure, 3))
        plan.line_ids.sessions = 4
        html = self._render(plan)
        self.assertIn(CHANGED, html)
        self.assertEqual(html.count("Medical services"), 2)
        self.assertNotIn("Suture", html)
