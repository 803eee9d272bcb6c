"""What a clinic does with kits of Odoo's manufacturing.

Run by `test_mrp_kit.py` in processes of their own, before and after manufacturing is
installed or gone. Prints figures as JSON.
"""

import json
import sys

from odoo.fields import Command


def create_goods(env, name, cost, **values):
    return env["product.product"].create(
        {
            "name": name,
            "type": "consu",
            "is_storable": True,
            "standard_price": cost,
            "categ_id": env["product.category"]
            .create({"name": name, "property_cost_method": "standard"})
            .id,
            "medical_kind": "consumable",
            "taxes_id": False,
            **values,
        }
    )


def receive(env, product, quantity):
    warehouse = env["stock.warehouse"].search([], limit=1)
    env["stock.quant"]._update_available_quantity(
        product, warehouse.lot_stock_id, quantity
    )


def create_kit(env, storable):
    """Create a kit of two gauzes at 3.00 and three gloves at 1.00."""
    gauze = create_goods(env, "Gauze", 3.0)
    glove = create_goods(env, "Glove", 1.0)
    kit = create_goods(env, "Dressing set", 0.0, is_storable=storable)
    env["mrp.bom"].create(
        {
            "product_tmpl_id": kit.product_tmpl_id.id,
            "product_id": kit.id,
            "type": "phantom",
            "bom_line_ids": [
                Command.create({"product_id": gauze.id, "product_qty": 2}),
                Command.create({"product_id": glove.id, "product_qty": 3}),
            ],
        }
    )
    return kit, gauze, glove


def create_visit(env, product, quantity):
    patient = env["res.partner"].create({"name": "Ada Patient", "is_patient": True})
    medic = env["res.partner"].create({"name": "Medic", "is_practitioner": True})
    return env["medical.consultation"].create(
        {
            "patient_id": patient.id,
            "practitioner_id": medic.id,
            "line_ids": [
                Command.create({"product_id": product.id, "quantity": quantity})
            ],
        }
    )


def read(line):
    """Return what is said of one line, and what left the stock for it."""
    line.env.flush_all()
    line.env.invalidate_all()
    net = {}
    for move in line.move_ids.filtered(lambda move: move.state == "done"):
        sign = 1 if move.location_dest_usage == "production" else -1
        name = move.product_id.name
        net[name] = round(net.get(name, 0) + sign * move.quantity, 6)
    rows = line.env["medical.material.cost"].search(
        [("consultation_id", "=", line.consultation_id.id)]
    )
    return {
        "taken": line.qty_moved,
        "difference": line.stock_difference,
        "net": net,
        "cost": line.consultation_id.material_cost,
        "standard": round(sum(rows.mapped("standard_cost")), 2),
        "actual": round(sum(rows.mapped("actual_cost")), 2),
    }


def use(env):
    """Use kits: enough of all, not enough of one part, less than thought, returned."""
    env.company.medical_shortage_policy = "backorder"
    steps = {}
    for name, storable in (("consumable", False), ("storable", True)):
        kit, gauze, glove = create_kit(env, storable)
        receive(env, gauze, 10)
        receive(env, glove, 9)
        line = create_visit(env, kit, 3).line_ids
        line.qty_done = 2
        steps[name, "enough"] = read(line)
        line.qty_done = 1
        steps[name, "less"] = read(line)
        second = create_visit(env, kit, 3).line_ids
        second.qty_done = 3
        # 8 gauzes and 6 gloves are there, and 6 and 9 are needed.
        steps[name, "short"] = read(second)
        waiting = second.move_ids.filtered(lambda move: move.state != "done")
        steps[name, "waiting"] = [
            [move.product_id.name, move.product_uom_qty] for move in waiting
        ]
        receive(env, glove, 3)
        second.action_take_missing()
        steps[name, "filled"] = read(second)
        picking = line.move_ids.picking_id[:1]
        wizard = env["stock.return.picking"].create({"picking_id": picking.id})
        for part in wizard.product_return_moves:
            part.quantity = 2 if part.product_id == glove else 0
        returned = env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        returned.move_ids.picked = True
        returned.button_validate()
        # Two of the three gloves of the one set that was used came back.
        steps[name, "part returned"] = read(line)
        receive(env, glove, 10)
        line.action_take_missing()
        steps[name, "taken again"] = read(line)
    return [[*key, value] for key, value in steps.items()]


def call_off(env):
    """Use less than what waits, and cancel what waits of one part."""
    env.company.medical_shortage_policy = "backorder"
    kit, gauze, glove = create_kit(env, False)
    receive(env, gauze, 20)
    line = create_visit(env, kit, 4).line_ids
    line.qty_done = 4
    waits = read(line)
    line.qty_done = 1
    less = read(line)
    waiting = line.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
    less["waiting"] = [[move.product_id.name, move.product_uom_qty] for move in waiting]
    waiting._action_cancel()
    cancelled = read(line)
    receive(env, glove, 20)
    # What a kit consists of by now is for those that are used from now on.
    glove.bom_line_ids.product_qty = 5
    line.action_take_missing()
    return [waits, less, cancelled, read(line)]


def plan(env):
    """Ask what an act with a kit costs, and what a planned visit is going to use."""
    kit, gauze, glove = create_kit(env, False)
    act = env["product.product"].create(
        {
            "name": "Dressing",
            "type": "service",
            "medical_kind": "procedure",
            "list_price": 50.0,
            "taxes_id": False,
            "component_ids": [Command.create({"product_id": kit.id, "quantity": 2})],
        }
    )
    template = act.product_tmpl_id
    visit = create_visit(env, act, 1)
    rows = env["medical.expected.consumption"]._prepare_rows(env.company)
    expected = {
        product.name: sum(
            row["quantity"] for row in rows if row["product_id"] == product.id
        )
        for product in gauze | glove | kit
    }
    return {
        "cost": template.medical_material_cost,
        "margin": template.medical_margin,
        "lines": len(visit.line_ids),
        "expected": expected,
    }


def keep(env):
    """Read what all lines of kits say, whatever is installed."""
    lines = env["medical.consultation.line"].search(
        [("product_id.name", "=", "Dressing set")], order="id"
    )
    lines._compute_qty_moved()
    return [read(line) for line in lines]


def main(env, argv):
    deeds = {"use": use, "call_off": call_off, "plan": plan, "keep": keep}
    (deed,) = argv
    sys.stdout.write(json.dumps(deeds[deed](env)) + "\n")
    return 0
