from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # === ACTION METHODS === #

    def action_view_vital_signs(self):
        """Show how vital signs of this patient went over the visits, as a graph.

        The context key `vital_signs` holds the names of some signs to begin with.
        """
        self.ensure_one()
        self.env["medical.vital.sign"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_vital_sign_action"
        )
        signs = self.env.context.get("vital_signs") or ["systolic_pressure"]
        action["domain"] = [("patient_id", "=", self.id)]
        action["context"] = {f"search_default_{sign}": 1 for sign in signs}
        return action
