from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestRevenue(MedicalBillingCommon):
    """Revenue by practitioner and service: invoiced, collected, open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.suture = cls._create_medical_product("Suture", price=80.0)
        cls.visit_fee = cls._create_medical_product("Visit", "consultation", 50.0)

    def _revenue(self, user=None, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["medical.revenue"]
            .with_user(user or self.biller)
            .search([(name, "=", value) for name, value in values.items()])
        )

    def _pay(self, move, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"amount": amount})._create_payments()

    def test_a_draft_is_no_revenue(self):
        self._build(self._create_items({"product_id": self.suture.id}))
        self.assertFalse(self._revenue(product_id=self.suture.id))

    def test_part_payment_collects_its_share_of_each_line(self):
        move = self._post(
            self._build(
                self._create_items(
                    {"product_id": self.suture.id}, {"product_id": self.visit_fee.id}
                )
            )
        )
        self._pay(move, 65.0)  # Half of 130.
        rows = self._revenue(move_id=move.id)
        self.assertEqual(
            sorted(
                (row.product_id.name, row.amount_invoiced, row.amount_collected)
                for row in rows
            ),
            [("Suture", 80.0, 40.0), ("Visit", 50.0, 25.0)],
        )
        self.assertEqual(sum(rows.mapped("amount_open")), 65.0)

    def test_taxes_are_no_revenue(self):
        self.suture.taxes_id = self._create_tax(25.0)
        move = self._post(
            self._build(self._create_items({"product_id": self.suture.id}))
        )
        self._pay(move, 100.0)
        self.assertRecordValues(
            self._revenue(move_id=move.id),
            [{"amount_invoiced": 80.0, "amount_collected": 80.0}],
        )

    def test_credit_takes_revenue_back(self):
        move = self._post(
            self._build(self._create_items({"product_id": self.suture.id}))
        )
        refund = self._post(self._reverse(move))
        rows = self._revenue(product_id=self.suture.id)
        self.assertEqual(rows.move_id, move | refund)
        self.assertEqual(sum(rows.mapped("amount_invoiced")), 0.0)
        self.assertEqual(sum(rows.mapped("amount_collected")), 0.0)

    def test_practitioner_is_the_one_of_the_visit(self):
        for medic in (self.medic, self.other_medic):
            self._post(
                self._build(
                    self._create_items(
                        {"product_id": self.suture.id},
                        practitioner_id=medic.partner_id.id,
                    )
                )
            )
        groups = self.env["medical.revenue"]._read_group(
            domain=[("product_id", "=", self.suture.id)],
            groupby=["practitioner_id"],
            aggregates=["amount_invoiced:sum", "quantity:sum"],
        )
        self.assertEqual(
            {medic: figures for medic, *figures in groups},
            {
                self.medic.partner_id: [80.0, 1.0],
                self.other_medic.partner_id: [80.0, 1.0],
            },
        )

    def test_medic_reception_and_accountant_do_not_see_revenue(self):
        for user in (self.medic, self.reception, self.accountant):
            with self.assertRaises(AccessError):
                self._revenue(user=user)

    def test_biller_does_not_see_revenue_of_other_companies(self):
        move = self._post(
            self._build(self._create_items({"product_id": self.suture.id}))
        )
        other = self.setup_other_company(name="Other clinic")["company"]
        self.biller.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self._revenue(move_id=move.id))


@tagged("post_install", "-at_install")
class TestDashboard(MedicalBillingCommon):
    """What the owner reads in ten seconds is what the lists say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.suture = cls._create_medical_product("Suture", price=80.0)

    @classmethod
    def _create_items(cls, *lines, **values):
        return super()._create_items(
            *lines, **{"date": fields.Datetime.now(), **values}
        )

    def _figures(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        dashboard = self.env["medical.dashboard"]
        return dashboard.with_user(user or self.biller).get_figures()

    @freeze_time("2026-05-20 10:00:00")
    def test_each_figure_counts_what_it_says(self):
        before = self._figures()["tiles"]
        with freeze_time("2026-04-10 10:00:00"):
            old = self._post(
                self._build(self._create_items({"product_id": self.suture.id}))
            )
        done = self._create_items(
            {"product_id": self.suture.id, "quantity": 2},
            {"product_id": self.suture.id},
        )
        move = self._post(self._build(done[0]))
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"amount": 100.0})._create_payments()
        after = self._figures()["tiles"]
        self.assertEqual(
            {name: after[name] - before[name] for name in after},
            {
                "done": 240.0,
                "done_before": 80.0,
                "invoiced": 160.0,
                "invoiced_before": 80.0,
                "received": 100.0,
                "received_before": 0.0,
                # The old one whole, and 60 of the new one.
                "due": 140.0,
                "overdue": 80.0 if old.invoice_date_due < fields.Date.today() else 0,
            },
        )

    def test_what_waits_is_named_with_its_amount_and_its_age(self):
        with freeze_time("2026-04-10 10:00:00"):
            self._create_items({"product_id": self.suture.id, "quantity": 2})
        rows = {row["reason"]: row for row in self._figures()["waiting"]}
        self.assertEqual(rows["to_bill"]["count"], 1)
        self.assertEqual(rows["to_bill"]["amount"], 160.0)
        self.assertEqual(rows["to_bill"]["since"], "04/10/2026")

    def test_months_without_revenue_stand_there_as_well(self):
        months = self._figures()["months"]
        self.assertEqual(len(months), 12)
        self._post(self._build(self._create_items({"product_id": self.suture.id})))
        self.assertEqual(
            self._figures()["months"][-1]["invoiced"] - months[-1]["invoiced"], 80.0
        )

    def test_best_are_named_once_with_what_was_collected(self):
        for _number in range(2):
            self._post(self._build(self._create_items({"product_id": self.suture.id})))
        figures = self._figures()
        self.assertEqual(
            [
                (row["name"], row["invoiced"], row["collected"])
                for row in figures["services"]
                if row["id"] == self.suture.id
            ],
            [(self.suture.display_name, 160.0, 0.0)],
        )
        self.assertIn(
            self.medic.partner_id.id, [row["id"] for row in figures["practitioners"]]
        )

    def test_only_billers_ask_for_the_figures(self):
        for user in (self.medic, self.reception, self.accountant, self.administrator):
            with self.assertRaises(AccessError):
                self._figures(user)

    def test_as_many_queries_for_many_documents_as_for_one(self):
        self._post(self._build(self._create_items({"product_id": self.suture.id})))
        dashboard = self.env["medical.dashboard"].with_user(self.biller)
        counts = []
        for number in (1, 10):
            for _number in range(number):
                self._post(
                    self._build(self._create_items({"product_id": self.suture.id}))
                )
            # Asked once before, to read what then stays in Odoo's caches.
            for _time in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                dashboard.get_figures()
                count = self.env.cr.sql_log_count - before
            counts.append(count)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestDashboardTour(MedicalBillingCommon, HttpCase):
    def test_biller_reads_the_dashboard_and_opens_what_is_behind_it(self):
        today = fields.Datetime.now()
        self._create_items(self.fee, date=today)
        self._post(self._build(self._create_items(self.procedure, date=today)))
        self.start_tour("/odoo", "medical_dashboard", login="biller")
