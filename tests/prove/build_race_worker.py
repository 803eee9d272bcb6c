"""What one clerk of the race does: build from any items that are left, and commit.

Run by `test_build_race.py` in a process of its own, several at the same time. Prints a
line for each press of the button: what came of it.
"""

import random
import sys

from odoo.exceptions import UserError
from odoo.service.model import retrying


def prepare(env, count):
    """Make as many done items as asked for; return nothing."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", env.company)
    product = env["product.product"].create(
        {
            "name": "Raced for",
            "type": "service",
            "medical_kind": "procedure",
            "list_price": 10.0,
            "taxes_id": False,
        }
    )
    patient = env["res.partner"].create({"name": "Patient", "is_patient": True})
    medic = env["res.partner"].create({"name": "Medic", "is_practitioner": True})
    visits = env["medical.consultation"].create(
        [
            {
                "patient_id": patient.id,
                "practitioner_id": medic.id,
                "line_ids": [(0, 0, {"product_id": product.id})] * 5,
            }
            for _visit in range(count // 5)
        ]
    )
    visits._action_sign()


def press(env, chooser):
    """Press the button on some of what the clerk sees; return what came of it."""
    items = env["medical.billable.item"].search([("qty_to_bill", "!=", 0)])
    if not items:
        return "done"
    some = items.browse(chooser.sample(items.ids, min(60, len(items))))
    try:
        # As Odoo answers a request: run again when transactions collide.
        moves = retrying(lambda: some._build_invoices(grouping="consultation"), env)
    except UserError as error:
        env.cr.rollback()
        return f"refused: {error}".replace("\n", " ")
    env.cr.commit()
    return f"built {len(moves)}"


def main(env, argv):
    """Take `prepare COUNT`, or `race SEED`."""
    deed, number = argv
    if deed == "prepare":
        prepare(env, int(number))
        return 0
    chooser = random.Random(number)
    while (outcome := press(env, chooser)) != "done":
        sys.stdout.write(f"{outcome}\n")
        env.cr.rollback()
    return 0
