"""People at work, in a real browser: a visit from the diary to the paid receipt.

The tours are in `medical_stock_link`, the last of the addons. What they click comes to
figures that are worked out by hand here, from the prices and costs of the set-up.
"""

import io
import json

from lxml import etree
from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.fields import Command, Date, Datetime
from odoo.tests import HttpCase, tagged

from odoo.addons.medical_billing.tests.common import MedicalBillingCommon
from odoo.addons.medical_records.models.medical_consultation import CLINICAL

VISIT_DAY = "2026-03-02"


class JourneyCommon(MedicalBillingCommon, HttpCase):
    """A clinic with a procedure that takes goods from stock, and people to log in.

    ===========================  ========  =======================================
    Removal of a splinter        90.00     and 10 % tax; for one of it are used:
    2 × Sterile drape            included  20 in stock, the half at 4.00, the other
                                           at 5.00; average cost, so 4.50 each
    2 × Anesthetic               15.00     3 in stock at 6.20 and 7 at 7.00; first
                                           in, first out
    First visit                  50.00     the fee of the visit type
    ===========================  ========  =======================================
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock_user = cls._create_user("stock_user", "stock.group_stock_user")
        cls.patient = cls._create_patient(name="Mia Sanders", birthdate="1984-05-06")
        cls.code = cls._create_code("W45", "Splinter in the finger")
        cls._create_accounts()
        cls.drape = cls._create_goods("Sterile drape", "consumable", 2.5, "average")
        cls.anesthetic = cls._create_goods("Anesthetic", "medication", 15.0, "fifo")
        cls._receive(cls.drape, 10, 4.0)
        cls._receive(cls.drape, 10, 5.0)
        cls._receive(cls.anesthetic, 3, 6.2)
        cls._receive(cls.anesthetic, 7, 7.0)
        cls.removal = cls._create_medical_product(
            "Removal of a splinter",
            "procedure",
            90.0,
            taxes_id=[Command.set(cls._create_tax(10.0, name="Tax 10%").ids)],
            medical_code_id=cls._create_code("P-4711", "Removal of a splinter").id,
        )
        cls._create_component(cls.removal, cls.drape, 2.0, charge="included")
        cls._create_component(cls.removal, cls.anesthetic, 2.0, charge="extra")
        cls.first_visit = cls._create_medical_product(
            "First visit", "consultation", 50.0
        )
        cls.visit_type, _follow_up = cls.env["medical.visit.type"].create(
            [
                {"name": "First contact", "product_id": cls.first_visit.id},
                {"name": "Follow-up", "product_id": cls.fee.id},
            ]
        )

    @classmethod
    def _create_accounts(cls):
        def account(code, name, account_type):
            return cls.env["account.account"].create(
                {"code": code, "name": name, "account_type": account_type}
            )

        cls.used_goods = account("610099", "Consumables Used", "expense")
        cls.goods = account("110099", "Medical Goods", "asset_current")
        location = cls.env.company._get_medical_location()
        location.valuation_account_id = cls.used_goods

    @classmethod
    def _create_goods(cls, name, kind, price, cost_method):
        category = cls.env["product.category"].create(
            {
                "name": name,
                "property_valuation": "real_time",
                "property_cost_method": cost_method,
                "property_stock_valuation_account_id": cls.goods.id,
            }
        )
        return cls._create_medical_product(
            name,
            kind,
            price,
            type="consu",
            is_storable=True,
            categ_id=category.id,
        )

    @classmethod
    def _receive(cls, product, quantity, cost):
        warehouse = cls.env.company._get_medical_warehouse()
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "value_manual": quantity * cost,
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": cls.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": warehouse.lot_stock_id.id,
            }
        )
        move._action_confirm()
        move.write({"quantity": quantity, "picked": True})
        move._action_done()

    def _tour(self, url, name, user):
        """Let a user walk through a tour, and read anew what came of it."""
        self.start_tour(url, name, login=user.login)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestJourney(JourneyCommon):
    def test_from_the_consultation_to_the_paid_receipt(self):
        other_item = self._create_items(
            self.first_visit, patient_id=self.other_patient.id
        )
        self._tour("/odoo", "medical_journey_medic", self.medic)
        visit = self.env["medical.consultation"].search(
            [("patient_id", "=", self.patient.id)]
        )
        self._check_record(visit)
        self._check_goods(visit)
        self.assertEqual(self.patient.amount_to_bill, 308.0)

        self._tour("/odoo", "medical_journey_biller", self.biller)
        items = visit.line_ids.billable_item_ids
        receipt = items.move_line_ids.move_id
        self._check_receipt(receipt)
        self._check_items(items)
        self.assertRecordValues(other_item, [{"state": "to_bill", "qty_to_bill": 1.0}])
        self._check_print(receipt, visit)

    def _check_record(self, visit):
        """What the medic typed is what was recorded, once."""
        self.assertRecordValues(
            visit,
            [
                {
                    "state": "signed",
                    "signed_by_id": self.medic.id,
                    "practitioner_id": self.medic.partner_id.id,
                    "visit_type_id": self.visit_type.id,
                    "reason": "A splinter",
                }
            ],
        )
        self.assertRecordValues(
            visit.diagnosis_ids, [{"code_id": self.code.id, "rank": "principal"}]
        )
        fee, removal, drape, anesthetic = visit.line_ids
        self.assertRecordValues(
            fee | removal | drape | anesthetic,
            [
                {
                    "product_id": product.id,
                    "parent_id": parent.id,
                    "quantity": quantity,
                    "qty_done": quantity,
                    "charge": charge,
                    "state": "done",
                }
                for product, parent, quantity, charge in (
                    (self.first_visit, visit.line_ids.browse(), 1.0, "charged"),
                    (self.removal, visit.line_ids.browse(), 2.0, "charged"),
                    (self.drape, removal, 4.0, "included"),
                    (self.anesthetic, removal, 4.0, "charged"),
                )
            ],
        )

    def _check_goods(self, visit):
        """4 drapes at 4.50 and 4 doses, 3 at 6.20 and 1 at 7.00, left the stock."""
        self.assertEqual(self.drape.qty_available, 16.0)
        self.assertEqual(self.anesthetic.qty_available, 6.0)
        self.assertRecordValues(
            visit.picking_ids.move_ids.sorted("value"),
            [
                {"product_id": self.drape.id, "quantity": 4.0, "value": 18.0},
                {"product_id": self.anesthetic.id, "quantity": 4.0, "value": 25.6},
            ],
        )
        self.assertRecordValues(visit.picking_ids, [{"state": "done"}])
        self.assertEqual(visit.material_cost, 43.6)
        self.assertEqual(visit.line_ids.mapped("stock_difference"), [0.0] * 4)
        entry = visit.picking_ids.move_ids.account_move_id
        self.assertRecordValues(entry, [{"state": "posted", "move_type": "entry"}])
        self.assertRecordValues(
            entry.line_ids.sorted("balance"),
            [
                {"account_id": self.goods.id, "debit": 0.0, "credit": 25.6},
                {"account_id": self.goods.id, "debit": 0.0, "credit": 18.0},
                {"account_id": self.used_goods.id, "debit": 18.0, "credit": 0.0},
                {"account_id": self.used_goods.id, "debit": 25.6, "credit": 0.0},
            ],
        )
        self.assertNotIn(self.patient, entry.line_ids.partner_id)

    def _check_receipt(self, receipt):
        """2 × 90.00 and 10 %, 4 × 15.00 and 50.00 are 308.00, and 200.00 are paid."""
        self.assertRecordValues(
            receipt,
            [
                {
                    "move_type": "out_receipt",
                    "state": "posted",
                    "is_medical_receipt": True,
                    "partner_id": self.patient.id,
                    "medical_patient_id": self.patient.id,
                    "amount_untaxed": 290.0,
                    "amount_tax": 18.0,
                    "amount_total": 308.0,
                    "amount_residual": 108.0,
                    "payment_state": "partial",
                }
            ],
        )
        self.assertRecordValues(
            receipt.invoice_line_ids.sorted("sequence"),
            [
                {"product_id": product.id, "quantity": quantity, "price_total": total}
                for product, quantity, total in (
                    (self.first_visit, 1.0, 50.0),
                    (self.removal, 2.0, 198.0),
                    (self.anesthetic, 4.0, 60.0),
                )
            ],
        )
        # The cost was booked when the goods were used, and is not booked again.
        self.assertFalse(
            receipt.line_ids.filtered(
                lambda line: (
                    line.display_type == "cogs"
                    or line.account_id in self.goods | self.used_goods
                )
            )
        )
        payment = self.env["account.payment"].search(
            [("partner_id", "=", self.patient.id)]
        )
        self.assertRecordValues(
            payment,
            [
                {
                    "amount": 200.0,
                    "payment_type": "inbound",
                    "is_reconciled": True,
                }
            ],
        )
        self.assertEqual(payment.journal_id.type, "cash")
        self.assertEqual(payment.reconciled_invoice_ids, receipt)
        self.assertEqual(self.patient.with_user(self.accountant).credit, 108.0)

    def _check_items(self, items):
        self.assertEqual(len(items), 3)
        self.assertEqual(set(items.mapped("state")), {"billed"})
        self.assertEqual(set(items.mapped("qty_to_bill")), {0.0})
        self.assertEqual(self.patient.amount_to_bill, 0.0)

    def _check_print(self, receipt, visit):
        """The biller prints the receipt; its text is read from the PDF itself."""
        self.authenticate(self.biller.login, self.biller.login)
        response = self.url_open(
            f"/report/pdf/account.report_invoice_with_payments/{receipt.id}",
            # Within tests, Odoo makes no PDF but when it is told to.
            params={"context": json.dumps({"force_report_rendering": True})},
            timeout=60,
        )
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        pages = PdfReader(io.BytesIO(response.content)).pages
        text = " ".join("\n".join(page.extract_text() for page in pages).split())
        # The reader of the file sees a gap where one word ends and a comma begins.
        text = text.replace(" ,", ",")
        day = Datetime.context_timestamp(visit, visit.date).strftime("%m/%d/%Y")
        for expected in (
            f"Receipt {receipt.name}",
            "Mia Sanders",
            self.patient.patient_number,
            f"Visit Date {day}",
            "License LIC-1",
            "P-4711 Removal of a splinter",
            "Total $ 308.00",
            f"Cash, {Date.today().strftime('%m/%d/%Y')} $ 200.00",
            "Amount Due $ 108.00",
        ):
            self.assertIn(expected, text)
        # What the document bills, and nothing of what was found.
        self.assertNotIn("Invoice", text)
        self.assertNotIn("splinter in", text.lower())
        self.assertNotIn("drape", text)


@tagged("post_install", "-at_install")
class TestScreens(JourneyCommon):
    """What people of each role meet on the screens that they share."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._create_done_visit(
            cls.removal, date=Datetime.to_datetime(f"{VISIT_DAY} 09:00:00")
        )

    def _get_view_fields(self, user):
        visits = self.env["medical.consultation"].with_user(user)
        arch = etree.fromstring(visits.get_view(view_type="form")["arch"])
        return {field.get("name") for field in arch.iter("field")}

    def test_visit_form_without_the_record(self):
        clinical = {
            name
            for name, field in self.visit._fields.items()
            if field.groups == CLINICAL
        }
        self.assertIn("line_ids", clinical)
        self.assertLess(
            {"line_ids", "diagnosis_ids", "history"}, self._get_view_fields(self.medic)
        )
        for user in (self.reception, self.biller):
            with self.subTest(user=user.login):
                self.assertFalse(self._get_view_fields(user) & clinical)
                self._tour(
                    f"/odoo/medical.consultation/{self.visit.id}",
                    "medical_visit_without_record",
                    user,
                )

    def test_transfer_names_no_patient(self):
        picking = self.visit.picking_ids
        self._tour(
            f"/odoo/stock.picking/{picking.id}",
            "medical_transfer_without_patient",
            self.stock_user,
        )
        with self.assertRaises(AccessError):
            picking.with_user(self.stock_user).consultation_id.read(["patient_id"])

    def test_biller_decides_what_becomes_of_credited_items(self):
        items = self.visit.line_ids.billable_item_ids
        receipt = self._post(self._build(items, move_type="out_receipt"))
        # An accountant's own credit note asks nothing.
        self._reverse(receipt).action_post()
        self.assertEqual(items.mapped("state"), ["undecided"] * 2)
        self._tour("/odoo", "medical_item_to_decide", self.biller)
        self.assertEqual(items.mapped("state"), ["to_bill", "waived"])


