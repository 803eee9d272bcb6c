from odoo import models


class MedicalConsultationLine(models.Model):
    """Lines tell the biller of what was done and cannot be billed."""

    _inherit = "medical.consultation.line"

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'medical_records': what an item waited for may have come.
        waiting = self._get_waiting_items() if "product_id" in vals else None
        result = super().write(vals)
        if waiting:
            waiting._trigger_blocking_check()
        return result

    # === BUSINESS METHODS === #

    def _after_done(self):
        # EXTENDS 'medical_records'
        result = super()._after_done()
        self._get_waiting_items()._trigger_blocking_check()
        return result

    def _get_waiting_items(self):
        """Return the items of these lines that cannot be billed."""
        # In sudo mode: who records an act need not see its items.
        return self.sudo().billable_item_ids.filtered("blocking_reason")
