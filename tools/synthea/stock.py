"""Receiving the goods that the visits will use."""

from odoo.fields import Command


class Stock:
    """Receives what is missing, through the warehouse's own receipts."""

    def __init__(self, env, steps):
        self.env = env
        self.steps = steps
        self.warehouse = env.company._get_medical_warehouse()
        # Where visits take goods from.
        self.location = self.warehouse.lot_stock_id

    def receive(self, visit_ids):
        """Receive what the unsigned ones of these visits will use and nobody has."""
        missing = list(self.find_missing(visit_ids).items())
        self.steps.run("goods received", missing, self.receive_some)

    def find_missing(self, visit_ids):
        """Return how much of each product is missing.

        :return: a dict of the id of a product to a quantity in its own unit
        :rtype: dict[int, float]
        """
        groups = self.env["medical.consultation.line"]._read_group(
            domain=[
                ("consultation_id", "in", visit_ids),
                ("consultation_id.state", "in", ("draft", "in_progress")),
                ("is_cancelled", "=", False),
                ("dispensing", "=", "clinic"),
                ("product_id.is_storable", "=", True),
            ],
            groupby=["product_id"],
            aggregates=["quantity:sum", "qty_moved:sum"],
        )
        missing = {}
        for product, ordered, moved in groups:
            free = product.with_context(location=self.location.id).free_qty
            quantity = product.uom_id.round(ordered - moved - max(free, 0))
            if quantity > 0:
                missing[product.id] = quantity
        return missing

    def receive_some(self, missing):
        """Receive some products with one transfer.

        :param list missing: pairs of the id of a product and a quantity
        """
        picking_type = self.warehouse.in_type_id
        source = picking_type.default_location_src_id
        units = {
            product.id: product.uom_id.id
            for product in self.env["product.product"].browse(
                product_id for product_id, _quantity in missing
            )
        }
        places = {
            "company_id": self.warehouse.company_id.id,
            "location_id": source.id,
            "location_dest_id": self.location.id,
        }
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "origin": "Synthea",
                **places,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product_id,
                            "product_uom": units[product_id],
                            "product_uom_qty": quantity,
                            **places,
                        }
                    )
                    for product_id, quantity in missing
                ],
            }
        )
        picking.action_confirm()
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
        picking.move_ids.picked = True
        picking.with_context(skip_sms=True, skip_backorder=True).button_validate()
