"""A random walk over the ledger: what people do to items and documents, in any order.

After every step the ledger is counted again, from the document lines, in plain SQL,
and compared with the columns. A step that is refused must leave everything as it was.
"""

import random
from collections import Counter

import psycopg2

from odoo.exceptions import UserError
from odoo.fields import Command, Date
from odoo.tools import mute_logger

# What a clinic's user may be told instead of an outcome; anything else is a failure.
REFUSALS = (UserError, psycopg2.errors.CheckViolation, psycopg2.errors.UniqueViolation)

# Written apart from the addon on purpose: the sign of a line is said here once more.
COUNT_AGAIN = """
    SELECT item.id,
           item.quantity, item.qty_drafted, item.qty_posted, item.qty_waived,
           item.qty_undecided, item.qty_to_bill,
           COALESCE(SUM(line.quantity) FILTER (
               WHERE move.state = 'draft' AND move.move_type != 'out_refund'), 0),
           COALESCE(SUM(line.quantity) FILTER (
               WHERE move.state = 'posted' AND move.move_type != 'out_refund'), 0),
           COALESCE(SUM(line.quantity) FILTER (
               WHERE move.state = 'posted' AND move.move_type = 'out_refund'), 0),
           COALESCE(SUM(line.quantity) FILTER (
               WHERE move.state = 'posted' AND move.move_type = 'out_refund'
               AND line.credit_outcome = 'waive'), 0)
      FROM medical_billable_item item
 LEFT JOIN account_move_line line ON line.billable_item_id = item.id
 LEFT JOIN account_move move ON move.id = line.move_id
     WHERE item.id IN %s
  GROUP BY item.id
"""


class NothingThere(Exception):
    """There is nothing that a step could be taken on."""


