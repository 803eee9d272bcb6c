from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestRecall(MedicalStockCommon):
    """From a lot to patients, visits and documents, for those who read records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vaccine = cls._create_goods(
            "Vaccine", tracking="lot", use_expiration_date=True
        )
        cls.soon = fields.Datetime.now() + timedelta(days=20)
        cls.late = fields.Datetime.now() + timedelta(days=400)
        cls.first = cls._create_lot(cls.vaccine, "LOT-A", expires=cls.soon)
        cls.second = cls._create_lot(cls.vaccine, "LOT-B", expires=cls.late)
        cls._receive(cls.vaccine, 5, lot=cls.first)
        cls._receive(cls.vaccine, 5, lot=cls.second)
        cls.patient.write({"phone": "+1 555 0100", "email": "ada@example.com"})

    def _use(self, quantity=1, product=None, user=None, **values):
        product = product or self.vaccine
        return self._sign(
            self._create_visit(
                {"product_id": product.id, "quantity": quantity}, **values
            ),
            user,
        )

    def _recall(self, user=None, **values):
        """Open a recall as a medic who has no right to the stock."""
        if "lots" in values:
            values["lot_ids"] = [Command.set(values.pop("lots").ids)]
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["medical.recall"].with_user(user or self.medic).create(values)

    def _found(self, recall):
        return [
            (line.lot_name, line.patient_id.name, line.quantity, line.state)
            for line in recall.line_ids.sorted("id")
        ]

    # === WHAT IS FOUND === #

    def test_lot_leads_to_patients_visits_and_documents(self):
        visit = self._use(2)
        move = self._post(self._build(visit.line_ids.billable_item_ids))
        other = self._use(4, patient_id=self.other_patient.id)
        recall = self._recall(lots=self.first)
        self.assertEqual(
            self._found(recall),
            # The first lot has 5: 2 for Ada, 3 for Ben, whose fourth is of the other.
            [("LOT-A", "Ada Patient", 2, "used"), ("LOT-A", "Ben Patient", 3, "used")],
        )
        line = recall.line_ids.filtered(lambda row: row.patient_id == self.patient)
        self.assertRecordValues(
            line,
            [
                {
                    "consultation_id": visit.id,
                    "practitioner_id": self.medic.partner_id.id,
                    "product_id": self.vaccine.id,
                    "expiration_date": self.soon.replace(microsecond=0),
                    "phone": "+1 555 0100",
                    "email": "ada@example.com",
                    "documents": move.name,
                }
            ],
        )
        self.assertEqual(recall.patient_count, 2)
        self.assertEqual(
            self._found(self._recall(lots=self.second)),
            [("LOT-B", "Ben Patient", 1, "used")],
        )
        self.assertEqual(
            self._recall(lots=self.first | self.second).line_ids.consultation_id,
            visit | other,
        )

    def test_goods_in_the_price_of_an_act_are_on_its_document(self):
        course = self._create_medical_product("Course")
        self._create_component(course, self.procedure, 1)
        self._create_component(self.procedure, self.vaccine, 1)
        visit = self._use(product=course)
        move = self._post(
            self._build(visit.line_ids.billable_item_ids.filtered("qty_to_bill"))
        )
        line = self._recall(lots=self.first).line_ids
        self.assertEqual(line.documents, move.name)

    def test_returned_goods_net_out(self):
        visit = self._use(3)
        action = self._as(self.assistant, visit.line_ids).action_return()
        self._confirm(action, self.assistant, quantity=1)
        recall = self._recall(lots=self.first)
        self.assertEqual(self._found(recall), [("LOT-A", "Ada Patient", 2, "partly")])
        self.assertEqual(recall.patient_count, 1)

    def test_what_came_back_in_full_is_shown_as_such(self):
        self._return_all(self._use(3).picking_ids)
        recall = self._recall(lots=self.first)
        self.assertEqual(self._found(recall), [("LOT-A", "Ada Patient", 0, "returned")])
        self.assertEqual(recall.patient_count, 0)

    def test_what_was_wasted_reached_no_patient(self):
        visit = self._create_visit({"product_id": self.vaccine.id})
        visit.line_ids._add_waste(2)
        self._sign(visit)
        recall = self._recall(lots=self.first)
        self.assertEqual(
            self._found(recall),
            [
                ("LOT-A", "Ada Patient", 1, "used"),
                ("LOT-A", "Ada Patient", 2, "wasted"),
            ],
        )
        self.assertEqual(recall.patient_count, 1)
        self._return_all(visit.picking_ids)
        self.assertEqual(self._recall(lots=self.first).patient_count, 0)

    def test_product_and_expiry_find_lots_nobody_named(self):
        self._use(6)
        day = self.soon.date()
        recall = self._recall(
            product_id=self.vaccine.id, expires_from=day, expires_to=day
        )
        self.assertEqual(self._found(recall), [("LOT-A", "Ada Patient", 5, "used")])
        before = day - timedelta(days=1)
        self.assertFalse(self._recall(expires_to=before).line_ids)

    def test_goods_without_lots_are_found_by_product_and_day(self):
        self._receive(self.gauze, 5)
        visit = self._use(product=self.gauze)
        today = fields.Date.today()
        recall = self._recall(product_id=self.gauze.id, used_from=today, used_to=today)
        self.assertEqual(recall.line_ids.consultation_id, visit)
        yesterday = today - timedelta(days=1)
        self.assertFalse(
            self._recall(product_id=self.gauze.id, used_to=yesterday).line_ids
        )

    def test_what_is_still_on_the_shelf_is_said(self):
        self._use(2)
        self.assertEqual(
            self._recall(lots=self.first).on_hand,
            f"Vaccine LOT-A: 3.0 Units in {self.stock_location.display_name}",
        )

    def test_nothing_asked_is_nothing_found(self):
        self._use()
        recall = self._recall(used_from=fields.Date.today())
        self.assertFalse(recall.line_ids)
        self.assertFalse(recall.on_hand)
        for action in (recall.action_print, recall.action_open_lines):
            message = self._assert_refused(UserError, action)
            self.assertIn("Say what is recalled", message)

    def test_last_day_is_not_before_the_first(self):
        today = fields.Date.today()
        self._assert_refused(
            ValidationError,
            self._recall,
            used_from=today,
            used_to=today - timedelta(days=1),
        )

    # === AS THE MEDIC === #

    def test_medic_finds_lots_by_name_without_rights_to_the_stock(self):
        self._use()
        lots = self.env["stock.lot"].with_user(self.medic)
        self.assertEqual(
            [found[0] for found in lots.name_search("LOT-A")], self.first.ids
        )
        with Form(self.env["medical.recall"].with_user(self.medic)) as form:
            form.lot_ids.add(self.first.with_user(self.medic))
            self.assertEqual(len(form.line_ids), 1)
        action = form.record.action_open_lines()
        rows = self.env[action["res_model"]].with_user(self.medic)
        views = rows.get_views([(False, "list"), (False, "search")])
        names = views["models"]["medical.recall.line"]["fields"]
        found = rows.search(action["domain"])
        self.assertEqual(len(found), 1)
        self.assertTrue(found.web_read({name: {} for name in names}))
        self.assertEqual(found.action_open()["res_id"], found.sudo().consultation_id.id)

    def test_line_of_a_visit_leads_to_its_lot(self):
        visit = self._use()
        action = self._as(self.medic, visit.line_ids).action_recall()
        recall = (
            self.env["medical.recall"]
            .with_user(self.medic)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(recall.line_ids.consultation_id, visit)
        self._receive(self.gauze, 1)
        without = self._use(product=self.gauze)
        message = self._assert_refused(
            UserError, self._as(self.medic, without.line_ids).action_recall
        )
        self.assertIn("No lot", message)

    def test_print_names_patients_and_contacts(self):
        visit = self._use(3)
        move = self._post(self._build(visit.line_ids.billable_item_ids))
        back = self._use(1, patient_id=self.other_patient.id)
        self._return_all(back.picking_ids)
        recall = self._recall(lots=self.first)
        report = self.env["ir.actions.report"].with_user(self.medic)
        html, _kind = report._render_qweb_html(
            "medical_stock_link.report_recall", recall.ids
        )
        html = html.decode()
        for text in (
            "LOT-A",
            "Ada Patient",
            "+1 555 0100",
            "ada@example.com",
            visit.name,
            move.name,
            "Ben Patient",
            "All returned",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)

    def test_print_is_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("medical_stock_link.report_recall").with_context(
            lang="fr_FR"
        ).arch_db = self.env.ref("medical_stock_link.report_recall").arch_db.replace(
            "Patients to tell", "Patients à prévenir"
        )
        self.medic.lang = "fr_FR"
        self._use()
        recall = self._recall(lots=self.first)
        report = self.env["ir.actions.report"].with_user(self.medic)
        html, _kind = report.with_context(lang=self.medic.lang)._render_qweb_html(
            "medical_stock_link.report_recall", recall.ids
        )
        self.assertIn("Patients à prévenir", html.decode())

    # === RIGHTS === #

    def test_only_readers_of_records_recall(self):
        self._use()
        recall = self._recall(lots=self.first)
        for user in (self.medic, self.administrator):
            with self.subTest(user=user.login):
                self.assertTrue(self._recall(user, lots=self.first).line_ids)
        for user in (
            self.assistant,
            self.reception,
            self.stock_user,
            self.accountant,
            self.biller,
        ):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._recall, user, lots=self.first)
                self._assert_refused(
                    AccessError,
                    self._as(user, self.env["medical.recall.line"]).search,
                    [],
                )
                self._assert_refused(
                    AccessError,
                    self._as(user, recall.sudo(False)).read,
                    ["patient_count"],
                )
                report = self.env["ir.actions.report"].with_user(user)
                self._assert_refused(
                    AccessError,
                    report._render_qweb_html,
                    "medical_stock_link.report_recall",
                    recall.ids,
                )

    def test_nobody_reads_the_recall_of_somebody_else(self):
        recall = self._recall(lots=self.first)
        self._assert_refused(
            AccessError, self._as(self.other_medic, recall).read, ["patient_count"]
        )

    def test_stock_user_sees_no_patient_behind_a_lot(self):
        self._use()
        lot = self._as(self.stock_user, self.first)
        views = lot.get_views([(False, "form"), (False, "list")], {"toolbar": True})
        names = views["models"]["stock.lot"]["fields"]
        values = lot.web_read({name: {} for name in names})
        self.assertTrue(values)
        self.assertNotIn("Ada", str(values))
        self.assertFalse(self.first.partner_ids)
        offered = [
            action["name"]
            for view in views["views"].values()
            for action in view.get("toolbar", {}).get("action", [])
        ]
        self.assertNotIn("Recall", offered)

    def test_medic_changes_no_lot(self):
        self._assert_refused(
            AccessError, self._as(self.medic, self.first).write, {"name": "LOT-X"}
        )

    def test_companies_are_separate(self):
        self._use()
        other = self.setup_other_company(name="Other clinic")["company"]
        self.administrator.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        recall = self._recall(self.administrator, product_id=self.vaccine.id)
        self.assertFalse(recall.line_ids)
        self.assertFalse(recall.on_hand)
