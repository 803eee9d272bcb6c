"""What people do to treatment plans, in any order and in every billing mode.

The invariants count again after each step, in plain SQL and apart from the addons: what
was agreed, with all changes, is what is billed, to bill, waived and cancelled; every
session that was done is charged once or covered once.
"""

from collections import defaultdict
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant
from walk import NUMBERS, SEVERAL, Walk, read_rows, step

from odoo.fields import Command, Date, Datetime
from odoo.tools import float_round

from odoo.addons.medical_billing.tests.prepaid_common import PrepaidPlanCommon

MODES = st.sampled_from(["session", "package", "installments"])
SESSIONS = st.integers(min_value=1, max_value=6)
EACH_TIME = st.integers(min_value=1, max_value=2)
PRICES = st.sampled_from([100.0, 90.0, 33.33, 120.5])
AGREED = ("accepted", "in_progress", "done")

PLANS = """
    SELECT plan.id, plan.state, plan.billing_mode AS mode, plan.patient_id AS patient,
           plan.amount_advanced::float AS advanced, plan.amount_used::float AS used
      FROM medical_treatment_plan plan
     WHERE plan.company_id IN %s
  ORDER BY plan.id
"""
PLAN_LINES = """
    SELECT line.id, line.plan_id AS plan, line.sessions, line.quantity::float,
           line.price_unit::float, line.discount::float,
           plan.state AS plan_state, plan.billing_mode AS mode
      FROM medical_treatment_plan_line line
      JOIN medical_treatment_plan plan ON plan.id = line.plan_id
     WHERE line.company_id IN %s
  ORDER BY line.id
"""
SESSION_LINES = """
    SELECT line.id, line.plan_line_id AS plan_line, line.state,
           line.is_cancelled, line.quantity::float, line.qty_done::float AS done,
           line.consultation_id AS visit, visit.state AS visit_state,
           company.medical_billing_policy AS policy,
           EXISTS (SELECT FROM medical_consultation_line part
                    WHERE part.parent_id = line.id) AS has_parts
      FROM medical_consultation_line line
      JOIN medical_consultation visit ON visit.id = line.consultation_id
      JOIN res_company company ON company.id = visit.company_id
     WHERE visit.company_id IN %s
       AND line.plan_line_id IS NOT NULL
  ORDER BY line.id
"""
VISITS = """
    SELECT visit.id, visit.state
      FROM medical_consultation visit
     WHERE visit.company_id IN %s
  ORDER BY visit.id
"""
ITEMS = """
    SELECT item.id, item.plan_id AS plan, item.plan_line_id AS plan_line,
           root.id AS session, root.plan_line_id AS session_of,
           item.quantity::float, item.qty_drafted::float AS drafted,
           item.qty_posted::float AS posted, item.qty_waived::float AS waived,
           item.qty_undecided::float AS undecided, item.qty_to_bill::float AS to_bill,
           item.price_unit::float, item.discount::float,
           item.credited_item_id AS credited, item.due_date,
           line.quantity::float AS ordered, line.state AS line_state
      FROM medical_billable_item item
 LEFT JOIN medical_consultation_line line ON line.id = item.consultation_line_id
 LEFT JOIN medical_consultation_line root ON root.id = line.root_line
     WHERE item.company_id IN %s
  ORDER BY item.id
"""
DOCUMENT_LINES = """
    SELECT line.id, line.move_id AS move, move.state, move.move_type,
           COALESCE(item.credited_item_id, item.id) AS item,
           line.medical_covered_item_id AS covered,
           COALESCE(line.medical_plan_line_id, item.plan_line_id) AS plan_line,
           item.plan_id AS plan,
           line.account_id AS account, line.balance::float,
           CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
               * line.quantity::float AS quantity,
           line.price_unit::float, line.discount::float
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
 LEFT JOIN medical_billable_item item ON item.id = line.billable_item_id
     WHERE line.company_id IN %s
       AND line.display_type = 'product'
       AND move.state != 'cancel'
  ORDER BY line.id
"""
DOCUMENTS = """
    SELECT move.id, move.state, move.move_type, move.payment_state,
           move.amount_residual::float AS residual, move.amount_total::float AS total,
           SUM(line.balance)::float AS balance
      FROM account_move move
      JOIN account_move_line line ON line.move_id = move.id
     WHERE move.company_id IN %s
       AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
  GROUP BY move.id
  ORDER BY move.id
"""


