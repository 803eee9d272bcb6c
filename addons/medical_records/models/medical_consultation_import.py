from odoo import api, models


class MedicalConsultation(models.Model):
    """Visits that took place before the clinic worked with this record."""

    _inherit = "medical.consultation"

    # === BUSINESS METHODS === #

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Past Visits"),
                "template": "/medical_records/static/import/visits.csv",
            }
        ]
