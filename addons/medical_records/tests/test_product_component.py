from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
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

    # === INCLUDED UP TO A QUANTITY === #

    def test_component_may_be_included_up_to_a_quantity(self):
        for included in (0, 2, 4):
            with self.subTest(included=included):
                component = self._create_component(
                    self.procedure, self.swab, 2, quantity_included=included
                )
                self.assertEqual(component.quantity_included, included)

    def test_component_cannot_include_less_than_its_standard_quantity(self):
        for included in (1.99, 0.01, -1):
            with self.subTest(included=included):
                message = self._assert_refused(
                    ValidationError,
                    self._create_component,
                    self.procedure,
                    self.swab,
                    2,
                    quantity_included=included,
                )
                self.assertIn("less than the 2.0 Units", message)

    def test_standard_quantity_cannot_rise_above_what_is_included(self):
        component = self._create_component(
            self.procedure, self.swab, 2, quantity_included=4
        )
        self._assert_refused(ValidationError, component.write, {"quantity": 5})

    def test_what_is_billed_apart_has_no_limit(self):
        message = self._assert_refused(
            IntegrityError,
            self._create_component,
            self.procedure,
            self.swab,
            charge="extra",
            quantity_included=4,
        )
        self.assertIn("limit_of_included", message)
        component = self._create_component(
            self.procedure, self.swab, quantity_included=4
        )
        component.charge = "extra"
        self.assertEqual(component.quantity_included, 0)

    def test_what_is_never_charged_has_no_limit(self):
        gloves = self._create_medical_product(
            "Gloves", "consumable", medical_charge="none"
        )
        message = self._assert_refused(
            ValidationError,
            self._create_component,
            self.procedure,
            gloves,
            quantity_included=4,
        )
        self.assertIn("Gloves is never charged", message)

    # === COMPANIES === #

    def test_component_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other clinic"})
        foreign = self._create_medical_product(
            "Foreign swab", "consumable", company_id=other.id
        )
        own = self._create_medical_product(
            "Own procedure", company_id=self.env.company.id
        )
        for made in (own, self.procedure):
            with self.subTest(made=made.name):
                message = self._assert_refused(
                    UserError, self._create_component, made, foreign
                )
                self.assertIn("Foreign swab", message)

    def test_product_with_components_cannot_go_to_another_company(self):
        other = self.env["res.company"].create({"name": "Other clinic"})
        own = self._create_medical_product(
            "Own swab", "consumable", company_id=self.env.company.id
        )
        made = self._create_medical_product("Made", company_id=self.env.company.id)
        self._create_component(made, own)
        for product in (made, own):
            for company in (other, self.env["res.company"]):
                if product == own and not company:
                    continue  # a shared component is everybody's
                with self.subTest(product=product.name, company=company.name):
                    self._assert_refused(
                        UserError, product.write, {"company_id": company.id}
                    )
