"""Two people at once: each scenario in real transactions, on a scratch database.

Run by `test_races.py` in a process of its own; prints what came of it as JSON.
"""

import json
import sys
import threading
from functools import partial

from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import retrying

# Nobody waits longer than that for the other one.
PATIENCE = 60


class Clinic:
    """What the races are about, committed."""

    def __init__(self, env):
        self.env = env
        self.company = env.company
        if not self.company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", self.company)
        self.product = env["product.product"].create(
            {
                "name": "Suture",
                "type": "service",
                "medical_kind": "procedure",
                "list_price": 10.0,
                "taxes_id": False,
            }
        )
        self.goods = env["product.product"].create(
            {
                "name": "Gauze",
                "type": "consu",
                "is_storable": True,
                "medical_kind": "consumable",
                "list_price": 1.0,
                "taxes_id": False,
            }
        )
        self.warehouse = env["stock.warehouse"].search([], limit=1)
        self.patient = env["res.partner"].create({"name": "Ada", "is_patient": True})
        self.medic = env["res.partner"].create(
            {"name": "Medic", "is_practitioner": True}
        )
        self.clerks = [
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": login,
                    "login": login,
                    "group_ids": [
                        Command.link(env.ref(group).id)
                        for group in (
                            "medical_billing.group_biller",
                            "medical_records.group_medical_administrator",
                        )
                    ],
                }
            )
            .id
            for login in ("first", "second")
        ]

    def receive(self, quantity):
        """Set how much of the goods is there."""
        location = self.warehouse.lot_stock_id
        quants = self.env["stock.quant"]
        there = sum(quants._gather(self.goods, location).mapped("quantity"))
        quants._update_available_quantity(self.goods, location, quantity - there)

    def create_visit(self, *lines):
        return self.env["medical.consultation"].create(
            {
                "patient_id": self.patient.id,
                "practitioner_id": self.medic.id,
                "line_ids": [Command.create(line) for line in lines],
            }
        )

    def create_items(self, count):
        visit = self.create_visit(*[{"product_id": self.product.id}] * count)
        visit._action_sign()
        return visit.line_ids.billable_item_ids


