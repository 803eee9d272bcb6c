from odoo import api, models
from odoo.exceptions import UserError


class MedicalConsultationLine(models.Model):
    """The stock follows what was used: goods leave it, and come back to it."""

    _inherit = "medical.consultation.line"

    # === ACTION METHODS === #

    def action_take_missing(self):
        """Take what was used and did not leave the stock, now that it is there.

        :raise UserError: when nothing is missing, or it is still not there
        """
        self.check_access("write")
        lines = self.filtered(lambda line: line.stock_difference > 0)
        if not lines:
            raise UserError(
                self.env._("All that was used here has already left the stock.")
            )
        lines._settle_stock()
        lines._take_waiting()
        self.env.flush_all()
        missing = lines.filtered(lambda line: line.stock_difference > 0)
        if missing == lines and not lines.filtered("qty_moved"):
            raise UserError(
                self.env._(
                    "%(goods)s: still not in stock. Receive or count the goods first.",
                    goods=", ".join(missing.mapped("name")),
                )
            )

    # === BUSINESS METHODS === #

    def _after_done(self):
        # EXTENDS 'medical_records'
        result = super()._after_done()
        self._settle_stock()
        return result

    def _settle_stock(self):
        """Let the stock follow what was used of these lines, in either direction.

        What is missing is taken: one transfer a visit, all in one batch. What left and
        was not used comes back.

        :raise UserError: when goods are missing and the company refuses that, when a
            company has no warehouse, or when its books are locked today
        """
        missing, surplus, settled = {}, {}, self.browse()
        # In sudo mode: who treats patients needs no right to the stock.
        for line in self.sudo():
            if not line._is_taken_from_stock() and not line.move_ids:
                continue
            settled |= line
            uom = line.product_uom_id
            moved = line.move_ids._get_medical_quantity(uom)
            quantity = line._get_qty_to_take() - moved
            compared = uom.compare(quantity, 0)
            if compared > 0 and line._is_taken_from_stock():
                missing[line] = quantity
            elif compared < 0:
                surplus[line] = -quantity
        if surplus:
            self._return_to_stock(surplus)
        if missing:
            self._take_from_stock(missing)
        # Nothing may have moved, and the reason for telling somebody be gone.
        if settled:
            settled.consultation_id._update_shortage_activities()

    @api.model
    def _take_from_stock(self, quantities):
        """Take goods that were used: one transfer a visit, all in one batch.

        :param dict quantities: lines to how much, in the unit of the line
        :raise UserError: see :meth:`_settle_stock`
        """
        by_company = {}
        for line, quantity in quantities.items():
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

    def _take_waiting(self):
        """Take what waits for goods, as far as they are there by now."""
        # In sudo mode: who treats patients needs no right to the stock.
        waiting = self.sudo().move_ids._filter_waiting()
        for company, moves in waiting.grouped("company_id").items():
            company._check_goods_bookable()
            moves._action_assign()
            moves.picking_id._action_done_in_visit()
        self.consultation_id._update_shortage_activities()

    def _prepare_stock_move_vals(self, quantity):
        """Return the values of the move that takes a quantity for this line.

        :param float quantity: in the unit of the line
        :rtype: dict
        """
        self.ensure_one()
        uom = self._get_moved_uom()
        return {
            "product_id": self.product_id.id,
            "product_uom": uom.id,
            "product_uom_qty": self.product_uom_id._compute_quantity(
                quantity, uom, rounding_method="HALF-UP"
            ),
            "consultation_line_id": self.id,
        }

    def _get_moved_uom(self):
        """Return the unit that the goods of this line move in.

        The smaller one of the line's and the product's: where seven of a dozen are
        there, neither they nor the five that wait for goods are round parts of it.

        :rtype: uom.uom
        """
        self.ensure_one()
        return min(
            self.product_uom_id, self.product_id.uom_id, key=lambda uom: uom.factor
        )

    @api.model
    def _handle_shortage(self, company, moves):
        """Do with moves that could not be reserved what the company chose.

        A backorder stays where nothing is done here, and somebody is told by
        `medical.consultation._update_shortage_activities`.

        :param company: the `res.company` of the moves
        :param moves: `stock.move` after reservation
        :raise UserError: when goods are missing that have to be there
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
        # Whoever chose a lot has it at hand: something is wrong, waiting is no help.
        chosen = short.filtered(lambda move: move._get_chosen_lot())
        if chosen or (short and policy != "backorder"):
            raise UserError(self._get_shortage_message(chosen or short))

    @api.model
    def _get_shortage_message(self, moves):
        """Say which goods are missing, and what to do about it."""
        lines = [
            self.env._(
                "- %(product)s: %(needed)s %(unit)s used in %(visit)s, "
                "%(there)s in stock",
                product=" ".join(
                    filter(
                        None,
                        (move.product_id.display_name, move._get_chosen_lot().name),
                    )
                ),
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
