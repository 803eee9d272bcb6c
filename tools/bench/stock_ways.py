"""The ways of goods out of the stock that are compared.

Built like ``ways.py``; what a way made it leaves in ``case.pickings``.
"""

import copy
from dataclasses import dataclass, field

from .ways import without_fields_of_addons


@dataclass
class Subject:
    """What exists for all measurements, as ids: nothing stays in a cache."""

    visit_ids: list
    user_id: int
    lines: int
    values: list = field(default_factory=list)


class Case:
    """What one measurement works on: its environment, visits, and values."""

    def __init__(self, env, size, subject, name):
        self.env = env
        self.lines = (
            env["medical.consultation"].browse(subject.visit_ids[:size]).line_ids
        )
        # A copy, since Odoo changes what it is given.
        self.values = copy.deepcopy(subject.values[:size])
        self.pickings = env["stock.picking"].sudo()

    def reserve(self):
        """Make the transfers, as Odoo does it, and reserve the goods for all."""
        self.pickings = self.pickings.create(self.values)
        moves = self.pickings.move_ids._action_confirm(merge=False)
        moves._action_assign()
        moves.picked = True


# === OURS === #


def ours_stock(case):
    case.lines._settle_stock()
    yield "take"
    case.pickings = case.lines.sudo().move_ids.picking_id


# === ODOO'S === #


def bare_stock(case):
    case.reserve()
    # All that is done at once shares one entry.
    for picking in case.pickings:
        picking._action_done()
    yield "take"


def together_stock(case):
    case.reserve()
    case.pickings._action_done()
    yield "take"


FUNCTIONS = {way.__name__: way for way in (ours_stock, bare_stock, together_stock)}


# === WHAT ODOO IS GIVEN === #


def prepare(env, subject):
    """Note the values of the transfers that we make, without what the addons add."""
    pickings = env["stock.picking"].sudo()
    subject.values = [
        without_fields_of_addons(
            pickings,
            visit._prepare_picking_vals(
                {line: line._get_qty_to_take() for line in visit.line_ids}
            ),
        )
        for visit in env["medical.consultation"].sudo().browse(subject.visit_ids)
    ]


# === WHAT CAME OUT === #


def describe(case, name):
    """Return what must be the same for all ways that are compared.

    :rtype: dict
    """
    case.env.invalidate_all()
    moves = case.pickings.move_ids
    entries = moves.account_move_id
    result = {
        "transfers": len(case.pickings),
        "moves": len(moves),
        "states": sorted(set(moves.mapped("state"))),
        "used": _sum(moves.move_line_ids, "quantity"),
        "on hand": _sum(
            case.env["stock.quant"]
            .sudo()
            .search(
                [
                    ("product_id", "in", moves.product_id.ids),
                    ("location_id", "in", moves.location_id.ids),
                ]
            ),
            "quantity",
        ),
        "value": round(sum(moves.mapped("value")), 2),
        "booked": round(sum(entries.line_ids.mapped("debit")), 2),
        "accounts": sorted(set(entries.line_ids.account_id.mapped("code"))),
        "entry states": sorted(set(entries.mapped("state"))),
    }
    # The one that shares an entry is there to show what entries cost.
    if name != "together_stock":
        result["entries"] = len(entries)
    return result


def _sum(records, name):
    """Return the sum of a field by product and lot."""
    totals = {}
    for record in records:
        key = f"{record.product_id.name} {record.lot_id.name or ''}".strip()
        totals[key] = round(totals.get(key, 0) + record[name], 2)
    return dict(sorted(totals.items()))
