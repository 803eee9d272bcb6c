from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestConfigurationCheck(MedicalRecordsCommon):
    """The checklist says what is configured and what is missing, company by company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.new_company = cls._create_company(name="New clinic")

    def test_new_company_misses_what_visits_need(self):
        rows = self._open_checklist(company=self.new_company)
        for key in ("company", "visit_types", "medics"):
            with self.subTest(key=key):
                self.assertEqual(rows[key].state, "missing")
                self.assertTrue(rows[key].name)
                self.assertTrue(rows[key].message)

    def test_rows_tick_themselves_off(self):
        row = self._open_checklist(company=self.new_company)["visit_types"]
        self.assertEqual(row.state, "missing")
        self.env["medical.visit.type"].create(
            {"name": "First visit", "company_id": self.new_company.id}
        )
        row.invalidate_recordset()
        self.assertEqual(row.state, "done")
        self.assertIn("1", row.message)

    def test_each_company_has_its_own_list(self):
        self.env["medical.visit.type"].create(
            {"name": "First visit", "company_id": self.new_company.id}
        )
        self._create_visit(company_id=self.new_company.id, date="2020-01-01 09:00:00")
        here = self._open_checklist()
        there = self._open_checklist(company=self.new_company)
        self.assertEqual(there["visit_types"].state, "done")
        self.assertEqual(there["history"].state, "advice")
        self.assertNotEqual(here["history"].message, there["history"].message)
        self.assertEqual(here["history"].company_id, self.env.company)
        self.assertEqual(there["history"].company_id, self.new_company)

    def test_people_are_looked_for_in_their_company(self):
        rows = self._open_checklist()
        self.assertEqual(rows["reception"].state, "done")
        self.assertEqual(rows["medics"].state, "done")
        self._create_user("locum", "medical_records.group_medic")
        rows["medics"].invalidate_recordset()
        self.assertEqual(rows["medics"].state, "advice")
        self.assertIn("Locum", rows["medics"].message)

    def test_fee_that_is_missing_is_named(self):
        self.env["medical.visit.type"].create(
            [
                {
                    "name": "Phone",
                    "company_id": self.new_company.id,
                },
                {
                    "name": "First visit",
                    "company_id": self.new_company.id,
                    "product_id": self.fee.id,
                },
            ]
        )
        fees = self._open_checklist(company=self.new_company)["fees"]
        self.assertEqual(fees.state, "advice")
        self.assertIn("Phone", fees.message)
        self.assertNotIn("First visit", fees.message)

    def test_each_row_opens_a_screen(self):
        everything = self.quick_ref("base.user_admin")
        for key, row in self._open_checklist(everything).items():
            with self.subTest(key=key):
                action = row.action_configure()
                self.assertIn(action["res_model"], self.env)

    def test_row_shows_what_it_counts(self):
        self.medic.partner_id.license_number = False
        row = self._open_checklist()["licenses"]
        action = row.action_configure()
        found = self.env["res.partner"].search(action["domain"])
        self.assertIn(self.medic.partner_id, found)
        self.assertNotIn(self.other_medic.partner_id, found)

    def test_work_of_somebody_else_is_named(self):
        row = self._open_checklist()["medics"]
        message = self._assert_refused(UserError, row.action_configure)
        self.assertIn("Users", message)

    def test_checklist_is_for_the_medical_administrator(self):
        checks = self.env["medical.configuration.check"]
        menu = self.env.ref("medical_records.menu_configuration_checks")
        for user in (self.medic, self.assistant, self.reception, self.internal):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, checks.with_user(user).action_open_checklist
                )
                self._assert_refused(AccessError, self._open_checklist, user)
                self.assertNotIn(
                    menu.id, self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
                )
        self.assertIn(
            menu.id,
            self.env["ir.ui.menu"].with_user(self.administrator)._visible_menu_ids(),
        )

    def test_companies_of_others_stay_closed(self):
        rows = self._open_checklist(company=self.new_company)
        self.administrator.company_ids = [Command.unlink(self.new_company.id)]
        other = self._create_user(
            "other_admin", "medical_records.group_medical_administrator"
        )
        self._assert_refused(
            AccessError, rows["history"].with_user(other).read, ["message"]
        )
        self._assert_refused(
            AccessError,
            self.env["medical.configuration.check"].with_user(other).create,
            {"company_id": self.new_company.id, "key": "history"},
        )
