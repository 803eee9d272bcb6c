from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestProductComponent(MedicalRecordsCommon):
    def test_component_takes_the_unit_of_its_product(self):
        component = self._create_component(self.procedure, self.swab, 2)
        self.assertRecordValues(
            component,
            [
                {
                    "quantity": 2,
                    "product_uom_id": self.uom_unit.id,
                    "charge": "included",
                }
            ],
        )

    def test_product_cannot_be_made_of_itself(self):
        message = self._assert_refused(
            ValidationError, self._create_component, self.procedure, self.procedure
        )
        self.assertIn("Suture would be made of itself", message)

    def test_components_cannot_go_in_a_circle_over_two_levels(self):
        kit = self._create_medical_product("Kit", "consumable")
        tray = self._create_medical_product("Tray", "consumable")
        self._create_component(self.procedure, kit)
        self._create_component(kit, tray)
        self._assert_refused(
            ValidationError, self._create_component, tray, self.procedure
        )

    def test_component_cannot_be_changed_into_a_circle(self):
        kit = self._create_medical_product("Kit", "consumable")
        self._create_component(self.procedure, kit)
        component = self._create_component(kit, self.swab)
        self._assert_refused(
            ValidationError, component.write, {"product_id": self.procedure.id}
        )

    def test_same_component_may_come_by_two_ways(self):
        kit = self._create_medical_product("Kit", "consumable")
        self._create_component(kit, self.swab)
        self._create_component(self.procedure, kit)
        self._create_component(self.procedure, self.swab)
        self.assertEqual(len(self.procedure.component_ids), 2)

    def test_component_cannot_have_a_unit_of_another_kind(self):
        message = self._assert_refused(
            ValidationError,
            self._create_component,
            self.procedure,
            self.swab,
            product_uom_id=self.uom_gram.id,
        )
        self.assertIn("cannot be recorded in g", message)

    def test_component_cannot_have_no_quantity(self):
        for quantity in (0, -1):
            with self.subTest(quantity=quantity):
                self._assert_refused(
                    IntegrityError,
                    self._create_component,
                    self.procedure,
                    self.swab,
                    quantity,
                )

    def test_component_cannot_be_nothing_in_the_unit_of_its_product(self):
        # Kept in liters with two decimals: 3 ml are 0.003 L, which is nothing.
        lotion = self._create_medical_product(
            "Lotion", "consumable", uom_id=self.uom_litre.id
        )
        message = self._assert_refused(
            ValidationError,
            self._create_component,
            self.procedure,
            lotion,
            3,
            product_uom_id=self.uom_milliliter.id,
        )
        self.assertIn("is nothing when counted in L", message)
        # 8 ml are 0.008 L, which is 0.01 L.
        component = self._create_component(
            self.procedure, lotion, 8, product_uom_id=self.uom_milliliter.id
        )
        self.assertEqual(component.quantity, 8)
