"""What a clinic does before, between and after the addons are installed.

Run by `test_install.py`, each deed in a process of its own: an addon that is installed
or gone is seen by a new registry. Prints figures as JSON.
"""

import json
import sys

from odoo.fields import Command

DOCUMENTS = ("out_invoice", "out_receipt", "out_refund")
ADDONS = ("medical_records", "medical_billing", "medical_stock_link")


def get_records(env):
    """Return patient, medic and products of the clinic, made when they are missing."""

    def get(model, name, **values):
        found = env[model].search([("name", "=", name)], limit=1)
        return found or env[model].create({"name": name, **values})

    return {
        "patient": get("res.partner", "Ada Patient", is_patient=True),
        "medic": get("res.partner", "Medic", is_practitioner=True),
        "suture": get(
            "product.product",
            "Suture",
            type="service",
            medical_kind="procedure",
            list_price=120.0,
        ),
        "gauze": get(
            "product.product",
            "Gauze",
            type="consu",
            medical_kind="consumable",
            list_price=2.0,
        ),
    }


def create_visit(env, *products):
    records = get_records(env)
    visit = env["medical.consultation"].create(
        {
            "patient_id": records["patient"].id,
            "practitioner_id": records["medic"].id,
            "history": "Secret history",
            "line_ids": [
                Command.create({"product_id": records[name].id, "quantity": 2})
                for name in products
            ],
        }
    )
    visit.action_sign()
    return visit


def record(env):
    """Record a visit and agree on a plan, before anything is billed."""
    visit = create_visit(env, "suture", "gauze")
    records = get_records(env)
    plan = env["medical.treatment.plan"].create(
        {
            "patient_id": records["patient"].id,
            "practitioner_id": records["medic"].id,
            "line_ids": [
                Command.create({"product_id": records["suture"].id, "sessions": 3})
            ],
        }
    )
    plan.action_propose()
    plan.action_accept()
    return {
        "billing": "medical.billable.item" in env,
        "lines": visit.line_ids.mapped("qty_done"),
    }


