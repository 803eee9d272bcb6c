from odoo import fields, models


class StockMove(models.Model):
    """Kits of Odoo's manufacturing, whose parts leave the stock in their place.

    Each part remembers how much of it one kit needed when it was taken apart, so that
    a recipe that changes later changes nothing of what visits have used.
    """

    _inherit = "stock.move"

    # Both are copied: backorders and returns are of the same kit.
    medical_kit_quantity = fields.Float(
        string="Kits Used in a Visit",
        digits=0,
        readonly=True,
        help="How many kits the move of a whole kit asked for, in the unit of the "
        "visit's line.",
    )
    medical_kit_ratio = fields.Float(
        string="Of Each Kit Used in a Visit",
        digits=0,
        readonly=True,
        help="How much of this part one kit needed, in the unit of the product.",
    )

    # === BUSINESS METHODS === #

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        # EXTENDS 'stock': manufacturing puts the parts of a kit in its place here.
        moves = super()._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )
        for move in moves._filter_kit_parts():
            if move.medical_kit_quantity and not move.medical_kit_ratio:
                move.medical_kit_ratio = move.product_qty / move.medical_kit_quantity
        return moves

    def _filter_kit_parts(self):
        """Return which of these moves took a part of the kit that a visit used.

        :rtype: stock.move
        """
        # In sudo mode: who works in the stock need not see the visits.
        return self.filtered(
            lambda move: (
                move.medical_kit_quantity
                and move.product_id != move.sudo().consultation_line_id.product_id
            )
        )

    def _get_medical_quantity(self, uom):
        # EXTENDS: of a kit there is as much as of its scarcest part, as in a sale.
        parts = self._filter_kit_parts()
        total = super(StockMove, self - parts)._get_medical_quantity(uom)
        for line, moves in parts.sudo().grouped("consultation_line_id").items():
            total += line.product_uom_id._compute_quantity(
                min(moves._get_kits_by_part().values(), default=0.0), uom, round=False
            )
        return total

    def _get_kits_by_part(self):
        """Return for how many kits these parts of one line's kit are.

        Parts that did not move at all count as well.

        :return: parts to a quantity in the unit of the line
        :rtype: dict
        """
        line = self.sudo().consultation_line_id.ensure_one()
        kits = {
            move._get_kit_part(): 0.0
            for move in line.move_ids._filter_kit_parts()
            if move.medical_kit_ratio
        }
        for move in self:
            if move.state != "cancel" and move.medical_kit_ratio:
                quantity = move.product_qty
                if move.state == "done":
                    quantity = move.product_uom._compute_quantity(
                        move.quantity,
                        move.product_id.uom_id,
                        rounding_method="HALF-UP",
                    )
                if move.location_dest_usage != "production":
                    quantity = -quantity
                kits[move._get_kit_part()] += quantity / move.medical_kit_ratio
        return kits

    def _get_kit_part(self):
        """Return what tells the part of a kit apart from its other parts."""
        self.ensure_one()
        if "bom_line_id" in self._fields and self.bom_line_id:
            return self.bom_line_id
        return (self.product_id, round(self.medical_kit_ratio, 6))

    def _prepare_returned_vals(self, parts):
        # EXTENDS
        vals = super()._prepare_returned_vals(parts)
        return vals | self._prepare_kit_part_vals() if self.medical_kit_ratio else vals

    def _prepare_missing_parts(self, wanted):
        """Return the values of moves for what these parts of a kit are too few.

        Of the parts as they were when the kit was taken apart for the first time.

        :param float wanted: how many kits were used, in the unit of the line
        :rtype: list[dict]
        """
        kits_by_part = self._get_kits_by_part()
        vals_list = []
        for move in self.filtered("medical_kit_ratio"):
            # Each part once.
            kits = kits_by_part.pop(move._get_kit_part(), wanted)
            uom = move.product_id.uom_id
            quantity = uom.round((wanted - kits) * move.medical_kit_ratio)
            if uom.compare(quantity, 0) > 0:
                vals_list.append(
                    {
                        "product_id": move.product_id.id,
                        "product_uom": uom.id,
                        "product_uom_qty": quantity,
                        "consultation_line_id": move.consultation_line_id.id,
                        **move._prepare_kit_part_vals(),
                    }
                )
        return vals_list

    def _prepare_kit_part_vals(self):
        """Return the values by which another move is of the same part of a kit.

        :rtype: dict
        """
        self.ensure_one()
        vals = {
            "medical_kit_quantity": self.medical_kit_quantity,
            "medical_kit_ratio": self.medical_kit_ratio,
        }
        if "bom_line_id" in self._fields:
            vals["bom_line_id"] = self.bom_line_id.id
        return vals

    def _trim_kits(self, wanted):
        """Bring back what these parts of one line's kit are more than wanted.

        What still waits for goods is called off first.

        :param float wanted: how many kits were used, in the unit of the line
        :return: `stock.move.line` to how much of it comes back, in the product's unit
        :rtype: dict
        """
        by_part = self.filtered("medical_kit_ratio").grouped(
            lambda move: move._get_kit_part()
        )
        returned = {}
        for part, kits in self._get_kits_by_part().items():
            moves = by_part[part]
            uom, ratio = moves.product_id.uom_id, moves[0].medical_kit_ratio
            surplus = uom.round((kits - wanted) * ratio)
            for move in moves._filter_waiting().sorted("id", reverse=True):
                if uom.compare(surplus, 0) > 0:
                    less = min(move.product_qty, surplus)
                    self._ask_for(
                        {
                            move: uom._compute_quantity(
                                less, move.product_uom, rounding_method="HALF-UP"
                            )
                        }
                    )
                    surplus = uom.round(surplus - less)
            for move in moves._filter_taken().sorted("id", reverse=True):
                for line, there in move._get_left_by_lot():
                    if uom.compare(surplus, 0) > 0:
                        returned[line] = min(there, surplus)
                        surplus = uom.round(surplus - returned[line])
        return returned
