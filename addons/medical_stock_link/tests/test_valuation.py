from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .valuation_common import MedicalValuationCommon


@tagged("post_install", "-at_install")
class TestValuation(MedicalValuationCommon):
    """What is booked in cases that the worked cases leave out."""

    def _assert_use(self, visit, amount):
        """Assert that a visit has one entry, of this cost."""
        entry = self._get_cost_entries(visit)
        self.assertEqual(len(entry), 1)
        self._assert_books(entry.line_ids, materials=amount, stock=-amount)
        self.assertEqual(visit.material_cost, amount)

    # === AFTER A RETURN === #

    def test_average_stays_right_after_a_return(self):
        product = self._create_valued_goods("average")
        visit = self._use(product, 12)
        self._receive(product, 4, cost=12.0)
        # (8 × 6.00 + 4 × 12.00) / 12
        self.assertEqual(product.standard_price, 8)
        self._return_some(visit.picking_ids, {visit.picking_ids.move_ids: 6})
        # They come back at the 6.00 they left at: (12 × 8.00 + 6 × 6.00) / 18
        self.assertAlmostEqual(product.standard_price, 132 / 18)
        self.assertAlmostEqual(product.total_value, 132)
        self._assert_books(
            self._get_cost_entries(visit).line_ids,
            # 72.00 - 36.00
            materials=36,
            stock=-36,
        )
        # 9 × 132.00 / 18
        self._assert_use(self._use(product, 9), 66)

    def test_first_in_first_out_stays_right_after_a_return(self):
        product = self._create_valued_goods("fifo")
        visit = self._use(product, 12)
        # 3 × 56.00 / 12
        picking = visit.picking_ids
        self._return_some(picking, {picking.move_ids: 3})
        self.assertEqual(product.total_value, 78)
        # What came back is the last that came in: 8 × 8.00 go first, and then
        # 1 × 14.00 / 3.
        self._assert_use(self._use(product, 9), 68.67)
        # 78.00 - 68.67
        self.assertAlmostEqual(product.total_value, 9.33)

    def test_what_comes_back_later_comes_back_at_what_it_cost(self):
        product = self._create_valued_goods("standard")
        visit = self._use(product, 12)
        product.standard_price = 9.0
        picking = visit.picking_ids
        self._return_some(picking, {picking.move_ids: 2})
        returned = self._get_cost_entries(visit)[-1]
        # 2 × 5.00, what they cost on the day they were used.
        self._assert_books(returned.line_ids, materials=-10, stock=10)

    def test_all_that_is_returned_in_parts_adds_up(self):
        product = self._create_goods("Needle", "average", cost=0)
        self._receive(product, 3, cost=10 / 3)
        # 3 × 3.3333..., in cents.
        visit = self._use(product, 3)
        self._assert_use(visit, 10)
        picking = visit.picking_ids
        move = picking.move_ids
        for _part in range(3):
            # 10.00 / 3
            self._return_some(picking, {move: 1})
        entries = self._get_cost_entries(visit)
        self.assertEqual(len(entries), 4)
        # A cent of three times 3.33 stays: the closing takes it.
        self._assert_books(entries.line_ids, materials=0.01, stock=-0.01)

    # === GOODS VALUED BY LOT === #

    def _create_lots(self, method):
        """Create goods that are valued by lot: 10 of each of two lots."""
        product = self._create_goods(
            "Vaccine",
            method,
            cost=5.0 if method == "standard" else 0.0,
            tracking="lot",
            lot_valuated=True,
            use_expiration_date=True,
        )
        today = fields.Datetime.now()
        lots = []
        for name, cost, days in (("early", 4.0, 100), ("late", 8.0, 200)):
            lot = self._create_lot(product, name, today + timedelta(days=days))
            self._receive(product, 10, cost=cost, lot=lot)
            lots.append(lot)
        return product, *lots

    def test_each_lot_leaves_at_its_own_cost(self):
        for method, cost in (
            ("standard", 60),  # 12 × 5.00
            ("average", 56),  # 10 × 4.00 + 2 × 8.00
            ("fifo", 56),
        ):
            with self.subTest(method=method):
                product, early, late = self._create_lots(method)
                visit = self._use(product, 12)
                self._assert_use(visit, cost)
                self.assertEqual(visit.line_ids.qty_moved, 12)
                # Each lot has a move, of one line of the visit.
                moves = visit.picking_ids.move_ids
                self.assertEqual(
                    {move.lot_ids: move.quantity for move in moves},
                    {early: 10, late: 2},
                )
                self.assertEqual(moves.consultation_line_id, visit.line_ids)

    def test_each_lot_comes_back_at_its_own_cost(self):
        for method in ("average", "fifo"):
            with self.subTest(method=method):
                product, early, late = self._create_lots(method)
                visit = self._use(product, 12)
                picking = visit.picking_ids
                moves = picking.move_ids.grouped("lot_ids")
                self._return_some(picking, {moves[late]: 1})
                returned = self._get_cost_entries(visit)[-1]
                # 1 × 8.00, and not 56.00 / 12
                self._assert_books(returned.line_ids, materials=-8, stock=8)
                self.assertEqual((late.standard_price, late.product_qty), (8, 9))
                self.assertEqual(product.total_value, 72)  # 9 × 8.00
                self._return_all(picking)
                self.env.invalidate_all()
                self.assertEqual((early.total_value, late.total_value), (40, 80))
                self.assertEqual(visit.material_cost, 0)

    def test_backorder_by_the_stock_user_keeps_lots_apart(self):
        self.env.company.medical_shortage_policy = "backorder"
        product, early, late = self._create_lots("average")
        visit = self._use(product, 22)
        # 10 × 4.00 + 10 × 8.00
        self._assert_use(visit, 120)
        self._receive(product, 1, cost=10.0, lot=late)
        self._receive(product, 1, cost=2.0, lot=early)
        backorder = visit.picking_ids.filtered(lambda picking: picking.state != "done")
        picking = self._as(self.stock_user, backorder)
        picking.action_assign()
        picking.button_validate()
        self.env.invalidate_all()
        self.assertEqual(len(backorder.move_ids), 2)
        # 1 × 10.00 + 1 × 2.00
        self._assert_books(
            backorder.move_ids.account_move_id.line_ids, materials=12, stock=-12
        )
        self.assertEqual(visit.line_ids.qty_moved, 22)

    def test_new_cost_of_a_lot_leaves_what_was_used_alone(self):
        product, _early, late = self._create_lots("average")
        visit = self._use(product, 12)
        late.standard_price = 20.0
        self.env.flush_all()
        self.env.invalidate_all()
        self._assert_use(visit, 56)

    # === UNITS, LINES AND VISITS === #

    def test_cost_is_that_of_the_stock_unit(self):
        box = self.env["uom.uom"].create(
            {
                "name": "Box of 6",
                "relative_uom_id": self.uom_unit.id,
                "relative_factor": 6,
            }
        )
        for method, cost in (("standard", 60), ("average", 72), ("fifo", 56)):
            with self.subTest(method=method):
                product = self._create_valued_goods(method)
                # 2 × 6 pieces, as in the worked cases.
                visit = self._use(product, 2, product_uom_id=box.id)
                self._assert_use(visit, cost)
                document = self._post(self._build(visit.line_ids.billable_item_ids))
                self.assertFalse(self._get_cogs(document))

    def test_lines_of_one_visit_share_an_entry(self):
        for method, cost in (
            ("standard", 72),  # 12 × 5.00 + 2 × 6.00
            ("average", 84),  # 12 × 6.00 + 2 × 6.00
            ("fifo", 68),  # 7 × 4.00 + (3 × 4.00 + 2 × 8.00) + 2 × 6.00
        ):
            with self.subTest(method=method):
                product = self._create_valued_goods(method)
                self._receive(self.gauze, 2)
                visit = self._sign(
                    self._create_visit(
                        {"product_id": product.id, "quantity": 7},
                        {"product_id": product.id, "quantity": 5},
                        {"product_id": self.gauze.id, "quantity": 2},
                    )
                )
                self._assert_use(visit, cost)
                self.assertEqual(len(visit.picking_ids), 1)

    def test_visits_signed_together_share_the_first_batch(self):
        product = self._create_valued_goods("fifo")
        visits = self.env["medical.consultation"]
        for quantity in (7, 5):
            visits |= self._create_visit(
                {"product_id": product.id, "quantity": quantity}
            )
        self._sign(visits)
        self._assert_use(visits[0], 28)  # 7 × 4.00
        self._assert_use(visits[1], 28)  # 3 × 4.00 + 2 × 8.00

    def test_backorders_delivered_together_have_an_entry_each(self):
        self.env.company.medical_shortage_policy = "backorder"
        visits = self._create_visit(self.gauze) | self._create_visit(
            {"product_id": self.gauze.id, "quantity": 2}
        )
        self._sign(visits)
        self._receive(self.gauze, 3)
        pickings = self._as(self.stock_user, visits.picking_ids)
        pickings.action_assign()
        pickings.button_validate()
        self.env.invalidate_all()
        self._assert_use(visits[0], 6)
        self._assert_use(visits[1], 12)  # 2 × 6.00

    def test_what_costs_nothing_has_no_empty_entry(self):
        sample = self._create_goods("Sample", cost=0)
        self._receive(sample, 5)
        self._receive(self.gauze, 5)
        visit = self._use(sample, 2)
        self.assertEqual(visit.picking_ids.state, "done")
        self.assertFalse(self._get_cost_entries(visit))
        # Beside other goods it is no line of their entry.
        visit = self._sign(self._create_visit(sample, self.gauze))
        self._assert_use(visit, 6)
        self.assertEqual(self._get_cost_entries(visit).line_ids.product_id, self.gauze)

    # === DATES === #

    def test_late_record_is_booked_today(self):
        self._receive(self.gauze, 5)
        self.env.company.fiscalyear_lock_date = "2026-03-31"
        with freeze_time("2026-04-02 10:00:00"):
            # The visit was on the 2nd of March, in a month that is closed.
            visit = self._use(self.gauze, 2)
        self._assert_use(visit, 12)
        self.assertEqual(
            self._get_cost_entries(visit).date, fields.Date.to_date("2026-04-02")
        )

    def test_return_of_a_closed_month_is_booked_today(self):
        self._receive(self.gauze, 5)
        with freeze_time("2026-03-02 10:00:00"):
            visit = self._use(self.gauze, 2)
        self.env.company.fiscalyear_lock_date = "2026-03-31"
        with freeze_time("2026-04-02 10:00:00"):
            self._return_all(visit.picking_ids)
            self.env.invalidate_all()
        entries = self._get_cost_entries(visit)
        self.assertEqual(
            entries.mapped("date"),
            [fields.Date.to_date("2026-03-02"), fields.Date.to_date("2026-04-02")],
        )
        self._assert_books(entries[0].line_ids, materials=12, stock=-12)
        self._assert_books(entries[1].line_ids, materials=-12, stock=12)

    def test_locked_books_say_what_to_do(self):
        self._receive(self.gauze, 5)
        visit = self._create_visit({"product_id": self.gauze.id, "quantity": 2})
        for lock in ("fiscalyear_lock_date", "hard_lock_date"):
            with self.subTest(lock=lock), freeze_time("2026-03-31 10:00:00"):
                with self.env.cr.savepoint() as savepoint:
                    self.env.company[lock] = "2026-03-31"
                    message = self._assert_refused(UserError, self._sign, visit)
                    savepoint.rollback()
                self.env.invalidate_all()
                self.assertIn("locked today", message)
                self.assertIn("to be done later", message)
        self.assertEqual(visit.state, "draft")
        # What needs no goods is signed all the same.
        with freeze_time("2026-03-31 10:00:00"):
            self.env.company.fiscalyear_lock_date = "2026-03-31"
            visit.line_ids.is_done_later = True
            self._sign(visit)
        self.assertEqual(visit.state, "signed")
        self.assertFalse(visit.picking_ids)

    def test_return_in_locked_books_is_refused(self):
        self._receive(self.gauze, 5)
        visit = self._use(self.gauze, 2)
        self.env.company.fiscalyear_lock_date = fields.Date.today()
        message = self._assert_refused(
            ValidationError, self._return_all, visit.picking_ids
        )
        self.assertIn("locked", message)
        self._assert_use(visit, 12)

    # === ACCOUNTS AND COMPANIES === #

    def test_missing_accounts_are_named(self):
        self._receive(self.gauze, 5)
        visit = self._create_visit(self.gauze)
        for name in ("account_stock_journal_id", "account_stock_valuation_id"):
            with self.subTest(name=name):
                before = self.env.company[name]
                self.env.company[name] = False
                message = self._assert_refused(UserError, self._sign, visit)
                self.assertIn("Gauze cannot be booked", message)
                self.env.company[name] = before
        self._sign(visit)
        self._assert_use(visit, 6)

    def test_each_company_books_in_its_own_accounts(self):
        other = self.setup_other_company()
        company = other["company"]
        category = self.categories["average"].with_company(company)
        category.write(
            {"property_cost_method": "average", "property_valuation": "real_time"}
        )
        product = self._create_valued_goods("average")
        warehouse = company._get_medical_warehouse()
        move = (
            self.env["stock.move"]
            .with_company(company)
            .create(
                {
                    "company_id": company.id,
                    "product_id": product.id,
                    "product_uom_qty": 10,
                    "value_manual": 10.0,
                    "picking_type_id": warehouse.in_type_id.id,
                    "location_id": self.supplier_location.id,
                    "location_dest_id": warehouse.lot_stock_id.id,
                }
            )
        )
        move._action_confirm()
        move.write({"quantity": 10, "picked": True})
        move._action_done()
        self.medic.company_ids += company
        visits = self._create_visit({"product_id": product.id, "quantity": 2})
        visits |= self._create_visit(
            {"product_id": product.id, "quantity": 3}, company_id=company.id
        )
        visits.with_user(self.medic).with_context(
            allowed_company_ids=(self.env.company | company).ids
        ).action_sign()
        self.env.invalidate_all()
        self._assert_use(visits[0], 12)  # 2 × 6.00
        entry = self._get_cost_entries(visits[1])
        self.assertEqual(entry.company_id, company)
        self.assertEqual(entry.journal_id, company.account_stock_journal_id)
        self.assertEqual(
            {line.account_id: line.balance for line in entry.line_ids},
            {
                # 3 × 1.00
                company.medical_location_id.valuation_account_id: 3,
                company.account_stock_valuation_id: -3,
            },
        )

    # === BELOW ZERO === #

    def test_stock_below_zero_is_levelled_at_the_closing(self):
        self.env.company.medical_shortage_policy = "negative"
        product = self._create_valued_goods("average")
        bills = self._bill_from_supplier(product)
        visit = self._use(product, 22)
        # 22 × 6.00: the last known cost, also of what was not there.
        self._assert_use(visit, 132)
        # 2 of these were used before.
        self._receive(product, 10, cost=9.0)
        bills |= self._bill_from_supplier(product, 90.0)
        self.env.invalidate_all()
        # 8 × 9.00
        self.assertEqual(product.total_value, 72)
        closing = self._close()
        # 72.00 - (120.00 + 90.00 - 132.00)
        self._assert_books(closing.line_ids, stock=-6, variation=6)


