from odoo import models


class MedicalTreatmentPlanLine(models.Model):
    """What the sessions of a plan are going to take from stock."""

    _inherit = "medical.treatment.plan.line"

    # === BUSINESS METHODS === #

    def _get_session_materials(self):
        """Return what one session of each of these takes from stock by its recipe.

        In superuser mode: who is told what goods are needed may not read plans.

        :return: for each line, products to quantities in their own unit
        :rtype: dict
        """
        materials = {}
        for company, lines in self.sudo().grouped("company_id").items():
            materials |= self.env["product.product"]._get_materials(
                [
                    (line, line.product_id, line.quantity, line.product_uom_id)
                    for line in lines
                ],
                company,
            )
        return materials