class Race:
    """Two threads with a transaction each; events tell when the one lets the other."""

    def __init__(self, clinic):
        self.clinic = clinic
        self.registry = clinic.env.registry
        self.both = threading.Barrier(2)
        self.first_is_ready = threading.Event()
        self.second_is_ready = threading.Event()
        self.outcomes = {}

    def _work(self, name, user_id, deed):
        try:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, user_id, {})
                result = retrying(partial(deed, env), env)
                self.outcomes[name] = result
        except UserError as error:
            self.outcomes[name] = f"refused: {error}"
        except Exception as error:  # the test shows it
            self.outcomes[name] = f"crashed: {error!r}"
        finally:
            self.first_is_ready.set()
            self.second_is_ready.set()

    def run(self, first, second):
        threads = [
            threading.Thread(target=self._work, args=(name, user_id, deed))
            for name, user_id, deed in zip(
                ("first", "second"), self.clinic.clerks, (first, second), strict=True
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE * 2)
        return self.outcomes


def build(ids, env):
    """Press the button; return how many lines the documents have."""
    moves = env["medical.billable.item"].browse(ids)._build_invoices("patient")
    env.flush_all()
    return len(moves.invoice_line_ids)


def build_together(race, first_ids, second_ids):
    """Both press the button in the same moment."""

    def press(ids, env):
        if not race.both.broken and not hasattr(threading.current_thread(), "met"):
            threading.current_thread().met = True
            env.user.name  # noqa: B018  # the transaction begins
            race.both.wait(PATIENCE)
        return build(ids, env)

    return race.run(partial(press, first_ids), partial(press, second_ids))


def build_while_open(race, first_ids, second_ids):
    """The second presses while the first has built and not committed."""

    def first(env):
        lines = build(first_ids, env)
        race.first_is_ready.set()
        race.second_is_ready.wait(PATIENCE)
        return lines

    def second(env):
        race.first_is_ready.wait(PATIENCE)
        return build(second_ids, env)

    return race.run(first, second)


def build_with_old_view(race, first_ids, second_ids):
    """The second has looked before the first commits, and presses after that."""

    def first(env):
        race.second_is_ready.wait(PATIENCE)
        lines = build(first_ids, env)
        env.cr.commit()
        race.first_is_ready.set()
        return lines

    def second(env):
        items = env["medical.billable.item"].browse(second_ids)
        items.mapped("qty_to_bill")
        race.second_is_ready.set()
        race.first_is_ready.wait(PATIENCE)
        return build(second_ids, env)

    return race.run(first, second)


def build_after_rollback(race, first_ids, second_ids):
    """The first builds and gives up; the second presses after that."""

    def first(env):
        build(first_ids, env)
        raise UserError("power cut")  # pylint: disable=missing-gettext

    def second(env):
        race.first_is_ready.wait(PATIENCE)
        return build(second_ids, env)

    return race.run(first, second)


def do_with_old_view(race, deed):
    """Both have looked; the first does it and commits, then the second does it."""

    def first(env):
        race.second_is_ready.wait(PATIENCE)
        deed(env)
        env.cr.commit()
        race.first_is_ready.set()
        return "done"

    def second(env):
        deed(env, look=True)
        race.second_is_ready.set()
        race.first_is_ready.wait(PATIENCE)
        return deed(env)

    return race.run(first, second)


def tell_items(clinic, ids, outcomes):
    """Return what the race left behind."""
    clinic.env.cr.rollback()
    clinic.env.invalidate_all()
    items = clinic.env["medical.billable.item"].browse(ids)
    return {
        "outcomes": outcomes,
        "lines": [len(item.move_line_ids) for item in items],
        "drafted": items.mapped("qty_drafted"),
        "to_bill": items.mapped("qty_to_bill"),
        "documents": len(items.move_line_ids.move_id),
    }


def race_for_items(clinic, way, overlap=False):
    items = clinic.create_items(4)
    clinic.env.cr.commit()
    ids = items.ids
    first_ids, second_ids = (ids[:3], ids[2:]) if overlap else (ids, ids)
    return tell_items(clinic, ids, way(Race(clinic), first_ids, second_ids))


def race_for_goods(clinic, deed_name):
    """Let both record the same thing as done, or sign the same visit."""
    clinic.receive(20)
    visit = clinic.create_visit({"product_id": clinic.goods.id, "quantity": 3})
    clinic.env.cr.commit()
    visit_id = visit.id

    def deed(env, look=False):
        seen = env["medical.consultation"].browse(visit_id)
        if look:
            return seen.line_ids.mapped("qty_done")
        if deed_name == "sign":
            seen.action_sign()
        else:
            seen.line_ids.qty_done = 3
        env.flush_all()
        return "done"

    outcomes = do_with_old_view(Race(clinic), deed)
    clinic.env.cr.rollback()
    clinic.env.invalidate_all()
    return {
        "outcomes": outcomes,
        "moves": visit.line_ids.move_ids.mapped("quantity"),
        "on_hand": sum(
            clinic.env["stock.quant"]
            ._gather(clinic.goods, clinic.warehouse.lot_stock_id)
            .mapped("quantity")
        ),
        "qty_done": visit.line_ids.qty_done,
        "to_bill": visit.line_ids.billable_item_ids.qty_to_bill,
    }


def race_for_till(clinic, way):
    """Let the first take cash while the second closes the till, or both close it."""
    env = clinic.env
    journal = env["account.journal"].search(
        [("type", "=", "cash"), ("company_id", "=", clinic.company.id)], limit=1
    ) or env["account.journal"].create({"name": "Cash", "type": "cash", "code": "CSHR"})
    session = env["medical.till.session"]._open(journal, 100)
    env.cr.commit()
    session_id, journal_id, patient_id = session.id, journal.id, clinic.patient.id

    def take(env, look=False):
        if look:
            return None
        env["account.payment"].create(
            {"amount": 30, "partner_id": patient_id, "journal_id": journal_id}
        ).action_post()
        env.flush_all()
        return "taken"

    def close(env, look=False):
        seen = env["medical.till.session"].browse(session_id)
        if look:
            return seen.amount_expected
        # What is in the drawer before the payment: nobody told the second clerk.
        seen._close(100)
        env.flush_all()
        return "closed"

    outcomes = way(Race(clinic), take, close)
    env.cr.rollback()
    env.invalidate_all()
    result = {
        "outcomes": outcomes,
        "closed": bool(session.date_close),
        "expected": session.amount_expected,
        "counted": session.amount_close,
        "payments": len(session.payment_ids),
    }
    if not session.date_close:
        session._close(session.amount_expected)
    env.cr.commit()
    return result


def pay_while_closing(race, take, close):
    """The second closes while the first has taken money and not committed."""

    def first(env):
        result = take(env)
        race.first_is_ready.set()
        race.second_is_ready.wait(PATIENCE)
        return result

    def second(env):
        race.first_is_ready.wait(PATIENCE)
        return close(env)

    return race.run(first, second)


def close_after_looking(race, take, close):
    """The second looked before the first took money, and closes after that."""

    def first(env):
        race.second_is_ready.wait(PATIENCE)
        result = take(env)
        env.cr.commit()
        race.first_is_ready.set()
        return result

    def second(env):
        close(env, look=True)
        race.second_is_ready.set()
        race.first_is_ready.wait(PATIENCE)
        return close(env)

    return race.run(first, second)


def close_twice(race, _take, close):
    """Both close: the second while the first has not committed."""
    return pay_while_closing(race, close, close)


def close_before_paying(race, take, close):
    """The second looked, the first closes the till, then the second takes money."""
    return close_after_looking(race, close, take)


def race_for_plan(clinic, way, deed_name):
    """Let both accept the same offer, or add the last session of the same plan."""
    env = clinic.env
    plan = env["medical.treatment.plan"].create(
        {
            "patient_id": clinic.patient.id,
            "practitioner_id": clinic.medic.id,
            "line_ids": [Command.create({"product_id": clinic.product.id})],
        }
    )
    plan.action_propose()
    visits = clinic.create_visit() + clinic.create_visit()
    if deed_name == "add":
        plan.action_accept()
    env.cr.commit()
    plan_id, free = plan.id, list(visits.ids)

    def deed(env, look=False):
        seen = env["medical.treatment.plan"].browse(plan_id)
        if look:
            return seen.state, seen.sessions_left
        if deed_name == "accept":
            seen.action_accept()
        else:
            # Each in a visit of its own.
            name = env.user.login
            visit_id = free[0 if name == "first" else 1]
            env["medical.consultation"].browse(visit_id).action_add_plan_sessions()
        env.flush_all()
        return "done"

    outcomes = way(Race(clinic), deed, deed)
    env.cr.rollback()
    env.invalidate_all()
    result = {
        "outcomes": outcomes,
        "accepted_by": plan.accepted_user_id.login,
        "sessions": len(plan.line_ids.consultation_line_ids),
    }
    plan._action_close("clinic", scheduled="cancel")
    env.cr.commit()
    return result


def main(env, _argv):
    clinic = Clinic(env)
    env.cr.commit()
    results = {
        "together": race_for_items(clinic, build_together),
        "while_open": race_for_items(clinic, build_while_open),
        "overlap": race_for_items(clinic, build_while_open, overlap=True),
        "old_view": race_for_items(clinic, build_with_old_view),
        "after_rollback": race_for_items(clinic, build_after_rollback),
        "done_twice": race_for_goods(clinic, "done"),
        "signed_twice": race_for_goods(clinic, "sign"),
        "till_paid_while_closing": race_for_till(clinic, pay_while_closing),
        "till_closed_after_looking": race_for_till(clinic, close_after_looking),
        "till_closed_twice": race_for_till(clinic, close_twice),
        "till_closed_before_paying": race_for_till(clinic, close_before_paying),
        "plan_accepted_while_open": race_for_plan(clinic, pay_while_closing, "accept"),
        "plan_accepted_after_looking": race_for_plan(
            clinic, close_after_looking, "accept"
        ),
        "session_added_while_open": race_for_plan(clinic, pay_while_closing, "add"),
        "session_added_after_looking": race_for_plan(
            clinic, close_after_looking, "add"
        ),
    }
    sys.stdout.write(json.dumps(results))
    return 0
