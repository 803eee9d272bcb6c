"""What is used, given back, missed and refilled, in any order, and what must hold.

The invariant counts the goods again after each step: what is on hand from what was
received and what visits say they used, lot by lot, and at standard cost what all of it
is worth in the books.
"""

from collections import defaultdict
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant
from walk import NUMBERS, SEVERAL, Walk, read_rows, step

from odoo.fields import Command, Datetime
from odoo.tools import float_compare, float_is_zero

from odoo.addons.medical_stock_link.tests.common import MedicalStockCommon

LINES = """
    SELECT line.id, line.consultation_id AS visit, visit.state AS visit_state,
           line.product_id AS product, uom.factor::float AS factor, line.state,
           line.quantity::float, line.qty_done::float AS done,
           line.qty_returned::float AS returned, line.qty_moved::float AS moved,
           line.stock_difference::float AS difference, line.is_done_later,
           (SELECT SUM(item.qty_to_bill)::float FROM medical_billable_item item
             WHERE item.consultation_line_id = line.id) AS to_bill
      FROM medical_consultation_line line
      JOIN medical_consultation visit ON visit.id = line.consultation_id
      JOIN uom_uom uom ON uom.id = line.product_uom_id
     WHERE visit.company_id IN %s
  ORDER BY line.id
"""
MOVES = """
    SELECT move.id, move.consultation_line_id AS line, move.product_id AS product,
           move.picking_id AS picking, move.state, move.value::float,
           move.origin_returned_move_id AS origin, uom.factor::float AS factor,
           move.quantity::float, move.product_uom_qty::float AS asked,
           destination.usage = 'production' AS is_out
      FROM stock_move move
      JOIN stock_location destination ON destination.id = move.location_dest_id
      JOIN uom_uom uom ON uom.id = move.product_uom
     WHERE move.company_id IN %s
       AND move.consultation_line_id IS NOT NULL
  ORDER BY move.id
"""
LOTS_MOVED = """
    SELECT move.id AS move, move.consultation_line_id AS line,
           move.product_id AS product, part.lot_id AS lot,
           part.quantity_product_uom::float AS quantity,
           destination.usage = 'production' AS is_out
      FROM stock_move_line part
      JOIN stock_move move ON move.id = part.move_id
      JOIN stock_location destination ON destination.id = move.location_dest_id
     WHERE move.company_id IN %s
       AND move.consultation_line_id IS NOT NULL
       AND move.state = 'done'
  ORDER BY part.id
"""
ON_HAND = """
    SELECT quant.product_id AS product, quant.lot_id AS lot,
           SUM(quant.quantity)::float AS quantity,
           SUM(quant.reserved_quantity)::float AS reserved
      FROM stock_quant quant
      JOIN stock_location location ON location.id = quant.location_id
     WHERE quant.company_id IN %s
       AND location.usage = 'internal'
  GROUP BY quant.product_id, quant.lot_id
  ORDER BY quant.product_id, quant.lot_id
"""
ENTRIES = """
    SELECT line.account_id AS account, SUM(line.balance)::float AS balance
      FROM account_move_line line
     WHERE line.company_id IN %s
       AND line.parent_state = 'posted'
       AND line.move_id IN (
               SELECT account_move_id FROM stock_move
                WHERE consultation_line_id IS NOT NULL
           )
  GROUP BY line.account_id
  ORDER BY line.account_id
"""
TOLD = """
    SELECT activity.res_id AS visit
      FROM mail_activity activity
      JOIN medical_consultation visit ON visit.id = activity.res_id
     WHERE activity.res_model = 'medical.consultation'
       AND visit.company_id IN %s
  ORDER BY activity.id
"""

QUANTITIES = st.sampled_from([1, 2, 3, 5, 0.5, 0.25])
ORDERS = st.tuples(NUMBERS, QUANTITIES, st.booleans(), st.booleans())


