from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.product_template import MEDICAL_KINDS


class MedicalConsultationLineRecord(models.TransientModel):
    """Records what was done of one order: all of it, a part, a result, files."""

    _name = "medical.consultation.line.record"
    _description = "Record What Was Done"

    line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Order",
        required=True,
        ondelete="cascade",
    )
    patient_id = fields.Many2one(comodel_name="res.partner", compute="_compute_line")
    kind = fields.Selection(selection=MEDICAL_KINDS, compute="_compute_line")
    dosage = fields.Char(compute="_compute_line")
    qty_ordered = fields.Float(digits="Product Unit", compute="_compute_line")
    qty_done = fields.Float(
        string="Done Before",
        digits="Product Unit",
        compute="_compute_line",
    )
    product_uom_id = fields.Many2one(comodel_name="uom.uom", compute="_compute_line")
    quantity = fields.Float(
        string="Done Now",
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
    )
    done_by_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        compute="_compute_done_by_id",
        store=True,
        readonly=False,
        ondelete="cascade",
    )
    date_done = fields.Datetime(default=fields.Datetime.now, required=True)
    previous_result = fields.Text(string="Recorded So Far", compute="_compute_line")
    result = fields.Text()
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        string="Files",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "line_id.dosage",
        "line_id.kind",
        "line_id.product_uom_id",
        "line_id.qty_done",
        "line_id.quantity",
        "line_id.result",
    )
    def _compute_line(self):
        for record in self:
            line = record.line_id
            # Not by related fields: they would show an order of another company.
            line._origin.check_access("read")
            record.patient_id = line.patient_id
            record.kind = line.kind
            record.dosage = line.dosage
            record.qty_ordered = line.quantity
            record.qty_done = line.qty_done
            record.product_uom_id = line.product_uom_id
            record.previous_result = line.result

    @api.depends("line_id")
    def _compute_quantity(self):
        for record in self:
            line = record.line_id
            record.quantity = (
                line.quantity - line.qty_done if line.state == "ordered" else 0.0
            )

    @api.depends("line_id")
    def _compute_done_by_id(self):
        for record in self:
            line = record.line_id
            record.done_by_id = line and line._get_default_done_by()

    # === ACTION METHODS === #

    def action_confirm(self):
        """Add to the order what was entered here.

        :raise UserError: when nothing was entered, or it was done in the future
        :raise ValidationError: when more would be done than was ordered
        """
        self.ensure_one()
        line = self.line_id
        line.check_access("write")
        text = (self.result or "").strip()
        if self.quantity < 0:
            raise UserError(
                self.env._(
                    "Enter what was done this time: it cannot be less than nothing."
                )
            )
        if not self.quantity and not text and not self.attachment_ids:
            raise UserError(
                self.env._("Enter how much was done, a result, or add a file.")
            )
        if self.date_done > fields.Datetime.now():
            raise UserError(
                self.env._("What is recorded here was done before now: check the time.")
            )
        if text:
            line._add_result(text)
        if self.attachment_ids:
            self.attachment_ids.write({"res_model": line._name, "res_id": line.id})
        if self.quantity:
            line._record_done(
                {line: line.product_uom_id.round(line.qty_done + self.quantity)}
                if line.product_uom_id
                else {line: line.qty_done + self.quantity},
                done_by=self.done_by_id,
                date=self.date_done,
            )
        return {"type": "ir.actions.act_window_close"}
