from odoo import models


class MedicalConsultation(models.Model):
    """Where orders are billed, the items follow a visit that is cancelled."""

    _inherit = "medical.consultation"

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'medical_records'
        if "state" not in vals:
            return super().write(vals)
        # In sudo mode: who ends a visit need not see its items.
        lines = (
            self.sudo()
            .filtered(
                lambda visit: visit.company_id.medical_billing_policy == "ordered"
            )
            .line_ids
        )
        lines._give_back_billed(
            {line: {"visit_state": vals["state"]} for line in lines}
        )
        result = super().write(vals)
        lines.billable_item_ids._take_back_corrections()
        return result
