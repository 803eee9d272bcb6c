from odoo import models


class MedicalConsultationLine(models.Model):
    """What of a line makes sense in another visit, too."""

    _inherit = "medical.consultation.line"

    # === BUSINESS METHODS === #

    def _filter_repeated(self):
        """Return the lines that make sense in another visit."""
        return self.filtered_domain(
            self.env["medical.consultation"]._get_repeated_lines_domain()
        )
