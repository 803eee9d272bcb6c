from odoo import api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def get_import_templates(self):
        """Offer the template of patients where patients are imported."""
        if not self.env.context.get("default_is_patient"):
            return super().get_import_templates()
        return [
            {
                "label": self.env._("Import Template for Patients"),
                "template": "/medical_records/static/import/patients.csv",
            }
        ]
