from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    _inherit = "stock.move"

    # Copied: kits, backorders and returns stay linked to what used the goods. No group
    # on the field: whoever splits a transfer copies it. The record behind is protected.
    consultation_line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )

    # === CRUD METHODS === #

    def write(self, vals):
        # Readonly in a view only would leave what a visit used open to remote calls.
        if "consultation_line_id" in vals and not self.env.su:
            line_id = vals["consultation_line_id"]
            if any(
                move.consultation_line_id.id != (line_id or False)
                for move in self.sudo()
            ):
                raise UserError(
                    self.env._(
                        "What was used in a visit is recorded there: it cannot be "
                        "changed on a transfer."
                    )
                )
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        # EXTENDS 'stock': two lines of one product are two acts.
        return [*super()._prepare_merge_moves_distinct_fields(), "consultation_line_id"]

    def _action_assign(self, force_qty=False):
        # EXTENDS 'stock': also at confirmation, and when somebody delivers a backorder.
        used = self.filtered("consultation_line_id")
        if not used:
            return super()._action_assign(force_qty=force_qty)
        super(StockMove, self - used)._action_assign(force_qty=force_qty)
        used.filtered(lambda move: not move._should_bypass_reservation())._lock_goods()
        used = used.with_context(medical_first_expiry=True)
        return super(StockMove, used)._action_assign(force_qty=force_qty)

    def _filter_waiting(self):
        """Return which of these moves are to take goods that were not there yet.

        :rtype: stock.move
        """
        return self.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and move.location_dest_usage == "production"
            )
        )

    def _get_medical_quantity(self, uom):
        """Return how much these moves took out of stock for a visit, less returns.

        Moves that wait for goods count with what was asked for. Nothing is rounded:
        seven of a dozen and the other five are a dozen.

        :param uom: the `uom.uom` to count in
        :rtype: float
        """
        total = 0.0
        for move in self:
            if move.state == "cancel":
                continue
            quantity = move.quantity if move.state == "done" else move.product_uom_qty
            quantity = move.product_uom._compute_quantity(quantity, uom, round=False)
            total += quantity if move.location_dest_usage == "production" else -quantity
        return total