@tagged("post_install", "-at_install")
class TestMenus(JourneyCommon):
    """Every menu of the Clinic app opens, for everybody who sees it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._create_done_visit(
            cls.removal, date=Datetime.to_datetime(f"{VISIT_DAY} 09:00:00")
        )
        cls._create_visit(cls.removal, date=Datetime.now())
        # Who also has Odoo's own settings sees those of the clinic, too.
        cls.administrator.group_ids += cls.env.ref("base.group_system")

    def _open_every_menu(self, user, and_then, success_signal):
        self.browser_js(
            "/odoo",
            "odoo.loader.modules.get('@medical_stock_link/../tests/tours/menus')"
            f".openEveryMenu().then(() => {and_then})",
            "odoo.isReady === true",
            login=user.login,
            timeout=120,
            success_signal=success_signal,
        )

    def _open_menus(self, user):
        """Open every menu, and the first record of every list."""
        self._open_every_menu(user, "console.log('all opened')", "all opened")

    def _click_everywhere(self, user):
        """And try every view and every filter, as Odoo's own test does."""
        self._open_every_menu(
            user,
            "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
            ".startClickEverywhere('medical_records.menu_clinic_root')",
            "clickbot test succeeded",
        )

    def test_reception(self):
        self._open_menus(self.reception)

    def test_assistant(self):
        self._open_menus(self.assistant)

    def test_medic(self):
        self._open_menus(self.medic)

    def test_biller(self):
        self._click_everywhere(self.biller)

    def test_administrator(self):
        self._click_everywhere(self.administrator)
