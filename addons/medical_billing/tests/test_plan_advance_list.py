from datetime import timedelta

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from .prepaid_common import PrepaidPlanCommon

FIELDS = {"payer_id", "billing_mode", "amount_advanced", "amount_used", "amount_left"}
FILTERS = {"paid_in_advance", "money_left", "ended_money_left"}
GROUPS = {"group_billing_mode": "billing_mode", "group_payer": "payer_id"}


@tagged("post_install", "-at_install")
class TestPlanAdvanceList(PrepaidPlanCommon):
    """Billers find the plans that hold money of patients."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env.ref(
            "medical_billing.medical_treatment_plan_action_advance"
        )
        cls.paid = cls._create_prepaid_plan(
            date_end=cls.today + timedelta(days=90), title="Knee pain"
        )
        cls._get_documents(cls.paid).action_post()
        # Its document is a draft: nothing of it is paid in advance yet.
        cls.drafted = cls._create_prepaid_plan()
        cls.by_session = cls._create_accepted_plan((cls.procedure, 2))
        cls.offer = cls._create_plan((cls.procedure, 10))
        cls._set_billing(cls.offer, "package")
        cls.offer.with_user(cls.medic).action_propose()
        cls.plans = cls.paid | cls.drafted | cls.by_session | cls.offer
        cls.env.flush_all()

    def _get_arch(self, user, kind):
        view = self.action[{"list": "view_id", "search": "search_view_id"}[kind]]
        plans = self.env["medical.treatment.plan"].with_user(user)
        return etree.fromstring(plans.get_view(view.id, kind)["arch"])

    def _find(self, name=None, user=None):
        """Return which of the plans a user finds in the list, with a filter."""
        user = user or self.biller
        domain = Domain(safe_eval(self.action.domain))
        if name:
            [node] = self._get_arch(user, "search").iterfind(
                f".//filter[@name='{name}']"
            )
            domain &= Domain(safe_eval(node.get("domain")))
        self.env.invalidate_all()
        found = self.env["medical.treatment.plan"].with_user(user).search(domain)
        return found.with_env(self.env) & self.plans

    # === WHAT IS FOUND === #

    def test_accepted_plans_that_are_paid_in_advance(self):
        for name in (None, "paid_in_advance"):
            self.assertEqual(self._find(name), self.paid | self.drafted)

    def test_money_is_left_until_the_sessions_have_used_it(self):
        self.assertEqual(self._find("money_left"), self.paid)
        self.assertIn("search_default_money_left", self.action.context)
        self._build(self._do_sessions(self.paid, 10))
        self._assert_advance(self.paid, 1000.0, 1000.0)
        self.assertFalse(self._find("money_left"))

    def test_money_is_left_after_the_last_day(self):
        self.assertFalse(self._find("ended_money_left"))
        with freeze_time(self.today + timedelta(days=100)):
            self.assertEqual(self._find("ended_money_left"), self.paid)

    def test_plans_are_grouped_and_searched_by_who_pays(self):
        search = self._get_arch(self.biller, "search")
        for name, field in GROUPS.items():
            [node] = search.iterfind(f".//filter[@name='{name}']")
            self.assertEqual(safe_eval(node.get("context")), {"group_by": field})
            groups = self._as(self.biller, self.plans)._read_group(
                [("id", "in", self.plans.ids)], [field], ["amount_left:sum"]
            )
            self.assertEqual(sum(left for _group, left in groups), 1000.0)
        self.assertTrue(search.findall("field[@name='payer_id']"))

    def test_list_says_what_is_left_and_nothing_of_the_treatment(self):
        nodes = {
            node.get("name"): node
            for node in self._get_arch(self.biller, "list").iter("field")
        }
        self.assertLessEqual(FIELDS | {"patient_id", "date_end"}, nodes.keys())
        for name in ("sessions_left", "amount_advanced", "amount_used", "amount_left"):
            self.assertTrue(nodes[name].get("sum"), name)
        for name in ("title", "note", "condition_id", "line_ids"):
            self.assertNotIn(name, nodes)
        [row] = self._as(self.biller, self.paid).read(list(nodes))
        self.assertEqual(row["amount_left"], 1000.0)

    # === WHO FINDS IT === #

    def test_billers_have_the_menu_and_reception_has_not(self):
        menu = self.env.ref("medical_billing.menu_paid_in_advance")
        for user, is_seen in ((self.biller, True), (self.reception, False)):
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            self.assertEqual(menu.id in menus, is_seen, user.login)

    def test_medics_use_the_filters_in_their_own_list(self):
        self.assertEqual(self._find("money_left", self.medic), self.paid)

    def test_reception_and_assistants_find_nothing_of_the_money(self):
        for user in (self.reception, self.assistant):
            with self.subTest(user.login):
                names = {
                    node.get("name") for node in self._get_arch(user, "search").iter()
                }
                self.assertFalse(names & (FILTERS | GROUPS.keys() | {"payer_id"}))
                shown = {
                    node.get("name")
                    for node in self._get_arch(user, "list").iter("field")
                }
                self.assertFalse(shown & FIELDS)
                plans = self._as(user, self.plans)
                for name in FIELDS:
                    self._assert_refused(AccessError, plans.read, [name])
                    self._assert_refused(AccessError, plans.search, [(name, "!=", 0)])
                self._assert_refused(
                    AccessError, plans.search, safe_eval(self.action.domain)
                )

    # === THE ITEMS === #

    def test_items_are_found_and_grouped_by_what_they_charge_in_advance(self):
        items = self.env["medical.billable.item"].with_user(self.biller)
        search = etree.fromstring(
            items.get_view(
                self.env.ref("medical_billing.medical_billable_item_view_search").id,
                "search",
            )["arch"]
        )
        self.assertTrue(search.findall("field[@name='plan_id']"))
        [node] = search.iterfind(".//filter[@name='group_plan']")
        group_by = safe_eval(node.get("context"))["group_by"]
        groups = items._read_group(
            [("plan_id", "ilike", self.paid.name)], [group_by], ["id:recordset"]
        )
        self.assertEqual(
            [(plan.id, found.ids) for plan, found in groups],
            [(self.paid.id, self.paid.down_payment_ids.ids)],
        )
