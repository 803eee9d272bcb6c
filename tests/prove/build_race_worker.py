"""What one clerk of the race does, or the server that works in the background.

Run by `test_build_race.py` in a process of its own, several at the same time. Prints a
line for each step, so that it can be killed where it matters:

* `begins`: it has items in mind and starts to build,
* `inside`: the documents are made, and nothing is committed yet,
* `built N`, or `refused: ...` as the clerk reads it.
"""

import random
import sys
import time
from functools import partial

import serving
from serving import say

from odoo.exceptions import UserError
from odoo.service.model import retrying


def prepare(env, count):
    """Make as many done items as asked for, five a visit."""
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


def queue(env):
    """Leave everything to the background, too."""
    # Somebody who can log in: a job works with the rights of who started it.
    env = env(user=env.ref("base.user_admin"))
    items = env["medical.billable.item"].search([("qty_to_bill", "!=", 0)])
    env["medical.build.job"]._start(
        items,
        company_id=env.company.id,
        grouping="consultation",
        document_type="invoice",
    )


def build(some, doomed):
    moves = some._build_invoices(grouping="consultation")
    some.env.flush_all()
    say("inside")
    if doomed:
        time.sleep(serving.WAIT_FOR_DEATH)
    return moves


def press(env, items, doomed=False):
    """Press the button for some items; say what came of it."""
    say("begins")
    try:
        # As Odoo answers a request: run again when transactions collide.
        moves = retrying(partial(build, items, doomed), env)
    except UserError as error:
        env.cr.rollback()
        say(f"refused: {error}")
        return
    say(f"built {len(moves)}")
    env.cr.commit()


def race(env, seed, doomed):
    """Bill until nothing is left; the first press is everybody's at once.

    Who is doomed waits inside at the second press that builds anything.
    """
    chooser = random.Random(seed)
    model = env["medical.billable.item"]
    first = model.search([("qty_to_bill", "!=", 0)], order="id", limit=60)
    env.cr.commit()
    say("ready")
    sys.stdin.readline()
    if first:
        press(env, first)
    while True:
        items = model.search([("qty_to_bill", "!=", 0)])
        if not items:
            return
        # Who saw them before the others take them.
        some = model.browse(chooser.sample(items.ids, min(60, len(items))))
        env.cr.commit()
        press(env, some, doomed)


def serve(env, doomed):
    """Work in the background until the job is done.

    :param int doomed: the batch at which to wait inside; 0 for none
    """
    # Only now, when Odoo knows where the addons are.
    from odoo.addons.medical_billing.models import (  # noqa: PLC0415
        medical_build_job,
    )

    medical_build_job.BATCH_SIZE = 5
    serving.say_inside(env, "medical.build.job", "_build_lines", doomed)
    job = env["medical.build.job"].search([])
    serving.serve(
        env,
        env.ref("medical_billing.medical_build_job_cron"),
        lambda: job.state not in ("done", "cancelled"),
    )


def main(env, argv):
    """Take `prepare COUNT`, `queue`, `race SEED DOOMED` or `serve BATCH`."""
    deed, *numbers = argv
    numbers = [int(number) for number in numbers]
    {"prepare": prepare, "queue": queue, "race": race, "serve": serve}[deed](
        env, *numbers
    )
    return 0
