from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestBarcode(MedicalStockCommon):
    """What is scanned in an open visit becomes a line of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gauze.barcode = "4006381333931"
        cls.drug = cls._create_goods(
            "Vaccine",
            tracking="lot",
            use_expiration_date=True,
            barcode="5901234123457",
        )
        today = fields.Datetime.now()
        cls.lot = cls._create_lot(cls.drug, "VAX77", today + timedelta(days=300))
        cls.old = cls._create_lot(cls.drug, "VAX11", today - timedelta(days=3))
        cls.device = cls._create_goods(
            "Implant", tracking="serial", barcode="0614141123452"
        )
        cls.serial = cls._create_lot(cls.device, "SN42")

    def _scan(self, *barcodes, visit=None):
        """Scan into a visit as its medic; return it."""
        visit = visit or self._create_visit()
        with Form(visit.with_user(self.medic)) as form:
            for barcode in barcodes:
                form._barcode_scanned = barcode
        self.env.invalidate_all()
        return visit

    def _hear(self, barcode, visit=None):
        """Return what the medic is told instead of a line."""
        visit = (visit or self._create_visit()).with_user(self.medic)
        lines = visit.line_ids
        warning = visit.on_barcode_scanned(barcode)["warning"]
        self.assertEqual(visit.line_ids, lines)
        return warning["message"]

    def test_product_is_added_and_counted(self):
        visit = self._scan("4006381333931", "5901234123457", "4006381333931")
        self.assertRecordValues(
            visit.line_ids,
            [
                {"product_id": self.gauze.id, "quantity": 2, "lot_id": False},
                {"product_id": self.drug.id, "quantity": 1, "lot_id": False},
            ],
        )

    def test_lot_adds_its_product(self):
        visit = self._scan("VAX77")
        self.assertRecordValues(
            visit.line_ids,
            [{"product_id": self.drug.id, "quantity": 1, "lot_id": self.lot.id}],
        )

    def test_lot_of_what_was_ordered_is_chosen(self):
        visit = self._create_visit(self.drug)
        self._scan("VAX77", visit=visit)
        self.assertRecordValues(
            visit.line_ids,
            [{"product_id": self.drug.id, "quantity": 1, "lot_id": self.lot.id}],
        )

    def test_package_code_names_product_and_lot(self):
        # GTIN, expiry, lot.
        code = "010590123412345717290101" + "10VAX77"
        visit = self._scan(code)
        self.assertRecordValues(
            visit.line_ids,
            [{"product_id": self.drug.id, "lot_id": self.lot.id, "udi": code}],
        )

    def test_device_code_is_its_udi(self):
        code = "010061414112345221SN42"
        visit = self._scan(code)
        self.assertRecordValues(
            visit.line_ids,
            [{"product_id": self.device.id, "lot_id": self.serial.id, "udi": code}],
        )
        self.assertIn("SN42 is already in this visit", self._hear(code, visit))

    def test_unknown_code_is_said(self):
        self.assertIn("has the barcode NOTHING", self._hear("NOTHING"))

    def test_package_of_a_lot_that_was_never_received_is_said(self):
        message = self._hear("010590123412345710NEW1")
        self.assertIn("Vaccine has no lot NEW1 in stock", message)

    def test_expired_lot_is_said(self):
        self.assertIn("Vaccine VAX11 has expired", self._hear("VAX11"))

    def test_lot_of_several_products_is_said(self):
        other = self._create_goods("Serum", tracking="lot")
        self._create_lot(other, "VAX77")
        self.assertIn("is a lot of several products", self._hear("VAX77"))

    def test_signed_visit_takes_no_scan(self):
        self._receive(self.gauze, 5)
        visit = self._sign_visit(self.gauze)
        self.assertIn("This visit is closed", self._hear("4006381333931", visit))
