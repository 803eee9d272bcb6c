from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestPricing(MedicalBillingCommon):
    def _use_pricelists(self):
        """Switch the feature on for everybody, as the settings do."""
        self.quick_ref("base.group_user").sudo()._apply_group(
            self.group_product_pricelist
        )

    def _set_pricelist(self, partner, **values):
        self._use_pricelists()
        partner.property_product_pricelist = self._create_pricelist(**values)

    # === PAYER === #

    def test_patient_pays_when_there_is_no_guarantor(self):
        self.assertEqual(self._create_items(self.drug).payer_id, self.patient)

    def test_guarantor_gets_the_document(self):
        self.patient.guarantor_id = self.guarantor
        item = self._create_items(self.drug)
        self.assertEqual(item.payer_id, self.guarantor)
        move = self._build(item)
        self.assertRecordValues(
            move,
            [
                {
                    "partner_id": self.guarantor.id,
                    "medical_patient_id": self.patient.id,
                }
            ],
        )

    def test_biller_changes_the_payer_until_it_is_billed(self):
        item = self._create_items(self.drug)
        item.with_user(self.biller).payer_id = self.guarantor
        move = self._build(item)
        self.assertEqual(move.partner_id, self.guarantor)
        for vals in (
            {"payer_id": self.patient.id},
            {"price_unit": 1},
            {"discount": 1},
            {"tax_ids": [Command.clear()]},
        ):
            with self.subTest(vals=vals):
                message = self._assert_refused(
                    UserError, item.with_user(self.billing_manager).write, vals
                )
                self.assertIn("is already on a document", message)

    def test_items_not_billed_follow_a_change_of_guarantor(self):
        visit = self._create_visit(
            self.procedure, {"product_id": self.drug.id, "quantity": 4}, self.swab
        )
        billed, begun, open_item = self._sign(visit).line_ids.billable_item_ids
        self._build(billed)
        draft = self._build(begun)
        draft.invoice_line_ids.quantity = 1
        self._set_pricelist(
            self.guarantor,
            item_ids=[Command.create({"compute_price": "fixed", "fixed_price": 7})],
        )
        self._as(self.reception, self.patient).guarantor_id = self.guarantor
        # What is on a document, even in part, stays with whom the document names.
        self.assertRecordValues(
            billed | begun | open_item,
            [
                {"payer_id": self.patient.id, "price_unit": 120},
                {"payer_id": self.patient.id, "price_unit": 2},
                {"payer_id": self.guarantor.id, "price_unit": 7},
            ],
        )
        self.patient.guarantor_id = False
        self.assertRecordValues(
            open_item, [{"payer_id": self.patient.id, "price_unit": 1}]
        )

    def test_payer_chosen_by_hand_stays_when_the_guarantor_changes(self):
        item = self._create_items(self.drug)
        employer = self._create_partner(name="Employer")
        item.with_user(self.biller).payer_id = employer
        self.patient.guarantor_id = self.guarantor
        self.assertEqual(item.payer_id, employer)

    def test_part_of_another_payer_stays_when_the_guarantor_changes(self):
        item = self._create_items(self.procedure)
        employer = self._create_partner(name="Employer")
        part = item._split(employer, share=0.8)
        self.patient.guarantor_id = self.guarantor
        self.assertEqual(item.payer_id, self.guarantor)
        self.assertEqual(part.payer_id, employer)

    def test_payer_chosen_by_hand_goes_with_the_patient(self):
        visit = self._create_visit(self.drug)
        item = visit.line_ids.billable_item_ids
        item.with_user(self.biller).payer_id = self.guarantor
        visit.patient_id = self.other_patient
        self.assertEqual(item.payer_id, self.other_patient)

    # === PRICE === #

    def test_price_is_the_list_price_of_the_product(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 3})
        self.assertRecordValues(
            item, [{"price_unit": 2, "price_subtotal": 6, "price_total": 6}]
        )

    def test_price_follows_the_unit_of_the_line(self):
        item = self._create_items(
            {
                "product_id": self.drug.id,
                "quantity": 2,
                "product_uom_id": self.uom_dozen.id,
            }
        )
        # 2 dozens of 12 at 2.00
        self.assertRecordValues(item, [{"price_unit": 24, "price_total": 48}])

    def test_pricelist_of_the_payer_counts(self):
        self._set_pricelist(
            self.guarantor,
            item_ids=[
                Command.create(
                    {
                        "applied_on": "1_product",
                        "product_tmpl_id": self.procedure.product_tmpl_id.id,
                        "compute_price": "fixed",
                        "fixed_price": 80,
                    }
                )
            ],
        )
        item = self._create_items(self.procedure)
        self.assertEqual(item.price_unit, 120)
        item.payer_id = self.guarantor
        self.assertEqual(item.price_unit, 80)

    def test_pricelist_takes_a_percentage_off(self):
        self._set_pricelist(
            self.patient,
            item_ids=[
                Command.create({"compute_price": "percentage", "percent_price": 12.5})
            ],
        )
        item = self._create_items(self.procedure)
        # 120 less an eighth
        self.assertRecordValues(item, [{"price_unit": 105, "price_total": 105}])
        self.assertEqual(self._build(item).amount_total, 105)

    def test_pricelist_by_quantity_follows_the_order(self):
        self._set_pricelist(
            self.patient,
            item_ids=[
                Command.create(
                    {"compute_price": "fixed", "fixed_price": 1.5, "min_quantity": 10}
                )
            ],
        )
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 9})
        item = visit.line_ids.billable_item_ids
        self.assertEqual(item.price_unit, 2)
        visit.line_ids.quantity = 10
        self.assertEqual(item.price_unit, 1.5)
        self._sign(visit)
        self.assertRecordValues(item, [{"price_unit": 1.5, "price_total": 15}])

    def test_pricelist_by_date_follows_the_visit(self):
        self._set_pricelist(
            self.patient,
            item_ids=[
                Command.create(
                    {
                        "compute_price": "fixed",
                        "fixed_price": 99,
                        "date_start": "2026-03-10 00:00:00",
                        "date_end": "2026-03-20 23:59:59",
                    }
                )
            ],
        )
        visit = self._create_visit(self.procedure)
        item = visit.line_ids.billable_item_ids
        self.assertEqual(item.price_unit, 120)
        visit.date = "2026-03-15 09:00:00"
        self.assertEqual(item.price_unit, 99)
        visit.date = "2026-03-25 09:00:00"
        self.assertEqual(item.price_unit, 120)

    def test_pricelist_in_another_currency_converts(self):
        # Two euros for a dollar.
        euro = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        self._set_pricelist(self.patient, currency_id=euro.id)
        item = self._create_items(self.procedure)
        self.assertRecordValues(
            item, [{"currency_id": euro.id, "price_unit": 240, "price_total": 240}]
        )
        move = self._build(item)
        self.assertRecordValues(move, [{"currency_id": euro.id, "amount_total": 240}])

    def test_totals_follow_to_a_currency_of_larger_coins(self):
        self._use_pricelists()
        yen = self.setup_other_currency("JPY", rounding=1.0)
        item = self._create_items({"product_id": self.drug.id, "quantity": 3})
        item.price_unit = 33.335
        self.env.flush_all()
        self.assertEqual(item.price_total, 100.01)
        item.pricelist_id = self._create_pricelist(name="Yen", currency_id=yen.id)
        self.env.flush_all()
        self.env.invalidate_all()
        # 3 × 33.335 in whole yen
        self.assertRecordValues(
            item,
            [{"price_subtotal": 100, "price_total": 100, "amount_to_bill": 100}],
        )

    def test_price_by_hand_keeps_its_currency_when_another_pays(self):
        self._use_pricelists()
        euro = self.setup_other_currency("EUR")
        self._set_pricelist(self.guarantor, name="Euro", currency_id=euro.id)
        item = self._create_items(self.drug)
        item.price_unit = 12.34
        currency = item.currency_id
        item.payer_id = self.guarantor
        self.assertRecordValues(
            item, [{"price_unit": 12.34, "currency_id": currency.id}]
        )
        # 2.00 dollars at 2 euros each
        item.action_reset_price()
        self.assertRecordValues(item, [{"price_unit": 4, "currency_id": euro.id}])

    def test_price_by_hand_stays(self):
        visit = self._create_visit({"product_id": self.procedure.id, "quantity": 2})
        item = visit.line_ids.billable_item_ids
        item.with_user(self.billing_manager).price_unit = 99
        self._sign(visit)
        self.procedure.list_price = 500
        item.payer_id = self.guarantor
        self.assertRecordValues(
            item, [{"price_unit": 99, "is_price_manual": True, "price_total": 198}]
        )

    def test_discount_is_taken_off(self):
        item = self._create_items({"product_id": self.procedure.id, "quantity": 2})
        item.discount = 12.5
        # 2 × 120.00 − 12.5 %
        self.assertEqual(item.price_total, 210)
        move = self._build(item)
        self.assertRecordValues(
            move.invoice_line_ids, [{"discount": 12.5, "price_total": 210}]
        )
        self.assertEqual(move.amount_total, 210)

    def test_discount_is_a_percentage(self):
        item = self._create_items(self.procedure)
        for discount in (-1, 101):
            with self.subTest(discount=discount):
                self._assert_refused(IntegrityError, item.write, {"discount": discount})

    # === TAXES === #

    def test_taxes_of_the_product_are_added(self):
        self.procedure.taxes_id = self._create_tax(15)
        item = self._create_items(self.procedure)
        self.assertRecordValues(item, [{"price_subtotal": 120, "price_total": 138}])

    def test_included_tax_is_part_of_the_price(self):
        self.procedure.list_price = 121
        self.procedure.taxes_id = self._create_tax(
            21, price_include_override="tax_included"
        )
        item = self._create_items(self.procedure)
        self.assertRecordValues(
            item, [{"price_unit": 121, "price_subtotal": 100, "price_total": 121}]
        )

    def test_fiscal_position_of_the_payer_maps_taxes(self):
        tax, reduced = self._create_tax(15), self._create_tax(5)
        position = self.env["account.fiscal.position"].create({"name": "Reduced"})
        reduced.write(
            {
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(tax.ids)],
            }
        )
        self.procedure.taxes_id = tax
        self.guarantor.property_account_position_id = position
        item = self._create_items(self.procedure)
        self.assertRecordValues(item, [{"tax_ids": tax.ids, "price_total": 138}])
        item.payer_id = self.guarantor
        self.assertRecordValues(item, [{"tax_ids": reduced.ids, "price_total": 126}])
        move = self._build(item)
        self.assertRecordValues(
            move,
            [{"fiscal_position_id": position.id, "amount_total": 126}],
        )

    def test_fiscal_position_takes_an_included_tax_out_of_the_price(self):
        included = self._create_tax(21, price_include_override="tax_included")
        added = self._create_tax(10, price_include_override="tax_excluded")
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        added.write(
            {
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(included.ids)],
            }
        )
        self.procedure.list_price = 121
        self.procedure.taxes_id = included
        self.patient.property_account_position_id = position
        item = self._create_items(self.procedure)
        # 121 hold 21 of tax: 100 are left, and 10 % come on top.
        self.assertRecordValues(
            item,
            [
                {
                    "price_unit": 100,
                    "tax_ids": added.ids,
                    "price_subtotal": 100,
                    "price_total": 110,
                }
            ],
        )

    def test_document_lines_come_out_as_the_items_said(self):
        tax = self._create_tax(21)
        included = self._create_tax(6, price_include_override="tax_included")
        self.procedure.write({"list_price": 33.33, "taxes_id": tax.ids})
        self.drug.write({"list_price": 1.005, "taxes_id": tax.ids})
        self.lab_test.write({"list_price": 66.66, "taxes_id": included.ids})
        # 33.33 + 6.9993 = 33.33 + 7.00; 7 × 1.005 + 1.47735 = 7.04 + 1.48, each
        # rounded as on an invoice; 3 × 66.66 with the tax in it.
        totals = {"Suture": 40.33, "Tablet": 8.52, "Blood count": 199.98}
        for method in ("round_per_line", "round_globally"):
            with self.subTest(method=method):
                self.env.company.tax_calculation_rounding_method = method
                items = self._create_items(
                    self.procedure,
                    {"product_id": self.drug.id, "quantity": 7},
                    {
                        "product_id": self.lab_test.id,
                        "quantity": 3,
                        "is_done_later": False,
                    },
                )
                move = self._build(items, grouping="item")
                for item in items:
                    self.assertAlmostEqual(
                        item.price_total, totals[item.name], places=2
                    )
                    self.assertEqual(item.move_line_ids.price_total, item.price_total)
                    self.assertEqual(
                        item.move_line_ids.move_id.amount_total, item.price_total
                    )
                self.assertEqual(len(move), 3)

    def test_many_lines_on_one_document_keep_their_totals(self):
        self.procedure.write(
            {"list_price": 66.66, "taxes_id": self._create_tax(21).ids}
        )
        for method in ("round_per_line", "round_globally"):
            with self.subTest(method=method):
                self.env.company.tax_calculation_rounding_method = method
                items = self._create_items(*[self.procedure] * 3)
                move = self._build(items)
                # 66.66 + 13.9986 = 80.6586
                self.assertEqual(items.mapped("price_total"), [80.66] * 3)
                self.assertEqual(
                    move.invoice_line_ids.mapped("price_total"), [80.66] * 3
                )
                # 241.98 with each tax rounded; 199.98 + 41.9958 = 241.98 as well
                self.assertEqual(move.amount_total, 241.98)