@tagged("post_install", "-at_install")
class TestDocumentCost(MedicalValuationCommon):
    """Which document lines book the cost of goods themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._receive(cls.gauze, 50)

    def _create_counter_sale(self, quantity=2, post=True, user=None):
        """Create an invoice of gauze that a patient bought over the counter."""
        move = (
            self.env["account.move"]
            .with_user(user or self.accountant)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.patient.id,
                    "invoice_date": fields.Date.today(),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.gauze.id,
                                "quantity": quantity,
                                "price_unit": 10.0,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        if post:
            move.action_post()
        return move.with_user(self.env.user)

    def _assert_cost(self, documents, amount):
        """Assert how much cost documents book themselves."""
        self._assert_books(self._get_cogs(documents), expense=amount, stock=-amount)

    def test_counter_sale_keeps_its_cost(self):
        sale = self._create_counter_sale()
        self._assert_cost(sale, 12)  # 2 × 6.00
        credit = self._post(self._reverse(sale))
        self._assert_cost(credit, -12)

    def test_sale_beside_a_visit_on_one_document_keeps_its_cost(self):
        visit = self._use(self.gauze, 5)
        document = self._build(visit.line_ids.billable_item_ids)
        document.invoice_line_ids = [
            Command.create(
                {
                    "product_id": self.gauze.id,
                    "quantity": 3,
                    "price_unit": 10.0,
                    "tax_ids": [Command.clear()],
                }
            )
        ]
        self._post(document)
        self._assert_cost(document, 18)  # 3 × 6.00, and none of the 5
        # Crediting all of it gives back what it booked, and no more.
        credit = self._post(self._reverse(document))
        self._assert_cost(credit, -18)

    def test_receipt_books_no_cost(self):
        for kind in ("out_receipt", "out_invoice"):
            with self.subTest(kind=kind):
                self.env.company.medical_receipt_type = kind
                visit = self._use(self.gauze, 2)
                receipt = self._build(
                    visit.line_ids.billable_item_ids, move_type="out_receipt"
                )
                receipt._post_and_pay_receipts([{"journal": self.cash_journal}])
                self.assertEqual(receipt.state, "posted")
                self._assert_cost(receipt, 0)

    def test_parts_of_a_package_book_no_cost(self):
        package = self._create_medical_product("Dressing package", "procedure", 50.0)
        self._create_component(package, self.gauze, 3)
        self._create_component(package, self.procedure, 1)
        package.is_medical_package = True
        visit = self._sign(self._create_visit(package))
        self.assertEqual(visit.material_cost, 18)  # 3 × 6.00
        document = self._post(self._build(visit.line_ids.billable_item_ids))
        self.assertIn(self.gauze, document.invoice_line_ids.product_id)
        self._assert_cost(document, 0)
        self._assert_cost(self._post(self._reverse(document)), 0)

    def test_correction_of_a_visit_books_no_cost(self):
        visit = self._use(self.gauze, 5)
        line = visit.line_ids
        document = self._post(self._build(line.billable_item_ids))
        picking = visit.picking_ids
        self._return_some(picking, {picking.move_ids: 2})
        self._amend(visit)
        line.with_user(self.medic).write({"quantity": 3, "qty_done": 3})
        self._sign(visit)
        correction = line.billable_item_ids.filtered("credited_item_id")
        self.assertEqual(correction.quantity, -2)
        credit = self._post(self._build(correction))
        self.assertEqual(credit.reversed_entry_id, document)
        self._assert_books(credit.line_ids, receivable=-20, income=20)
        self.env.invalidate_all()
        self.assertEqual(visit.material_cost, 18)  # 3 × 6.00

    def test_credit_billed_to_another_payer_books_no_cost(self):
        visit = self._use(self.gauze, 2)
        item = visit.line_ids.billable_item_ids
        document = self._post(self._build(item))
        credit = self._post(self._reverse(document))
        item.with_user(self.biller)._decide_credits("payer", self.guarantor)
        self.env.invalidate_all()
        other = visit.line_ids.billable_item_ids - item
        self.assertEqual(other.payer_id, self.guarantor)
        second = self._post(self._build(other))
        self._assert_cost(document | credit | second, 0)
        self.assertEqual(visit.material_cost, 12)

    # === LINKED LATER === #

    def test_draft_line_linked_later_books_no_cost(self):
        visit = self._use(self.gauze, 2)
        sale = self._create_counter_sale(post=False)
        sale.invoice_line_ids.with_user(self.biller)._link_billable_item(
            visit.line_ids.billable_item_ids
        )
        self._post(sale)
        self._assert_cost(sale, 0)

    def test_posted_line_with_cost_is_linked_after_a_reset(self):
        visit = self._use(self.gauze, 2)
        item = visit.line_ids.billable_item_ids
        sale = self._create_counter_sale()
        line = sale.invoice_line_ids
        message = self._assert_refused(
            UserError, line.with_user(self.biller)._link_billable_item, item
        )
        self.assertIn("booked twice", message)
        self.assertFalse(line.billable_item_id)
        # As the message says.
        sale.with_user(self.accountant).button_draft()
        line.with_user(self.biller)._link_billable_item(item)
        sale.with_user(self.accountant).action_post()
        self._assert_cost(sale, 0)
        self._assert_ledger(item, quantity=2, posted=2, state="billed")

    def test_posted_line_without_cost_can_be_linked(self):
        self.categories["standard"].property_valuation = "periodic"
        visit = self._use(self.gauze, 2)
        sale = self._create_counter_sale()
        item = visit.line_ids.billable_item_ids
        sale.invoice_line_ids.with_user(self.biller)._link_billable_item(item)
        self._assert_ledger(item, quantity=2, posted=2, state="billed")

    def test_credit_gives_back_the_cost_that_its_document_booked(self):
        """As documents did before goods left the stock by their visits."""
        sale = self._create_counter_sale()
        item = self._use(self.gauze, 2).line_ids.billable_item_ids
        sale.invoice_line_ids.sudo().billable_item_id = item
        self._assert_cost(sale, 12)
        credit = self._post(self._reverse(sale))
        self.assertEqual(credit.invoice_line_ids.billable_item_id, item)
        self._assert_cost(credit, -12)
        # Billed again, there is no cost on it any more.
        item.with_user(self.biller)._decide_credits("rebill")
        self._assert_cost(self._post(self._build(item)), 0)
