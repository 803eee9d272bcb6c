from odoo import api, fields, models


class MedicalConsultationLineReturn(models.TransientModel):
    """Records that goods used in a visit came back, all of them or a part."""

    _name = "medical.consultation.line.return"
    _description = "Return Goods of a Visit"

    line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Goods",
        required=True,
        ondelete="cascade",
    )
    qty_left = fields.Float(
        string="Used and Not Returned",
        digits="Product Unit",
        compute="_compute_line",
    )
    product_uom_id = fields.Many2one(comodel_name="uom.uom", compute="_compute_line")
    quantity = fields.Float(string="Comes Back", digits="Product Unit")
    lot_ids = fields.Many2many(
        comodel_name="stock.lot",
        string="Lots Used",
        compute="_compute_lot_ids",
    )
    has_several_lots = fields.Boolean(compute="_compute_lot_ids")
    lot_id = fields.Many2one(
        comodel_name="stock.lot",
        domain="[('id', 'in', lot_ids)]",
        help="Which of the lots that were used came back; the last that was taken when "
        "empty.",
    )
    note = fields.Char(string="Reason")

    # === COMPUTE METHODS === #

    @api.depends("line_id.qty_done", "line_id.qty_returned", "line_id.product_uom_id")
    def _compute_line(self):
        for record in self:
            line = record.line_id
            # Not by related fields: they would show an order of another company.
            line._origin.check_access("read")
            record.qty_left = line.qty_done - line.qty_returned
            record.product_uom_id = line.product_uom_id

    @api.depends("line_id")
    def _compute_lot_ids(self):
        for record in self:
            # In sudo mode: who treats patients needs no right to transfers.
            moves = record.line_id.sudo().move_ids._filter_taken()
            record.lot_ids = record.env["stock.lot"].browse(
                dict.fromkeys(
                    part.lot_id.id
                    for move in moves
                    for part, _quantity in move._get_left_by_lot()
                    if part.lot_id
                )
            )
            record.has_several_lots = len(record.lot_ids) > 1

    # === ACTION METHODS === #

    def action_confirm(self):
        """Return the goods to the stock, and let what is billed follow.

        :raise UserError: for no quantity, or for more than was used
        """
        self.ensure_one()
        self.line_id.check_access("write")
        self.line_id._record_returned(
            {self.line_id: self.quantity},
            note=(self.note or "").strip(),
            lots={self.line_id: self.lot_id} if self.lot_id else None,
        )
        return {"type": "ir.actions.act_window_close"}
