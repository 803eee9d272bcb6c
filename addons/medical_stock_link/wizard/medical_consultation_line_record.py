from odoo import api, fields, models


class MedicalConsultationLineRecord(models.TransientModel):
    """Goods that are given later are of a lot that is chosen then."""

    _inherit = "medical.consultation.line.record"

    product_id = fields.Many2one(
        comodel_name="product.product",
        compute="_compute_line",
    )
    tracking = fields.Selection(related="product_id.tracking")
    lots_proposed = fields.Char(string="First to Expire", compute="_compute_line")
    lot_id = fields.Many2one(
        comodel_name="stock.lot",
        domain="[('product_id', '=', product_id), ('product_qty', '>', 0)]",
        compute="_compute_lot_id",
        store=True,
        readonly=False,
        ondelete="cascade",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_id.product_id")
    def _compute_line(self):
        result = super()._compute_line()
        for record in self:
            record.product_id = record.line_id.product_id
            record.lots_proposed = record.line_id.lots_shown
        return result

    @api.depends("line_id")
    def _compute_lot_id(self):
        for record in self:
            record.lot_id = record.line_id.lot_id

    # === ACTION METHODS === #

    def action_confirm(self):
        # EXTENDS 'medical_records'
        if self.quantity > 0 and self.lot_id != self.line_id.lot_id:
            self.line_id.check_access("write")
            self.line_id.lot_id = self.lot_id
        return super().action_confirm()
