from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestLotTours(MedicalStockCommon, HttpCase):
    def test_medic_corrects_quantity_and_lot_and_signs(self):
        drug = self._create_goods("Vaccine", tracking="lot", use_expiration_date=True)
        today = fields.Datetime.now()
        soon, late = (
            self._create_lot(drug, name, today + timedelta(days=days))
            for name, days in (("SOON", 30), ("LATE", 300))
        )
        for lot in (soon, late):
            self._receive(drug, 5, lot=lot)
        visit = self._create_visit(drug)
        self.start_tour(
            f"/odoo/medical.consultation/{visit.id}",
            "medical_lot_corrected",
            login=self.medic.login,
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            visit.picking_ids.move_line_ids, [{"lot_id": late.id, "quantity": 3}]
        )
        self.assertRecordValues(
            visit.line_ids, [{"qty_done": 3, "qty_moved": 3, "stock_difference": 0}]
        )
        self.assertEqual(self._get_on_hand(drug, soon), 5)
        self.assertEqual(visit.line_ids.billable_item_ids.quantity, 3)
