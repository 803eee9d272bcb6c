"""What consumption is measured with: goods, and visits that used them.

All is recorded in these visits as done, and nothing has left the stock yet.
"""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command

from .data import BATCH, LOGIN, QUIET

# Five materials: how many a visit uses, what one costs, and whether they have lots.
MATERIALS = [
    ("Bench gauze", 2, 0.4, False),
    ("Bench gloves", 4, 0.15, False),
    ("Bench syringe", 1, 0.22, False),
    ("Bench vaccine", 1, 18.5, True),
    ("Bench dressing", 3, 2.75, True),
]
# How many visits a lot is for; the next one expires a month later.
LOT_VISITS = 500
# Visits whose goods have left, so that no table is empty.
HISTORY = BATCH


def prepare(env, size):
    """Make what is missing to measure with this many visits; commits.

    :param int size: how many visits the largest measurement has
    :return: the user in whose name everything is measured
    """
    env = env(context={**env.context, **QUIET})
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)
    # Made when they are needed first: not to be rolled back with a measurement.
    company._get_medical_location()
    company._get_medical_warehouse()._create_missing_medical_type()
    user = _find_user(env)
    products = _find_products(env)
    missing = HISTORY + size - len(_find_visits(env))
    if missing > 0:
        _receive(env, products, missing)
    while missing > 0:
        _make_visits(env, user, products, min(missing, BATCH))
        missing -= BATCH
        env.cr.commit()
        env.invalidate_all()
    _find_visits(env)[:HISTORY].line_ids._settle_stock()
    env.cr.commit()
    env.invalidate_all()
    return user


def find_visits(env, size):
    """Return the visits that are measured with."""
    return _find_visits(env)[HISTORY : HISTORY + size]


def _find_visits(env):
    return env["medical.consultation"].search(
        [("line_ids.product_id.name", "=", MATERIALS[0][0])], order="id"
    )


def _make_visits(env, user, products, number):
    """Make visits that used all of it, and keep the stock from following."""
    patients = env["res.partner"].create(
        [{"name": f"Bench {index}", "is_patient": True} for index in range(number)]
    )
    lines = env["medical.consultation.line"]
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
                    for product, (_name, quantity, *_rest) in zip(
                        products, MATERIALS, strict=True
                    )
                ],
            }
            for patient in patients
        ]
    )
    with patch.object(type(lines), "_settle_stock", lambda lines: None):
        visits.action_sign()
    env.flush_all()


def _receive(env, products, number):
    """Put what so many visits will use on the shelf."""
    shelf = env.company._get_medical_warehouse().lot_stock_id
    start = fields.Datetime.now() + timedelta(days=365)
    quants = env["stock.quant"].with_context(inventory_mode=True)
    lots = env["stock.lot"]
    vals_list = []
    for product, (_name, quantity, _cost, has_lots) in zip(
        products, MATERIALS, strict=True
    ):
        first = lots.search_count([("product_id", "=", product.id)])
        rest = number
        while rest > 0:
            visits = min(rest, LOT_VISITS) if has_lots else rest
            rest -= visits
            vals = {
                "product_id": product.id,
                "location_id": shelf.id,
                "inventory_quantity": visits * quantity,
            }
            if has_lots:
                first += 1
                vals["lot_id"] = lots.create(
                    {
                        "name": f"{product.name} {first}",
                        "product_id": product.id,
                        "expiration_date": start + timedelta(days=30 * first),
                    }
                ).id
            else:
                vals["inventory_quantity"] += product.with_context(
                    location=shelf.id
                ).qty_available
            vals_list.append(vals)
    quants.create(vals_list).action_apply_inventory()


def _find_user(env):
    """Return a medic, who needs no right to the stock."""
    users = env["res.users"].with_context(no_reset_password=True)
    user = users.search([("login", "=", LOGIN)]) or users.create(
        {
            "name": "Bench",
            "login": LOGIN,
            "email": "bench@example.com",
            "group_ids": [Command.link(env.ref("medical_records.group_medic").id)],
        }
    )
    user.partner_id.is_practitioner = True
    return user


def _find_products(env):
    """Return the materials: valued at each move, first expiry first."""
    categories = env["product.category"]
    category = categories.search([("name", "=", LOGIN)]) or categories.create(
        {
            "name": LOGIN,
            "property_cost_method": "standard",
            "property_valuation": "real_time",
            "removal_strategy_id": env.ref("product_expiry.removal_fefo").id,
        }
    )
    products = env["product.product"]
    return [
        products.search([("name", "=", name)])
        or products.create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "medical_kind": "consumable",
                "categ_id": category.id,
                "standard_price": cost,
                "tracking": "lot" if has_lots else "none",
                "use_expiration_date": has_lots,
            }
        )
        for name, _quantity, cost, has_lots in MATERIALS
    ]
