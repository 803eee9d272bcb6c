"""What the server does that drafts installments, in a process of its own.

Run by `test_installments.py`. Prints a line for each step, so that it can be killed
where it matters: `begins` for a batch, `inside` when its documents are made and nothing
is committed yet, `done` in the end.
"""

from datetime import timedelta

import serving

from odoo import fields


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
    """Draft until nothing is due.

    :param int doomed: the batch at which to wait inside; 0 for none
    """
    serving.say_inside(env, "medical.treatment.plan.installment", "_draft_due", doomed)
    items = env["medical.billable.item"]
    serving.serve(
        env,
        env.ref("medical_billing.medical_treatment_plan_installment_cron"),
        lambda: items.search_count(
            [("plan_id", "!=", False), ("qty_to_bill", "!=", 0)]
        ),
    )


def main(env, argv):
    """Take `prepare COUNT` or `serve BATCH`."""
    deed, number = argv
    {"prepare": prepare, "serve": serve}[deed](env, int(number))
    return 0
