from odoo import api, fields, models

from .medical_consultation import COST_VIEWERS


class MedicalConsultationLine(models.Model):
    _inherit = "medical.consultation.line"

    move_ids = fields.One2many(
        comodel_name="stock.move",
        inverse_name="consultation_line_id",
        groups="stock.group_stock_user",
    )
    qty_moved = fields.Float(
        string="Taken",
        digits="Product Unit",
        compute="_compute_qty_moved",
        store=True,
        help="How much left the stock for this line, less what was returned.",
    )
    stock_difference = fields.Float(
        digits="Product Unit",
        compute="_compute_qty_moved",
        store=True,
        help="How much was used that has not left the stock: missing goods, or goods "
        "that somebody returned there and nobody in the visit.",
    )
    stock_difference_reason = fields.Char(
        string="Reason",
        compute="_compute_stock_difference_reason",
        help="Why record and stock do not agree.",
    )
    has_left = fields.Boolean(compute="_compute_stock_difference_reason")
    is_storable = fields.Boolean(related="product_id.is_storable")
    qty_available = fields.Float(
        string="On Hand",
        compute="_compute_qty_available",
        digits="Product Unit",
        help="What the clinic's warehouse holds now, in the unit of the product.",
    )
    material_cost = fields.Float(
        compute="_compute_material_cost",
        compute_sudo=True,
        groups=COST_VIEWERS,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "qty_done",
        "qty_returned",
        "dispensing",
        "product_id.is_storable",
        "move_ids.state",
        "move_ids.quantity",
        "move_ids.product_uom",
    )
    def _compute_qty_moved(self):
        for line in self:
            done = line.move_ids.filtered(lambda move: move.state == "done")
            uom = line.product_uom_id
            # What is ordered in words has no unit, and never left the stock.
            line.qty_moved = uom.round(done._get_medical_quantity(uom)) if done else 0.0
            line.stock_difference = (
                uom.round(line._get_qty_to_take() - line.qty_moved)
                if line._is_taken_from_stock()
                else 0.0
            )

    @api.depends("stock_difference", "move_ids.state")
    def _compute_stock_difference_reason(self):
        for line in self:
            reason = has_left = False
            if line.stock_difference:
                # In sudo mode: medics have no right to transfers.
                moves = line.sudo().move_ids
                waiting = moves._filter_waiting()
                if waiting:
                    reason = self.env._(
                        "Waits for goods (%(transfer)s)",
                        transfer=", ".join(waiting.picking_id.mapped("name")),
                    )
                elif moves._filter_taken():
                    has_left = True
                    reason = self.env._("Returned to the stock")
                else:
                    reason = self.env._("Never taken from the stock")
            line.stock_difference_reason = reason
            line.has_left = has_left

    @api.depends("product_id", "company_id")
    def _compute_qty_available(self):
        for company, lines in self.grouped("company_id").items():
            # In sudo mode: medics have no right to the stock itself.
            warehouse = company.sudo()._get_medical_warehouse() if company else False
            products = lines.product_id.filtered("is_storable").sudo()
            on_hand = {}
            if warehouse:
                on_hand = {
                    product.id: product.free_qty
                    for product in products.with_context(warehouse_id=warehouse.id)
                }
            for line in lines:
                line.qty_available = on_hand.get(line.product_id.id, 0.0)

    @api.depends("move_ids.state", "move_ids.value")
    def _compute_material_cost(self):
        for line in self:
            done = line.move_ids.filtered(lambda move: move.state == "done")
            line.material_cost = sum(
                move.value if move.is_out else -move.value for move in done
            )

    # === BUSINESS METHODS === #

    def _is_taken_from_stock(self):
        """Whether what is done of this line leaves the clinic's stock.

        :rtype: bool
        """
        self.ensure_one()
        return self.product_id.is_storable and self.dispensing == "clinic"

    def _get_qty_to_take(self):
        """Return how much of this line has to have left the stock, in its unit.

        :rtype: float
        """
        self.ensure_one()
        return self.product_uom_id.round(self.qty_done - self.qty_returned)
