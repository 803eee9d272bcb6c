from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalConsultationLineWaste(models.TransientModel):
    """Records what was thrown away beside what a line used."""

    _name = "medical.consultation.line.waste"
    _description = "Waste of a Visit"

    line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Goods",
        required=True,
        ondelete="cascade",
    )
    qty_used = fields.Float(
        string="Used",
        digits="Product Unit",
        compute="_compute_line",
    )
    product_uom_id = fields.Many2one(comodel_name="uom.uom", compute="_compute_line")
    quantity = fields.Float(string="Thrown Away Besides", digits="Product Unit")
    note = fields.Char(string="Reason")

    # === COMPUTE METHODS === #

    @api.depends("line_id.quantity", "line_id.product_uom_id")
    def _compute_line(self):
        for record in self:
            line = record.line_id
            # Not by related fields: they would show an order of another company.
            line._origin.check_access("read")
            record.qty_used = line.quantity
            record.product_uom_id = line.product_uom_id

    # === ACTION METHODS === #

    def action_confirm(self):
        """Add the waste to the visit.

        :raise UserError: for no quantity, or for what does not come from the stock
        """
        self.ensure_one()
        line = self.line_id
        line.check_access("write")
        if line.product_uom_id.compare(self.quantity, 0) <= 0:
            raise UserError(self.env._("Enter how much was thrown away."))
        if not line._is_taken_from_stock():
            raise UserError(
                self.env._(
                    "%(line)s does not come from the stock: nothing of it is wasted "
                    "there.",
                    line=line.name,
                )
            )
        line._add_waste(self.quantity, (self.note or "").strip())
        return {"type": "ir.actions.act_window_close"}
