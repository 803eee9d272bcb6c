from odoo import fields, models


class ResPartner(models.Model):
    """The treatment plans of a patient."""

    _inherit = "res.partner"

    treatment_plan_ids = fields.One2many(
        comodel_name="medical.treatment.plan",
        inverse_name="patient_id",
        string="Treatment Plans",
        groups="medical_records.group_medical_user",
    )

    # === ACTION METHODS === #

    def action_new_treatment_plan(self):
        """Open a new treatment plan of this patient."""
        self.ensure_one()
        self.env["medical.treatment.plan"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Treatment Plan"),
            "res_model": "medical.treatment.plan",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_patient_id": self.id},
        }
