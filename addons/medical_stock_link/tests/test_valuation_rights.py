from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .valuation_common import MedicalValuationCommon

# What tells who entered a record, as Odoo keeps it of all records.
AUDIT_FIELDS = {"create_uid", "write_uid", "invoice_partner_display_name"}


@tagged("post_install", "-at_install")
class TestAnonymity(MedicalValuationCommon):
    """Who was treated, and by whom, stands on nothing that the stock or books show."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.medical_shortage_policy = "backorder"
        cls.medic.name = "Doctor Telltale"
        # The medic's own name and the patient's, as anybody would look for them.
        cls.words = ("Ada", "Telltale", "telltale", "Secret")
        cls.goods = cls._create_goods(
            "Vaccine", "fifo", cost=0, tracking="lot", lot_valuated=True
        )
        cls.lot = cls._create_lot(cls.goods, "V-1")
        cls._receive(cls.goods, 5, cost=4.0, lot=cls.lot)
        cls._receive(cls.gauze, 2)
        cls.visit = cls._sign(
            cls._create_visit(
                {"product_id": cls.goods.id, "quantity": 2},
                {"product_id": cls.gauze.id, "quantity": 3},
                history="Secret history",
            )
        )
        cls.pickings = cls.visit.picking_ids
        cls.moves = cls.pickings.move_ids

    def _get_words(self, records):
        """Return all that is stored and shown of records, with the names behind it."""
        words = []
        for record in records.sudo():
            for name, field in record._fields.items():
                if name in AUDIT_FIELDS or field.type == "binary":
                    continue
                # The visit itself is what nobody here may read.
                if field.comodel_name in (
                    "medical.consultation",
                    "medical.consultation.line",
                ):
                    continue
                value = record[name]
                words.append(
                    str(value.mapped("display_name"))
                    if field.relational and field.comodel_name != "mail.followers"
                    else str(value)
                )
            words.append(record.display_name or "")
        return " ".join(words)

    def _call_model(self, user, model, method, *args):
        """Call a method of a model, which has no records, as a remote client would."""
        self.env.invalidate_all()
        return call_kw(self.env[model].with_user(user), method, args, {})

    def _allow_export(self, user):
        user.group_ids += self.env.ref("base.group_allow_export")

    def _assert_anonymous(self, records):
        self.assertTrue(records)
        words = self._get_words(records)
        for word in self.words:
            self.assertNotIn(word, words, records._name)

    def test_transfers_and_entries_name_nobody(self):
        entries = self.moves.account_move_id
        self._return_all(
            self.pickings.filtered(lambda picking: picking.state == "done")
        )
        self.env.invalidate_all()
        self.pickings = self.visit.picking_ids
        self.moves = self.pickings.move_ids
        entries |= self.moves.account_move_id
        self.assertEqual(len(entries), 2)
        for records in (
            self.pickings,
            self.moves,
            self.moves.move_line_ids,
            self.lot,
            self.goods,
            self.goods.stock_quant_ids,
            entries,
            entries.line_ids,
        ):
            with self.subTest(model=records._name):
                self._assert_anonymous(records)
        self.assertFalse(entries.partner_id | entries.line_ids.partner_id)
        self.assertFalse(self.pickings.partner_id)
        self.assertFalse(self.pickings.user_id)

    def test_messages_and_activities_name_nobody(self):
        for records in (self.pickings, self.moves.account_move_id, self.lot):
            with self.subTest(model=records._name):
                messages = records.sudo().message_ids
                bodies = " ".join(
                    [*messages.mapped("body"), *messages.mapped("preview")]
                )
                for word in self.words:
                    self.assertNotIn(word, bodies)
                self.assertFalse(records.sudo().activity_ids)
        self.assertTrue(self.visit.activity_ids)
        for activity in self.visit.sudo().activity_ids:
            texts = f"{activity.summary} {activity.note} {activity.res_name}"
            for word in (*self.words, "Vaccine", "Gauze"):
                self.assertNotIn(word, texts)

    def test_medic_does_not_follow_transfers(self):
        # They would be written to about what stock users say there.
        self.assertFalse(self.pickings.message_partner_ids & self.medic.partner_id)

    # === THROUGH REMOTE CALLS === #

    def test_stock_user_and_accountant_read_moves_and_no_visit(self):
        for user in (self.stock_user, self.accountant):
            for records, link in (
                (self.moves, "consultation_line_id"),
                (self.pickings, "consultation_id"),
            ):
                with self.subTest(user=user.login, model=records._name):
                    # The link is a number; behind it there is nothing to read.
                    values = self._call(
                        user, records, "web_read", {link: {}, "state": {}}
                    )
                    self.assertEqual(len(values), len(records))
                    self._assert_refused(
                        AccessError,
                        self._call,
                        user,
                        records,
                        "web_read",
                        {link: {"fields": {"name": {}, "patient_id": {}}}},
                    )
                    self._assert_refused(
                        AccessError, self._call, user, records[link], "read", ["name"]
                    )
                    # Names of related records come in sudo mode: none tells.
                    names = str(self._call(user, records, "read", [link]))
                    for word in (*self.words, "Vaccine", "Gauze"):
                        self.assertNotIn(word, names)

    def test_stock_user_and_accountant_search_no_visit(self):
        for user in (self.stock_user, self.accountant):
            for model, path in (
                ("stock.move", "consultation_line_id"),
                ("stock.picking", "consultation_id"),
            ):
                with self.subTest(user=user.login, model=model):
                    found = self._call_model(
                        user, model, "search_count", [(path, "!=", False)]
                    )
                    self.assertTrue(found)
                    for domain in (
                        [(f"{path}.patient_id", "=", self.patient.id)],
                        [(f"{path}.patient_id.name", "ilike", "Ada")],
                        [(path, "ilike", "Ada")],
                    ):
                        self._assert_refused(
                            AccessError,
                            self._call_model,
                            user,
                            model,
                            "search",
                            domain,
                        )

    def test_stock_user_and_accountant_group_by_no_patient(self):
        for user in (self.stock_user, self.accountant):
            for model, path in (
                ("stock.move", "consultation_line_id"),
                ("stock.picking", "consultation_id"),
            ):
                with self.subTest(user=user.login, model=model):
                    domain = [(path, "!=", False)]
                    groups = self._call_model(
                        user,
                        model,
                        "formatted_read_group",
                        domain,
                        ["state"],
                        ["__count"],
                    )
                    self.assertTrue(groups)
                    self._assert_refused(
                        AccessError,
                        self._call_model,
                        user,
                        model,
                        "formatted_read_group",
                        domain,
                        [f"{path}.patient_id"],
                        ["__count"],
                    )

    def test_stock_user_and_accountant_export_no_name(self):
        for user in (self.stock_user, self.accountant):
            with self.subTest(user=user.login):
                self._allow_export(user)
                moves = self._as(user, self.moves)
                names = [
                    name
                    for name in moves.fields_get(attributes=["type"])
                    if self._may_export(moves, name)
                ]
                self.assertIn("value", names)
                self.assertIn("reference", names)
                exported = str(moves.export_data(names)["datas"])
                for word in self.words:
                    self.assertNotIn(word, exported)
                # Nor does the link lead anywhere.
                for path in (
                    "consultation_line_id",
                    "consultation_line_id/name",
                    "consultation_line_id/patient_id/name",
                ):
                    self._assert_refused(AccessError, moves.export_data, [path])

    def _may_export(self, records, name):
        """Whether a user may export a field, and what is behind it."""
        field = records._fields[name]
        if name in AUDIT_FIELDS or not field.exportable:
            return False
        if name == "lot_ids" and not records.env["stock.lot"].has_access("read"):
            return False
        return not field.relational or records.env[field.comodel_name].has_access(
            "read"
        )


@tagged("post_install", "-at_install")
class TestAccountantButtons(MedicalValuationCommon):
    """Odoo's own buttons work for who has no right to the clinic's records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls._create_valued_goods(cls, "average")
        cls.bill = cls._bill_from_supplier(cls, cls.goods)
        cls.visit = cls._sign(
            cls._create_visit({"product_id": cls.goods.id, "quantity": 12})
        )
        cls.item = cls.visit.line_ids.billable_item_ids
        cls.document = cls.item.with_user(cls.biller)._build_invoices()
        cls.document = cls.document.with_user(cls.env.user)
        cls.document.invoice_date = "2026-03-31"
        cls.document.action_post()

    def setUp(self):
        super().setUp()
        self.env.invalidate_all()
        self.assertFalse(self.accountant.has_group("medical_records.group_assistant"))

    def _assert_unchanged(self):
        """Assert that the goods and their cost are as after the visit: 72.00."""
        self.env.flush_all()
        self.env.invalidate_all()
        entry = self._get_cost_entries(self.visit)
        self.assertEqual(len(entry), 1)
        self._assert_books(entry.line_ids, materials=72, stock=-72)
        self.assertEqual(self.visit.material_cost, 72)
        self.assertEqual(self.goods.total_value, 48)
        self.assertEqual(self._get_on_hand(self.goods), 8)

    def test_accountant_credits_in_both_ways(self):
        for modify in (False, True):
            with self.subTest(modify=modify):
                document = self.document
                if modify:
                    self.item.with_user(self.biller)._decide_credits("rebill")
                    document = self._build(self.item)
                    self._post(document)
                made = self._reverse(document, modify=modify)
                for move in made.with_user(self.accountant):
                    if move.state == "draft":
                        move.invoice_date = move.invoice_date or "2026-03-31"
                        move.action_post()
                self.assertFalse(self._get_cogs(document | made))
                self._assert_unchanged()

    def test_accountant_resets_and_posts_again(self):
        document = self._as(self.accountant, self.document)
        document.button_draft()
        self.assertEqual(self.document.state, "draft")
        document.action_post()
        self.assertEqual(self.document.state, "posted")
        self.assertFalse(self._get_cogs(self.document))
        self._assert_unchanged()
        document.button_draft()
        document.button_cancel()
        self.assertEqual(self.document.state, "cancel")
        self._assert_unchanged()

    def test_accountant_opens_the_reports_of_the_stock(self):
        report = self.env["stock_account.stock.valuation.report"].with_user(
            self.accountant
        )
        self.env.invalidate_all()
        data = report.get_report_values()["data"]
        self.assertEqual(data["ending_stock"]["value"], 48)  # 8 × 6.00
        # 120.00 from the supplier, less 72.00 used.
        self.assertEqual(data["initial_balance"]["value"], 48)
        self.assertEqual(data["stock_variation"]["value"], 0)
        lines = (
            self.env["stock.avco.report"]
            .with_user(self.accountant)
            .search(
                [
                    ("product_id", "=", self.goods.id),
                    ("res_model_name", "=", "stock.move"),
                ],
                order="date, id",
            )
        )
        self.assertEqual(lines.mapped("quantity"), [10, 10, -12])
        self.assertEqual(lines[-1].total_value, 48)
        self.assertEqual(lines[-1].avco_value, 6)
        self.assertFalse(lines[-1].justification)
        names = lines.get_views([(False, "list")])["models"]["stock.avco.report"]
        self.assertTrue(lines.web_read({name: {} for name in names["fields"]}))

    def test_accountant_opens_entries_and_moves(self):
        entry = self._get_cost_entries(self.visit)
        picking = self.visit.picking_ids
        for records, kinds in (
            (entry, ("form", "list")),
            (entry.line_ids, ("form", "list")),
            (picking.move_ids, ("form", "list")),
            # Odoo's form of transfers asks for packages, which only the stock reads.
            (picking, ("list",)),
        ):
            with self.subTest(model=records._name):
                records = self._as(self.accountant, records)
                names = self._get_shown_fields(records, *kinds)
                self.assertTrue(records.web_read({name: {} for name in names}))

    def test_accountant_cannot_open_the_visit(self):
        for records in (self.visit, self.visit.line_ids, self.item):
            with self.subTest(model=records._name):
                self._assert_refused(
                    AccessError, self._as(self.accountant, records).read, ["name"]
                )

    def test_accountant_closes_twice(self):
        self.categories["fifo"].property_valuation = "periodic"
        goods = self._create_goods("Splint", "fifo", cost=0)
        self._receive(goods, 10, cost=3.0)
        visit = self._use(goods, 4)
        first = self._close()
        # 4 × 3.00 used; 6 × 3.00 are left, and no bill came yet.
        self._assert_books(first.line_ids, materials=12, variation=-30, stock=18)
        self._assert_all_closed()
        self.assertEqual(visit.material_cost, 12)
        # What is used later is in the next closing, and only that: 2 × 3.00.
        with freeze_time(fields.Datetime.now() + timedelta(minutes=10)):
            self._use(goods, 2)
            second = self._close()
        self._assert_books(second.line_ids, materials=6, stock=-6)
        self._assert_unchanged()

    def test_medic_and_stock_user_cannot_close(self):
        self._receive(self.gauze, 5)
        for user in (self.medic, self.stock_user):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._close, user)
        # 5 × 6.00, which no bill has booked yet.
        self._assert_books(self._close().line_ids, stock=30, variation=-30)

    # === THE STOCK USER === #

    def test_stock_user_opens_moves_history_and_lots(self):
        picking = self.visit.picking_ids
        lot_goods = self._create_goods(
            "Vaccine", "fifo", cost=0, tracking="lot", lot_valuated=True
        )
        lot = self._create_lot(lot_goods, "V-1")
        self._receive(lot_goods, 5, cost=4.0, lot=lot)
        self._use(lot_goods, 2)
        for records in (
            picking,
            picking.move_ids,
            picking.move_line_ids,
            lot,
            lot.quant_ids,
        ):
            with self.subTest(model=records._name):
                records = self._as(self.stock_user, records)
                names = self._get_shown_fields(records, "form", "list")
                self.assertTrue(records.web_read({name: {} for name in names}))

    def test_stock_user_changes_no_done_quantity(self):
        picking = self.visit.picking_ids
        line = picking.move_line_ids
        for record, vals in (
            (line, {"quantity": 10}),
            (line, {"location_id": self.supplier_location.id}),
            (line.move_id, {"quantity": 10}),
            (
                line.move_id,
                {"move_line_ids": [Command.update(line.id, {"quantity": 3})]},
            ),
        ):
            with self.subTest(vals=vals):
                message = self._assert_refused(
                    UserError, self._call, self.stock_user, record, "write", vals
                )
                self.assertIn("cannot be changed", message)
        self._assert_refused(
            UserError,
            self._as(self.stock_user, line).create,
            {
                "move_id": line.move_id.id,
                "picking_id": picking.id,
                "product_id": self.goods.id,
                "quantity": 1,
                "location_id": line.location_id.id,
                "location_dest_id": line.location_dest_id.id,
            },
        )
        self._assert_unchanged()
        # What says nothing of the goods is theirs: a note, who answers.
        self._call(self.stock_user, picking, "write", {"note": "<p>Counted</p>"})
        # And goods that no visit used are corrected as ever.
        receipt = self._receive(self.gauze, 3)
        self._call(self.stock_user, receipt.move_line_ids, "write", {"quantity": 4})
        self.assertEqual(receipt.quantity, 4)
