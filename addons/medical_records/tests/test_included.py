from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestIncluded(MedicalRecordsCommon):
    """Goods that are included in a price up to a quantity."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 2 as a rule, up to 4 included
        cls.component = cls._create_component(
            cls.procedure, cls.swab, 2, quantity_included=4
        )

    def _create_swab_line(self, quantity=1.0, **values):
        """Return the line of the swabs in a visit with so many procedures."""
        visit = self._create_visit(
            {"product_id": self.procedure.id, "quantity": quantity, **values}
        )
        return visit.line_ids.filtered("parent_id")

    def test_line_says_how_much_is_included(self):
        line = self._create_swab_line(3)
        self.assertRecordValues(
            line,
            [
                {
                    "quantity": 6,
                    "qty_included": 12,
                    "charge": "included",
                    "included_note": "up to 12",
                }
            ],
        )
        line.quantity = 13.5
        self.assertEqual(line.included_note, "12 included, 1.5 billed")

    def test_included_quantity_follows_the_line_above(self):
        line = self._create_swab_line()
        line.quantity = 7
        self.assertEqual(line.included_note, "4 included, 3 billed")
        line.parent_id.quantity = 2
        # The order stays as it was changed by hand; the price covers 2 × 4.
        self.assertRecordValues(
            line, [{"quantity": 7, "qty_included": 8, "included_note": "up to 8"}]
        )

    def test_included_quantity_is_scaled_before_rounding(self):
        self.component.write({"quantity": 0.33, "quantity_included": 0.33})
        line = self._create_swab_line(0.5)
        # 0.5 × 0.33 = 0.165
        self.assertEqual(line.qty_included, 0.17)
        line.parent_id.quantity = 10
        self.assertEqual(line.qty_included, 3.3)

    def test_included_quantity_counts_in_the_unit_of_the_line_above(self):
        line = self._create_swab_line(product_uom_id=self.uom_dozen.id)
        # 12 × 2 and 12 × 4
        self.assertRecordValues(line, [{"quantity": 24, "qty_included": 48}])

    def test_recipe_that_changes_changes_no_visit(self):
        line = self._create_swab_line()
        self.component.quantity_included = 9
        self.assertEqual(line.qty_included, 4)
        line.parent_id.quantity = 2
        self.assertEqual(line.qty_included, 8)

    def test_all_is_included_without_a_limit(self):
        self.component.quantity_included = 0
        line = self._create_swab_line()
        line.quantity = 100
        self.assertRecordValues(line, [{"qty_included": 0, "included_note": False}])
        self.assertFalse(line.consultation_id.has_limited_lines)

    def test_what_is_never_charged_has_no_limit_in_a_visit(self):
        self.swab.medical_charge = "none"
        self.assertFalse(self._create_swab_line().included_note)

    def test_line_charged_by_hand_has_no_limit(self):
        line = self._create_swab_line()
        line.charge = "charged"
        self.assertFalse(line.included_note)

    def test_limit_is_counted_in_the_new_unit_of_a_line(self):
        self.component.write({"quantity": 12, "quantity_included": 24})
        line = self._create_swab_line()
        line.write({"product_uom_id": self.uom_dozen.id, "quantity": 3})
        self.assertEqual(line.included_note, "2 included, 1 billed")

    def test_another_product_keeps_the_limit_as_far_as_it_can_be_counted(self):
        line = self._create_swab_line()
        compress = self._create_medical_product("Compress", "consumable")
        line.product_id = compress
        self.assertEqual(line.qty_included, 4)
        lotion = self._create_medical_product(
            "Lotion", "consumable", uom_id=self.uom_litre.id
        )
        line.product_id = lotion
        self.assertRecordValues(line, [{"qty_included": 0, "charge": "included"}])

    def test_nested_components_have_limits_of_their_own(self):
        kit = self._create_medical_product("Kit", "consumable")
        self._create_component(kit, self.drug, 3, quantity_included=5)
        self._create_component(self.procedure, kit, 2)
        visit = self._create_visit(self.procedure)
        drug = visit.line_ids.filtered(lambda line: line.product_id == self.drug)
        self.assertRecordValues(drug, [{"quantity": 6, "qty_included": 10}])

    def test_medic_reads_in_the_form_what_will_be_billed(self):
        line = self._create_swab_line()
        visit = line.consultation_id.with_user(self.medic)
        index = visit.line_ids.ids.index(line.id)
        with Form(visit) as form, form.line_ids.edit(index) as swabs:
            self.assertEqual(swabs.included_note, "up to 4")
            swabs.quantity = 6
            self.assertEqual(swabs.included_note, "4 included, 2 billed")
        self.assertEqual(line.quantity, 6)

    def test_amended_visit_keeps_what_was_included(self):
        line = self._create_swab_line()
        visit = self._sign(line.consultation_id)
        self._amend(visit, self.medic)
        line.with_user(self.medic).quantity = 6
        self._sign(visit)
        self.assertEqual(line.included_note, "4 included, 2 billed")

    def test_repeated_and_template_lines_get_limits_of_their_recipe(self):
        line = self._create_swab_line()
        visit = self._sign(line.consultation_id)
        again = self._create_visit(date="2026-03-09 09:00:00")
        again.with_user(self.medic).action_repeat_last_visit()
        self.assertRecordValues(
            again.line_ids.filtered("parent_id"),
            [{"product_id": self.swab.id, "qty_included": 4}],
        )
        self.assertNotEqual(visit, again)
