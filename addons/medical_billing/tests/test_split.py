from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestSplit(MedicalBillingCommon):
    def test_part_of_the_quantity_goes_to_another_payer(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        part = item._split(self.guarantor, quantity=2)
        self._assert_ledger(item, quantity=3, to_bill=3)
        self._assert_ledger(part, quantity=2, to_bill=2)
        self.assertRecordValues(
            part,
            [
                {
                    "payer_id": self.guarantor.id,
                    "origin_id": item.id,
                    "price_unit": 2,
                    "price_total": 4,
                }
            ],
        )
        self.assertEqual(item.payer_id, self.patient)
        moves = self._build(item | part)
        self.assertEqual(sorted(moves.mapped("amount_total")), [4, 6])

    def test_share_of_the_price_goes_to_another_payer(self):
        # A third of 100.00 is 33.33; the rest, 66.67, takes the cent.
        self.procedure.list_price = 100
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, share=1 / 3)
        self.assertRecordValues(
            item | part,
            [
                {"price_unit": 66.67, "price_total": 66.67, "quantity": 1},
                {"price_unit": 33.33, "price_total": 33.33, "quantity": 1},
            ],
        )
        self.assertAlmostEqual(item.share + part.share, 1, places=8)
        moves = self._build(item | part)
        self.assertEqual(sum(moves.mapped("amount_total")), 100)

    def test_three_thirds_add_up(self):
        self.procedure.list_price = 100
        item = self._create_items(self.procedure)
        employer = self._create_partner(name="Employer")
        item._split(self.guarantor, share=1 / 3)
        # Half of the 66.67 that are left: 33.335, rounded 33.34 (half up).
        item._split(employer, share=0.5)
        items = item.consultation_line_id.billable_item_ids
        self.assertEqual(sorted(items.mapped("price_unit")), [33.33, 33.33, 33.34])
        self.assertAlmostEqual(sum(items.mapped("share")), 1, places=8)
        self.assertEqual(sum(self._build(items).mapped("amount_total")), 100)

    def test_amount_goes_to_another_payer(self):
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, amount=20)
        self.assertEqual((part.price_unit, item.price_unit), (20, 100))

    def test_shared_item_follows_what_is_done(self):
        visit = self._create_visit({"product_id": self.drug.id, "quantity": 4})
        line = visit.line_ids
        line.qty_done = 1
        item = line.billable_item_ids
        part = item._split(self.guarantor, share=0.5)
        line.qty_done = 3
        self.assertEqual((item | part).mapped("quantity"), [3, 3])
        self.assertEqual((item | part).mapped("price_total"), [3, 3])

    def test_split_price_does_not_follow_the_pricelist(self):
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, share=0.25)
        item.product_id.list_price = 400
        self.env.add_to_compute(item._fields["price_unit"], item | part)
        self.assertEqual((item | part).mapped("price_unit"), [90, 30])

    def test_parts_must_be_parts(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        for part in (
            {"quantity": 0},
            {"quantity": -1},
            {"quantity": 5},
            {"quantity": 6},
            {"share": 0},
            {"share": 1},
            {"share": 1.5},
            {"amount": 0},
            {"amount": 2},
            {"amount": -1},
            {},
            {"share": 0.5, "amount": 1},
        ):
            with self.subTest(part=part):
                self._assert_refused(UserError, item._split, self.guarantor, **part)
        self._assert_ledger(item, quantity=5, to_bill=5)

    def test_billed_price_cannot_be_shared(self):
        item = self._create_items(self.procedure)
        self._build(item)
        self._assert_refused(UserError, item._split, self.guarantor, share=0.5)

    def test_billed_quantity_cannot_be_split_off(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        move = self._build(item)
        move.invoice_line_ids.quantity = 3
        self._assert_refused(UserError, item._split, self.guarantor, quantity=3)
        part = item._split(self.guarantor, quantity=2)
        self._assert_ledger(item, quantity=3, drafted=3)
        self._assert_ledger(part, quantity=2, to_bill=2)

    # === SEVERAL PAYERS === #

    def test_shares_of_several_payers_add_up(self):
        employer = self._create_partner(name="Employer")
        self.procedure.list_price = 100.01
        item = self._create_items(self.procedure)
        items = item._split_shares(
            {self.patient: 0.2, employer: 1 / 3, self.guarantor: 0.8 - 1 / 3}
        )
        # A third is 33.34, 46.6667 % is 46.67; the patient keeps the rest.
        self.assertEqual(
            {item.payer_id: round(item.price_unit, 2) for item in items},
            {self.patient: 20.0, employer: 33.34, self.guarantor: 46.67},
        )
        self.assertAlmostEqual(sum(items.mapped("price_total")), 100.01)
        self.assertAlmostEqual(sum(items.mapped("share")), 1, places=7)

    def test_last_payer_takes_over_when_the_present_one_pays_nothing(self):
        employer = self._create_partner(name="Employer")
        item = self._create_items(self.procedure)
        items = item._split_shares({employer: 0.8, self.guarantor: 0.2})
        self.assertEqual(
            {item.payer_id: item.price_unit for item in items},
            {employer: 96, self.guarantor: 24},
        )
        self.assertEqual(item.payer_id, self.guarantor)

    def test_shares_that_do_not_add_up_are_refused(self):
        item = self._create_items(self.procedure)
        for shares in (
            {self.patient: 0.2, self.guarantor: 0.7},
            {self.patient: 0.5, self.guarantor: 0.6},
            {},
        ):
            message = self._assert_refused(UserError, item._split_shares, shares)
            self.assertIn("instead of 100 %", message)
        for shares in (
            {self.patient: 1.2, self.guarantor: -0.2},
            # All of it stays where it is.
            {self.patient: 1},
        ):
            self._assert_refused(UserError, item._split_shares, shares)

    def test_shares_with_a_discount_lose_no_cent(self):
        # Half of it is 5.005 − 50 %; rounded apart, both halves would be 2.50.
        self.procedure.list_price = 10.01
        item = self._create_items(self.procedure)
        item.discount = 50
        whole = item.price_total
        part = item._split(self.guarantor, share=0.5)
        self.assertAlmostEqual(item.price_total + part.price_total, whole)
        moves = self._build(item | part)
        self.assertAlmostEqual(sum(moves.mapped("amount_total")), whole)

    def test_shares_of_a_broken_quantity_lose_no_cent(self):
        self.drug.list_price = 10.0
        item = self._create_items({"product_id": self.drug.id, "quantity": 0.33})
        part = item._split(self.guarantor, share=1 / 3)
        # 3.30 in all, a third is 1.10.
        self.assertAlmostEqual(part.price_total, 1.10)
        self.assertAlmostEqual(item.price_total, 2.20)

    def test_total_goes_to_another_payer(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 3})
        part = item._split(self.guarantor, total=1)
        self.assertAlmostEqual(part.price_total, 1)
        self.assertAlmostEqual(item.price_total, 5)
        moves = self._build(item | part)
        self.assertEqual(sorted(moves.mapped("amount_total")), [1, 5])

    def test_parts_are_split_again(self):
        self.procedure.list_price = 100
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, share=0.5)
        employer = self._create_partner(name="Employer")
        again = part._split(employer, share=1 / 3)
        self.assertEqual(again.origin_id, part)
        self.assertEqual(
            [round(price, 2) for price in (item | part | again).mapped("price_unit")],
            [50, 33.33, 16.67],
        )
        quantity = self._create_items({"product_id": self.drug.id, "quantity": 5})
        part = quantity._split(self.guarantor, quantity=3)
        again = part._split(employer, quantity=1)
        self._assert_ledger(quantity, quantity=2, to_bill=2)
        self._assert_ledger(part, quantity=2, to_bill=2)
        self._assert_ledger(again, quantity=1, to_bill=1)

    def test_payer_who_has_a_part_gets_more_of_it(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        part = item._split(self.guarantor, quantity=1)
        self.assertEqual(item._split(self.guarantor, quantity=2), part)
        self._assert_ledger(part, quantity=3, to_bill=3)
        self._assert_ledger(item, quantity=2, to_bill=2)
        other = self._create_items(self.procedure)
        part = other._split(self.guarantor, share=0.5)
        self.assertEqual(other._split(self.guarantor, amount=20), part)
        self.assertEqual((part.price_unit, other.price_unit), (80, 40))

    def test_payer_who_has_a_part_of_another_kind_is_refused(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        item._split(self.guarantor, quantity=1)
        message = self._assert_refused(
            UserError, item._split, self.guarantor, share=0.5
        )
        self.assertIn("Insurer already has a part of Tablet", message)

    def test_part_in_another_currency_does_not_grow(self):
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, amount=20)
        item.pricelist_id = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": self.setup_other_currency("EUR").id}
        )
        message = self._assert_refused(
            UserError, item._split, self.guarantor, amount=30
        )
        self.assertIn("already has a part", message)
        self.assertEqual(part.price_unit, 20)

    def test_parts_keep_the_currency_of_their_whole(self):
        euro = self.setup_other_currency("EUR")
        self.guarantor.property_product_pricelist = self.env[
            "product.pricelist"
        ].create({"name": "Euro", "currency_id": euro.id})
        item = self._create_items(self.procedure)
        part = item._split(self.guarantor, share=0.5)
        self.assertEqual(part.currency_id, self.env.company.currency_id)
        self.assertEqual(part.price_unit, 60)

    # === ANOTHER PAYER === #

    def test_payer_of_an_unbilled_item_changes_with_the_price(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Insurers",
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 90})
                ],
            }
        )
        self.quick_ref("base.group_user").implied_ids += self.group_product_pricelist
        self.guarantor.property_product_pricelist = pricelist
        item = self._create_items(self.procedure)
        self._as(self.biller, item)._change_payer(self.guarantor)
        self.assertRecordValues(
            item, [{"payer_id": self.guarantor.id, "price_unit": 90}]
        )
        self._build(item)
        self._assert_refused(UserError, item._change_payer, self.patient)

    def test_payer_of_a_part_cannot_become_one_who_has_another(self):
        item = self._create_items({"product_id": self.drug.id, "quantity": 5})
        employer = self._create_partner(name="Employer")
        part = item._split(self.guarantor, quantity=1)
        item._split(employer, quantity=1)
        message = self._assert_refused(UserError, part._change_payer, employer)
        self.assertIn("Employer already has a part of Tablet", message)

    # === DIALOG === #

    def _open_dialog(self, items, user=None, **values):
        action = self._as(user or self.biller, items).action_split()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.biller)
            .with_context(**action["context"])
            .create(values)
        )

    def _share(self, *shares):
        return [
            Command.clear(),
            *(
                Command.create({"payer_id": payer.id, "percent": percent})
                for payer, percent in shares
            ),
        ]

    def test_dialog_shares_between_employer_and_patient(self):
        items = self._create_items(self.procedure, self.fee)
        dialog = self._open_dialog(items)
        self.assertEqual(
            [(line.payer_id, line.percent) for line in dialog.share_ids],
            [(self.patient, 100)],
        )
        dialog.share_ids = self._share((self.guarantor, 80), (self.patient, 20))
        self.assertIn("136.00", dialog.preview)
        self.assertIn("34.00", dialog.preview)
        dialog.action_confirm()
        self.assertEqual(items.mapped("price_unit"), [24, 10])
        self.assertEqual(items.split_ids.mapped("price_unit"), [96, 40])

    def test_dialog_spreads_an_amount_over_several_items(self):
        items = self._create_items(self.procedure, self.fee)
        dialog = self._open_dialog(
            items, method="amount", payer_id=self.guarantor.id, amount=100.01
        )
        dialog.action_confirm()
        # 120 of 170, and the rest: 70.60 and 29.41.
        self.assertEqual(
            [round(price, 2) for price in items.split_ids.mapped("price_unit")],
            [70.6, 29.41],
        )

    def test_dialog_changes_the_payer_of_what_is_left(self):
        billed, whole, credited = (self._create_items(self.drug) for _ in range(3))
        partly = self._create_items({"product_id": self.drug.id, "quantity": 3})
        self._build(partly).invoice_line_ids.quantity = 1
        self._post(self._build(billed))
        self._reverse(self._post(self._build(credited))).action_post()
        dialog = self._open_dialog(
            billed | whole | credited | partly,
            method="payer",
            payer_id=self.guarantor.id,
        )
        dialog.action_confirm()
        self.assertEqual(whole.payer_id, self.guarantor)
        self._assert_ledger(billed, quantity=1, posted=1)
        self._assert_ledger(partly, quantity=1, drafted=1)
        self._assert_ledger(partly.split_ids, quantity=2, to_bill=2)
        self._assert_ledger(credited.split_ids, quantity=1, to_bill=1)

    def test_dialog_refuses_what_makes_no_sense(self):
        items = self._create_items(self.procedure, self.fee)
        for values in (
            {"share_ids": self._share((self.patient, 20), (self.guarantor, 70))},
            {"share_ids": self._share((self.guarantor, 50), (self.guarantor, 50))},
            {"method": "amount", "amount": 5},
            {"method": "amount", "amount": 0, "payer_id": self.guarantor.id},
            {"method": "amount", "amount": 170, "payer_id": self.guarantor.id},
            {"method": "quantity", "quantity": 1, "payer_id": self.guarantor.id},
            {"method": "payer"},
        ):
            with self.subTest(values=values):
                dialog = self._open_dialog(items, **values)
                self._assert_refused(UserError, dialog.action_confirm)
        self.assertFalse(items.split_ids)

    def test_dialog_refuses_an_amount_in_two_currencies(self):
        items = self._create_items(self.procedure, self.fee)
        items[0].pricelist_id = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": self.setup_other_currency("EUR").id}
        )
        dialog = self._open_dialog(
            items, method="amount", amount=5, payer_id=self.guarantor.id
        )
        message = self._assert_refused(UserError, dialog.action_confirm)
        self.assertIn("different currencies", message)

    def test_only_billers_split(self):
        items = self._create_items(self.procedure)
        for user in (self.medic, self.reception, self.accountant):
            with self.subTest(user=user.login):
                self._assert_refused(AccessError, self._open_dialog, items, user=user)
                self._assert_refused(
                    AccessError, self._as(user, items)._split, self.guarantor, share=0.5
                )

    # === SPEED === #

    def test_splitting_many_costs_few_queries_each(self):
        items = {
            number: self._create_items(*[self.procedure] * number)
            for number in (2, 1, 21)
        }
        employer = self._create_partner(name="Employer")
        costs = {
            number: self._count_queries(
                lambda some=some: some.browse(some.ids)._split_shares(
                    {self.patient: 0.2, self.guarantor: 0.5, employer: 0.3}
                )
            )
            for number, some in items.items()
        }
        self.assertLess((costs[21] - costs[1]) / 20, 1)
