"""What is measured with: patients, signed visits with items, and orders of the same.

One patient has one visit and one order, with the same five lines.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

LOGIN = "bench"
# Five services with their prices, and how many of each.
LINES = [
    ("Bench visit", "consultation", 80.0, 1),
    ("Bench suture", "procedure", 120.0, 1),
    ("Bench injection", "procedure", 15.5, 2),
    ("Bench blood count", "laboratory", 33.33, 1),
    ("Bench X-ray", "imaging", 64.9, 1),
]
BATCH = 100
# What the clinic has made before: as many days of a batch of documents, receipts and
# invoices in turns. With none, PostgreSQL takes the journals for empty while they fill
# up, and plans for that.
HISTORY_DAYS = 10
HISTORY = HISTORY_DAYS * BATCH
# Nothing of this is about mails.
QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}


def prepare(env, size):
    """Make what is missing to measure with this many documents; commits.

    The oldest visits are paid: they are the history.

    :param int size: how many documents the largest measurement has
    :return: the user in whose name everything is measured
    """
    env = env(context={**env.context, **QUIET})
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)
    # Made when they are needed first: not to be rolled back with a measurement.
    find_journal(env)
    company._get_medical_receipt_journal()
    user = _find_user(env)
    products = _find_products(env)
    while (missing := HISTORY + size - len(_find_visits(env))) > 0:
        patients = env["res.partner"].create(
            [
                {"name": f"Bench {number}", "is_patient": True}
                for number in range(min(missing, BATCH))
            ]
        )
        visits = env["medical.consultation"].create(
            [
                {
                    "patient_id": patient.id,
                    "practitioner_id": user.partner_id.id,
                    "date": fields.Datetime.now(),
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "quantity": quantity,
                                "is_done_later": False,
                            }
                        )
                        for product, quantity in products
                    ],
                }
                for patient in patients
            ]
        )
        visits.action_sign()
        orders = env["sale.order"].create(
            [
                {
                    "partner_id": patient.id,
                    "order_line": [
                        Command.create(
                            {"product_id": product.id, "product_uom_qty": quantity}
                        )
                        for product, quantity in products
                    ],
                }
                for patient in patients
            ]
        )
        orders.action_confirm()
        env.cr.commit()
        env.invalidate_all()
    for day in range(HISTORY_DAYS):
        _bill(_find_visits(env)[day * BATCH : (day + 1) * BATCH], day)
    return user


def find_visits(env, size):
    """Return the visits that are measured with."""
    return _find_visits(env)[HISTORY : HISTORY + size]


def _find_visits(env):
    return env["medical.consultation"].search(
        [("line_ids.product_id.name", "=", LINES[0][0])], order="id"
    )


def _bill(visits, day):
    """Make documents of visits, posted and paid, unless they have some; commits.

    :param int day: the number of a day in the past
    """
    env = visits.env
    items = visits.line_ids.billable_item_ids.filtered("qty_to_bill")
    if not items:
        return
    options = {
        "grouping": "consultation",
        "invoice_date": fields.Date.today() - timedelta(days=HISTORY_DAYS - day),
    }
    if day % 2:
        items._build_invoices(move_type="out_invoice", **options).action_post()
    else:
        items._build_invoices(
            move_type="out_receipt", **options
        )._post_and_pay_receipts(
            [{"journal": find_journal(env)}], date=options["invoice_date"]
        )
    env.cr.commit()
    env.invalidate_all()


def find_orders(env, visits):
    """Return the orders of the patients of these visits."""
    return env["sale.order"].search(
        [("partner_id", "in", visits.patient_id.ids)], order="id"
    )


def find_journal(env):
    """Return the till: the cash journal that receipts are paid into."""
    journals = env["account.journal"]
    domain = [*journals._check_company_domain(env.company), ("type", "=", "cash")]
    return journals.search(domain, limit=1) or journals.create(
        {"name": "Cash", "code": "BENCH", "type": "cash"}
    )


def _find_user(env):
    """Return a clerk with all the rights that one of the ways needs."""
    groups = [
        "medical_records.group_medic",
        "medical_billing.group_biller",
        "sales_team.group_sale_manager",
    ]
    users = env["res.users"].with_context(no_reset_password=True)
    user = users.search([("login", "=", LOGIN)]) or users.create(
        {
            "name": "Bench",
            "login": LOGIN,
            "email": "bench@example.com",
            "group_ids": [Command.link(env.ref(group).id) for group in groups],
        }
    )
    user.partner_id.is_practitioner = True
    return user


def _find_products(env):
    tax = env.company.account_sale_tax_id
    return [
        (
            env["product.product"].search([("name", "=", name)])
            or env["product.product"].create(
                {
                    "name": name,
                    "type": "service",
                    "medical_kind": kind,
                    "list_price": price,
                    "taxes_id": [Command.set(tax.ids)],
                    "invoice_policy": "order",
                }
            ),
            quantity,
        )
        for name, kind, price, quantity in LINES
    ]
