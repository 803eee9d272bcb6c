from odoo import api, models


class MedicalBillableItem(models.Model):
    """What came back is not billed."""

    _inherit = "medical.billable.item"

    # === COMPUTE METHODS === #

    @api.depends("consultation_line_id.qty_returned")
    def _compute_quantity(self):
        return super()._compute_quantity()
