from odoo import models


class MedicalConsultation(models.Model):
    """Visits tell the biller when the patient comes whom items waited for."""

    _inherit = "medical.consultation"

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'medical_records'
        if "patient_id" not in vals:
            return super().write(vals)
        # In sudo mode: who keeps the diary need not see items.
        items = self.sudo().billable_item_ids
        waiting = items.filtered("blocking_reason")
        # Whoever was chosen to pay was chosen for the patient before.
        items.filtered("is_payer_manual").write({"is_payer_manual": False})
        result = super().write(vals)
        if waiting:
            waiting._trigger_blocking_check()
        return result
