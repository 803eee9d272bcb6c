from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .prepaid_common import PrepaidPlanCommon


@tagged("post_install", "-at_install")
class TestPlanSettlement(PrepaidPlanCommon):
    """What is charged in advance follows what is agreed on, and done, later."""

    def _sum_to_bill(self, plan):
        return sum(plan.down_payment_ids.mapped("amount_to_bill"))

    def _assert_drafts(self, plan, amount):
        """Assert what the drafts of this plan come to, less what they credit."""
        drafts = self._get_documents(plan).filtered(lambda move: move.state == "draft")
        self.assertAlmostEqual(sum(drafts.mapped("amount_total_signed")), amount)

    # === MORE, LESS, ANOTHER PRICE === #

    def test_more_sessions_are_charged_besides(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        plan.line_ids.with_user(self.medic).sessions = 12
        item = plan.down_payment_ids.filtered("qty_to_bill")
        self.assertEqual((item.quantity, item.price_unit), (2.0, 100.0))
        self._post(self._build(item))
        self._assert_advance(plan, 1200.0, 0.0)

    def test_fewer_sessions_are_credited(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        plan.line_ids.with_user(self.medic).sessions = 7
        item = plan.down_payment_ids.filtered("qty_to_bill")
        move = self._post(self._build(item))
        self.assertEqual((move.move_type, move.amount_total), ("out_refund", 300.0))
        self._assert_advance(plan, 700.0, 0.0)

    def test_other_price_is_charged_for_what_is_not_billed(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        self._post(self._build(self._do_sessions(plan, 2)))
        plan.line_ids.with_user(self.billing_manager).price_unit = 110.0
        # Eight sessions at 10.00 more.
        item = plan.down_payment_ids.filtered("qty_to_bill")
        self.assertEqual(item.amount_to_bill, 80.0)
        self._post(self._build(item))
        self._post(self._build(self._do_sessions(plan, 8)))
        self._assert_advance(plan, 1080.0, 1080.0)
        self.assertEqual(self._get_account_balance(), 0.0)

    def test_lower_price_is_credited(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        plan.line_ids.with_user(self.billing_manager).price_unit = 97.0
        # 30.00 less: one session of 100.00 is credited, and 70.00 charged.
        items = plan.down_payment_ids.filtered("qty_to_bill")
        moves = self._build(items)
        moves.action_post()
        self.assertEqual(sum(moves.mapped("amount_total_signed")), -30.0)
        self._assert_advance(plan, 970.0, 0.0)

    def test_treatment_is_added_and_taken_out(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        plan.with_user(self.medic).line_ids = [
            Command.create({"product_id": self.lab_test.id, "sessions": 2})
        ]
        item = plan.down_payment_ids.filtered("qty_to_bill")
        # Two lab tests of 30.00.
        self.assertEqual(item.amount_to_bill, 60.0)
        self._post(self._build(item))
        plan.line_ids.filtered(lambda line: line.product_id == self.lab_test).with_user(
            self.medic
        ).unlink()
        credit = plan.down_payment_ids.filtered("qty_to_bill")
        self.assertEqual(credit.amount_to_bill, -60.0)
        self._post(self._build(credit))
        self._assert_advance(plan, 1000.0, 0.0)
        self.assertEqual(self._get_account_balance(), 1000.0)

    # === CHANGED TWICE === #

    def test_number_that_was_corrected_charges_nothing(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        line = plan.line_ids.with_user(self.medic)
        line.sessions = 7
        self.assertEqual(self._sum_to_bill(plan), -300.0)
        line.sessions = 10
        self.assertFalse(plan.down_payment_ids.filtered("qty_to_bill"))
        self.assertEqual(len(plan.installment_ids), 1)
        line.sessions = 7
        line.sessions = 8
        self.assertEqual(self._sum_to_bill(plan), -200.0)
        self._assert_advance(plan, 1000.0, 0.0)

    def test_credit_note_in_draft_follows_a_second_thought(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        line = plan.line_ids.with_user(self.medic)
        line.sessions = 7
        credit = self._build(plan.down_payment_ids.filtered("qty_to_bill"))
        line.sessions = 9
        self.assertEqual(credit.amount_total, 100.0)
        line.sessions = 10
        self.assertFalse(credit.exists())
        self.assertFalse(plan.down_payment_ids.filtered("qty_to_bill"))

    def test_posted_credit_note_stays(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        line = plan.line_ids.with_user(self.medic)
        line.sessions = 7
        self._post(self._build(plan.down_payment_ids.filtered("qty_to_bill")))
        line.sessions = 10
        self.assertEqual(self._sum_to_bill(plan), 300.0)
        self._post(self._build(plan.down_payment_ids.filtered("qty_to_bill")))
        self._assert_advance(plan, 1000.0, 0.0)

    def test_price_that_was_corrected_charges_nothing(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        line = plan.line_ids.with_user(self.billing_manager)
        line.price_unit = 97.0
        self.assertEqual(self._sum_to_bill(plan), -30.0)
        self.assertEqual(plan.installment_ids.mapped("amount"), [1000.0, 70.0])
        line.price_unit = 98.0
        self.assertEqual(plan.installment_ids.mapped("amount"), [1000.0, 80.0])
        line.price_unit = 100.0
        self.assertFalse(plan.down_payment_ids.filtered("qty_to_bill"))
        self.assertEqual(plan.installment_ids.mapped("amount"), [1000.0])

    def test_installments_that_were_accepted_come_back(self):
        agreed = [(0, 250.0), (30, 250.0), (60, 250.0), (90, 250.0)]
        plan = self._create_prepaid_plan(mode="installments", installments=agreed)
        line = plan.line_ids.with_user(self.medic)
        line.sessions = 7
        # Other medics do not see the items, and print the same.
        shown = [
            (row["date_due"], row["amount"])
            for row in self._as(self.other_medic, plan)._get_offer()["installments"]
        ]
        days = [fields.Date.to_string(self.today + timedelta(n)) for n in (0, 30, 60)]
        self.assertEqual(shown, list(zip(days, (250.0, 250.0, 200.0), strict=True)))
        line.sessions = 10
        self.assertEqual([row["amount"] for row in self._get_shown(plan)], [250.0] * 4)
        self.assertEqual(plan.installment_ids.item_ids.mapped("quantity"), [1.0] * 4)
        self.assertEqual(plan._get_outdated_acceptance(), {})

    def _get_shown(self, plan):
        """Return the installments that print and portal show."""
        self.env.invalidate_all()
        return plan._get_offer()["installments"]

    def test_treatment_that_was_added_and_removed_leaves_nothing(self):
        plan = self._create_prepaid_plan(
            mode="installments", installments=[(0, 500.0), (30, 500.0)]
        )
        plan.with_user(self.medic).line_ids = [
            Command.create({"product_id": self.lab_test.id, "sessions": 2})
        ]
        self.assertEqual(len(self._get_shown(plan)), 3)
        self.assertTrue(plan._get_outdated_acceptance())
        plan.line_ids[1].with_user(self.medic).unlink()
        self.assertEqual(len(self._get_shown(plan)), 2)
        self.assertEqual(plan._get_outdated_acceptance(), {})

    def test_package_in_draft_is_one_installment_again(self):
        plan = self._create_prepaid_plan()
        line = plan.line_ids.with_user(self.medic)
        line.sessions = 7
        self.assertEqual(self._get_documents(plan).amount_total, 700.0)
        line.sessions = 10
        self.assertEqual(len(plan.installment_ids), 1)
        self.assertEqual(plan.down_payment_ids.quantity, 10.0)

    # === SESSIONS THAT ARE NO LONGER BILLED === #

    def _create_plan_with_a_new_price(self):
        """Return a plan at 60.00 of which one session is billed at 100.00."""
        plan = self._create_prepaid_plan((self.procedure, 2))
        self._post(self._get_documents(plan))
        item = self._do_sessions(plan, 1)
        move = self._build(item)
        plan.line_ids.with_user(self.billing_manager).price_unit = 60.0
        self.assertEqual(self._sum_to_bill(plan), -40.0)
        return plan, item, move

    DEEDS = (
        lambda move: move.unlink(),
        lambda move: move.button_cancel(),
        lambda move: move.write(
            {"invoice_line_ids": [Command.delete(move.invoice_line_ids[0].id)]}
        ),
        lambda move: move.write(
            {
                "invoice_line_ids": [
                    Command.update(move.invoice_line_ids[0].id, {"quantity": 0})
                ]
            }
        ),
        lambda move: move.invoice_line_ids[0].unlink(),
    )

    def test_session_off_its_draft_changes_other_drafts(self):
        self.procedure.taxes_id = self._create_tax(10)
        for deed in self.DEEDS:
            plan = self._create_prepaid_plan((self.procedure, 2), (self.lab_test, 2))
            self._post(self._get_documents(plan))
            items = self._do_sessions(plan, 1)
            move = self._build(items.filtered("qty_to_bill")[0])
            for line in plan.line_ids.with_user(self.billing_manager):
                line.price_unit = line.price_unit * 0.6
            self._draft_due(1)
            deed(move.with_user(self.biller))
            self._draft_due(2)
            drafts = self._get_documents(plan).filtered(
                lambda move: move.state == "draft"
            )
            drafts.action_post()
            for draft in drafts:
                self.assertAlmostEqual(sum(draft.line_ids.mapped("balance")), 0.0)
            # Two sessions of 60.00, and two of 18.00.
            self._assert_advance(plan, 156.0, 0.0)

    def test_session_off_its_draft_costs_what_is_agreed_now(self):
        for deed in self.DEEDS:
            plan, item, move = self._create_plan_with_a_new_price()
            deed(move.with_user(self.biller))
            self.env.invalidate_all()
            self.assertEqual(item.price_unit, 60.0)
            self.assertEqual(self._sum_to_bill(plan), -80.0)

    def test_cancelled_document_is_not_reset_at_an_older_price(self):
        plan, item, move = self._create_plan_with_a_new_price()
        move.with_user(self.biller).button_cancel()
        message = self._assert_refused(
            UserError, move.with_user(self.biller).button_draft
        )
        self.assertIn("Build a document anew", message)
        plan.line_ids.with_user(self.billing_manager).price_unit = 100.0
        move.with_user(self.biller).button_draft()
        self.assertEqual(item.qty_drafted, 1.0)

    def test_credited_session_costs_what_is_agreed_now(self):
        plan, item, move = self._create_plan_with_a_new_price()
        self._post(move)
        self._post(self._reverse(move))
        item.with_user(self.biller).action_bill_again()
        self.assertEqual(item.price_unit, 60.0)
        self.assertEqual(self._sum_to_bill(plan), -80.0)

    # === THE JOB === #

    def test_job_drafts_no_charge_without_its_credit(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        plan.line_ids.with_user(self.billing_manager).price_unit = 97.0
        self._draft_due(1)
        # 70.00 are charged, and a session of 100.00 is credited.
        self._assert_drafts(plan, -30.0)

    def test_job_credits_what_a_closed_plan_charged_too_much(self):
        plan = self._create_prepaid_plan(
            mode="installments", installments=[(0, 400.0), (30, 300.0), (60, 300.0)]
        )
        self._draft_due(30)
        self._get_documents(plan).action_post()
        self._post(self._build(self._do_sessions(plan, 5)))
        self._close(plan, reason="patient")
        self._draft_due(31)
        # Of 700.00, five sessions of 100.00 are used.
        self._assert_drafts(plan, -200.0)

    def test_job_drafts_the_refund_of_a_closed_plan_once_and_reminds(self):
        plan = self._create_prepaid_plan()
        self._post(self._get_documents(plan))
        self._close(plan, reason="patient")
        self._draft_due(0)
        self._draft_due(1)
        _charge, credit = self._get_documents(plan)
        self.assertRecordValues(
            credit,
            [{"state": "draft", "move_type": "out_refund", "amount_total": 1000.0}],
        )
        self.assertTrue(
            credit.activity_ids.user_id.has_group("medical_billing.group_biller")
        )

    # === SESSIONS IN PARTS === #

    def _create_plan_in_parts(self, sessions):
        """Return a plan that is paid, each session of which is three lab tests."""
        plan = self._create_prepaid_plan(
            {"product_id": self.lab_test.id, "sessions": sessions, "quantity": 3}
        )
        self._post(self._get_documents(plan))
        return plan

    def _begin(self, plan):
        """Return the line of a visit that has begun with a session."""
        visit = self._create_sessions(plan, 1)
        visit.with_user(self.medic).action_start()
        return self._as(self.medic, visit.line_ids.filtered("plan_line_id"))

    def test_rest_of_a_session_is_billed_later(self):
        plan = self._create_plan_in_parts(1)
        line = self._begin(plan)
        line.qty_done = 2
        item = self._get_session_items(plan)
        self._post(self._build(item))
        self._assert_advance(plan, 90.0, 60.0)
        line.qty_done = 3
        self._post(self._build(item))
        self._assert_advance(plan, 90.0, 90.0)
        self.assertEqual(len(plan.down_payment_ids), 1)

    def test_cents_of_parts_are_no_reason_not_to_bill(self):
        self.lab_test.list_price = 29.5
        plan = self._create_prepaid_plan(
            {
                "product_id": self.lab_test.id,
                "sessions": 1,
                "quantity": 2,
                "discount": 5,
            }
        )
        # Twice 28.025, and each of them 28.03.
        self.assertEqual(plan.amount_total, 56.05)
        self._post(self._get_documents(plan))
        line = self._begin(plan)
        for done in (1, 2):
            line.qty_done = done
            move = self._post(self._build(self._get_session_items(plan)))
            self.assertEqual(move.amount_total, 0.0)
        self.assertEqual(plan.state, "done")
        self.assertFalse(plan.down_payment_ids.filtered("qty_to_bill"))

    def test_part_that_is_billed_takes_nothing_from_the_plan(self):
        plan = self._create_plan_in_parts(2)
        line = self._begin(plan)
        line.qty_done = 2
        self._post(self._build(self._get_session_items(plan)))
        self._begin(plan).qty_done = 3
        self.assertFalse(plan.down_payment_ids.filtered("qty_to_bill"))
        line.qty_done = 3
        self.assertFalse(plan.down_payment_ids.filtered("qty_to_bill"))
        self._post(self._build(self._get_session_items(plan)))
        self._assert_advance(plan, 180.0, 180.0)

    def test_begun_session_stays_with_a_closed_plan(self):
        plan = self._create_plan_in_parts(2)
        line = self._begin(plan)
        line.qty_done = 2
        self._post(self._build(self._get_session_items(plan)))
        self._close(plan, reason="patient", scheduled="keep")
        self.assertEqual(line.plan_line_id, plan.line_ids)
        # A session of 90.00 was not begun, of the other 60.00 were used.
        self.assertEqual(self._sum_to_bill(plan), -120.0)
        items = plan.down_payment_ids.filtered("qty_to_bill")
        self._build(items).action_post()
        self._assert_advance(plan, 60.0, 60.0)
        line.qty_done = 3
        self.assertEqual(self._sum_to_bill(plan), 30.0)

    def test_session_that_is_billed_when_ordered_stays_with_a_closed_plan(self):
        self.env.company.medical_billing_policy = "ordered"
        plan = self._create_prepaid_plan((self.procedure, 2))
        self._post(self._get_documents(plan))
        line = self._begin(plan)
        self._post(self._build(self._get_session_items(plan)))
        self._close(plan, reason="patient", scheduled="keep")
        self.assertEqual(line.plan_line_id, plan.line_ids)
        self.assertEqual(self._sum_to_bill(plan), -100.0)
        self._post(self._build(plan.down_payment_ids.filtered("qty_to_bill")))
        self._assert_advance(plan, 100.0, 100.0)

    # === WHAT STAYS AS IT WAS AGREED ON === #

    def test_treatment_that_was_agreed_on_stays(self):
        for plan in (self._create_accepted_plan(), self._create_prepaid_plan()):
            line = plan.line_ids.with_user(self.medic)
            for values in (
                {"product_id": self.lab_test.id},
                {"product_uom_id": self.env.ref("uom.product_uom_dozen").id},
            ):
                with self.subTest(mode=plan.billing_mode, values=values):
                    message = self._assert_refused(UserError, line.write, values)
                    self.assertIn("add a line", message)
            # A form sends what it does not change, too.
            line.write({"product_id": line.product_id.id})
        draft = self._create_plan()
        draft.line_ids.with_user(self.medic).product_id = self.lab_test
        self.assertEqual(draft.line_ids.price_unit, 30.0)

    def test_package_with_other_taxes_is_not_added(self):
        plan = self._create_prepaid_plan()
        self.fee.taxes_id = self._create_tax(10)
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        command = Command.create({"product_id": package.id, "sessions": 2})
        values = {"line_ids": [command]}
        self._assert_refused(UserError, plan.with_user(self.medic).write, values)
        # Where each part is billed with its own taxes, there is nothing to refuse.
        self._create_accepted_plan().with_user(self.medic).write(values)

    def test_document_charges_what_the_plan_says(self):
        plan = self._create_prepaid_plan()
        move = self._get_documents(plan)
        line = move.invoice_line_ids
        income = self.procedure.product_tmpl_id.get_product_accounts()["income"]
        for values in (
            {"price_unit": 90.0},
            {"discount": 10.0},
            {"tax_ids": [Command.set(self._create_tax(10).ids)]},
            {"account_id": income.id},
        ):
            for user in (self.billing_manager, self.accountant):
                with self.subTest(user=user.login, values=values):
                    message = self._assert_refused(
                        UserError,
                        move.with_user(user).write,
                        {"invoice_line_ids": [Command.update(line.id, values)]},
                    )
                    self.assertIn(plan.name, message)
        line.with_user(self.billing_manager).price_unit = line.price_unit
        # The price of the plan is the way.
        plan.line_ids.with_user(self.billing_manager).price_unit = 90.0
        self.assertEqual(self._get_documents(plan).amount_total, 900.0)

    def test_taxes_that_changed_later_stop_no_change(self):
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        plan = self._create_prepaid_plan((package, 3))
        self.fee.taxes_id = self._create_tax(10)
        plan.line_ids.with_user(self.medic).sessions = 2
        self.assertEqual(self._get_documents(plan).amount_total, 200.0)

    # === CENTS === #

    def test_treatments_of_a_package_are_taxed_together(self):
        tax = self._create_tax(7.5)
        (self.procedure | self.lab_test).write(
            {"taxes_id": [Command.set(tax.ids)], "list_price": 10.07}
        )
        for method, total in (
            # 7.5 % of 20.14, and twice 7.5 % of 10.07.
            ("round_globally", 21.65),
            ("round_per_line", 21.66),
        ):
            with self.subTest(method):
                self.env.company.tax_calculation_rounding_method = method
                plan = self._create_prepaid_plan(
                    (self.procedure, 1), (self.lab_test, 1)
                )
                self.assertEqual(plan.amount_total, total)
                self.assertEqual(self._get_documents(plan).amount_total, total)

    def test_dialog_spreads_what_is_billed_in_the_mode_that_is_chosen(self):
        self.procedure.taxes_id = self._create_tax(7.5)
        self.procedure.list_price = 10.07
        plan = self._create_plan((self.procedure, 10), billing_mode="package")
        self.assertEqual(plan.amount_total, 108.25)
        dialog = Form.from_action(
            self.env(user=self.medic),
            plan.with_user(self.medic).action_change_billing(),
        )
        dialog.billing_mode = "installments"
        # Ten times 10.07 and 0.76 of tax.
        self.assertEqual(dialog.amount_total, 108.3)
        self.assertEqual(dialog.amount_missing, 0.0)
        dialog.save().action_confirm()
        self.assertEqual(plan.amount_total, 108.3)
        self.assertAlmostEqual(sum(plan.installment_ids.mapped("amount")), 108.3)

    def test_package_is_invoiced_at_the_total_that_was_accepted(self):
        self.procedure.taxes_id = self._create_tax(7.5)
        self.procedure.list_price = 10.07
        plan = self._create_prepaid_plan()
        # 7.5 % of 100.70; ten times that of 10.07 would be 7.60.
        self.assertEqual(plan.amount_total, 108.25)
        self.assertEqual(plan._get_estimate_taxes().popitem()[1], 7.55)
        self.assertEqual(self._get_documents(plan).amount_total, 108.25)

    def test_discount_is_rounded_for_each_session(self):
        self.procedure.list_price = 10.07
        plan = self._create_prepaid_plan(
            {"product_id": self.procedure.id, "sessions": 10, "discount": 10}
        )
        # 9.063 each, which is billed as 9.06.
        self.assertEqual(plan.amount_total, 90.6)
        self.assertEqual(self._get_documents(plan).amount_total, 90.6)

    # === SPEED === #

    def test_sessions_are_found_by_index(self):
        # Whether it is used hangs on how many lines there are: here, too few.
        self.env.cr.execute(
            """
            SELECT FROM pg_index
              JOIN pg_attribute
                ON attrelid = indrelid AND attnum = indkey[0]
             WHERE indrelid = 'medical_consultation_line'::regclass
               AND attname = 'root_line'
            """
        )
        self.assertTrue(self.env.cr.rowcount)
