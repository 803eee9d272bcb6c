from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestLots(MedicalStockCommon):
    """Which lot a visit takes: proposed, chosen, and kept in the record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.drug = cls._create_goods(
            "Vaccine", tracking="lot", use_expiration_date=True
        )
        today = fields.Datetime.now()
        cls.late, cls.soon, cls.expired = (
            cls._create_lot(cls.drug, name, today + timedelta(days=days))
            for name, days in (("LATE", 300), ("SOON", 30), ("OLD", -1))
        )
        for lot in (cls.late, cls.soon, cls.expired):
            cls._receive(cls.drug, 5, lot=lot)

    def _create_drug_visit(self, *quantities, **values):
        return self._create_visit(
            *(
                {"product_id": self.drug.id, "quantity": quantity, **values}
                for quantity in quantities
            )
        )

    def _get_lots_taken(self, visit):
        """Return lots to how much of them left and did not come back."""
        taken = {}
        for part in visit.picking_ids.move_line_ids.filtered(
            lambda part: part.state == "done"
        ):
            sign = 1 if part.location_dest_id == self.clinic_location else -1
            taken[part.lot_id] = taken.get(part.lot_id, 0) + sign * part.quantity
        return {lot: quantity for lot, quantity in taken.items() if quantity}

    # === PROPOSED === #

    def test_first_to_expire_is_proposed(self):
        visit = self._create_drug_visit(2)
        line = self._as(self.medic, visit.line_ids)
        self.assertRegex(line.lots_shown, r"^SOON \(\d\d/\d\d/\d{4}\)$")
        self.assertFalse(line.is_lot_short)

    def test_proposal_goes_over_several_lots_and_lines(self):
        visit = self._create_drug_visit(3, 4, 4)
        shown = self._as(self.medic, visit.line_ids).mapped("lots_shown")
        self.assertRegex(shown[0], r"^SOON \(")
        self.assertRegex(shown[1], r"^2 × SOON \(.*\), 2 × LATE \(")
        # Ten are there, and the expired ones do not count.
        self.assertRegex(shown[2], r"^LATE \(")
        self.assertEqual(visit.line_ids.mapped("is_lot_short"), [False, False, True])
        proposed = visit.line_ids[1]._propose_lots()
        self.assertEqual(proposed[visit.line_ids[1]], ({self.soon: 2, self.late: 2}, 0))
        self.env.company.medical_shortage_policy = "backorder"
        self._sign(visit)
        self.assertEqual(self._get_lots_taken(visit), {self.soon: 5, self.late: 5})

    def test_goods_without_lots_propose_none(self):
        self._receive(self.gauze, 5)
        visit = self._create_visit(self.gauze, self.procedure)
        self.assertEqual(visit.line_ids.mapped("lots_shown"), [False, False])
        self.assertFalse(visit.has_lots)

    def test_more_lines_need_no_more_queries(self):
        visits = [self._create_drug_visit(*[0.1] * count) for count in (2, 20)]

        def look(visit):
            visit.line_ids.mapped("lots_shown")

        look(visits[0])
        few, many = (self._count_queries(lambda v=visit: look(v)) for visit in visits)
        self.assertLess((many - few) / 18, 0.2)

    # === CHOSEN === #

    def test_chosen_lot_is_taken_and_no_other(self):
        visit = self._create_drug_visit(2)
        with Form(visit.with_user(self.medic)) as form, form.line_ids.edit(0) as line:
            line.lot_id = self.late
        self.assertRegex(visit.line_ids.lots_shown, r"^LATE \(")
        self._sign(visit)
        self.env.invalidate_all()
        self.assertEqual(self._get_lots_taken(visit), {self.late: 2})
        self.assertRegex(
            self._as(self.medic, visit.line_ids).lots_taken,
            r"^LATE \(\d\d/\d\d/\d{4}\)$",
        )

    def test_chosen_lot_that_does_not_suffice_is_refused(self):
        for policy in ("refuse", "backorder", "negative"):
            with self.subTest(policy=policy):
                self.env.company.medical_shortage_policy = policy
                visit = self._create_drug_visit(6, lot_id=self.soon.id)
                message = self._assert_refused(UserError, self._sign, visit)
                self.assertIn("Vaccine SOON: 6.0 Units used in", message)
                self.assertIn("5.0 in stock", message)
                self.assertEqual(visit.state, "draft")

    def test_chosen_lot_used_up_meanwhile_is_refused(self):
        visit = self._create_drug_visit(1, lot_id=self.soon.id)
        self._sign(self._create_drug_visit(5, lot_id=self.soon.id))
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("Vaccine SOON", message)
        self.assertIn("0.0 in stock", message)
        visit.line_ids.lot_id = self.late
        self._sign(visit)
        self.assertEqual(self._get_lots_taken(visit), {self.late: 1})

    def test_expired_lot_is_refused(self):
        visit = self._create_drug_visit(1)
        message = self._assert_refused(
            UserError,
            self._as(self.medic, visit.line_ids).write,
            {"lot_id": self.expired.id},
        )
        self.assertIn("Vaccine OLD has expired", message)
        self._assert_refused(
            UserError, self._create_drug_visit, 1, lot_id=self.expired.id
        )

    def test_lot_that_expired_since_it_was_chosen_is_refused(self):
        visit = self._create_drug_visit(1, lot_id=self.soon.id)
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.soon.write({"expiration_date": yesterday, "removal_date": yesterday})
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("Vaccine SOON", message)

    def test_lot_of_another_product_is_refused(self):
        other = self._create_goods("Serum", tracking="lot")
        lot = self._create_lot(other, "SERUM-1")
        visit = self._create_drug_visit(1)
        message = self._assert_refused(
            ValidationError, visit.line_ids.write, {"lot_id": lot.id}
        )
        self.assertIn("SERUM-1 is a lot of Serum and not of Vaccine", message)

    def test_lot_of_another_company_is_refused(self):
        company = self._create_company(name="Other clinic")
        lot = self.env["stock.lot"].create(
            {
                "name": "ELSEWHERE",
                "product_id": self.drug.id,
                "company_id": company.id,
            }
        )
        visit = self._create_drug_visit(1)
        self._assert_refused(UserError, visit.line_ids.write, {"lot_id": lot.id})

    def test_goods_with_lots_and_none_in_stock_are_refused(self):
        serum = self._create_goods("Serum", tracking="lot")
        visit = self._create_visit(serum)
        self.assertTrue(visit.line_ids.is_lot_short)
        message = self._assert_refused(UserError, self._sign, visit)
        self.assertIn("Serum: 1.0 Units used in", message)

    def test_other_product_forgets_the_lot(self):
        visit = self._create_drug_visit(1, lot_id=self.late.id)
        with Form(visit.with_user(self.medic)) as form, form.line_ids.edit(0) as line:
            line.product_id = self.gauze
        self.assertFalse(visit.line_ids.lot_id)

    # === CORRECTED === #

    def test_wrong_lot_is_exchanged_in_an_open_visit(self):
        visit = self._create_drug_visit(3)
        line = self._as(self.assistant, visit.line_ids)
        line.qty_done = 2
        self.assertEqual(self._get_lots_taken(visit), {self.soon: 2})
        line.lot_id = self.late
        self.env.invalidate_all()
        self.assertEqual(self._get_lots_taken(visit), {self.late: 2})
        self.assertEqual(self._get_on_hand(self.drug, self.soon), 5)
        self.assertRecordValues(
            visit.line_ids, [{"qty_moved": 2, "stock_difference": 0}]
        )

    def test_lot_of_a_signed_visit_is_corrected_by_amending(self):
        visit = self._create_drug_visit(2)
        self._sign(visit)
        self.env.invalidate_all()
        line = self._as(self.medic, visit.line_ids)
        message = self._assert_refused(UserError, line.write, {"lot_id": self.late.id})
        self.assertIn("amend the visit to correct it", message)
        self._amend(visit)
        line.lot_id = self.late
        self._sign(visit)
        self.env.invalidate_all()
        self.assertEqual(self._get_lots_taken(visit), {self.late: 2})

    def test_drug_given_in_parts_of_two_lots(self):
        visit = self._create_drug_visit(4, is_done_later=True)
        self._sign(visit)
        self.env.invalidate_all()
        self._record(visit.line_ids, self.assistant, quantity=1, lot_id=self.late.id)
        self._record(visit.line_ids, self.assistant, quantity=3, lot_id=self.soon.id)
        self.env.invalidate_all()
        self.assertEqual(self._get_lots_taken(visit), {self.late: 1, self.soon: 3})
        self.assertRegex(
            visit.line_ids.lots_taken, r"^1 × LATE \(.*\), 3 × SOON \(.*\)$"
        )

    def test_lot_that_came_back_is_the_one_that_was_said(self):
        visit = self._create_drug_visit(7)
        self._sign(visit)
        self.env.invalidate_all()
        self.assertEqual(self._get_lots_taken(visit), {self.soon: 5, self.late: 2})
        action = self._as(self.assistant, visit.line_ids).action_return()
        self._confirm(action, self.assistant, quantity=3, lot_id=self.soon.id)
        self.env.invalidate_all()
        self.assertEqual(self._get_lots_taken(visit), {self.soon: 2, self.late: 2})
        message = self._assert_refused(
            UserError,
            self._confirm,
            action,
            self.assistant,
            quantity=3,
            lot_id=self.soon.id,
        )
        self.assertIn("Vaccine SOON", message)

    # === SERIAL NUMBERS === #

    def test_device_keeps_its_serial_number(self):
        device = self._create_goods("Implant", tracking="serial")
        first, second = (self._create_lot(device, name) for name in ("SN1", "SN2"))
        for lot in (first, second):
            self._receive(device, 1, lot=lot)
        visit = self._create_visit(
            {"product_id": device.id, "lot_id": second.id, "udi": "(01)0123(21)SN2"}
        )
        self._sign(visit)
        self.env.invalidate_all()
        line = self._as(self.medic, visit.line_ids)
        self.assertEqual((line.lots_taken, line.udi), ("SN2", "(01)0123(21)SN2"))
        again = self._create_visit({"product_id": device.id, "lot_id": second.id})
        message = self._assert_refused(UserError, self._sign, again)
        self.assertIn("Implant SN2", message)

    def test_half_a_device_is_refused(self):
        device = self._create_goods("Implant", tracking="serial")
        self._receive(device, 1, lot=self._create_lot(device, "SN1"))
        visit = self._create_visit({"product_id": device.id, "quantity": 0.5})
        self._assert_refused(UserError, self._sign, visit)
        self.assertEqual(self._get_on_hand(device), 1)

    # === RIGHTS === #

    def test_who_records_reads_lots_and_changes_none(self):
        for user in (self.assistant, self.medic):
            lot = self._as(user, self.late)
            self.assertEqual(lot.name, "LATE")
            self._assert_refused(AccessError, lot.write, {"name": "Other"})

    def test_biller_chooses_no_lot(self):
        visit = self._create_drug_visit(1)
        self._assert_refused(
            AccessError,
            self._as(self.biller, visit.line_ids).write,
            {"lot_id": self.late.id},
        )
