from odoo import api, fields, models


class MedicalConsultationLine(models.Model):
    """What was opened, dropped or left over: used, and not charged to anybody."""

    _inherit = "medical.consultation.line"

    is_waste = fields.Boolean(
        string="Wasted",
        copy=False,
        help="Taken from the stock and not used on the patient: its cost is booked, "
        "and nobody is charged.",
    )

    # === ONCHANGE METHODS === #

    @api.onchange("is_waste")
    def _onchange_is_waste(self):
        if self.is_waste:
            self.charge = "none"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._get_waste_vals(vals) for vals in vals_list])

    def write(self, vals):
        if "is_waste" in vals:
            vals = self._get_waste_vals(vals)
        return super().write(vals)

    # === ACTION METHODS === #

    def action_waste(self):
        """Open the dialog that says how much more of this was thrown away."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Wasted"),
            "res_model": "medical.consultation.line.waste",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _get_waste_vals(self, vals):
        """Return values with nobody charged for waste.

        :param dict vals: of lines
        :rtype: dict
        """
        if vals.get("is_waste"):
            return {**vals, "charge": "none"}
        if "is_waste" in vals and "charge" not in vals and self:
            return {**vals, "charge": "charged"}
        return vals

    def _add_waste(self, quantity, note=False):
        """Add what was thrown away beside what this line used.

        :param float quantity: in the unit of the line
        :param str note: why
        :return: the line of the waste
        """
        self.ensure_one()
        waste = self.create(
            {
                "consultation_id": self.consultation_id.id,
                "sequence": self.sequence,
                "product_id": self.product_id.id,
                "name": self.name,
                "quantity": quantity,
                "product_uom_id": self.product_uom_id.id,
                "lot_id": self.lot_id.id,
                "dispensing": self.dispensing,
                "is_waste": True,
                "note": note,
            }
        )
        if self.qty_done:
            # It is thrown away already, as what it was left over from was used.
            waste._record_done({waste: quantity})
        return waste
