from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import groupby


class StockMove(models.Model):
    """Goods that were taken for a visit and come back from it."""

    _inherit = "stock.move"

    # === BUSINESS METHODS === #

    def _action_cancel(self):
        # EXTENDS 'stock': what was used and will not leave the stock now is in view.
        result = super()._action_cancel()
        self._tell_of_differences()
        return result

    def _tell_of_differences(self):
        """Let visits know that their transfers changed, when others changed them."""
        if not self.env.context.get("medical_consumption"):
            # In sudo mode: who works in the stock need not see the visits.
            visits = self.sudo().consultation_line_id.consultation_id
            visits._update_shortage_activities()

    def _filter_taken(self):
        """Return which of these moves have taken goods for a visit.

        :rtype: stock.move
        """
        return self.filtered(
            lambda move: (
                move.state == "done" and move.location_dest_usage == "production"
            )
        )

    def _check_returns_within_use(self):
        """Raise `UserError` when more of a move for a visit comes back than left."""
        # In sudo mode: who works in the stock need not see the visits.
        returns = self.sudo().filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and move.origin_returned_move_id.consultation_line_id
            )
        )
        for origin, moves in returns.grouped("origin_returned_move_id").items():
            left = origin._get_left_by_lot(but=moves)
            for lot, lines in moves.move_line_ids.grouped("lot_id").items():
                quantity = sum(lines.mapped("quantity_product_uom"))
                there = sum(part for line, part in left if line.lot_id == lot)
                if origin.product_id.uom_id.compare(quantity, there) > 0:
                    raise UserError(
                        self.env._(
                            "%(quantity)s %(unit)s of %(product)s is more than the "
                            "%(there)s that %(transfer)s took and that did not come "
                            "back yet.",
                            quantity=quantity,
                            unit=origin.product_id.uom_id.name,
                            product=" ".join(
                                filter(None, (origin.product_id.display_name, lot.name))
                            ),
                            there=there,
                            transfer=origin.reference,
                        )
                    )

    def _get_left_by_lot(self, but=None):
        """Return what a done move took and what did not come back yet.

        :param but: returns of it that do not count
        :return: pairs of `stock.move.line` and quantity in the product's own unit, the
            last one first
        :rtype: list[tuple]
        """
        self.ensure_one()
        back = {}
        for move in self.returned_move_ids - (but or self.browse()):
            if move.state == "cancel":
                continue
            for line in move.move_line_ids:
                back[line.lot_id] = back.get(line.lot_id, 0) + line.quantity_product_uom
        uom = self.product_id.uom_id
        left = []
        for line in self.move_line_ids.sorted("id", reverse=True):
            came = min(back.get(line.lot_id, 0), line.quantity_product_uom)
            back[line.lot_id] = back.get(line.lot_id, 0) - came
            quantity = uom.round(line.quantity_product_uom - came)
            if quantity > 0:
                left.append((line, quantity))
        return left

    def _call_off(self, quantity, uom):
        """Ask for less with moves that wait for goods, the last one first.

        :param float quantity: how much less
        :param uom: the `uom.uom` of the quantity
        :return: how much of the quantity remains, in the same unit
        :rtype: float
        """
        waiting = self._get_medical_quantity(uom)
        if not waiting:
            return quantity
        if uom.compare(quantity, waiting) >= 0:
            self.with_context(medical_consumption=True)._action_cancel()
            return quantity - waiting
        # The parts of a kit of Odoo's manufacturing wait as a whole.
        lines = self.consultation_line_id
        kits = self.filtered(lambda move: move.product_id != lines.product_id)
        kits._ask_for(
            {move: move.product_uom_qty * quantity / waiting for move in kits}
        )
        less = {}
        for move in (self - kits).sorted("id", reverse=True):
            asked = move.product_uom._compute_quantity(
                move.product_uom_qty, uom, round=False
            )
            part = min(asked, quantity)
            quantity -= part
            less[move] = uom._compute_quantity(
                part, move.product_uom, rounding_method="HALF-UP"
            )
        self._ask_for(less)
        return 0.0

    @api.model
    def _ask_for(self, less):
        """Lower what moves ask for.

        :param dict less: moves to how much less, in the unit of the move
        """
        called_off = self.browse()
        for move, quantity in less.items():
            rest = move.product_uom.round(move.product_uom_qty - quantity)
            if move.product_uom.compare(rest, 0) <= 0:
                called_off |= move
            elif quantity:
                move._do_unreserve()
                move.product_uom_qty = rest
        called_off.with_context(medical_consumption=True)._action_cancel()

    def _choose_returned(self, quantity, uom, lot=None):
        """Return what of these moves comes back: of the last taken first.

        :param float quantity: how much
        :param uom: the `uom.uom` of the quantity
        :param lot: the `stock.lot` that came back, when somebody said
        :return: move lines to how much of them, in the product's own unit
        :rtype: dict
        :raise UserError: when not so much left
        """
        taken = self._filter_taken().sorted("id", reverse=True)
        whole = self._get_medical_quantity(uom)
        parts = {}
        for product, moves in taken.grouped("product_id").items():
            left = [pair for move in moves for pair in move._get_left_by_lot()]
            if lot and lot.product_id == product:
                left = [pair for pair in left if pair[0].lot_id == lot]
            if product == moves.consultation_line_id.product_id:
                needed = uom._compute_quantity(
                    quantity, product.uom_id, rounding_method="HALF-UP"
                )
            else:
                # A part of a kit of Odoo's manufacturing.
                there = sum(part for _line, part in left)
                needed = product.uom_id.round(there * quantity / whole)
            for line, there in left:
                part = min(there, needed)
                if product.uom_id.compare(part, 0) > 0:
                    parts[line] = part
                    needed = product.uom_id.round(needed - part)
            if product.uom_id.compare(needed, 0) > 0:
                raise UserError(
                    self.env._(
                        "%(quantity)s %(unit)s of %(product)s are to come back that "
                        "did not leave, or came back already. Look at the transfers "
                        "of the visit.",
                        quantity=needed,
                        unit=product.uom_id.name,
                        product=" ".join(
                            filter(None, (product.display_name, lot and lot.name))
                        ),
                    )
                )
        return parts

    @api.model
    def _return_used(self, parts):
        """Bring goods back: a transfer for each that took them, all in one batch.

        :param dict parts: move lines to how much of them, in the product's own unit
        """
        by_company = groupby(parts, key=lambda line: line.company_id)
        for company, lines in by_company:
            company._check_goods_bookable()
            pickings = (
                self.env["stock.picking"]
                .with_company(company)
                .create(
                    [
                        picking._prepare_return_vals(
                            {line: parts[line] for line in of_picking}
                        )
                        for picking, of_picking in groupby(
                            lines, key=lambda line: line.picking_id
                        )
                    ]
                )
            )
            self.env["stock.move.line"].create(
                [
                    move._prepare_returned_line_vals(line, parts[line])
                    for move in pickings.move_ids
                    for line in move.origin_returned_move_id.move_line_ids
                    if line in parts
                ]
            )
            pickings.move_ids._action_confirm(merge=False)
            pickings._action_done_in_visit()

    def _prepare_returned_vals(self, parts):
        """Return the values of the move that brings back a part of this one.

        :param dict parts: its move lines to how much, in the product's own unit
        :rtype: dict
        """
        self.ensure_one()
        uom = self.product_id.uom_id
        return {
            "product_id": self.product_id.id,
            "product_uom": uom.id,
            "product_uom_qty": uom.round(sum(parts.values())),
            "company_id": self.company_id.id,
            "location_id": self.location_dest_id.id,
            "location_dest_id": self.location_id.id,
            "consultation_line_id": self.consultation_line_id.id,
            "origin_returned_move_id": self.id,
            "move_orig_ids": [Command.link(self.id)],
        }

    def _prepare_returned_line_vals(self, line, quantity):
        """Return the values that bring back one lot with this move.

        :param line: the `stock.move.line` that took it
        :param float quantity: how much, in the product's own unit
        :rtype: dict
        """
        self.ensure_one()
        return {
            "move_id": self.id,
            "picking_id": self.picking_id.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_id.uom_id.id,
            "quantity": quantity,
            "lot_id": line.lot_id.id,
            "owner_id": line.owner_id.id,
            "location_id": line.location_dest_id.id,
            # Back to the shelf it came from.
            "location_dest_id": line.location_id.id,
        }
