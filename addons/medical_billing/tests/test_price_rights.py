from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestPriceRights(MedicalBillingCommon):
    """Prices by hand: who may, what is kept of it, and what no door lets in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.editor = cls._create_user(
            "editor",
            "medical_billing.group_biller,medical_billing.group_price_editor",
        )
        cls.item = cls._create_items(cls.procedure)

    def _changes(self, item=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            (change.user_id.login, change.what, change.old_value, change.new_value)
            for change in (item or self.item).change_ids.sorted("id")
        ]

    # === WHO === #

    def test_biller_without_the_right_sets_no_price(self):
        tax = self._create_tax(15)
        pricelist = self._create_pricelist()
        for vals in (
            {"price_unit": 1},
            {"discount": 10},
            {"tax_ids": [Command.set(tax.ids)]},
            {"pricelist_id": pricelist.id},
        ):
            with self.subTest(vals=vals):
                message = self._assert_refused(
                    AccessError, self._call, self.biller, self.item, "write", vals
                )
                self.assertIn("needs the right “Medical Billing: Change", message)
        for action in ("action_reset_price", "action_set_free"):
            with self.subTest(action=action):
                self._assert_refused(
                    AccessError, self._call, self.biller, self.item, action
                )
        self.assertRecordValues(
            self.item,
            [{"price_unit": 120, "discount": 0, "tax_ids": [], "pricelist_id": False}],
        )
        self.assertEqual(self._changes(), [])

    def test_biller_without_the_right_sets_payer_and_day(self):
        self._call(
            self.biller,
            self.item,
            "write",
            {"payer_id": self.guarantor.id, "due_date": "2026-04-01"},
        )
        self.assertEqual(self.item.payer_id, self.guarantor)

    def test_the_right_alone_opens_no_item(self):
        user = self._create_user(
            "prices_only", "base.group_user,medical_billing.group_price_editor"
        )
        self._assert_refused(
            AccessError, self._call, user, self.item, "write", {"price_unit": 1}
        )

    def test_form_offers_prices_to_those_who_may_change_them(self):
        with (
            Form(self.item.with_user(self.biller)) as form,
            self.assertRaises(AssertionError),
        ):
            form.price_unit = 3
        with Form(self.item.with_user(self.editor)) as form:
            form.price_unit = 3
            form.discount = 50
        self.assertEqual(self.item.price_total, 1.5)
        self._build(self.item)
        self.assertFalse(self._as(self.editor, self.item).is_price_open)

    # === ON THE DRAFT === #

    def test_draft_is_no_way_around_the_right(self):
        line = self._build(self.item).invoice_line_ids
        tax = self._create_tax(15)
        for vals in (
            {"price_unit": 1},
            {"discount": 10},
            {"tax_ids": [Command.set(tax.ids)]},
        ):
            with self.subTest(vals=vals):
                message = self._assert_refused(
                    AccessError, self._call, self.biller, line, "write", vals
                )
                self.assertIn("needs the right “Medical Billing: Change", message)
                self._assert_refused(
                    AccessError,
                    self._call,
                    self.biller,
                    line.move_id,
                    "write",
                    {"invoice_line_ids": [Command.update(line.id, vals)]},
                )
        self.assertRecordValues(
            line, [{"price_unit": 120, "discount": 0, "price_total": 120}]
        )

    def test_draft_stays_open_for_what_is_no_price(self):
        line = self._build(self.item).invoice_line_ids
        self._call(
            self.biller,
            line,
            "write",
            {"name": "Sutures", "quantity": 0.5, "price_unit": 120, "discount": 0},
        )
        self.assertRecordValues(line, [{"name": "Sutures", "price_total": 60}])
        with Form(line.move_id.with_user(self.biller)) as form:
            form.invoice_date = "2026-03-03"
            with form.invoice_line_ids.edit(0) as line_form:
                line_form.quantity = 0.25
        self.assertEqual(line.price_total, 30)

    def test_price_editor_and_accountant_change_prices_on_the_draft(self):
        line = self._build(self.item).invoice_line_ids
        self._call(self.editor, line, "write", {"price_unit": 100})
        self.assertEqual(line.price_total, 100)
        self._call(self.accountant, line, "write", {"discount": 50})
        self.assertEqual(line.price_total, 50)
        for group in ("account.group_account_user", "medical_billing.group_biller"):
            self.internal.group_ids += self.quick_ref(group)
        self._call(self.internal, line, "write", {"discount": 0})
        self.assertEqual(line.price_total, 100)

    def test_biller_changes_prices_of_lines_of_her_own(self):
        move = self._build(self.item)
        move.with_user(self.biller).write(
            {
                "invoice_line_ids": [
                    Command.create({"name": "Certificate", "price_unit": 10})
                ]
            }
        )
        line = move.invoice_line_ids - self.item.move_line_ids
        self._call(self.biller, line, "write", {"price_unit": 12})
        self.assertEqual(line.price_unit, 12)

    # === WHAT IS KEPT === #

    def test_item_shows_who_changed_what_when(self):
        tax = self._create_tax(15, name="VAT 15")
        self._call(self.editor, self.item, "write", {"price_unit": 99.5})
        self._call(
            self.billing_manager,
            self.item,
            "write",
            {"discount": 12.5, "tax_ids": [Command.set(tax.ids)]},
        )
        self.assertEqual(
            self._changes(),
            [
                ("editor", "price_unit", "120 USD", "99.5 USD"),
                ("billing_manager", "discount", "0 %", "12.5 %"),
                ("billing_manager", "tax_ids", "", "VAT 15"),
            ],
        )
        change = self._as(self.biller, self.item).change_ids[0]
        self.assertTrue(change.date)

    def test_what_is_no_change_by_hand_is_not_kept(self):
        self._call(self.editor, self.item, "write", {"discount": 0})
        self._call(self.biller, self.item, "write", {"payer_id": self.guarantor.id})
        self.item.with_user(self.editor).sudo().price_unit = 7
        self.assertEqual(self._changes(), [])

    def test_price_goes_back_to_the_pricelist(self):
        self._call(self.editor, self.item, "write", {"price_unit": 99})
        self.procedure.list_price = 130
        self._call(self.editor, self.item, "action_reset_price")
        self.assertRecordValues(
            self.item,
            [{"price_unit": 130, "is_price_manual": False, "price_total": 130}],
        )
        self.assertEqual(
            self._changes()[-1], ("editor", "price_unit", "99 USD", "130 USD")
        )

    def test_shared_price_does_not_go_back_alone(self):
        self.item._split(self.guarantor, share=0.8)
        self._assert_refused(
            UserError, self._call, self.editor, self.item, "action_reset_price"
        )

    def test_nobody_writes_the_log_or_clears_it(self):
        self._call(self.editor, self.item, "write", {"price_unit": 99})
        change = self.item.change_ids
        for user in (self.editor, self.billing_manager):
            self._assert_refused(
                UserError, self._call, user, change, "write", {"old_value": "1"}
            )
            self._assert_refused(AccessError, self._call, user, change, "unlink")
            self._assert_refused(
                AccessError,
                change.with_user(user).create,
                {"item_id": self.item.id, "what": "discount"},
            )
        self._assert_refused(UserError, change.sudo().write, {"old_value": "1"})
        self._assert_refused(UserError, change.sudo().unlink)
        self.assertEqual(len(self._changes()), 1)

    def test_log_is_for_billers_of_the_company(self):
        self._call(self.editor, self.item, "write", {"price_unit": 99})
        change = self.item.change_ids
        self.assertEqual(self._as(self.biller, change).new_value, "99 USD")
        for user in (self.medic, self.reception, self.accountant):
            with self.subTest(user=user.login):
                self._assert_refused(
                    AccessError, self._as(user, change).read, ["new_value"]
                )
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_user(
            "stranger",
            "medical_billing.group_billing_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self._assert_refused(
            AccessError, self._as(stranger, change).read, ["new_value"]
        )

    def test_log_goes_with_an_item_that_was_never_billed(self):
        visit = self._create_visit(self.drug)
        item = visit.line_ids.billable_item_ids
        self._call(self.editor, item, "write", {"price_unit": 99})
        change = item.change_ids
        visit.line_ids.unlink()
        self.assertFalse(change.exists())

    # === DISCOUNTS === #

    def test_price_below_nothing_is_refused(self):
        message = self._assert_refused(
            UserError, self._call, self.editor, self.item, "write", {"price_unit": -1}
        )
        self.assertIn("less than nothing", message)
        self.assertEqual(self.item.price_unit, 120)

    def test_discount_below_0_or_above_100_is_refused_in_the_form(self):
        for discount in (-0.01, 100.01, -1, 250):
            with (
                self.subTest(discount=discount),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(Exception, "discount"),
                self.env.cr.savepoint(),
            ):
                with Form(self.item.with_user(self.editor)) as form:
                    form.discount = discount
                self.env.flush_all()
        for discount in (0, 100):
            with Form(self.item.with_user(self.editor)) as form:
                form.discount = discount
            self.assertEqual(self.item.discount, discount)

    def test_discount_below_0_or_above_100_is_refused_in_an_import(self):
        for discount in ("-1", "101"):
            with self.subTest(discount=discount), mute_logger("odoo.sql_db"):
                result = (
                    self.env["medical.billable.item"]
                    .with_user(self.editor)
                    .load([".id", "discount"], [[str(self.item.id), discount]])
                )
                self.assertFalse(result["ids"])
                self.assertIn(
                    "A discount is between 0 and 100 percent.",
                    result["messages"][0]["message"],
                )
        self.assertEqual(self.item.discount, 0)


@tagged("post_install", "-at_install")
class TestPriceRightsRemote(MedicalBillingCommon, HttpCase):
    """What a remote client is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls._create_items(cls.procedure)

    def _write(self, login, vals):
        """Write as a browser does; return the error shown, or nothing."""
        self.authenticate(login, login)
        response = self.url_open(
            "/web/dataset/call_kw/medical.billable.item/write",
            json={
                "params": {
                    "model": "medical.billable.item",
                    "method": "write",
                    "args": [self.item.ids, vals],
                    "kwargs": {},
                }
            },
        ).json()
        self.env.invalidate_all()
        return response.get("error", {}).get("data", {}).get("message")

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_remote_client_is_told_what_a_discount_is(self):
        for discount in (-1, 101):
            with self.subTest(discount=discount):
                self.assertIn(
                    "A discount is between 0 and 100 percent",
                    self._write("billing_manager", {"discount": discount}),
                )
                self.assertEqual(self.item.discount, 0)
        self.assertFalse(self._write("billing_manager", {"discount": 30}))
        self.assertEqual(self.item.discount, 30)

    @mute_logger("odoo.http")
    def test_remote_client_without_the_right_is_told_so(self):
        self.assertIn("needs the right", self._write("biller", {"price_unit": 1}))
        self.assertEqual(self.item.price_unit, 120)
