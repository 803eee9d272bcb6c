"""What the server does that drafts installments, in a process of its own.

Run by `test_installments.py`. Prints a line for each step, so that it can be killed
where it matters: `begins` for a batch, `inside` when its documents are made and nothing
is committed yet, `done` in the end.
"""

import sys
import time
from contextlib import suppress
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import fields

# Who is to be killed inside waits there, longer than anybody needs to kill.
WAIT_FOR_DEATH = 600


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def prepare(env, count):
    """Accept plans with as many installments as asked for, all due today."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", env.company)
    env.company.medical_down_payment_account_id = env["account.account"].create(
        {"name": "Down Payments", "code": "259900", "account_type": "liability_current"}
    )
    product = env["product.product"].create(
        {
            "name": "Session",
            "type": "service",
            "medical_kind": "procedure",
            "list_price": 100.0,
            "taxes_id": False,
        }
    )
    medic = env["res.partner"].create({"name": "Medic", "is_practitioner": True})
    patients = env["res.partner"].create(
        [
            {"name": f"Patient {number}", "is_patient": True}
            for number in range(count // 4)
        ]
    )
    today = fields.Date.context_today(env.user)
    plans = env["medical.treatment.plan"].create(
        [
            {
                "patient_id": patient.id,
                "practitioner_id": medic.id,
                "line_ids": [(0, 0, {"product_id": product.id, "sessions": 4})],
            }
            for patient in patients
        ]
    )
    for plan in plans:
        plan._set_billing_mode(
            "installments", [(today + timedelta(days=n), 100.0) for n in range(1, 5)]
        )
    plans.action_propose()
    plans.action_accept()
    # Days pass.
    plans.down_payment_ids.write({"due_date": today})


def serve(env, doomed):
    """Run the scheduled job, as Odoo's own scheduler does, until nothing is due.

    :param int doomed: the batch at which to wait inside; 0 for none
    """
    # Only now, when Odoo knows where the addons are.
    from odoo.addons.base.models.ir_cron import IrCron  # noqa: PLC0415

    model = type(env["medical.treatment.plan.installment"])
    draft_due = model._draft_due
    batches = []

    def draft_and_say(installments):
        say("begins")
        result = draft_due(installments)
        installments.env.flush_all()
        say("inside")
        batches.append(len(installments))
        if len(batches) == doomed:
            time.sleep(WAIT_FOR_DEATH)
        return result

    model._draft_due = draft_and_say
    cron_id = env.ref("medical_billing.medical_treatment_plan_installment_cron").id
    items = env["medical.billable.item"]
    database = env.cr.dbname
    env.cr.commit()
    while items.search_count([("plan_id", "!=", False), ("qty_to_bill", "!=", 0)]):
        env.cr.commit()
        # Not when its turn comes, but at once; unless another server is at it.
        with suppress(OperationalError), env.registry.cursor() as cr:
            cr.execute(
                "UPDATE ir_cron SET nextcall = now() - interval '1 day' WHERE id = %s",
                [cron_id],
            )
        IrCron._process_jobs(database)
        env.cr.rollback()
        time.sleep(0.2)
    say("done")


def main(env, argv):
    """Take `prepare COUNT` or `serve BATCH`."""
    deed, number = argv
    {"prepare": prepare, "serve": serve}[deed](env, int(number))
    return 0
