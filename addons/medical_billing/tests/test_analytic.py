from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestAnalytic(MedicalBillingCommon):
    """Whose revenue an item is: Odoo's models, then the practitioner, then the site."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plans = cls.env["account.analytic.plan"].sudo()
        cls.sites_plan = plans.create({"name": "Sites"})
        cls.people_plan = plans.create({"name": "People"})
        cls.north = cls._create_account("North", cls.sites_plan)
        cls.south = cls._create_account("South", cls.sites_plan)
        cls.surgery = cls._create_account("Surgery", cls.people_plan)
        cls.site = cls._create_location("Site")
        cls.room = cls._create_location("Room", cls.site)
        cls.practitioner = cls.medic.partner_id

    @classmethod
    def _create_account(cls, name, plan, **values):
        return (
            cls.env["account.analytic.account"]
            .sudo()
            .create({"name": name, "plan_id": plan.id, "company_id": False, **values})
        )

    def _use(self, record, *accounts):
        """Give the revenue of a site or practitioner to accounts, in equal parts."""
        name = (
            "analytic_distribution"
            if record._name == "medical.location"
            else "medical_analytic_distribution"
        )
        record.sudo()[name] = self._share(*accounts)

    def _share(self, *accounts):
        return {str(account.id): 100 / len(accounts) for account in accounts}

    def _create_model(self, *accounts, **values):
        self.env["account.analytic.distribution.model"].sudo().create(
            {"analytic_distribution": self._share(*accounts), **values}
        )

    def test_analytic_distribution_follows_the_rules(self):
        self._create_model(self.north, product_id=self.procedure.id)
        items = self._create_items(self.procedure, self.drug)
        self.assertEqual(items[0].analytic_distribution, self._share(self.north))
        self.assertFalse(items[1].analytic_distribution)
        move = self._build(items)
        self.assertEqual(
            move.invoice_line_ids[0].analytic_distribution, self._share(self.north)
        )

    def test_site_and_practitioner_say_where_revenue_counts(self):
        self._use(self.site, self.north, self.south)
        self._use(self.practitioner, self.surgery)
        # In a room of the site.
        items = self._create_items(self.procedure, self.drug, location_id=self.room.id)
        self.assertEqual(items.site_id, self.site)
        expected = {
            str(self.north.id): 50,
            str(self.south.id): 50,
            str(self.surgery.id): 100,
        }
        self.assertEqual(items.mapped("analytic_distribution"), [expected] * 2)
        move = self._post(self._build(items))
        self.assertEqual(
            move.invoice_line_ids.mapped("analytic_distribution"), [expected] * 2
        )
        lines = move.line_ids.analytic_line_ids
        # 122 for each plan; half and half between the sites.
        self.assertEqual(sum(lines.mapped("amount")), 244)

    def test_odoos_models_come_before_practitioner_before_site(self):
        self._use(self.site, self.north)
        self._use(self.practitioner, self.south)
        item = self._create_items(self.drug, location_id=self.site.id)
        self.assertEqual(item.analytic_distribution, self._share(self.south))
        # A model about another plan adds to it, one about the same plan replaces.
        self._create_model(self.surgery, product_id=self.procedure.id)
        self._create_model(self.north, product_id=self.swab.id)
        items = self._create_items(self.procedure, self.swab, location_id=self.site.id)
        self.assertEqual(
            items.mapped("analytic_distribution"),
            [
                self._share(self.surgery) | self._share(self.south),
                self._share(self.north),
            ],
        )

    def test_account_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self._create_account(
            "Elsewhere", self.people_plan, company_id=other.id
        )
        self._use(self.practitioner, elsewhere)
        self._use(self.site, self.north)
        item = self._create_items(self.drug, location_id=self.site.id)
        self.assertEqual(item.analytic_distribution, self._share(self.north))

    def test_moving_the_visit_moves_what_is_not_billed(self):
        other = self._create_location("Other site")
        self._use(self.site, self.north)
        self._use(other, self.south)
        visit = self._create_visit(self.drug, self.swab, location_id=self.site.id)
        visit.line_ids.action_done()
        first, second = visit.line_ids.billable_item_ids
        self._build(first)
        visit.location_id = other
        self.assertEqual(first.analytic_distribution, self._share(self.north))
        self.assertEqual(second.analytic_distribution, self._share(self.south))

    def test_many_items_ask_once_for_each_case(self):
        self._use(self.site, self.north)
        self._use(self.practitioner, self.surgery)
        self._create_model(self.north, product_id=self.procedure.id)

        def create_lines(number):
            self._create_visit(*[self.drug] * number, location_id=self.room.id)

        self.assertLess(self._count_per_record(create_lines, 10, 100), 0.5)

    # === RIGHTS === #

    def test_those_with_analytic_rights_set_it_in_the_forms(self):
        keeper = self._create_user(
            "keeper",
            "medical_records.group_medical_administrator,"
            "analytic.group_analytic_accounting",
        )
        with Form(self.site.with_user(keeper)) as form:
            form.analytic_distribution = self._share(self.north)
        self.assertEqual(
            self.site.sudo().analytic_distribution, self._share(self.north)
        )
        locum = self._create_partner(name="Locum", is_practitioner=True)
        with Form(locum.with_user(keeper)) as form:
            form.medical_analytic_distribution = self._share(self.surgery)
        self.assertEqual(
            locum.sudo().medical_analytic_distribution,
            self._share(self.surgery),
        )

    def test_others_neither_see_nor_set_it(self):
        self._use(self.site, self.north)
        for user in (self.administrator, self.reception, self.medic, self.biller):
            with self.subTest(user=user.login):
                site = self._as(user, self.site)
                # All that may be read is read, as by a remote client.
                self.assertNotIn("analytic_distribution", site.read()[0])
                self._assert_refused(AccessError, site.read, ["analytic_distribution"])
                self._assert_refused(
                    AccessError,
                    self._as(user, self.practitioner).read,
                    ["medical_analytic_distribution"],
                )
        with Form(self.site.with_user(self.administrator)) as form:
            self.assertNotIn("analytic_distribution", form._view["fields"])
            form.name = "Renamed"
        self._assert_refused(
            AccessError,
            self._call,
            self.administrator,
            self.site,
            "write",
            {"analytic_distribution": False},
        )
        self.assertEqual(
            self.site.sudo().analytic_distribution, self._share(self.north)
        )

    def test_copies_and_new_sites_need_no_analytic_right(self):
        self._use(self.site, self.north)
        copy = self.site.with_user(self.administrator).copy()
        self.assertFalse(copy.sudo().analytic_distribution)
        self.assertTrue(
            self.env["medical.location"]
            .with_user(self.administrator)
            .create({"name": "New"})
        )
        self.assertTrue(
            self.env["res.partner"]
            .with_user(self.reception)
            .create({"name": "New", "is_practitioner": True})
            .copy()
        )


@tagged("post_install", "-at_install")
class TestSiteOfItem(MedicalBillingCommon):
    def test_items_are_found_by_site(self):
        site = self._create_location("Site")
        item = self._create_items(
            self.drug, location_id=self._create_location("Room", site).id
        )
        self._create_items(self.drug)
        found = self.env["medical.billable.item"].with_user(self.biller)
        self.assertEqual(found.search([("site_id", "=", site.id)]), item)
        groups = found._read_group([], ["site_id"], ["__count"])
        self.assertIn((site, 1), groups)

    def test_biller_without_analytic_rights_reads_items_with_a_site(self):
        item = self._create_items(
            self.drug, location_id=self._create_location("Site").id
        )
        values = self._as(self.biller, item).read()[0]
        self.assertEqual(values["site_id"][1], "Site")
        self.assertTrue(self._build(item))
        self.assertEqual(
            self._as(self.medic, item).with_context(lang="en_US").site_id.name, "Site"
        )
