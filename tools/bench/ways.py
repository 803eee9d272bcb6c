"""The ways to a document that are compared.

``arguments.py`` says what each is. A way is a generator function of a :class:`Case`: it
does one step after the other, and yields the name of each when it is over. What it made
it leaves in ``case.moves``, for the comparison of what came out.
"""

import copy
from dataclasses import dataclass, field
from unittest.mock import patch

from odoo.fields import Command


@dataclass
class Subject:
    """What exists for all measurements, as ids: nothing stays in a cache."""

    item_ids: list
    order_ids: list
    journal_id: int
    user_id: int
    lines: int
    values: dict = field(default_factory=dict)


class Case:
    """What one measurement works on: its environment, items, orders, and values."""

    def __init__(self, env, size, subject, name):
        self.env = env
        self.items = env["medical.billable.item"].browse(
            subject.item_ids[: size * subject.lines]
        )
        self.orders = env["sale.order"].browse(subject.order_ids[:size])
        # A copy, since Odoo changes what it is given.
        self.values = copy.deepcopy(subject.values.get(VALUES.get(name), [])[:size])
        self.journal = env["account.journal"].browse(subject.journal_id)
        self.moves = env["account.move"]

    def build(self, move_type):
        self.moves = self.items._build_invoices(
            grouping="consultation", move_type=move_type
        )

    def create(self):
        self.moves = self.env["account.move"].create(self.values)


# === OURS === #


def ours(case):
    case.build("out_invoice")
    yield "build"
    case.moves.action_post()
    yield "post"


def ours_receipt(case):
    case.build("out_receipt")
    yield "build"
    case.moves._post_and_pay_receipts([{"journal": case.journal}])
    yield "post and pay"


# === ODOO'S === #


def bare(case):
    case.create()
    yield "build"


def unlinked(case):
    case.create()
    yield "build"


def sale(case):
    case.moves = case.orders._create_invoices(grouped=True)
    yield "build"
    case.moves.action_post()
    yield "post"


def odoo_receipt(case):
    case.create()
    yield "build"
    case.moves.action_post()
    yield "post"
    wizard = (
        case.env["account.payment.register"]
        .with_context(active_model="account.move", active_ids=case.moves.ids)
        .create({"journal_id": case.journal.id, "group_payment": False})
    )
    wizard._create_payments()
    yield "pay"


FUNCTIONS = {
    way.__name__: way
    for way in (ours, bare, unlinked, sale, ours_receipt, odoo_receipt)
}
RECEIPT_WAYS = ("ours_receipt", "odoo_receipt")
# The values that a way is given.
VALUES = {
    "bare": "invoice",
    "unlinked": "invoice unlinked",
    "odoo_receipt": "receipt unlinked",
}


# === WHAT ODOO IS GIVEN === #


def prepare(env, subject):
    """Catch the values that Odoo's ways are given."""
    items = env["medical.billable.item"].browse(subject.item_ids)
    subject.values = capture_values(env, items)


def capture_values(env, items):
    """Return what ``_build_invoices`` passes to ``account.move.create``.

    Once as it is, and once without the fields that the addons add: the link to the
    item, by which Odoo's plain create, too, would keep the ledger.

    :return: lists of values by name
    :rtype: dict
    """
    captured = []

    def catch(moves, vals_list):
        captured.extend(vals_list)
        return moves.browse()

    values = {}
    for name, move_type in (("invoice", "out_invoice"), ("receipt", "out_receipt")):
        captured.clear()
        with patch.object(type(env["account.move"]), "create", catch):
            items._build_invoices(grouping="consultation", move_type=move_type)
        env.cr.rollback()
        env.invalidate_all()
        values[name] = list(captured)
        values[f"{name} unlinked"] = [
            without_fields_of_addons(env["account.move"], vals) for vals in captured
        ]
    return values


def without_fields_of_addons(model, vals):
    """Return values without the fields that our addons add to a model of Odoo."""
    result = {}
    for name, value in vals.items():
        field = model._fields[name]
        if all(module.startswith("medical_") for module in field._modules):
            continue
        if field.type == "one2many":
            lines = model.env[field.comodel_name]
            value = [
                Command.create(without_fields_of_addons(lines, line))
                for _command, _id, line in value
            ]
        result[name] = value
    return result


# === WHAT CAME OUT === #


def describe(case, name):
    """Return what must be the same for all ways that are compared.

    :rtype: dict
    """
    case.env.invalidate_all()
    moves = case.moves
    result = {
        "documents": len(moves),
        "lines": len(moves.invoice_line_ids),
        "quantity": sum(moves.invoice_line_ids.mapped("quantity")),
        "products": len(moves.invoice_line_ids.product_id),
        "accounts": moves.line_ids.account_id.mapped("code"),
        "partners": len(moves.partner_id),
        "untaxed": round(sum(moves.mapped("amount_untaxed")), 2),
        "total": round(sum(moves.mapped("amount_total")), 2),
    }
    if name in RECEIPT_WAYS:
        payments = moves.matched_payment_ids
        result |= {
            "payments": len(payments),
            "numbers": len(set(payments.mapped("name"))),
            "methods": payments.payment_method_line_id.mapped("name"),
            "paid": round(sum(payments.mapped("amount")), 2),
            "residual": round(sum(moves.mapped("amount_residual")), 2),
            "states": sorted(set(moves.mapped("payment_state"))),
            "payment states": sorted(set(payments.mapped("state"))),
            "reconciled": all(payments.mapped("is_reconciled")),
        }
    return result