def bill(env):
    """Bill what was recorded before billing was there: an invoice and a receipt."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", env.company)
    plan = env["medical.treatment.plan"].search([])
    items = env["medical.billable.item"].search([], order="id")
    items._update_blocking_reason()
    found = [[item.name, item.qty_to_bill, item.price_unit] for item in items]
    suture = items.filtered(lambda item: item.name == "Suture")
    suture._build_invoices(sections=True).action_post()
    receipt = (items - suture)._build_invoices(move_type="out_receipt")
    cash = env["account.journal"].search([("type", "in", ("cash", "bank"))], limit=1)
    receipt._post_and_pay_receipts([{"journal": cash}])
    return {
        "items": found,
        "plan": [plan.payer_id.name, plan.line_ids.price_unit, plan.amount_untaxed],
        **read_documents(env),
    }


def consume(env):
    """Use goods in a visit, return some, bill and credit."""
    records = get_records(env)
    warehouse = env["stock.warehouse"].search([], limit=1)
    records["gauze"].is_storable = True
    env["stock.quant"]._update_available_quantity(
        records["gauze"], warehouse.lot_stock_id, 10
    )
    visits = create_visit(env, "gauze") | create_visit(env, "gauze", "suture")
    picking = visits[0].picking_ids
    wizard = env["stock.return.picking"].create({"picking_id": picking.id})
    returned = env["stock.picking"].browse(wizard.action_create_returns_all()["res_id"])
    returned.move_ids.picked = True
    returned.button_validate()
    move = visits[1].line_ids.billable_item_ids._build_invoices()
    move.action_post()
    reversal = (
        env["account.move.reversal"]
        .with_context(active_model="account.move", active_ids=move.ids)
        .create({"journal_id": move.journal_id.id})
    )
    reversal.reverse_moves()
    reversal.new_move_ids.action_post()
    visits.line_ids.billable_item_ids.filtered("qty_to_bill")._build_invoices()
    return {
        "has_type": bool(warehouse.medical_type_id),
        "has_location": bool(env.company.medical_location_id),
        **read_documents(env),
    }


def read_documents(env):
    """Return what the documents, payments and transfers say."""
    env.flush_all()
    figures = {
        "documents": env["account.move"]
        .search([("move_type", "in", DOCUMENTS)], order="id")
        .mapped(
            lambda move: [
                move.name,
                move.move_type,
                move.state,
                move.payment_state,
                move.amount_total,
                move.amount_residual,
                move.invoice_line_ids.mapped("name"),
            ]
        ),
        "payments": env["account.payment"]
        .search([], order="id")
        .mapped(lambda payment: [payment.name, payment.state, payment.amount]),
    }
    if "stock.picking" in env:
        figures["pickings"] = (
            env["stock.picking"]
            .search([], order="id")
            .mapped(
                lambda picking: [
                    picking.name,
                    picking.state,
                    picking.origin,
                    picking.move_ids.mapped("quantity"),
                ]
            )
        )
    return figures


def open_screens(env):
    """Open each screen of Odoo on its records, as the web client does."""
    opened = 0
    for model in (
        "account.move",
        "account.move.line",
        "account.payment",
        "account.journal",
        "product.template",
        "product.product",
        "res.company",
        "res.partner",
        "res.users",
        "stock.location",
        "stock.move",
        "stock.move.line",
        "stock.picking",
        "stock.picking.type",
        "stock.quant",
        "stock.warehouse",
    ):
        if model not in env:
            continue
        records = env[model].search([])
        for view_type in ("form", "list"):
            views = env[model].get_views([(False, view_type), (False, "search")])
            names = views["models"][model]["fields"]
            records.web_read({name: {} for name in names})
            opened += len(records)
    env["res.config.settings"].create({})
    for menu in env["ir.ui.menu"].load_menus(False).values():
        action = menu.get("action_model") and menu.get("action_id")
        if action:
            env[menu["action_model"]].browse(action).sudo().read()
    moves = env["account.move"].search([("move_type", "in", DOCUMENTS)])
    html, _kind = env["ir.actions.report"]._render_qweb_html(
        "account.account_invoices", moves.ids
    )
    # A draft has no number yet.
    names = [move.name.encode() for move in moves if move.state == "posted"]
    return {"opened": opened, "printed": all(name in html for name in names)}


def work_on(env):
    """Do Odoo's own work with what the addons left."""
    partner = env["res.partner"].search([("name", "=", "Ada Patient")])
    product = env["product.product"].search([("name", "=", "Gauze")])
    drafts = env["account.move"].search(
        [("state", "=", "draft"), ("move_type", "=", "out_invoice")]
    )
    drafts.action_post()
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_line_ids": [Command.create({"product_id": product.id})],
        }
    )
    move.action_post()
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=move.ids
    ).create({})._create_payments()
    picking_type = env["stock.picking.type"].search(
        [("code", "=", "outgoing")], order="id", limit=1
    )
    picking = env["stock.picking"].create(
        {
            "picking_type_id": picking_type.id,
            "location_id": picking_type.default_location_src_id.id,
            "location_dest_id": env.ref("stock.stock_location_customers").id,
            "move_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": 1,
                        "location_id": picking_type.default_location_src_id.id,
                        "location_dest_id": env.ref(
                            "stock.stock_location_customers"
                        ).id,
                    }
                )
            ],
        }
    )
    picking.action_confirm()
    picking.action_assign()
    picking.move_ids.picked = True
    picking.button_validate()
    warehouse = env["stock.warehouse"].create({"name": "New", "code": "NEW"})
    return {
        "drafts": len(drafts),
        "paid": move.payment_state,
        "picking": picking.state,
        "warehouse": bool(warehouse.lot_stock_id),
        "left": env["ir.model.data"].search_count([("module", "in", ADDONS)]),
    }


def main(env, argv):
    deeds = {
        "record": record,
        "bill": bill,
        "consume": consume,
        "read": lambda env: {**open_screens(env), **read_documents(env)},
        "work": work_on,
    }
    (deed,) = argv
    sys.stdout.write(json.dumps(deeds[deed](env)) + "\n")
    return 0
