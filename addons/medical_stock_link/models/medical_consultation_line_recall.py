from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class MedicalConsultationLine(models.Model):
    _inherit = "medical.consultation.line"

    # === ACTION METHODS === #

    def action_recall(self):
        """Open the recall of the lots that these lines used.

        :raise UserError: when they used none
        """
        self.check_access("read")
        self.env["medical.recall"].check_access("create")
        # In sudo mode: who reads records needs no right to transfers.
        lots = self.sudo().move_ids.lot_ids
        if not lots:
            raise UserError(
                self.env._("No lot or serial number left the stock for this.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Recall"),
            "res_model": "medical.recall",
            "view_mode": "form",
            "context": {"default_lot_ids": [Command.set(lots.ids)]},
        }
