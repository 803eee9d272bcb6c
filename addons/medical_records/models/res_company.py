from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_unsigned_hours = fields.Integer(
        string="Remind of Unsigned Visits after (hours)",
        default=12,
        help="Practitioners are reminded of a visit that they began and did not sign "
        "after so many hours. 0: never.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("medical_unsigned_hours")
    def _check_medical_unsigned_hours(self):
        for company in self:
            if company.medical_unsigned_hours < 0:
                raise ValidationError(
                    self.env._(
                        "The hours after which practitioners are reminded cannot be "
                        "negative: write 0 to remind nobody."
                    )
                )
