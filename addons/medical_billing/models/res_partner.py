from odoo import fields, models

BILLER = "medical_billing.group_biller"


class ResPartner(models.Model):
    _inherit = "res.partner"

    billable_item_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="patient_id",
        groups=BILLER,
    )
    # === ACTION METHODS === #

    def action_view_billable_items(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_billing.medical_billable_item_action"
        )
        action["domain"] = [("patient_id", "=", self.id)]
        action["context"] = {}
        return action