def value(row, quantity):
    """Return what a quantity costs at the price of a row, half a cent rounded up."""
    price = quantity * row.price_unit * (1 - row.discount / 100)
    return float_round(price, precision_digits=2)


class PlanClinic(PrepaidPlanCommon):
    """A clinic with two patients, one of whom somebody else pays for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = cls.env.company
        cls.patients = cls._create_patient(name="Ada") | cls._create_patient(name="Bo")
        cls.patients[1].guarantor_id = cls.guarantor
        taxed = cls._create_medical_product(
            "Laser", "procedure", 19.99, taxes_id=[Command.set(cls._create_tax(10).ids)]
        )
        package = cls._create_medical_product("Check-up", "procedure", 80.0)
        cls._create_component(package, cls.fee)
        cls._create_component(package, cls.procedure)
        cls.services = cls.procedure | cls.lab_test | taxed | package


class Seen:
    """What the database says, read by the queries above and by nothing else."""

    NAMES = (
        "plans",
        "plan_lines",
        "sessions",
        "visits",
        "items",
        "document_lines",
        "documents",
    )

    def __init__(self, cr, companies):
        queries = (
            PLANS,
            PLAN_LINES,
            SESSION_LINES,
            VISITS,
            ITEMS,
            DOCUMENT_LINES,
            DOCUMENTS,
        )
        for name, query in zip(self.NAMES, queries, strict=True):
            setattr(self, name, read_rows(cr, query, companies))

    def __eq__(self, other):
        return all(getattr(self, name) == getattr(other, name) for name in self.NAMES)

    __hash__ = None

    # === WHAT A STEP CAN BE TAKEN ON === #

    def open_plans(self):
        return [
            plan for plan in self.plans if plan.state in ("accepted", "in_progress")
        ]

    def open_lines(self):
        return [line for line in self.plan_lines if line.plan_state in AGREED]

    def ordered_visits(self):
        return sorted(
            {
                row.visit
                for row in self.sessions
                if row.state == "ordered"
                and row.visit_state in ("draft", "in_progress")
            }
        )

    def sessions_in_parts(self):
        # Those of several units; of a package nobody says that a half was done.
        return [
            row
            for row in self.sessions
            if row.state == "ordered"
            and row.visit_state == "in_progress"
            and row.done + 1 < row.quantity
            and not row.has_parts
        ]

    def planned_visits(self):
        return [visit.id for visit in self.visits if visit.state == "draft"]

    def done_sessions(self):
        return [
            row
            for row in self.sessions
            if row.state == "done" and row.visit_state == "signed"
        ]

    def billable(self):
        return [item for item in self.items if item.to_bill]

    def undecided(self):
        return [item for item in self.items if item.undecided]

    def later(self):
        return [item for item in self.items if item.plan and item.to_bill > 0]

    def moves(self, *states, types=("out_invoice", "out_receipt", "out_refund")):
        return [
            move
            for move in self.documents
            if move.state in states and move.move_type in types
        ]

    def draft_lines(self):
        # A draft whose lines were all deleted has none.
        return [line for line in self.document_lines if line.state == "draft"]

    def unpaid(self):
        return [
            move
            for move in self.moves("posted", types=("out_invoice", "out_receipt"))
            if move.residual
        ]

    # === WHAT HOLDS === #

    def items_of_session(self, session):
        return [item for item in self.items if item.session == session]

    def items_of_line(self, line):
        return [item for item in self.items if item.session_of == line.id]

    def net_of_corrections(self, items):
        """Return how much of each item is charged, by its id."""
        quantities = defaultdict(float)
        for item in items:
            quantities[item.credited or item.id] += item.quantity
        return quantities

    def is_billed(self, item):
        return bool(item.drafted or item.posted or item.credited)


class PlanMachine(Walk):
    """What people do to treatment plans, in any order."""

    def see(self):
        return Seen(self.env.cr, tuple(self.companies.ids))

    def items(self, *rows):
        return self.env["medical.billable.item"].browse(row.id for row in rows)

    def document(self, row):
        return self.env["account.move"].browse(row.id)

    def plan(self, row):
        return self.env["medical.treatment.plan"].browse(row.id)

    @property
    def today(self):
        # Not that of the set-up: long walks go on past midnight.
        return Date.context_today(self.env.user)

    # === THE CLINIC === #

    @initialize(
        policy=st.sampled_from(["done", "ordered"]), mode=MODES, patient=NUMBERS
    )
    def open_clinic(self, policy, mode, patient):
        """Set up the clinic; so that walks get far, a plan was accepted already."""
        self.companies.medical_billing_policy = policy
        self.accept_plan(patient, mode, [(0, 3, 1), (1, 2, 2)], 2)
        self.env.flush_all()
        self.look()

    def accept_plan(self, patient, mode, lines, number):
        plan = self.env["medical.treatment.plan"].create(
            {
                "patient_id": self.choose(self.clinic.patients, patient).id,
                "practitioner_id": self.clinic.medic.partner_id.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.choose(self.clinic.services, service).id,
                            "sessions": sessions,
                            "quantity": quantity,
                        }
                    )
                    for service, sessions, quantity in lines
                ],
            }
        )
        self.set_billing(plan, mode, number)
        plan.action_propose()
        plan.action_accept()
        return plan

    def set_billing(self, plan, mode, number):
        total, installments = plan.amount_total, []
        if mode == "installments":
            each = round(total / number, 2)
            amounts = [each] * (number - 1)
            amounts.append(round(total - sum(amounts), 2))
            installments = [
                (self.today + timedelta(days=30 * month), amount)
                for month, amount in enumerate(amounts)
            ]
        plan._set_billing_mode(mode, installments)

    # === AGREEING === #

    @step(
        patient=NUMBERS,
        mode=MODES,
        lines=st.lists(st.tuples(NUMBERS, SESSIONS, EACH_TIME), min_size=1, max_size=2),
        number=st.integers(1, 4),
    )
    def accept(self, patient, mode, lines, number):
        self.must()
        self.accept_plan(patient, mode, lines, number)

    @step(
        lambda seen: seen.open_plans(),
        number=NUMBERS,
        mode=MODES,
        installments=st.integers(1, 4),
    )
    def change_mode(self, number, mode, installments):
        row = self.choose(self.seen.open_plans(), number)
        self.set_billing(self.plan(row), mode, installments)

    @step(lambda seen: seen.open_lines(), number=NUMBERS, sessions=SESSIONS)
    def extend(self, number, sessions):
        row = self.choose(self.seen.open_lines(), number)
        line = self.env["medical.treatment.plan.line"].browse(row.id)
        line.sessions = sessions

    @step(lambda seen: seen.open_lines(), number=NUMBERS, price=PRICES)
    def change_price(self, number, price):
        self.must()
        row = self.choose(self.seen.open_lines(), number)
        self.env["medical.treatment.plan.line"].browse(row.id).price_unit = price

    @step(
        lambda seen: seen.open_plans(),
        number=NUMBERS,
        service=NUMBERS,
        sessions=SESSIONS,
        quantity=EACH_TIME,
    )
    def add_treatment(self, number, service, sessions, quantity):
        self.must()
        self.plan(self.choose(self.seen.open_plans(), number)).line_ids = [
            Command.create(
                {
                    "product_id": self.choose(self.clinic.services, service).id,
                    "sessions": sessions,
                    "quantity": quantity,
                }
            )
        ]

    # What ends things is done where there are others, so that walks get far.

    @step(lambda seen: len(seen.open_lines()) > 4, number=NUMBERS)
    def remove_treatment(self, number):
        row = self.choose(self.seen.open_lines(), number)
        self.env["medical.treatment.plan.line"].browse(row.id).unlink()

    @step(
        lambda seen: len(seen.open_plans()) > 2,
        number=NUMBERS,
        scheduled=st.sampled_from(["cancel", "keep"]),
    )
    def close_early(self, number, scheduled):
        self.must()
        plan = self.plan(self.choose(self.seen.open_plans(), number))
        plan._action_close("patient", scheduled=scheduled)

    # === SESSIONS === #

    @step(lambda seen: seen.open_plans(), patient=NUMBERS, days=st.integers(1, 60))
    def schedule(self, patient, days):
        self.schedule_visit(patient, days)

    def schedule_visit(self, patient, days):
        visit = self.env["medical.consultation"].create(
            {
                "patient_id": self.choose(self.clinic.patients, patient).id,
                "practitioner_id": self.clinic.medic.partner_id.id,
                "date": Datetime.now() + timedelta(days=days),
            }
        )
        visit.action_add_plan_sessions()
        return visit

    @step(lambda seen: seen.open_plans(), patient=NUMBERS)
    def come_without_appointment(self, patient):
        self.schedule_visit(patient, 0).action_sign()

    @step(lambda seen: seen.ordered_visits(), number=NUMBERS)
    def begin_visit(self, number):
        visit = self.visit(self.choose(self.seen.ordered_visits(), number))
        visit.action_start()

    @step(lambda seen: seen.sessions_in_parts(), number=NUMBERS)
    def do_a_part(self, number):
        self.must()
        row = self.choose(self.seen.sessions_in_parts(), number)
        self.visit_line(row).qty_done = row.done + 1

    @step(lambda seen: seen.ordered_visits(), number=NUMBERS)
    def do(self, number):
        self.must()
        self.visit(self.choose(self.seen.ordered_visits(), number)).action_sign()

    @step(lambda seen: seen.planned_visits(), number=NUMBERS)
    def skip(self, number):
        visit = self.visit(self.choose(self.seen.planned_visits(), number))
        visit._action_cancel("no_show")

    @step(lambda seen: seen.done_sessions(), number=NUMBERS)
    def take_back(self, number):
        """Amend a visit: the session was not done after all."""
        row = self.choose(self.seen.done_sessions(), number)
        self.clinic._amend(self.visit(row.visit), user=self.env.user)
        lines = self.env["medical.consultation.line"].search(
            [("root_line", "=", row.id)]
        )
        lines.write({"qty_done": 0})
        self.visit_line(row).action_cancel()
        self.visit(row.visit).action_sign()

    # === BILLING === #

    @step(lambda seen: seen.billable(), numbers=SEVERAL)
    def bill(self, numbers):
        rows = self.choose_several(self.seen.billable(), numbers)
        self.items(*rows)._build_invoices()

    @step(lambda seen: seen.later(), number=NUMBERS)
    def installment_comes_due(self, number):
        self.must()
        item = self.items(self.choose(self.seen.later(), number)).sudo()
        item.due_date = self.today
        item.installment_id._draft_due()

    @step(lambda seen: seen.moves("draft"), number=NUMBERS)
    def post(self, number):
        move = self.document(self.choose(self.seen.moves("draft"), number))
        move.invoice_date = self.today
        move.action_post()

    @step(lambda seen: seen.moves("draft"), number=NUMBERS)
    def delete_document(self, number):
        self.document(self.choose(self.seen.moves("draft"), number)).unlink()

    @step(lambda seen: seen.moves("draft", "posted"), number=NUMBERS)
    def cancel_document(self, number):
        move = self.document(self.choose(self.seen.moves("draft", "posted"), number))
        if move.state == "posted":
            move.button_draft()
        move.button_cancel()

    @step(lambda seen: seen.moves("posted"), number=NUMBERS)
    def reset_document(self, number):
        self.document(self.choose(self.seen.moves("posted"), number)).button_draft()

    @step(lambda seen: seen.unpaid(), number=NUMBERS)
    def pay(self, number):
        self.must()
        move = self.document(self.choose(self.seen.unpaid(), number))
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"journal_id": self.clinic.cash_journal.id}).action_create_payments()

    @step(
        lambda seen: seen.moves("posted", types=("out_invoice",)),
        number=NUMBERS,
        less=st.sampled_from([0, 1]),
        is_modify=st.booleans(),
    )
    def refund(self, number, less, is_modify):
        """Credit a document, or all of it but one of each line, by Odoo's dialog."""
        move = self.document(
            self.choose(self.seen.moves("posted", types=("out_invoice",)), number)
        )
        dialog = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"reason": "A mistake", "journal_id": move.journal_id.id})
        )
        for choice in dialog.medical_line_ids:
            choice.quantity = max(choice.quantity - less, 0)
        if is_modify:
            dialog.modify_moves()
        else:
            dialog.reverse_moves()

    @step(
        lambda seen: seen.draft_lines(),
        number=NUMBERS,
        quantity=st.sampled_from([0, 1]),
    )
    def edit_draft(self, number, quantity):
        """Change or delete one line of a draft by hand, whatever it is."""
        row = self.choose(self.seen.draft_lines(), number)
        line = self.env["account.move.line"].browse(row.id)
        command = (
            Command.update(line.id, {"quantity": quantity})
            if quantity
            else Command.delete(line.id)
        )
        line.move_id.write({"invoice_line_ids": [command]})

    @step(lambda seen: seen.undecided(), number=NUMBERS)
    def bill_again(self, number):
        self.items(self.choose(self.seen.undecided(), number)).action_bill_again()

    @step(lambda seen: seen.billable(), number=NUMBERS)
    def waive(self, number):
        self.items(self.choose(self.seen.billable(), number))._waive(reason="Goodwill")

    # === WHAT ALWAYS HOLDS === #

    @invariant()
    def each_item_stands_somewhere(self):
        for item in self.seen.items:
            parts = (
                item.drafted + item.posted + item.waived + item.undecided + item.to_bill
            )
            assert abs(parts - item.quantity) < 1e-6, item

    @invariant()
    def each_done_session_is_charged_once(self):
        """Once: what a session charges, less corrections, is what it costs."""
        seen = self.seen
        lines = {line.id: line for line in seen.plan_lines}
        for session in seen.sessions:
            line = lines[session.plan_line]
            items = seen.items_of_session(session.id)
            is_ordered = (
                session.policy == "ordered"
                and not session.is_cancelled
                and session.visit_state in ("in_progress", "signed")
            )
            due = session.quantity if is_ordered else session.done
            by_item = seen.net_of_corrections(items)
            for quantity in by_item.values():
                assert quantity == due, (session, items)
            if due and not any(seen.is_billed(item) for item in items):
                charged = sum(value(item, item.quantity) for item in items)
                agreed = value(line, due)
                # Each unit of a part of a package has a price of its own.
                assert abs(charged - agreed) < 0.011 * due, (session, charged, agreed)

    @invariant()
    def what_is_agreed_is_charged(self):
        """Agreed value and changes = billed + to bill + waived + cancelled."""
        seen = self.seen
        for line in seen.plan_lines:
            if line.mode == "session" or line.plan_state not in (*AGREED, "closed"):
                continue
            in_advance = sum(
                item.quantity * item.price_unit
                for item in seen.items
                if item.plan_line == line.id
            )
            items = seen.items_of_line(line)
            agreed = 0.0
            if line.plan_state in ("closed", "done"):
                agreed = sum(value(item, item.quantity) for item in items)
            else:
                begun = {item.session for item in items if seen.is_billed(item)}
                by_item = seen.net_of_corrections(items)
                for item in items:
                    if item.session in begun and not item.credited:
                        is_open = item.line_state == "ordered"
                        quantity = item.ordered if is_open else by_item[item.id]
                        agreed += value(item, quantity)
                begun -= {row.id for row in seen.sessions if row.state == "cancelled"}
                agreed += (line.sessions - len(begun)) * value(line, line.quantity)
            assert abs(in_advance - agreed) < 0.006, (line, in_advance, agreed)

    @invariant()
    def each_session_in_advance_is_covered_once(self):
        """On each document a session and what is deducted for it come to nothing."""
        seen = self.seen
        modes = {line.id: line.mode for line in seen.plan_lines}
        covered = {
            item.id
            for item in seen.items
            if item.session_of and modes[item.session_of] != "session"
        }
        sums = defaultdict(float)
        for line in seen.document_lines:
            if line.covered:
                assert line.covered in covered, line
                sums[line.move, line.covered] += value(line, line.quantity)
            elif line.item in covered:
                sums[line.move, line.item] += value(line, line.quantity)
        for key, amount in sums.items():
            assert abs(amount) < 0.001, key

    @invariant()
    def the_account_has_what_is_left(self):
        seen = self.seen
        account = self.clinic.advance_account.id
        balance = advanced = used = 0.0
        for line in seen.document_lines:
            if line.state != "posted":
                continue
            if line.account == account:
                balance -= line.balance
            if line.plan:
                advanced += value(line, line.quantity)
                assert line.account == account, line
            if line.covered:
                used -= value(line, line.quantity)
                assert line.account == account, line
        assert abs(balance - (advanced - used)) < 0.001, (balance, advanced, used)

    @invariant()
    def plans_say_what_is_left(self):
        seen = self.seen
        plan_of = {line.id: line.plan for line in seen.plan_lines}
        advanced, used = defaultdict(float), defaultdict(float)
        for line in seen.document_lines:
            amount = value(line, line.quantity)
            if line.plan and line.state == "posted" and line.plan_line:
                advanced[line.plan] += amount
            # Charges count from the draft on, credits when they are posted.
            if line.covered and (line.state == "posted" or amount < 0):
                used[plan_of[line.plan_line]] -= amount
        for plan in seen.plans:
            assert abs(plan.advanced - advanced[plan.id]) < 0.001, plan
            assert abs(plan.used - used[plan.id]) < 0.001, plan
            if plan.mode == "package":
                assert plan.used < plan.advanced + 0.5, plan

    @invariant()
    def documents_balance(self):
        for move in self.seen.documents:
            assert abs(move.balance) < 0.001, move
            assert move.total > -0.001, move
