from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestConsultationLine(MedicalRecordsCommon):
    def _get_children(self, line):
        """Return the components of a line as product name to quantity."""
        return {child.product_id.name: child.quantity for child in line.child_ids}

    # === ONE LINE === #

    def test_line_takes_kind_name_and_unit_from_its_product(self):
        visit = self._create_visit(self.lab_test)
        self.assertRecordValues(
            visit.line_ids,
            [
                {
                    "kind": "laboratory",
                    "name": "Blood count",
                    "quantity": 1,
                    "qty_done": 0,
                    "product_uom_id": self.uom_unit.id,
                    "charge": "charged",
                    "is_done_later": True,
                    "state": "ordered",
                }
            ],
        )

    def test_prescription_may_be_free_text(self):
        visit = self._create_visit(
            {
                "name": "Some cream, twice a day",
                "kind": "medication",
                "dispensing": "external",
            }
        )
        self.assertRecordValues(
            visit.line_ids,
            [
                {
                    "name": "Some cream, twice a day",
                    "kind": "medication",
                    "charge": "none",
                    "product_id": False,
                }
            ],
        )

    def test_line_without_product_and_name_is_refused(self):
        self._assert_refused(IntegrityError, self._create_visit, {"kind": "other"})

    def test_external_prescription_is_not_charged(self):
        visit = self._create_visit(
            {"product_id": self.drug.id, "dispensing": "external"}, self.drug
        )
        self.assertEqual(visit.line_ids.mapped("charge"), ["none", "charged"])
        visit.line_ids[1].dispensing = "external"
        self.assertEqual(visit.line_ids[1].charge, "none")

    def test_product_that_is_given_away_is_not_charged(self):
        self.swab.medical_charge = "none"
        visit = self._create_visit(self.swab)
        self.assertEqual(visit.line_ids.charge, "none")

    def test_line_cannot_have_no_quantity(self):
        visit = self._create_visit(self.procedure)
        for quantity in (0, -1):
            with self.subTest(quantity=quantity):
                self._assert_refused(
                    IntegrityError, self._create_line, visit, self.swab, quantity
                )
                self._assert_refused(
                    IntegrityError, visit.line_ids.write, {"quantity": quantity}
                )

    def test_line_cannot_have_a_unit_of_another_kind(self):
        visit = self._create_visit(self.swab)
        message = self._assert_refused(
            ValidationError,
            visit.line_ids.write,
            {"product_uom_id": self.uom_gram.id},
        )
        self.assertIn("Swab is counted in Units", message)
        visit.line_ids.product_uom_id = self.uom_dozen
        self.assertEqual(visit.line_ids.product_uom_id, self.uom_dozen)

    def test_line_cannot_be_nothing_in_the_unit_of_its_product(self):
        lotion = self._create_medical_product(
            "Lotion", "consumable", uom_id=self.uom_litre.id
        )
        visit = self._create_visit()
        self._assert_refused(
            ValidationError,
            self._create_line,
            visit,
            lotion,
            4,
            product_uom_id=self.uom_milliliter.id,
        )

    def test_no_more_is_done_than_ordered(self):
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 3})
        line = visit.line_ids
        message = self._assert_refused(ValidationError, line.write, {"qty_done": 4})
        self.assertIn("more than the 3.0 ordered", message)
        self._assert_refused(IntegrityError, line.write, {"qty_done": -1})
        self._assert_refused(
            IntegrityError, self._create_line, visit, self.drug, 1, qty_done=2
        )

    def test_doing_a_line_notes_who_and_when(self):
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 3})
        line = visit.line_ids
        line.with_user(self.other_medic).qty_done = 1
        self.assertRecordValues(
            line,
            [
                {
                    "state": "ordered",
                    "qty_done": 1,
                    "done_by_id": self.other_medic.partner_id.id,
                }
            ],
        )
        first = line.date_done
        self.assertTrue(first)
        line.with_user(self.assistant).action_done()
        self.assertRecordValues(
            line,
            [
                {
                    "state": "done",
                    "qty_done": 3,
                    "done_by_id": self.other_medic.partner_id.id,
                    "date_done": first,
                }
            ],
        )

    def test_assistant_does_it_for_the_practitioner_of_the_visit(self):
        visit = self._create_visit(self.drug)
        visit.line_ids.with_user(self.assistant).action_done()
        self.assertEqual(visit.line_ids.done_by_id, self.medic.partner_id)

    def test_done_can_be_corrected_before_signing(self):
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 3})
        line = visit.line_ids
        line.action_done()
        line.qty_done = 1
        self.assertEqual((line.qty_done, line.state), (1, "ordered"))

    def test_done_line_cannot_be_deleted(self):
        visit = self._create_visit(self.drug)
        visit.line_ids.action_done()
        self._assert_refused(UserError, visit.line_ids.unlink)

    def test_cancelled_line_cannot_be_done(self):
        visit = self._create_visit(self.drug)
        visit.line_ids.action_cancel()
        self.assertEqual(visit.line_ids.state, "cancelled")
        self._assert_refused(UserError, visit.line_ids.action_done)

    def test_line_keeps_what_was_done_before_the_rest_was_cancelled(self):
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 3})
        line = visit.line_ids
        line.qty_done = 2
        line.action_cancel()
        self.assertRecordValues(line, [{"state": "done", "qty_done": 2}])

    def test_computed_state_cannot_be_set_by_hand(self):
        visit = self._create_visit(self.drug)
        self._assert_refused(
            UserError, visit.line_ids.with_user(self.medic).write, {"state": "done"}
        )

    # === COMPONENTS === #

    def test_components_are_added_in_all_levels(self):
        # For one suture 2 kits; in each kit 3 swabs: 2 sutures are 4 kits, 12 swabs.
        kit = self._create_medical_product("Kit", "consumable", type="consu")
        self._create_component(kit, self.swab, 3)
        self._create_component(self.procedure, kit, 2, charge="extra")
        visit = self._create_visit({"product_id": self.procedure.id, "quantity": 2})
        suture, kits, swabs = visit.line_ids
        self.assertRecordValues(
            suture | kits | swabs,
            [
                {
                    "product_id": self.procedure.id,
                    "parent_id": False,
                    "quantity": 2,
                    "charge": "charged",
                },
                {
                    "product_id": kit.id,
                    "parent_id": suture.id,
                    "quantity": 4,
                    "charge": "charged",
                },
                {
                    "product_id": self.swab.id,
                    "parent_id": kits.id,
                    "quantity": 12,
                    "charge": "included",
                },
            ],
        )
        suture.quantity = 1
        self.assertEqual((kits.quantity, swabs.quantity), (2, 6))

    def test_component_follows_its_line_until_touched(self):
        self._create_component(self.procedure, self.swab, 3)
        self._create_component(self.procedure, self.drug, 2)
        visit = self._create_visit(self.procedure)
        suture = visit.line_ids.filtered(lambda line: not line.parent_id)
        self.assertEqual(self._get_children(suture), {"Swab": 3, "Tablet": 2})
        swabs = suture.child_ids.filtered(lambda line: line.product_id == self.swab)
        swabs.quantity = 5
        self.assertTrue(swabs.is_touched)
        suture.quantity = 4
        self.assertEqual(self._get_children(suture), {"Swab": 5, "Tablet": 8})
        # What is set to the recipe's quantity by hand follows again.
        swabs.quantity = 12
        self.assertFalse(swabs.is_touched)
        suture.quantity = 1
        self.assertEqual(self._get_children(suture), {"Swab": 3, "Tablet": 2})

    def test_components_are_scaled_before_rounding(self):
        # One swab for a dozen: 12 single ones need 1 swab, not 12 times 0.08.
        dressing = self._create_medical_product(
            "Dressing", "consumable", type="consu", uom_id=self.uom_dozen.id
        )
        self._create_component(dressing, self.swab)
        visit = self._create_visit(
            {
                "product_id": dressing.id,
                "quantity": 6,
                "product_uom_id": self.uom_unit.id,
            }
        )
        self.assertEqual(visit.line_ids.child_ids.quantity, 0.5)
        visit.line_ids.filtered("child_ids").quantity = 12
        self.assertEqual(visit.line_ids.child_ids.quantity, 1)

    def test_recipe_is_for_one_of_the_products_own_unit(self):
        box = self._create_medical_product("Set", "consumable", type="consu")
        self._create_component(box, self.swab, 2)
        visit = self._create_visit(
            {
                "product_id": box.id,
                "quantity": 2,
                "product_uom_id": self.uom_dozen.id,
            }
        )
        # 2 dozen sets of 2 swabs
        self.assertEqual(visit.line_ids.child_ids.quantity, 48)

    def test_cancelling_cancels_untouched_components_in_all_levels(self):
        kit = self._create_medical_product("Kit", "consumable", type="consu")
        self._create_component(kit, self.swab, 3)
        self._create_component(self.procedure, kit)
        self._create_component(self.procedure, self.drug)
        visit = self._create_visit(self.procedure)
        suture = visit.line_ids.filtered(lambda line: not line.parent_id)
        drug = suture.child_ids.filtered(lambda line: line.product_id == self.drug)
        drug.quantity = 2
        suture.action_cancel()
        self.assertEqual(
            {line.product_id.name: line.state for line in visit.line_ids},
            {
                "Suture": "cancelled",
                "Kit": "cancelled",
                "Swab": "cancelled",
                "Tablet": "ordered",
            },
        )

    def test_done_component_stays_done_when_its_line_is_cancelled(self):
        self._create_component(self.procedure, self.swab)
        visit = self._create_visit(self.procedure)
        suture = visit.line_ids.filtered("child_ids")
        suture.child_ids.action_done()
        suture.action_cancel()
        self.assertEqual(suture.state, "cancelled")
        self.assertEqual(suture.child_ids.state, "done")

    def test_another_product_brings_its_own_components(self):
        self._create_component(self.procedure, self.swab)
        self._create_component(self.procedure, self.drug)
        other = self._create_medical_product("Injection", "procedure")
        self._create_component(other, self.drug, 4)
        visit = self._create_visit(self.procedure)
        line = visit.line_ids.filtered("child_ids")
        swab = line.child_ids.filtered(lambda child: child.product_id == self.swab)
        swab.quantity = 2
        line.product_id = other
        # The swab was touched and stays.
        self.assertEqual(self._get_children(line), {"Swab": 2, "Tablet": 4})

    def test_components_of_a_lab_test_are_done_later_with_it(self):
        self._create_component(self.lab_test, self.swab)
        visit = self._create_visit(self.lab_test)
        self.assertTrue(all(visit.line_ids.mapped("is_done_later")))
        self._sign(visit)
        self.assertEqual(visit.line_ids.mapped("state"), ["ordered", "ordered"])

    def test_deleting_a_line_deletes_its_components(self):
        self._create_component(self.procedure, self.swab)
        visit = self._create_visit(self.procedure)
        visit.line_ids.filtered("child_ids").unlink()
        self.assertFalse(visit.line_ids)

    def test_line_with_a_done_component_cannot_be_deleted(self):
        self._create_component(self.procedure, self.swab)
        visit = self._create_visit(self.procedure)
        visit.line_ids.child_ids.action_done()
        self._assert_refused(UserError, visit.line_ids.filtered("child_ids").unlink)

    def test_medic_needs_no_right_to_recipes(self):
        self._create_component(self.procedure, self.swab)
        visit = (
            self.env["medical.consultation"]
            .with_user(self.assistant)
            .create(
                {
                    "patient_id": self.patient.id,
                    "line_ids": [Command.create({"product_id": self.procedure.id})],
                }
            )
        )
        self.assertEqual(len(visit.line_ids), 2)

    def test_form_of_the_visit_adds_components(self):
        self._create_component(self.procedure, self.swab, 3)
        with Form(self.env["medical.consultation"].with_user(self.medic)) as form:
            form.patient_id = self.patient
            with form.line_ids.new() as line:
                line.product_id = self.procedure
                line.quantity = 2
        self.assertEqual(form.record.line_ids.child_ids.quantity, 6)

    def test_components_stand_below_their_line(self):
        self._create_component(self.procedure, self.swab)
        visit = self._create_visit(self.procedure, self.drug, self.procedure)
        visit.invalidate_recordset(["line_ids"])
        self.assertEqual(
            visit.line_ids.product_id.mapped("name"), ["Suture", "Swab", "Tablet"]
        )
        self.assertEqual(
            [line.product_id.name for line in visit.line_ids],
            ["Suture", "Swab", "Tablet", "Suture", "Swab"],
        )

    def test_open_components_are_done_along_with_their_line(self):
        tube = self._create_medical_product("Tube", "consumable", type="consu")
        label = self._create_medical_product("Label", "consumable", type="consu")
        self._create_component(self.lab_test, tube, 2)
        self._create_component(tube, label, 3)
        visit = self._sign(self._create_visit(self.lab_test))
        test = visit.line_ids.filtered(lambda line: line.product_id == self.lab_test)
        self.assertEqual(set(visit.line_ids.mapped("qty_done")), {0.0})
        test.with_user(self.assistant).action_done()
        self.assertEqual(
            {line.product_id: line.qty_done for line in visit.line_ids},
            {self.lab_test: 1.0, tube: 2.0, label: 6.0},
        )

    def test_components_are_done_in_parts_with_their_line(self):
        self._create_component(self.procedure, self.swab, 2)
        visit = self._create_visit({"product_id": self.procedure.id, "quantity": 4})
        line, swabs = visit.line_ids
        line.qty_done = 1
        self.assertEqual(swabs.qty_done, 2)
        swabs.qty_done = 5
        line.qty_done = 2
        self.assertEqual(swabs.qty_done, 5, "what was recorded by hand stays")
        line.qty_done = 4
        self.assertEqual(swabs.qty_done, 8)

    def test_component_that_is_done_later_waits_though_its_line_is_done(self):
        self._create_component(self.procedure, self.swab)
        visit = self._create_visit(self.procedure)
        line, swab = visit.line_ids
        swab.is_done_later = True
        self._sign(visit)
        self.assertEqual((line.state, swab.state), ("done", "ordered"))
