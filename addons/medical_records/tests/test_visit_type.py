from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestVisitType(MedicalRecordsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.special_fee = cls._create_medical_product("Professor", "consultation", 90.0)
        cls.follow_up_fee = cls._create_medical_product("Again", "consultation", 20.0)
        cls.first_visit = cls.env["medical.visit.type"].create(
            {
                "name": "First visit",
                "product_id": cls.fee.id,
                "fee_ids": [
                    Command.create(
                        {
                            "practitioner_id": cls.other_medic.partner_id.id,
                            "product_id": cls.special_fee.id,
                        }
                    )
                ],
            }
        )
        cls.follow_up = cls.env["medical.visit.type"].create(
            {"name": "Follow-up", "product_id": cls.follow_up_fee.id}
        )
        cls.free_visit = cls.env["medical.visit.type"].create({"name": "Free"})

    def test_visit_type_adds_its_fee(self):
        visit = self._create_visit(visit_type_id=self.first_visit.id)
        self.assertRecordValues(
            visit.line_ids,
            [
                {
                    "product_id": self.fee.id,
                    "quantity": 1,
                    "qty_done": 0,
                    "is_visit_fee": True,
                    "charge": "charged",
                }
            ],
        )

    def test_visit_type_without_a_fee_adds_nothing(self):
        visit = self._create_visit(visit_type_id=self.free_visit.id)
        self.assertFalse(visit.line_ids)

    def test_reception_adds_the_fee_without_a_right_to_lines(self):
        self.env.invalidate_all()
        visit = (
            self.env["medical.consultation"]
            .with_user(self.reception)
            .create(
                {
                    "patient_id": self.patient.id,
                    "practitioner_id": self.medic.partner_id.id,
                    "visit_type_id": self.first_visit.id,
                }
            )
        )
        self.assertEqual(visit.sudo().line_ids.product_id, self.fee)
        visit.visit_type_id = self.follow_up
        self.assertEqual(visit.sudo().line_ids.product_id, self.follow_up_fee)

    def test_practitioner_with_a_fee_of_their_own_charges_that(self):
        visit = self._create_visit(
            visit_type_id=self.first_visit.id,
            practitioner_id=self.other_medic.partner_id.id,
        )
        self.assertEqual(visit.line_ids.product_id, self.special_fee)

    def test_changing_the_practitioner_changes_the_fee(self):
        visit = self._create_visit(visit_type_id=self.first_visit.id)
        visit.practitioner_id = self.other_medic.partner_id
        self.assertEqual(visit.line_ids.product_id, self.special_fee)

    def test_changing_the_visit_type_swaps_the_fee_only(self):
        visit = self._create_visit(self.swab, visit_type_id=self.first_visit.id)
        visit.visit_type_id = self.follow_up
        self.assertEqual(
            visit.line_ids.product_id.sorted("id"),
            (self.swab | self.follow_up_fee).sorted("id"),
        )
        self.assertEqual(len(visit.line_ids.filtered("is_visit_fee")), 1)
        visit.visit_type_id = False
        self.assertEqual(visit.line_ids.product_id, self.swab)

    def test_fee_that_was_done_stays(self):
        visit = self._create_visit(visit_type_id=self.first_visit.id)
        visit.line_ids.action_done()
        visit.visit_type_id = self.follow_up
        self.assertEqual(visit.line_ids.product_id, self.fee)

    def test_visit_type_of_a_signed_visit_cannot_change(self):
        visit = self._create_visit(visit_type_id=self.first_visit.id)
        self._sign(visit)
        self._assert_refused(
            UserError, visit.write, {"visit_type_id": self.follow_up.id}
        )
        self.assertEqual(visit.line_ids.product_id, self.fee)

    def test_practitioner_cannot_have_two_fees_for_a_visit_type(self):
        self._assert_refused(
            IntegrityError,
            self.first_visit.write,
            {
                "fee_ids": [
                    Command.create(
                        {
                            "practitioner_id": self.other_medic.partner_id.id,
                            "product_id": self.fee.id,
                        }
                    )
                ]
            },
        )

    def test_form_of_the_visit_adds_the_fee_once(self):
        with Form(self.env["medical.consultation"]) as form:
            form.patient_id = self.patient
            form.practitioner_id = self.medic.partner_id
            form.visit_type_id = self.first_visit
        self.assertEqual(form.record.line_ids.product_id, self.fee)
