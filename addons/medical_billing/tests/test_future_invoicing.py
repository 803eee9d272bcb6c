from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .prepaid_common import PrepaidPlanCommon


@tagged("post_install", "-at_install")
class TestFutureInvoicing(PrepaidPlanCommon):
    """What plans bring: each session once, from the agreement to the payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure.list_price = 120.0

    def _get_rows(self, plan):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["medical.future.invoicing"].search([("plan_id", "=", plan.id)])

    def _get_amounts(self, plan):
        """Return the amounts of a plan by stage, rounded."""
        amounts = {}
        for row in self._get_rows(plan):
            amounts[row.stage] = amounts.get(row.stage, 0.0) + row.amount
        return {stage: round(amount, 2) for stage, amount in amounts.items()}

    def _get_item(self, visit):
        return visit.line_ids.billable_item_ids

    # === HOW FAR EACH SESSION IS === #

    def test_session_in_parts_is_there_with_what_is_left_of_it(self):
        plan = self._create_accepted_plan(
            {"product_id": self.lab_test.id, "sessions": 1, "quantity": 3}
        )
        visit = self._create_sessions(plan, 1)
        visit.with_user(self.medic).action_start()
        line = self._as(self.medic, visit.line_ids)
        self.assertEqual(self._get_amounts(plan), {"scheduled": 90.0})
        line.qty_done = 2
        self.assertEqual(self._get_amounts(plan), {"to_bill": 60.0, "scheduled": 30.0})
        line.qty_done = 3
        self.assertEqual(self._get_amounts(plan), {"to_bill": 90.0})

    def test_package_in_parts_is_there_with_the_parts_that_are_left(self):
        package = self._create_medical_product("Check-up", "procedure", 60.0)
        # 50.00 and 30.00 without the package: 37.50 and 22.50 of its price.
        self._create_component(package, self.fee)
        self._create_component(package, self.lab_test)
        plan = self._create_accepted_plan((package, 1))
        visit = self._create_sessions(plan, 1)
        visit.with_user(self.medic).action_start()
        self.assertEqual(self._get_amounts(plan), {"scheduled": 60.0})
        test = visit.line_ids.filtered(lambda line: line.product_id == self.lab_test)
        test.with_user(self.medic).qty_done = 1
        self.assertEqual(self._get_amounts(plan), {"to_bill": 22.5, "scheduled": 37.5})

    def test_session_that_is_billable_when_ordered_has_no_rest(self):
        self.env.company.medical_billing_policy = "ordered"
        plan = self._create_accepted_plan((self.procedure, 2))
        visits = self._create_sessions(plan, 2)
        visits.with_user(self.medic).action_start()
        given, billed = self._get_item(visits)
        self._build(billed)
        plan.line_ids.price_unit = 150.0
        given.with_user(self.billing_manager).discount = 20.0
        self.assertEqual(self._get_amounts(plan), {"to_bill": 120.0, "drafted": 120.0})

    def test_each_session_is_there_once(self):
        self.procedure.taxes_id = self._create_tax(15)
        plan = self._create_accepted_plan((self.procedure, 8))
        self.assertEqual(self._get_amounts(plan), {"accepted": 960.0})
        visits = self._create_sessions(plan, 7)
        self._sign(visits[:5])
        paid, invoiced, drafted, waived = visits[:4]
        self._build(self._get_item(paid), move_type="out_receipt")
        self._get_item(paid).move_line_ids.move_id._post_and_pay_receipts(
            [{"journal": self.cash_journal}]
        )
        self._post(self._build(self._get_item(invoiced)))
        self._build(self._get_item(drafted))
        self._waive(self._get_item(waived))
        late = visits[5]
        late.date = fields.Datetime.now() - timedelta(days=2)
        self.assertEqual(
            self._get_amounts(plan),
            {
                "paid": 120.0,
                "invoiced": 120.0,
                "drafted": 120.0,
                "waived": 120.0,
                "to_bill": 120.0,
                "late": 120.0,
                "scheduled": 120.0,
                "accepted": 120.0,
            },
        )
        rows = self._get_rows(plan)
        self.assertEqual(len(set(rows.ids)), 8)
        # As the life of a session goes, in the pivot as in groups of the list.
        stages = [
            "accepted",
            "late",
            "scheduled",
            "to_bill",
            "drafted",
            "invoiced",
            "paid",
            "waived",
        ]
        domain = [("plan_id", "=", plan.id)]
        groups = rows.formatted_read_group(domain, ["stage"], ["amount:sum"])
        self.assertEqual([group["stage"] for group in groups], stages)
        [_months, by_stage] = rows.formatted_read_grouping_sets(
            domain, [["date:month"], ["stage"]], ["amount:sum"]
        )
        self.assertEqual([group["stage"] for group in by_stage], stages)
        by_plan = rows.formatted_read_group(
            domain, ["plan_id", "stage"], ["amount:sum"], order="plan_id, stage desc"
        )
        self.assertEqual([group["stage"] for group in by_plan], stages[::-1])
        self.assertEqual(
            rows.filtered(lambda row: row.stage == "late").date, late.date.date()
        )

    def test_who_has_come_is_not_late(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        visits = self._create_sessions(plan, 2)
        for visit, days in zip(visits, (2, 1), strict=True):
            visit.date = fields.Datetime.now() - timedelta(days=days)
        self.assertEqual(self._get_amounts(plan), {"late": 240.0})
        visits[0].with_user(self.medic).action_start()
        self.assertEqual(self._get_amounts(plan), {"late": 120.0, "scheduled": 120.0})
        visits[1].with_user(self.reception).action_arrive()
        self.assertEqual(self._get_amounts(plan), {"scheduled": 240.0})

    def test_waiting_for_a_result_is_not_late(self):
        plan = self._create_accepted_plan((self.lab_test, 1))
        visit = self._create_sessions(plan, 1)
        visit.date = fields.Datetime.now() - timedelta(days=2)
        self.assertIn("late", self._get_amounts(plan))
        self._sign(visit)
        self.assertEqual(list(self._get_amounts(plan)), ["scheduled"])

    def _waive(self, items):
        self.env["medical.billable.item.waive"].with_user(self.biller).create(
            {"item_ids": [Command.set(items.ids)], "reason": "Goodwill"}
        ).action_confirm()

    def test_offers_and_what_was_closed_bring_nothing(self):
        plan = self._create_plan()
        plan.action_propose()
        self.assertFalse(self._get_rows(plan))
        plan.action_accept()
        self._sign(self._create_sessions(plan, 1))
        self.assertEqual(self._get_amounts(plan), {"to_bill": 120.0, "accepted": 240.0})
        self._close(plan, reason="patient")
        self.assertEqual(self._get_amounts(plan), {"to_bill": 120.0})

    def test_package_is_counted_once(self):
        package = self._create_medical_product("Check-up", "procedure", 100.0)
        self._create_component(package, self.fee)
        self._create_component(package, self.procedure)
        self._create_component(package, self.swab, charge="extra")
        plan = self._create_accepted_plan((package, 3))
        done, _scheduled = self._create_sessions(plan, 2)
        self._sign(done)
        # The swab is charged besides, and no part of what was agreed.
        self.assertEqual(
            self._get_amounts(plan),
            {"to_bill": 100.0, "scheduled": 100.0, "accepted": 100.0},
        )

    def test_company_that_bills_orders_counts_them_once(self):
        self.env.company.medical_billing_policy = "ordered"
        plan = self._create_accepted_plan((self.procedure, 2))
        visit = self._create_sessions(plan, 1)
        visit.with_user(self.medic).action_start()
        self.assertEqual(self._get_amounts(plan), {"to_bill": 120.0, "accepted": 120.0})

    def test_other_currency(self):
        currency = self._enable_currency("EUR")
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "rate": 0.5, "name": "2020-01-01"}
        )
        self.patient.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": currency.id}
        )
        plan = self._create_accepted_plan((self.procedure, 2))
        # 120.00 of the company's currency are 60.00 of this one, each.
        self.assertEqual(plan.amount_untaxed, 120.0)
        self._sign(self._create_sessions(plan, 1))
        self.assertEqual(self._get_amounts(plan), {"to_bill": 120.0, "accepted": 120.0})

    # === PAID IN ADVANCE === #

    def test_package_brings_its_down_payment_and_no_more(self):
        self.procedure.list_price = 100.0
        plan = self._create_prepaid_plan((self.procedure, 2))
        self.assertEqual(self._get_amounts(plan), {"drafted": 200.0, "accepted": 0.0})
        self._post(self._get_documents(plan))
        self._post(self._build(self._do_sessions(plan, 1)))
        self.assertEqual(
            self._get_amounts(plan), {"invoiced": 200.0, "accepted": 0.0, "paid": 0.0}
        )
        self._close(plan, reason="patient")
        # One session of 100.00 is to be credited.
        self.assertEqual(
            self._get_amounts(plan), {"invoiced": 200.0, "due": -100.0, "paid": 0.0}
        )

    def test_installments_bring_each_on_its_day(self):
        plan = self._create_prepaid_plan(
            (self.procedure, 2),
            mode="installments",
            installments=[(0, 50.0), (30, 190.0)],
        )
        self.assertEqual(self._get_amounts(plan), {"drafted": 50.0, "accepted": 190.0})
        rows = self._get_rows(plan).filtered("amount")
        self.assertEqual(
            rows.mapped("date"), [self.today, self.today + timedelta(days=30)]
        )
        self._get_documents(plan).unlink()
        self.assertEqual(self._get_amounts(plan), {"due": 50.0, "accepted": 190.0})

    # === WHEN === #

    def test_sessions_without_appointment_stand_where_they_are_due(self):
        # The database has its own clock.
        self.env.cr.execute("SELECT CURRENT_DATE")
        (today,) = self.env.cr.fetchone()
        begin = today + timedelta(days=10)
        plan = self._create_accepted_plan(
            {
                "product_id": self.procedure.id,
                "sessions": 3,
                "interval_number": 2,
                "delay_days": 5,
            },
            date_start=begin,
            date_validity=False,
        )
        first = begin + timedelta(days=5)
        self.assertEqual(
            self._get_rows(plan).mapped("date"),
            [first, first + timedelta(weeks=2), first + timedelta(weeks=4)],
        )
        past = self._create_accepted_plan(date_start=today - timedelta(days=400))
        self.assertEqual(set(self._get_rows(past).mapped("date")), {today})

    def test_none_is_expected_after_the_last_day_of_its_plan(self):
        plan = self._create_accepted_plan(
            (self.procedure, 4),
            date_start=self.today + timedelta(days=10),
            date_end=self.today + timedelta(days=17),
            date_validity=False,
        )
        self.assertEqual(self._get_amounts(plan), {"accepted": 240.0})
        self.assertEqual(
            self._get_rows(plan).mapped("date"),
            [self.today + timedelta(days=days) for days in (10, 17)],
        )
        plan.with_user(self.medic).date_end = self.today + timedelta(days=24)
        self.assertEqual(self._get_amounts(plan), {"accepted": 360.0})
        plan.with_user(self.medic).date_end = False
        self.assertEqual(self._get_amounts(plan), {"accepted": 480.0})

    def test_plan_whose_last_day_has_passed_brings_what_was_done(self):
        plan = self._create_accepted_plan(
            date_start=self.today - timedelta(days=400),
            date_end=self.today - timedelta(days=2),
        )
        visit = self._create_visit(date=fields.Datetime.now() - timedelta(days=30))
        visit.with_user(self.medic).action_add_plan_sessions()
        self.assertEqual(self._get_amounts(plan), {"late": 120.0})
        self._sign(visit)
        self.assertEqual(self._get_amounts(plan), {"to_bill": 120.0})

    def test_what_is_due_in_advance_stays_after_the_last_day(self):
        plan = self._create_prepaid_plan(
            (self.procedure, 2),
            mode="installments",
            installments=[(0, 50.0), (30, 190.0)],
            date_start=self.today - timedelta(days=400),
            date_end=self.today - timedelta(days=2),
        )
        self.assertEqual(self._get_amounts(plan), {"drafted": 50.0, "accepted": 190.0})
        rows = self._get_rows(plan)
        self.assertEqual(len(rows), 2)
        self.assertEqual(set(rows.mapped("amount")), {50.0, 190.0})

    # === WHO SEES IT === #

    def test_billers_see_it_and_nobody_else(self):
        plan = self._create_accepted_plan()
        rows = self._get_rows(plan)
        self.assertEqual(len(self._as(self.biller, rows).mapped("amount")), 3)
        for user in (self.reception, self.assistant, self.medic, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._as(user, rows).read(["amount"])

    def test_plans_of_another_company_are_not_seen(self):
        company = self._create_company(name="Other clinic")
        plan = self._create_plan((self.procedure, 2), company_id=company.id).sudo()
        plan.action_propose()
        plan.action_accept()
        self.env.flush_all()
        rows = self.env["medical.future.invoicing"].sudo()
        self.assertTrue(rows.search([("plan_id", "=", plan.id)]))
        self.assertFalse(
            self._as(self.biller, rows.sudo(False)).search([("plan_id", "=", plan.id)])
        )
