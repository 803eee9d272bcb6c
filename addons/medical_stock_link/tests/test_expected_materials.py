from datetime import datetime, time, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.medical_records.tests.plan_common import TreatmentPlanCommon

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestExpectedMaterials(TreatmentPlanCommon, MedicalStockCommon):
    """What the sessions of plans are going to use: how much, when, at what cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Three pieces of gauze at 6.00 in each session, and 0.1 litre of saline at
        # 0.02 a millilitre: 20.00.
        cls.saline = cls._create_goods(
            "Saline", uom_id=cls.uom_milliliter.id, cost=0.02
        )
        cls._create_component(cls.procedure, cls.gauze, 3, charge="extra")
        cls._create_component(
            cls.procedure, cls.saline, 0.1, product_uom_id=cls.uom_litre.id
        )
        cls._receive(cls.gauze, 10)
        cls._receive(cls.saline, 1000)
        # The database has its own clock.
        cls.env.cr.execute("SELECT CURRENT_DATE")
        (cls.today,) = cls.env.cr.fetchone()
        cls.begin = cls.today + timedelta(days=40)

    def _create_future_plan(self, sessions, **values):
        return self._create_accepted_plan(
            (self.procedure, sessions),
            date_start=self.begin,
            date_validity=False,
            **values,
        )

    def _create_session_on(self, plan, date):
        visit = self._create_visit(date=datetime.combine(date, time(12)))
        visit.with_user(self.medic).action_add_plan_sessions()
        return visit

    # === HOW MUCH, AND WHEN === #

    def _open_report(self, user=None):
        """Return the rows of the report for gauze, as its reader sees them."""
        self.env.flush_all()
        self.env.invalidate_all()
        user = user or self.stock_user
        action = (
            self.env.ref("medical_stock_link.medical_expected_consumption_action_open")
            .with_user(user)
            .run()
        )
        rows = self.env["medical.expected.consumption"].with_user(user)
        return rows.search([*action["domain"], ("product_id", "=", self.gauze.id)])

    def _get_figures(self):
        return [
            (
                (row.date - self.begin).days,
                row.quantity,
                row.qty_agreed,
                row.line_count,
                row.qty_left,
                row.qty_missing,
            )
            for row in self._open_report()
        ]

    def test_sessions_are_expected_where_they_are_due(self):
        self._create_future_plan(4)
        self.assertEqual(
            self._get_figures(),
            [
                # day, expected, without appointment, orders, left, missing
                (0, 3, 3, 1, 7, 0),
                (7, 3, 3, 1, 4, 0),
                (14, 3, 3, 1, 1, 0),
                (21, 3, 3, 1, -2, 2),
            ],
        )

    def test_none_is_expected_after_the_last_day_of_its_plan(self):
        self._create_future_plan(4, date_end=self.begin + timedelta(days=7))
        self.assertEqual(self._get_figures(), [(0, 3, 3, 1, 7, 0), (7, 3, 3, 1, 4, 0)])

    def test_sessions_with_appointment_are_expected_once(self):
        plan = self._create_future_plan(3)
        self._create_session_on(plan, self.begin + timedelta(days=2))
        # The others are due from that appointment on.
        self.assertEqual(
            self._get_figures(),
            [(2, 3, 0, 1, 7, 0), (9, 3, 3, 1, 4, 0), (16, 3, 3, 1, 1, 0)],
        )

    def test_sessions_and_visits_of_one_day_are_added_up(self):
        self._create_future_plan(1)
        self._create_future_plan(1, patient_id=self.other_patient.id)
        self._create_visit(
            {"product_id": self.gauze.id, "quantity": 2},
            date=datetime.combine(self.begin, time(12)),
        )
        self.assertEqual(self._get_figures(), [(0, 8, 6, 3, 2, 0)])

    def test_only_what_is_agreed_is_expected(self):
        offer = self._create_plan((self.procedure, 2), date_start=self.begin)
        offer.action_propose()
        closed = self._create_future_plan(2)
        self._close(closed, reason="patient")
        self.assertFalse(self._get_figures())

    def test_money_that_is_due_needs_no_goods(self):
        self.env.company.medical_down_payment_account_id = self.env[
            "account.account"
        ].create(
            {
                "name": "Down Payments of Patients",
                "code": "259900",
                "account_type": "liability_current",
            }
        )
        plan = self._create_plan(
            (self.procedure, 1), date_start=self.begin, date_validity=False
        )
        plan.with_user(self.medic)._set_billing_mode(
            "installments",
            [(self.today, plan.amount_total - 1), (self.begin, 1.0)],
        )
        plan.action_propose()
        plan.action_accept()
        self.assertEqual(self._get_figures(), [(0, 3, 3, 1, 7, 0)])
        self.assertEqual(self._get_costs(), {"accepted": 20.0, "drafted": 0.0})

    def test_as_many_queries_for_many_plans_as_for_few(self):
        report = self.env["medical.expected.consumption"]
        counts = []
        for number in (2, 10):
            for _number in range(number):
                product = self._create_medical_product("Treatment", "procedure", 50.0)
                self._create_component(product, self.gauze)
                self._create_accepted_plan((product, 2))
            report._prepare_rows(self.env.company)  # what is read once and kept
            counts.append(
                self._count_queries(lambda: report._prepare_rows(self.env.company))
            )
        self.assertLess((counts[1] - counts[0]) / 10, 0.5)

    # === AT WHAT COST === #

    def _get_costs(self, user=None, groupby="stage"):
        """Return what goods cost, as the pivot of future invoicing asks for it."""
        self.env.flush_all()
        self.env.invalidate_all()
        groups = (
            self.env["medical.future.invoicing"]
            .with_user(user or self.biller)
            .formatted_read_group([], [groupby], ["material_cost:sum"])
        )
        return {
            group[groupby]: round(group["material_cost:sum"], 2) for group in groups
        }

    def test_sessions_to_come_cost_what_their_goods_cost_today(self):
        plan = self._create_future_plan(4)
        self.assertEqual(self._get_costs(), {"accepted": 80.0})
        self._create_session_on(plan, self.begin)
        self._sign(self._create_session_on(plan, self.today))
        self.gauze.standard_price = 7.0
        self.assertEqual(
            self._get_costs(),
            # What is done is no longer expected, and costs what it took.
            {"accepted": 46.0, "scheduled": 23.0, "to_bill": 0.0},
        )
        rows = self.env["medical.future.invoicing"].with_user(self.biller).search([])
        self.assertEqual(sorted(rows.mapped("material_cost")), [0, 23, 23, 23])
        self.assertEqual(rows.search_count([("material_cost", ">", 20)]), 3)

    def test_each_company_has_its_own_cost(self):
        company = self._create_company(name="Other clinic")
        self.biller.company_ids += company
        plan = self._create_plan((self.procedure, 2), company_id=company.id).sudo()
        plan.action_propose()
        plan.action_accept()
        self.gauze.with_company(company).standard_price = 1.0
        self.saline.with_company(company).standard_price = 0.0
        self._create_future_plan(1)
        companies = self.env.company | company
        biller = self.env["medical.future.invoicing"].with_user(self.biller)
        rows = biller.with_context(allowed_company_ids=companies.ids).search([])
        self.assertEqual(
            {
                of: sum(some.mapped("material_cost"))
                for of, some in rows.grouped("company_id").items()
            },
            {self.env.company: 20.0, company: 6.0},
        )

    def test_view_shows_what_is_expected_to_billers_only(self):
        view = self.env.ref("medical_billing.medical_future_invoicing_view_list")
        arch = (
            self.env["medical.future.invoicing"]
            .with_user(self.biller)
            .get_view(view.id, "list")["arch"]
        )
        self.assertIn('name="material_cost"', arch)
        for user in (self.reception, self.assistant, self.medic, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._get_costs(user)

    def test_who_orders_goods_reads_no_plan(self):
        plan = self._create_future_plan(1)
        self.assertEqual(self._open_report().mapped("quantity"), [3])
        self._assert_refused(
            AccessError, plan.with_user(self.stock_user).read, ["patient_id"]
        )
        self._assert_refused(AccessError, self._open_report, self.reception)
        row = self._open_report()
        self.assertFalse(
            {
                name
                for name, field in row._fields.items()
                if field.comodel_name in ("res.partner", "medical.treatment.plan")
            }
        )

    def test_a_day_that_has_passed_is_today(self):
        plan = self._create_accepted_plan(date_start=self.today - timedelta(days=9))
        self.assertEqual(plan.sessions_left, 3)
        today = max(self.today, fields.Date.context_today(self.stock_user))
        self.assertEqual(
            [(row.date, row.quantity) for row in self._open_report()],
            # Due nine and two days ago, and in five days.
            [(today, 6), (self.today + timedelta(days=5), 3)],
        )