class StockClinic(MedicalStockCommon):
    """A clinic with goods of every sort, at standard cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = cls.env.company
        cls.vaccine = cls._create_goods(
            "Vaccine", cost=12.5, tracking="lot", use_expiration_date=True
        )
        cls.implant = cls._create_goods("Implant", cost=333.33, tracking="serial")
        cls.fluid = cls._create_goods("Fluid", cost=0.07)
        cls.goods = cls.gauze | cls.vaccine | cls.implant | cls.fluid
        today = Datetime.now()
        cls.vaccine_lots = cls.env["stock.lot"].union(
            *(
                cls._create_lot(cls.vaccine, f"Lot {days}", today + timedelta(days))
                for days in (400, 40, -4)
            )
        )
        cls.expired = cls.vaccine_lots[2]
        cls.implant_lots = cls.env["stock.lot"].union(
            *(cls._create_lot(cls.implant, f"SN {number}") for number in range(12))
        )


class Seen:
    """What the database says, read by the queries above and by nothing else."""

    def __init__(self, cr, companies):
        self.lines, self.moves, self.lots_moved, self.on_hand = (
            read_rows(cr, query, companies)
            for query in (LINES, MOVES, LOTS_MOVED, ON_HAND)
        )
        self.entries = read_rows(cr, ENTRIES, companies)
        self.told = [row.visit for row in read_rows(cr, TOLD, companies)]

    def __eq__(self, other):
        return vars(self) == vars(other)

    __hash__ = None

    # === WHAT A STEP CAN BE TAKEN ON === #

    def lines_of_visits(self, *states):
        return [line for line in self.lines if line.visit_state in states]

    def visits(self, *states):
        return sorted({line.visit for line in self.lines_of_visits(*states)})

    def open_after(self):
        return [
            line for line in self.lines_of_visits("signed") if line.state == "ordered"
        ]

    def used(self):
        return [line for line in self.lines if line.done > line.returned]

    def differing(self):
        return [line for line in self.lines if line.difference]

    def waiting(self):
        return [
            move
            for move in self.moves
            if move.is_out and move.state not in ("done", "cancel")
        ]

    def taken(self):
        return [move for move in self.moves if move.is_out and move.state == "done"]


class StockMachine(Walk):
    """What a clinic uses, and what its stock does meanwhile."""

    def begin(self):
        # By product and lot; the only thing that is not read from the database.
        self.received = defaultdict(float)
        # What one of its unit cost when it left, by move.
        self.costs = {}
        self.free_serials = list(range(len(self.clinic.implant_lots)))
        self.touched_in_stock = set()

    def see(self):
        return Seen(self.env.cr, tuple(self.companies.ids))

    @initialize(
        policy=st.sampled_from(["refuse", "backorder", "negative"]),
        stocked=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=6),
    )
    def open_clinic(self, policy, stocked):
        self.companies.medical_shortage_policy = self.policy = policy
        for product, quantity in stocked:
            self.take_in(product, quantity % 9 + 1)
        self.env.flush_all()
        self.look()

    def take_in(self, number, quantity):
        """Receive some of one of the goods; of a lot where it has lots."""
        clinic = self.clinic
        product = self.choose(clinic.goods, number)
        lot = clinic.env["stock.lot"]
        if product == clinic.vaccine:
            lot = self.choose(clinic.vaccine_lots, number // 4)
        elif product == clinic.implant:
            if not self.free_serials:
                return
            lot, quantity = clinic.implant_lots[self.free_serials.pop()], 1
        clinic._receive(product, quantity, lot=lot or None)
        self.received[product.id, lot.id or None] += quantity

    def assistant(self, records):
        return records.with_user(self.clinic.assistant)

    # === IN THE VISIT === #

    @step(orders=st.lists(ORDERS, min_size=1, max_size=3), is_signed=st.booleans())
    def record(self, orders, is_signed):
        clinic = self.clinic
        visit = self.env["medical.consultation"].create(
            {
                "patient_id": clinic.patient.id,
                "practitioner_id": clinic.medic.partner_id.id,
                "line_ids": [
                    Command.create(self.get_order_vals(*order)) for order in orders
                ],
            }
        )
        if is_signed:
            visit.with_user(clinic.medic).action_sign()

    def get_order_vals(self, number, quantity, is_dozen, is_later):
        clinic = self.clinic
        product = self.choose(clinic.goods, number)
        if product == clinic.implant:
            quantity, is_dozen = int(quantity) or 1, False
        return {
            "product_id": product.id,
            "quantity": quantity,
            "product_uom_id": (clinic.uom_dozen if is_dozen else clinic.uom_unit).id,
            "is_done_later": is_later,
        }

    @step(lambda seen: seen.visits("draft", "in_progress"), numbers=SEVERAL)
    def sign(self, numbers):
        visits = self.choose_several(self.seen.visits("draft", "in_progress"), numbers)
        self.env["medical.consultation"].browse(visits).with_user(
            self.clinic.medic
        ).action_sign()

    @step(lambda seen: seen.visits("signed"), number=NUMBERS)
    def amend(self, number):
        visit = self.visit(self.choose(self.seen.visits("signed"), number))
        action = visit.with_user(self.clinic.medic).action_amend()
        self.env[action["res_model"]].with_user(self.clinic.medic).with_context(
            **action["context"]
        ).create({"reason": "A mistake"}).action_confirm()

    @step(
        lambda seen: seen.lines_of_visits("draft", "in_progress"),
        number=NUMBERS,
        done=st.sampled_from([0, 0.5, 1]),
    )
    def do(self, number, done):
        """Do more or less of what was ordered, in a visit that is open."""
        row = self.choose(self.seen.lines_of_visits("draft", "in_progress"), number)
        line = self.assistant(self.visit_line(row))
        line.qty_done = line.product_uom_id.round(row.quantity * done)

    @step(
        lambda seen: seen.lines_of_visits("draft", "in_progress"),
        number=NUMBERS,
        quantity=QUANTITIES,
    )
    def change_quantity(self, number, quantity):
        """Correct what was used, of what is done too."""
        row = self.choose(self.seen.lines_of_visits("draft", "in_progress"), number)
        values = {"quantity": quantity}
        if row.done:
            values["qty_done"] = quantity
        self.assistant(self.visit_line(row)).write(values)

    @step(
        lambda seen: seen.open_after(), number=NUMBERS, part=st.sampled_from([0.5, 1])
    )
    def give_a_part(self, number, part):
        """Do some of what a signed visit leaves open."""
        row = self.choose(self.seen.open_after(), number)
        line = self.assistant(self.visit_line(row))
        left = (row.quantity - row.done) * part
        line.qty_done = line.product_uom_id.round(row.done + left)

    @step(lambda seen: seen.lines, number=NUMBERS)
    def cancel_line(self, number):
        row = self.choose(self.seen.lines, number)
        self.assistant(self.visit_line(row)).action_cancel()

    @step(lambda seen: seen.visits("draft", "in_progress"), number=NUMBERS)
    def cancel_visit(self, number):
        visit = self.choose(self.seen.visits("draft", "in_progress"), number)
        self.visit(visit)._action_cancel("patient")

    @step(lambda seen: seen.lines_of_visits("draft", "in_progress"), number=NUMBERS)
    def delete_line(self, number):
        row = self.choose(self.seen.lines_of_visits("draft", "in_progress"), number)
        self.visit_line(row).with_user(self.clinic.medic).unlink()

    @step(
        lambda seen: seen.used(),
        number=NUMBERS,
        part=st.sampled_from([0.5, 1, 0.1, 1.5]),
    )
    def give_back(self, number, part):
        row = self.choose(self.seen.used(), number)
        line = self.assistant(self.visit_line(row))
        quantity = line.product_uom_id.round((row.done - row.returned) * part)
        dialog = (
            self.env["medical.consultation.line.return"]
            .with_user(self.clinic.assistant)
            .create({"line_id": row.id, "quantity": quantity})
        )
        dialog.action_confirm()
        assert part <= 1, "more came back than was used"

    @step(lambda seen: seen.differing(), number=NUMBERS)
    def take_missing(self, number):
        row = self.choose(self.seen.differing(), number)
        self.assistant(self.visit_line(row)).action_take_missing()

    @step(lambda seen: seen.differing(), number=NUMBERS)
    def accept_return(self, number):
        row = self.choose(self.seen.differing(), number)
        self.assistant(self.visit_line(row)).action_accept_return()

    # === IN THE STOCK === #

    @step(number=NUMBERS, quantity=st.integers(min_value=1, max_value=30))
    def refill(self, number, quantity):
        self.must()
        self.take_in(number, quantity)

    @step(number=NUMBERS, cost=st.sampled_from([6.0, 7.77, 0.03, 250.0]))
    def change_cost(self, number, cost):
        self.choose(self.clinic.goods, number).with_env(self.env).standard_price = cost

    @step(lambda seen: seen.waiting(), number=NUMBERS)
    def deliver(self, number):
        """Take what waits, as a stock user with the buttons of a transfer."""
        picking = self.choose(self.seen.waiting(), number).picking
        picking = (
            self.env["stock.picking"].browse(picking).with_user(self.clinic.stock_user)
        )
        picking.action_assign()
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()

    @step(lambda seen: seen.waiting(), number=NUMBERS)
    def cancel_transfer(self, number):
        row = self.choose(self.seen.waiting(), number)
        picking = self.env["stock.picking"].browse(row.picking)
        self.note_touched(picking)
        picking.with_user(self.clinic.stock_user).action_cancel()

    @step(
        lambda seen: seen.taken(),
        number=NUMBERS,
        part=st.sampled_from([0.5, 1, 1.5]),
    )
    def return_in_stock(self, number, part):
        """Return a transfer as a stock user, of whom nobody told the visit."""
        row = self.choose(self.seen.taken(), number)
        picking = self.env["stock.picking"].browse(row.picking)
        self.note_touched(picking)
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.clinic.stock_user)
            .create({"picking_id": row.picking})
        )
        line = wizard.product_return_moves.filtered(
            lambda line: line.move_id.id == row.id
        )
        line.quantity = line.uom_id.round(row.quantity * part)
        returned = picking.browse(wizard.action_create_returns()["res_id"])
        returned = returned.with_user(self.clinic.stock_user)
        returned.move_ids.picked = True
        returned.with_context(skip_backorder=True, skip_sms=True).button_validate()

    def note_touched(self, picking):
        self.touched_in_stock |= set(picking.move_ids.consultation_line_id.ids)

    # === WHAT MUST HOLD === #

    @invariant()
    def stock_and_record_agree(self):
        seen = self.seen
        net = defaultdict(float)
        by_lot = defaultdict(float)
        for part in seen.lots_moved:
            sign = 1 if part.is_out else -1
            net[part.line] += sign * part.quantity
            by_lot[part.line, part.lot] += sign * part.quantity
        for (_line, lot), quantity in by_lot.items():
            assert quantity > -0.005, f"more of lot {lot} came back than left"
            if lot == self.clinic.expired.id:
                assert float_is_zero(quantity, 2), "an expired lot was used"
        used = defaultdict(float)
        waiting = {move.line for move in seen.waiting()}
        for line in seen.lines:
            # In the unit of the line: seven of a dozen are 0.58 dozen there.
            self.same(line.moved, net[line.id] / line.factor, line, 0.0051)
            self.same(line.difference, line.done - line.returned - line.moved, line)
            self.same(line.to_bill, line.done - line.returned, line)
            assert 0 <= line.returned <= line.done, line
            if line.difference:
                assert line.visit in seen.told, f"nobody was told: {line}"
                assert line.id in waiting or line.id in self.touched_in_stock, (
                    f"done, nothing moved, and for no reason: {line}"
                )
            used[line.product] += net[line.id]
        told = set(seen.told)
        assert told <= {line.visit for line in seen.differing()}, "told without cause"
        assert len(told) == len(seen.told), "told twice"
        received = defaultdict(float)
        for (product, _lot), quantity in self.received.items():
            received[product] += quantity
        on_hand = defaultdict(float)
        for row in seen.on_hand:
            on_hand[row.product] += row.quantity
            moved = sum(
                part.quantity if part.is_out else -part.quantity
                for part in seen.lots_moved
                if (part.product, part.lot) == (row.product, row.lot)
            )
            self.same(row.quantity, self.received[row.product, row.lot] - moved, row)
            if getattr(self, "policy", None) != "negative" or row.lot:
                assert row.quantity > -0.005, f"below zero: {row}"
        for product in self.clinic.goods.ids:
            self.same(on_hand[product], received[product] - used[product], product)

    @invariant()
    def books_agree(self):
        """At standard cost: what left at the cost of its day, returns at the same."""
        total = 0.0
        for move in self.seen.moves:
            if move.state != "done":
                continue
            quantity = move.quantity * move.factor
            if move.id not in self.costs:
                self.costs[move.id] = self.costs.get(move.origin) or self.prices.get(
                    move.product
                )
            value = round(quantity * self.costs[move.id] + 1e-9, 2)
            assert float_compare(move.value, value, precision_digits=2) == 0 or (
                abs(move.value - value) < 0.011
            ), (move, value)
            total += move.value if move.is_out else -move.value
        clinic = self.clinic
        booked = {row.account: row.balance for row in self.seen.entries}
        self.same(booked.pop(clinic.expense_account.id, 0.0), total, "booked", 0.01)
        self.same(booked.pop(clinic.valuation_account.id, 0.0), -total, "booked", 0.01)
        assert not booked, booked
        self.prices = {
            product.id: product.with_env(self.env).standard_price
            for product in clinic.goods
        }

    prices = None

    def same(self, one, other, what, tolerance=0.005):
        assert abs(one - other) < tolerance, f"{one} is not {other}: {what}"
