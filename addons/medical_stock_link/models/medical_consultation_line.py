from odoo import api, fields, models
from odoo.exceptions import UserError

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
        help="How much was done that has not left the stock: missing goods, or goods "
        "that were returned.",
    )
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
        "dispensing",
        "product_id.is_storable",
        "move_ids.state",
        "move_ids.quantity",
        "move_ids.product_uom",
    )
    def _compute_qty_moved(self):
        for line in self:
            done = line.move_ids.filtered(lambda move: move.state == "done")
            line.qty_moved = done._get_medical_quantity(line.product_uom_id)
            line.stock_difference = (
                line.product_uom_id.round(line.qty_done - line.qty_moved)
                if line._is_taken_from_stock()
                else 0.0
            )

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

    def _after_done(self):
        # EXTENDS 'medical_records'
        result = super()._after_done()
        self._take_from_stock()
        return result

    def _is_taken_from_stock(self):
        """Whether what is done of this line leaves the clinic's stock.

        :rtype: bool
        """
        self.ensure_one()
        return self.product_id.is_storable and self.dispensing == "clinic"

    def _take_from_stock(self):
        """Let the stock follow what was done: one transfer a visit, all in one batch.

        :raise UserError: when goods are missing and the company refuses that, when a
            company has no warehouse or its books are locked today, or when less was
            done than already left
        """
        # In sudo mode: who treats patients needs no right to the stock.
        to_take = {}
        for line in self.sudo():
            if not line._is_taken_from_stock():
                continue
            missing = line.product_uom_id.round(
                line.qty_done - line.move_ids._get_medical_quantity(line.product_uom_id)
            )
            if missing < 0:
                raise UserError(
                    self.env._(
                        "%(quantity)s %(unit)s of %(line)s already left the stock "
                        "with %(transfer)s: return them there first.",
                        quantity=-missing,
                        unit=line.product_uom_id.name,
                        line=line.name,
                        transfer=", ".join(line.move_ids.picking_id.mapped("name")),
                    )
                )
            if missing > 0:
                to_take[line] = missing
        by_company = {}
        for line, quantity in to_take.items():
            visits = by_company.setdefault(line.company_id, {})
            visits.setdefault(line.consultation_id, {})[line] = quantity
        for company, visits in by_company.items():
            company._check_goods_bookable()
            pickings = (
                self.env["stock.picking"]
                .sudo()
                .with_company(company)
                .create(
                    [
                        visit._prepare_picking_vals(quantities)
                        for visit, quantities in visits.items()
                    ]
                )
            )
            moves = pickings.move_ids._action_confirm(merge=False)
            moves._action_assign()
            self._handle_shortage(company, moves)
            moves.picking_id._action_done_in_visit()

    def _prepare_stock_move_vals(self, quantity):
        """Return the values of the move that takes a quantity for this line.

        :param float quantity: in the unit of the line
        :rtype: dict
        """
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom": self.product_uom_id.id,
            "product_uom_qty": quantity,
            "consultation_line_id": self.id,
        }

    @api.model
    def _handle_shortage(self, company, moves):
        """Do with moves that could not be reserved what the company chose.

        :param company: the `res.company` of the moves
        :param moves: `stock.move` after reservation
        """
        short = moves.filtered(
            lambda move: (
                move.product_uom.compare(move.quantity, move.product_uom_qty) < 0
            )
        )
        if not short:
            return
        policy = company.medical_shortage_policy or "refuse"
        untracked = short.filtered(lambda move: move.product_id.tracking == "none")
        if policy == "negative" and untracked:
            for move in untracked:
                move.quantity = move.product_uom_qty
            short -= untracked
        if policy == "backorder":
            short.consultation_line_id.consultation_id._schedule_shortage_activity()
        elif short:
            raise UserError(self._get_shortage_message(short))

    @api.model
    def _get_shortage_message(self, moves):
        """Say which goods are missing, and what to do about it."""
        lines = [
            self.env._(
                "- %(product)s: %(needed)s %(unit)s used in %(visit)s, "
                "%(there)s in stock",
                product=move.product_id.display_name,
                needed=move.product_uom_qty,
                unit=move.product_uom.name,
                visit=move.consultation_line_id.consultation_id.name,
                there=move.quantity,
            )
            for move in moves
        ]
        return "\n".join(
            [
                self.env._("There is not enough usable stock:"),
                *lines,
                self.env._(
                    "Receive or count the goods, correct what was used, or mark the "
                    "line to be done later."
                ),
            ]
        )
