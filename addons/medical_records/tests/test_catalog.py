from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestCatalog(MedicalRecordsCommon):
    """Odoo's product catalog on a visit, and the search for products."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_component(cls.procedure, cls.swab, 2.0)
        cls.visit = cls._create_visit(cls.procedure)

    def _update(self, user, product, quantity, visit=None):
        visit = self._as(user, self.visit if visit is None else visit)
        visit._update_order_line_info(product.id, quantity)
        self.env.flush_all()
        self.env.invalidate_all()

    def _get_info(self, user, *products):
        return self._as(user, self.visit)._get_product_catalog_order_line_info(
            [product.id for product in products]
        )

    # === CATALOG === #

    def test_catalog_offers_medical_products_only(self):
        plain = self._create_product(name="Office chair")
        action = self._call(self.assistant, self.visit, "action_add_from_catalog")
        found = self.env["product.product"].search(action["domain"])
        self.assertIn(self.drug, found)
        self.assertNotIn(plain, found)
        self.assertEqual(action["context"]["order_id"], self.visit.id)

    def test_catalog_shows_what_is_in_the_visit(self):
        info = self._get_info(self.assistant, self.procedure, self.swab, self.drug)
        self.assertEqual(info[self.procedure.id]["quantity"], 1)
        self.assertEqual(info[self.drug.id]["quantity"], 0)
        # Components are not changed apart from what they are part of.
        self.assertEqual(info[self.swab.id]["quantity"], 0)
        self.assertFalse(any(data["readOnly"] for data in info.values()))
        self.assertEqual({data["price"] for data in info.values()}, {0.0})

    def test_catalog_adds_changes_and_removes_a_line(self):
        self._update(self.assistant, self.drug, 1)
        line = self.visit.line_ids.filtered(lambda line: line.product_id == self.drug)
        self.assertEqual(line.quantity, 1)
        self._update(self.assistant, self.drug, 4)
        self.assertEqual(line.quantity, 4)
        self._update(self.assistant, self.drug, 0)
        self.assertFalse(line.exists())
        self._update(self.assistant, self.drug, 0)
        self.assertEqual(
            self.visit.line_ids.mapped("product_id"), self.procedure | self.swab
        )

    def test_components_follow_the_catalog(self):
        self._update(self.assistant, self.procedure, 3)
        self.assertEqual(self.visit.line_ids.mapped("quantity"), [3.0, 6.0])
        self._update(self.assistant, self.procedure, 0)
        self.assertFalse(self.visit.line_ids)

    def test_what_is_done_does_not_become_less(self):
        self._update(self.assistant, self.drug, 3)
        line = self.visit.line_ids.filtered(lambda line: line.product_id == self.drug)
        line.qty_done = 2
        for quantity in (1, 0):
            message = self._assert_refused(
                UserError, self._update, self.assistant, self.drug, quantity
            )
            self.assertIn("already done", message)
        self._update(self.assistant, self.drug, 2)
        self.assertRecordValues(line, [{"quantity": 2, "qty_done": 2, "state": "done"}])

    def test_product_on_several_lines_is_changed_in_the_visit(self):
        self._create_line(self.visit, self.drug)
        self._create_line(self.visit, self.drug, 2)
        info = self._get_info(self.medic, self.drug)[self.drug.id]
        self.assertEqual((info["quantity"], info["readOnly"]), (3, True))
        self._assert_refused(UserError, self._update, self.medic, self.drug, 5)

    def test_signed_visit_is_readonly_in_the_catalog(self):
        self._sign(self.visit)
        info = self._get_info(self.medic, self.procedure, self.drug)
        self.assertTrue(all(data["readOnly"] for data in info.values()))
        for product, quantity in ((self.drug, 1), (self.procedure, 2)):
            self._assert_refused(UserError, self._update, self.medic, product, quantity)

    def test_plain_product_is_refused(self):
        plain = self._create_product(name="Office chair")
        message = self._assert_refused(UserError, self._update, self.medic, plain, 1)
        self.assertIn("no medical kind", message)

    def test_reception_has_no_catalog(self):
        self._assert_refused(
            AccessError,
            self._call,
            self.reception,
            self.visit,
            "action_save_as_template",
        )
        self._assert_refused(AccessError, self._update, self.reception, self.drug, 1)
        self._assert_refused(AccessError, self._get_info, self.reception, self.drug)

    # === SEARCH === #

    def _search_names(self, user, words, **kwargs):
        return [
            name
            for _id, name in self.env["product.product"]
            .with_user(user)
            .name_search(words, **kwargs)
        ]

    def test_products_are_found_by_name_reference_barcode_and_billing_code(self):
        code = self._create_code("Q-4711", "Suture of a wound")
        self.procedure.write(
            {
                "medical_code_id": code.id,
                "default_code": "SUT01",
                "barcode": "4006381333931",
            }
        )
        for words in ("Sutu", "SUT01", "4006381333931", "Q-4711", "q-47"):
            with self.subTest(words=words):
                self.assertEqual(
                    self._search_names(self.assistant, words), ["[SUT01] Suture"]
                )
                self.assertEqual(
                    self.env["product.product"]
                    .with_user(self.assistant)
                    .search([("display_name", "ilike", words)]),
                    self.procedure,
                )

    def test_whole_code_comes_first_and_the_limit_holds(self):
        code = self._create_code("77", "Visit")
        self._create_medical_product("Seventy 77")
        self.drug.medical_code_id = code
        self.assertEqual(self._search_names(self.medic, "77"), ["Tablet", "Seventy 77"])
        self.assertEqual(self._search_names(self.medic, "77", limit=1), ["Tablet"])
        self.assertEqual(
            self._search_names(
                self.medic, "77", domain=[("medical_kind", "=", "procedure")]
            ),
            ["Seventy 77"],
        )

    def test_others_search_products_as_ever(self):
        self.drug.medical_code_id = self._create_code("Q-4711", "Tablet")
        self.assertEqual(self._search_names(self.internal, "Q-4711"), [])
        self.assertEqual(self._search_names(self.internal, "Tabl"), ["Tablet"])
