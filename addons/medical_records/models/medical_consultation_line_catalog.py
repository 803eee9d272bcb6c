from odoo import models


class MedicalConsultationLine(models.Model):
    _inherit = "medical.consultation.line"

    # === BUSINESS METHODS === #

    def _get_product_catalog_lines_data(self, **kwargs):
        """Return what the product catalog shows of the lines of one product.

        :return: the keys that `product.catalog.mixin` describes
        :rtype: dict
        """
        several = len(self) > 1
        return {
            "quantity": sum(self.mapped("quantity")),
            "price": 0.0,
            "uomDisplayName": self.product_uom_id[:1].display_name,
            "readOnly": several or self.consultation_id._is_readonly(),
            **({"warning": self.env._("On several lines")} if several else {}),
        }