class LedgerWalk:
    """Steps that people may take, and the count after each of them.

    :param case: a test case on `MedicalBillingCommon`
    :param int seed: names the walk, so that a failure can be repeated
    """

    def __init__(self, case, seed):
        self.case = case
        self.env = case.env
        self.random = random.Random(seed)
        self.seed = seed
        self.items = self.env["medical.billable.item"]
        self.taken = Counter()
        self.refused = Counter()
        tax = case._create_tax(15.0)
        included = case._create_tax(10.0, price_include_override="tax_included")
        self.products = self.env["product.product"]
        for name, price, taxes in (
            ("Plain", 33.33, []),
            ("Taxed", 19.99, tax.ids),
            ("Included", 7.77, included.ids),
        ):
            self.products |= case._create_medical_product(
                name, "procedure", price, taxes_id=[Command.set(taxes)]
            )

    # === THE WALK === #

    def run(self, steps):
        """Take random steps and count after each."""
        names = [name for name in dir(self) if name.startswith("step_")]
        self.step_record()
        for number in range(steps):
            name = self.random.choice(names)
            self.take(name)
            self.count(f"seed {self.seed}, step {number}: {name}")

    def take(self, name):
        """Take one step; when it is refused, undo it as a request would be."""
        try:
            with (
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                getattr(self, name)()
                self.env.flush_all()
            self.taken[name] += 1
        except NothingThere:
            pass
        except REFUSALS:
            self.refused[name] += 1
        self.env.invalidate_all()
        self.items = self.items.exists()

    def count(self, where):
        """Compare the columns with the document lines."""
        case = self.case
        self.env.flush_all()
        self.env.cr.execute(COUNT_AGAIN, [tuple(self.items.ids)])
        for row in self.env.cr.fetchall():
            (item, quantity, drafted, posted, waived, undecided, to_bill) = row[:7]
            (on_drafts, charged, credited, given_up) = row[7:]
            said = f"{where}, item {item}"
            case.assertEqual(drafted, on_drafts, said)
            case.assertEqual(posted, charged - credited, said)
            case.assertEqual(waived, given_up, said)
            case.assertEqual(
                drafted + posted + waived + undecided + to_bill, quantity, said
            )
            case.assertGreaterEqual(
                min(quantity, drafted, posted, waived, undecided, to_bill), 0, said
            )
        for line in self.items.move_line_ids:
            item = line.billable_item_id
            if (line.price_unit, line.discount) == (item.price_unit, item.discount):
                case.assertAlmostEqual(
                    line.price_total,
                    item._get_amounts(line.quantity)[1],
                    places=2,
                    msg=f"{where}, line {line.id}",
                )

    # === CHOICES === #

    def need(self, records):
        if not records:
            raise NothingThere
        return records

    def some_items(self):
        ids = self.items.ids
        return self.items.browse(
            self.random.sample(ids, self.random.randint(1, min(4, len(ids))))
        )

    def a_move(self, *states, types=("out_invoice", "out_receipt", "out_refund")):
        moves = self.items.move_line_ids.move_id.filtered(
            lambda move: move.state in states and move.move_type in types
        )
        return self.random.choice(self.need(moves))

    # === STEPS === #

    def step_record(self):
        lines = [
            {
                "product_id": self.random.choice(self.products).id,
                "quantity": self.random.choice([1, 2, 3, 2.5]),
            }
            for _line in range(self.random.randint(1, 3))
        ]
        visit = self.case._create_visit(*lines)
        if self.random.random() < 0.8:
            visit._action_sign()
        self.items |= visit.line_ids.billable_item_ids

    def step_sign(self):
        visit = self.items.consultation_id.filtered(
            lambda visit: visit.state == "draft"
        )
        self.need(visit)
        visit[0]._action_sign()

    def step_undo_done(self):
        """Before signing, somebody corrects what was done."""
        lines = self.items.consultation_line_id.filtered(
            lambda line: line.consultation_id.state == "draft"
        )
        self.need(lines)
        line = self.random.choice(lines)
        line.qty_done = self.random.choice([0, 1, line.quantity])

    def step_build(self):
        items = self.some_items()
        grouping = self.random.choice(["patient", "consultation", "kind", "item"])
        ready = items - items.browse(i.id for i in items._get_unbillable_reasons())
        totals = [g._get_document_total() for g in ready._get_document_groups(grouping)]
        moves = items._build_invoices(
            grouping=grouping,
            move_type=self.random.choice(["out_invoice", "out_receipt"]),
            sections=self.random.random() < 0.5,
        )
        # What the preview says is what comes out, to the cent.
        for move, total in zip(moves, totals, strict=True):
            self.case.assertAlmostEqual(move.amount_total, total, places=2)

    def step_post(self):
        move = self.a_move("draft")
        move.invoice_date = Date.today()
        move.action_post()

    def step_pay(self):
        move = self.a_move("posted", types=("out_receipt", "out_invoice"))
        amount = move.currency_id.round(move.amount_residual * self.random.random())
        move._post_and_pay_receipts(
            [{"journal": self.case.bank_journal, "amount": amount}]
        )

    def step_cancel(self):
        move = self.a_move("draft")
        move.button_cancel()

    def step_reset(self):
        move = self.a_move("posted", "cancel")
        move.button_draft()

    def step_delete(self):
        move = self.a_move("draft", "cancel")
        move.unlink()

    def step_delete_line(self):
        move = self.a_move("draft")
        self.need(move.invoice_line_ids)
        line = self.random.choice(move.invoice_line_ids)
        move.write({"invoice_line_ids": [Command.delete(line.id)]})

    def step_change_line(self):
        move = self.a_move("draft")
        lines = move.invoice_line_ids.filtered("billable_item_id")
        self.need(lines)
        values = self.random.choice(
            [{"quantity": 1}, {"quantity": 0.5}, {"quantity": 9}, {"price_unit": 5}]
        )
        line = self.random.choice(lines)
        move.write({"invoice_line_ids": [Command.update(line.id, values)]})

    def step_credit(self):
        move = self.a_move("posted", types=("out_receipt", "out_invoice"))
        self.case._reverse(move, modify=self.random.random() < 0.3)

    def step_copy(self):
        move = self.a_move("draft", "posted")
        self.case.assertFalse(move.copy().invoice_line_ids.billable_item_id)

    def step_decide(self):
        items = self.items.filtered("qty_undecided")
        self.need(items)
        self.random.choice(
            [items[0].action_bill_again, items[0].action_waive_credited]
        )()

    def step_split(self):
        item = self.random.choice(self.items)
        part = self.random.choice(
            [{"quantity": 0.5}, {"share": 1 / 3}, {"amount": 3.33}]
        )
        whole = item.price_unit
        new = item._split(self.case.guarantor, **part)
        self.items |= new
        if "quantity" not in part:
            self.case.assertAlmostEqual(item.price_unit + new.price_unit, whole, 6)

    def step_price(self):
        item = self.random.choice(self.items)
        item.price_unit = self.random.choice([0, 12.34, 99.99])
