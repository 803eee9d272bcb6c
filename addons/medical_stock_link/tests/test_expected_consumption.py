from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import freeze_time, tagged

from .common import MedicalStockCommon

NOW = "2026-03-02 08:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestExpectedConsumption(MedicalStockCommon):
    """What planned visits are going to use, beside what the stock will hold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.to_date("2026-03-02")

    def _plan(self, days, quantity=1, product=None, **values):
        """Plan a visit in some days."""
        date = fields.Datetime.to_datetime("2026-03-02 10:00:00") + timedelta(days)
        product = product or self.gauze
        return self._create_visit(
            {"product_id": product.id, "quantity": quantity}, date=date, **values
        )

    def _open(self, user=None, product=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        user = user or self.stock_user
        action = (
            self.env.ref("medical_stock_link.medical_expected_consumption_action_open")
            .with_user(user)
            .with_context(**context)
            .run()
        )
        rows = self.env["medical.expected.consumption"].with_user(user)
        product = product or self.gauze
        return rows.with_context(**context).search(
            [*action["domain"], ("product_id", "=", product.id)]
        )

    def _figures(self, *args, **kwargs):
        return [
            (
                (row.date - self.today).days,
                row.quantity,
                row.qty_on_hand,
                row.qty_forecast,
                row.qty_left,
                row.qty_missing,
            )
            for row in self._open(*args, **kwargs)
        ]

    def _create_move(self, quantity, days, incoming=True, **values):
        """Expect goods from the supplier, or to leave for somebody else."""
        places = [self.supplier_location.id, self.stock_location.id]
        if not incoming:
            places = [self.stock_location.id, self.supplier_location.id]
        move = self.env["stock.move"].create(
            {
                "product_id": self.gauze.id,
                "product_uom_qty": quantity,
                "location_id": places[0],
                "location_dest_id": places[1],
                "date": fields.Datetime.now() + timedelta(days),
                **values,
            }
        )
        move._action_confirm()
        return move

    # === FIGURES === #

    def test_visits_use_the_stock_up_day_by_day(self):
        self._receive(self.gauze, 5)
        self._plan(1, 2)
        self._plan(1, 1)
        self._plan(4, 4)
        self._plan(5, 3)
        self.assertEqual(
            self._figures(),
            [
                # day, expected, on hand, forecast, left, missing
                (1, 3, 5, 5, 2, 0),
                (4, 4, 5, 5, -2, 2),
                # of the five that are missing by then, three are of this day
                (5, 3, 5, 5, -5, 3),
            ],
        )
        rows = self._open()
        self.assertEqual(rows.mapped("line_count"), [2, 1, 1])
        self.assertEqual(rows.warehouse_id, self.warehouse)

    def test_what_comes_in_and_goes_out_is_counted_from_its_day_on(self):
        self._receive(self.gauze, 5)
        self._create_move(10, 3)
        self._create_move(4, 2, incoming=False)
        for days in (1, 2, 3):
            self._plan(days, 2)
        self.assertEqual(
            self._figures(),
            [(1, 2, 5, 5, 3, 0), (2, 2, 5, 1, -3, 2), (3, 2, 5, 11, 5, 0)],
        )

    def test_lots_that_expire_before_the_visit_are_not_counted(self):
        vaccine = self._create_goods(
            "Vaccine", tracking="lot", use_expiration_date=True
        )
        for number, days in enumerate((-1, 2, 90)):
            expires = fields.Datetime.now() + timedelta(days)
            lot = self._create_lot(vaccine, f"LOT-{number}", expires=expires)
            self._receive(vaccine, 10, lot=lot)
        self._plan(1, 3, product=vaccine)
        self._plan(3, 8, product=vaccine)
        self.assertEqual(
            self._figures(product=vaccine),
            [(1, 3, 20, 20, 17, 0), (3, 8, 20, 10, -1, 1)],
        )

    def test_forecast_is_that_of_odoo(self):
        self._receive(self.gauze, 7)
        self._create_move(3, 1)
        self._create_move(2, 2, incoming=False)
        self._plan(1, 1)
        self._plan(2, 1)
        for row in self._open():
            day = fields.Datetime.to_datetime(row.date) + timedelta(hours=23)
            product = self.gauze.with_context(
                warehouse_id=self.warehouse.id, to_date=day
            )
            self.assertEqual(row.qty_forecast, product.virtual_available)

    def test_components_and_units_are_counted(self):
        saline = self._create_goods("Saline", uom_id=self.uom_milliliter.id)
        self._receive(saline, 1000)
        self._create_component(
            self.procedure, saline, 0.25, product_uom_id=self.uom_litre.id
        )
        self._plan(1, 3, product=self.procedure)
        self.assertEqual(self._figures(product=saline), [(1, 750, 1000, 1000, 250, 0)])

    def test_only_what_is_still_to_be_used_is_expected(self):
        self._receive(self.gauze, 50)
        self._cancel(self._plan(1))
        self._sign(self._plan(0))
        self._plan(-3)
        partly = self._plan(1, 5)
        partly.line_ids.qty_done = 2
        begun = self._plan(-2, 4)
        begun.action_start()
        later = self._plan(-5, 6)
        later.line_ids.is_done_later = True
        self._sign(later)
        # 4 of the visit that has begun and 6 left for later, both today; 3 of 5
        self.assertEqual([row[:2] for row in self._figures()], [(0, 10), (1, 3)])

    def test_goods_that_are_not_counted_are_not_expected(self):
        self._plan(1, product=self.swab)
        self.assertFalse(self._open(product=self.swab))

    def test_without_a_warehouse_all_is_missing(self):
        self._plan(1, 2)
        self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)]
        ).active = False
        self.assertEqual(self._figures(), [(1, 2, 0, 0, -2, 2)])

    def test_as_many_queries_for_many_days_as_for_few(self):
        for days in range(1, 13):
            self._plan(days, product=self._create_goods(f"Goods {days}"))
        report = self.env["medical.expected.consumption"]
        counts = []
        for kept in (12, 2):
            visits = self.env["medical.consultation"].search([("state", "=", "draft")])
            self._cancel(visits.sorted("date")[kept:], self.administrator)
            report._prepare_rows(self.env.company)  # what is read once and kept
            counts.append(
                self._count_queries(lambda: report._prepare_rows(self.env.company))
            )
        self.assertLessEqual(*counts)

    # === ODOO'S REORDERING RULES === #

    def test_reordering_rules_see_what_visits_used(self):
        self._receive(self.gauze, 10)
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.gauze.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock_location.id,
                "product_min_qty": 8,
                "product_max_qty": 20,
                "trigger": "auto",
                "route_id": self._create_supply_route().id,
            }
        )
        self.assertRecordValues(rule, [{"qty_forecast": 10, "qty_to_order": 0}])
        self._sign(self._plan(0, 3))
        self.env.invalidate_all()
        # 10 - 3 = 7, below 8: 13 up to 20
        self.assertRecordValues(rule, [{"qty_forecast": 7, "qty_to_order": 13}])
        rule._procure_orderpoint_confirm()
        ordered = self.env["stock.move"].search(
            [
                ("product_id", "=", self.gauze.id),
                ("location_dest_id", "=", self.stock_location.id),
                ("state", "not in", ("done", "cancel")),
            ]
        )
        self.assertEqual(sum(ordered.mapped("product_qty")), 13)
        self.assertFalse(ordered.consultation_line_id)

    def _create_supply_route(self):
        """Create a route that brings goods from the supplier."""
        return self.env["stock.route"].create(
            {
                "name": "From the supplier",
                "product_selectable": True,
                "rule_ids": [
                    Command.create(
                        {
                            "name": "Supply",
                            "action": "pull",
                            "picking_type_id": self.warehouse.in_type_id.id,
                            "location_src_id": self.supplier_location.id,
                            "location_dest_id": self.stock_location.id,
                        }
                    )
                ],
            }
        )

    # === RIGHTS === #

    def test_assistants_and_stock_users_open_the_report(self):
        self._receive(self.gauze, 5)
        self._plan(1, 2)
        for user in (self.assistant, self.administrator, self.stock_user):
            with self.subTest(user=user.login):
                rows = self._open(user)
                self.assertEqual(rows.mapped("quantity"), [2])
                views = rows.get_views([(False, "list"), (False, "pivot")])
                names = views["models"]["medical.expected.consumption"]["fields"]
                values = rows.web_read({name: {} for name in names})
                self.assertNotIn("Ada", str(values))
                self.assertEqual(rows.action_open()["res_id"], self.gauze.id)
                self._assert_refused(AccessError, rows.write, {"quantity": 1})

    def test_others_do_not(self):
        rows = self._open(self.assistant)
        for user in (self.reception, self.biller, self.accountant):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._open, user)
                report = self._as(user, self.env["medical.expected.consumption"])
                self._assert_refused(
                    AccessError, call_kw, report, "action_open_report", [], {}
                )
                self._assert_refused(AccessError, self._as(user, rows).search, [])

    def test_report_leads_to_no_patient_and_no_visit(self):
        relations = {
            field.get("relation")
            for name, field in self.env["medical.expected.consumption"]
            .fields_get()
            .items()
            if name not in ("create_uid", "write_uid")
        }
        self.assertEqual(
            relations - {None},
            {"product.product", "res.company", "stock.warehouse", "uom.uom"},
        )

    def test_companies_are_separate(self):
        self._plan(1, 2)
        other = self.setup_other_company(name="Other clinic")["company"]
        self.stock_user.company_ids = [Command.link(other.id)]
        self.assertFalse(self._open(allowed_company_ids=other.ids))
        both = [other.id, self.env.company.id]
        self.assertEqual(
            self._open(allowed_company_ids=both).company_id, self.env.company
        )
