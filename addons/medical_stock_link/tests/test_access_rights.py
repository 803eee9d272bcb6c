from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestAccessRights(MedicalStockCommon):
    """Medics need no right to stock, and stock users see no record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._receive(cls.gauze, 2)
        cls.env.company.medical_shortage_policy = "backorder"
        cls.visit = cls._sign(
            cls._create_visit(
                {"product_id": cls.gauze.id, "quantity": 3}, history="Secret history"
            )
        )
        cls.done = cls.visit.picking_ids.filtered(
            lambda picking: picking.state == "done"
        )
        cls.backorder = cls.visit.picking_ids - cls.done

    def test_medic_sees_no_transfers(self):
        for user in (self.medic, self.assistant):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._as(user, self.done).read, ["name"]
                )

    def test_medic_reads_what_was_taken(self):
        line = self._as(self.medic, self.visit.line_ids)
        self.assertEqual((line.qty_moved, line.stock_difference), (2, 1))
        visit = self._as(self.medic, self.visit)
        self.assertEqual(visit.picking_count, 2)
        views = visit.get_views([(False, "form")])
        names = views["models"]["medical.consultation"]["fields"]
        self.assertTrue(visit.web_read({name: {} for name in names}))

    def test_medic_opens_the_catalog(self):
        visit = self._as(self.medic, self._create_visit())
        action = visit.action_add_from_catalog()
        products = (
            self.env["product.product"]
            .with_user(self.medic)
            .with_context(**action["context"])
        )
        views = products.get_views([action["views"][0], action["search_view_id"]])
        arch = views["views"]["kanban"]["arch"]
        names = [name for name in products._fields if f'name="{name}"' in arch]
        shown = products.web_search_read(
            list(action["domain"]), {name: {} for name in names}
        )
        self.assertIn(self.gauze.id, [values["id"] for values in shown["records"]])
        self.assertTrue(
            visit._get_product_catalog_order_line_info(
                [values["id"] for values in shown["records"]], child_field=False
            )
        )

    def test_cost_is_for_billers_and_administrators(self):
        for user in (self.biller, self.administrator):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(user, self.visit).material_cost, 12)
        for user in (self.medic, self.assistant, self.reception):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError,
                    self._as(user, self.visit).read,
                    ["material_cost"],
                )

    def test_stock_user_reads_transfers_and_no_record(self):
        picking = self._as(self.stock_user, self.done)
        self.assertEqual(picking.origin, self.visit.name)
        for record in (self.visit, self.visit.line_ids):
            with self.subTest(model=record._name):
                self._assert_refused(
                    AccessError, self._as(self.stock_user, record).read, ["name"]
                )
        for model, domain in (
            ("stock.picking", [("consultation_id.history", "ilike", "secret")]),
            ("stock.move", [("consultation_line_id.result", "ilike", "x")]),
        ):
            with self.subTest(domain=domain):
                self._assert_refused(
                    AccessError,
                    self.env[model].with_user(self.stock_user).search,
                    domain,
                )

    def test_stock_user_opens_the_screens(self):
        for record in (self.done, self.done.move_ids):
            with self.subTest(model=record._name):
                record = self._as(self.stock_user, record)
                views = record.get_views([(False, "form"), (False, "list")])
                names = views["models"][record._name]["fields"]
                self.assertTrue(record.web_read({name: {} for name in names}))

    def test_stock_user_delivers_a_backorder(self):
        self._receive(self.gauze, 5)
        picking = self._as(self.stock_user, self.backorder)
        picking.action_assign()
        picking.button_validate()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.backorder.state, "done")
        self.assertRecordValues(
            self.visit.line_ids, [{"qty_moved": 3, "stock_difference": 0}]
        )
        self._assert_entry(self.backorder.move_ids, 6)

    def test_stock_user_delivers_a_part_and_splits(self):
        self._receive(self.gauze, 5)
        visit = self._sign(
            self._create_visit({"product_id": self.gauze.id, "quantity": 20})
        )
        waiting = visit.picking_ids.filtered(lambda picking: picking.state != "done")
        self._receive(self.gauze, 4)
        picking = self._as(self.stock_user, waiting)
        picking.action_assign()
        picking.with_context(skip_backorder=True).button_validate()
        self.env.invalidate_all()
        self.assertEqual(
            visit.picking_ids.move_ids.consultation_line_id, visit.line_ids
        )
        self.assertEqual(visit.line_ids.qty_moved + visit.line_ids.stock_difference, 20)

    def test_stock_user_returns_goods(self):
        returned = self._return_all(self.done)
        self.env.invalidate_all()
        self.assertRecordValues(
            returned,
            [
                {
                    "state": "done",
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "consultation_id": self.visit.id,
                }
            ],
        )
        self.assertRecordValues(
            self.visit.line_ids, [{"qty_moved": 0, "stock_difference": 3}]
        )

    def test_accountant_reads_anonymous_moves(self):
        move = self._as(self.accountant, self.done.move_ids)
        self.assertEqual(move.value, 12)
        self.assertFalse(move.partner_id)
        self.assertEqual(self._as(self.accountant, self.done).origin, self.visit.name)

    def test_company_settings_are_for_administrators(self):
        self._assert_refused(
            AccessError,
            self._as(self.medic, self.env.company).write,
            {"medical_shortage_policy": "negative"},
        )

    def test_stock_user_ties_no_transfer_to_a_visit(self):
        self._receive(self.gauze, 10)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 5})
        self._sign(visit)
        other = self._create_visit({"product_id": self.gauze.id, "quantity": 1})
        for record, vals in (
            (visit.picking_ids.move_ids, {"consultation_line_id": other.line_ids.id}),
            (visit.picking_ids.move_ids, {"consultation_line_id": False}),
        ):
            with self.subTest(vals=vals):
                self._assert_refused(
                    UserError, self._call, self.stock_user, record, "write", vals
                )

    def test_each_role_reaches_its_reports(self):
        menus = {
            "menu_expected_consumption": (
                self.assistant,
                self.medic,
                self.administrator,
            ),
            "menu_stock_expected_consumption": (self.stock_user,),
            "menu_recall": (self.medic, self.administrator),
            "menu_recall_lines": (self.medic, self.administrator),
            "menu_material_cost": (self.administrator,),
            "menu_billing_material_cost": (self.biller,),
            "menu_expected_margin": (self.administrator,),
            "menu_billing_expected_margin": (self.biller,),
        }
        users = (
            self.reception,
            self.assistant,
            self.medic,
            self.administrator,
            self.biller,
            self.stock_user,
            self.accountant,
        )
        for user in users:
            # The menus that the web client loads, those above them included.
            shown = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            for name, readers in menus.items():
                with self.subTest(user=user.login, menu=name):
                    menu = self.env.ref(f"medical_stock_link.{name}")
                    self.assertEqual(menu.id in shown, user in readers)
