"""One of two medics who use the last of something, in a process of its own.

Run by `test_last_lot.py`. Reads a line for each thing to do, and prints what came of it
as JSON:

* `prepare N POLICY`: as many pairs of visits that want the last lot, and the last piece
  of what has no lots; a pair of visit ids for each,
* `sign ID`: sign the visit,
* `tell`: what is on hand and what left, by product.
"""

import json
import sys
from functools import partial

from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import retrying


def prepare(env, count, policy):
    env.company.medical_shortage_policy = policy
    patient = env["res.partner"].create({"name": "Patient", "is_patient": True})
    medic = env["res.partner"].create({"name": "Medic", "is_practitioner": True})
    location = env["stock.warehouse"].search([], limit=1).lot_stock_id
    pairs = []
    for number in range(count):
        product = env["product.product"].create(
            {
                "name": f"Last one {number}",
                "type": "consu",
                "is_storable": True,
                "medical_kind": "consumable",
                # Every second has lots.
                "tracking": "lot" if number % 2 else "none",
            }
        )
        lot = env["stock.lot"]
        if number % 2:
            lot = lot.create({"name": f"LOT {number}", "product_id": product.id})
        env["stock.quant"]._update_available_quantity(product, location, 1, lot_id=lot)
        visits = env["medical.consultation"].create(
            [
                {
                    "patient_id": patient.id,
                    "practitioner_id": medic.id,
                    "line_ids": [Command.create({"product_id": product.id})],
                }
                for _medic in range(2)
            ]
        )
        pairs.append(visits.ids)
    return pairs


def sign(env, visit_id):
    env["medical.consultation"].browse(visit_id).action_sign()
    env.flush_all()
    return "signed"


def tell(env):
    return [
        {
            "tracking": product.tracking,
            "on_hand": product.qty_available,
            "taken": sum(
                move.quantity
                for move in env["stock.move"].search(
                    [
                        ("product_id", "=", product.id),
                        ("consultation_line_id", "!=", False),
                        ("state", "=", "done"),
                    ]
                )
            ),
            "signed": env["medical.consultation"].search_count(
                [("line_ids.product_id", "=", product.id), ("state", "=", "signed")]
            ),
        }
        for product in env["product.product"].search(
            [("name", "like", "Last one")], order="id"
        )
    ]


def say(result):
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


def main(env, _argv):
    deeds = {"prepare": prepare, "sign": sign, "tell": tell}
    say("ready")
    for line in sys.stdin:
        name, *words = line.split()
        arguments = [int(word) if word.isdigit() else word for word in words]
        try:
            with env.registry.cursor() as cr:
                own = api.Environment(cr, env.uid, {})
                say(retrying(partial(deeds[name], own, *arguments), own))
        except UserError as error:
            say(f"refused: {error}")
    return 0
