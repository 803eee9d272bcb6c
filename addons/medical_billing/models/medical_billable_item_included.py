from odoo import api, models


class MedicalBillableItem(models.Model):
    """What is used above what is included: the item of the line bills only that."""

    _inherit = "medical.billable.item"

    # === COMPUTE METHODS === #

    @api.depends("consultation_line_id.charge", "consultation_line_id.qty_included")
    def _compute_quantity(self):
        return super()._compute_quantity()

    @api.depends(
        "consultation_line_id.charge",
        "consultation_line_id.quantity",
        "consultation_line_id.qty_done",
        "consultation_line_id.qty_included",
    )
    def _compute_state(self):
        result = super()._compute_state()
        for item in self:
            if item.state == "pending" and item.consultation_line_id._is_covered():
                item.state = "covered"
        return result

    # === BUSINESS METHODS === #

    def _get_nothing_to_bill_reason(self):
        if self.state == "covered":
            return self.env._("is included in the price of what it was used for")
        return super()._get_nothing_to_bill_reason()
