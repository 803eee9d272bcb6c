from odoo import models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Patients and payers of whom everything is billed from their page."""

    # res.partner is extended by subject; this one is about building documents.
    _inherit = "res.partner"

    # === ACTION METHODS === #

    def action_medical_build(self):
        """Open the wizard with all that is left to bill of these patients."""
        items = self.env["medical.billable.item"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("patient_id", "in", self.ids),
                ("qty_to_bill", "!=", 0),
            ]
        )
        if not items:
            raise UserError(self.env._("Nothing is left to bill."))
        return items.action_build()
