from odoo import models


class MedicalConsultationLine(models.Model):
    """What a session costs that was agreed on in a treatment plan."""

    _inherit = "medical.consultation.line"

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'medical_records'
        result = super().write(vals)
        if {"quantity", "is_cancelled"} & vals.keys():
            self._settle_plans()
        return result

    # === BUSINESS METHODS === #

    def _record_done(self, quantities, done_by=None, date=None):
        # EXTENDS 'medical_records'
        result = super()._record_done(quantities, done_by=done_by, date=date)
        self.browse(line.id for line in quantities)._settle_plans()
        return result

    def _settle_plans(self):
        """Let the down payments of plans follow what was done after all."""
        # In sudo mode: who records an act bills nothing.
        plans = self.env["medical.treatment.plan"].sudo()
        for line in self.sudo():
            plans |= line._get_plan_line().plan_id
        plans._settle_down_payments()

    def _get_plan_line(self):
        """Return the line of a plan of which this is a session, or a part of one.

        :rtype: medical.treatment.plan.line
        """
        package = self
        while package and not package.plan_line_id:
            package = package._get_package_line()
        return package.plan_line_id

    def _leave_plan(self):
        # EXTENDS 'medical_records': what was agreed no longer counts.
        leaving = super()._leave_plan()
        # In sudo mode: who closes a plan need not be a biller.
        leaving.sudo()._get_items_with_parts().write(
            {"discount": 0.0, "is_discount_manual": False}
        )
        return leaving

    def _get_begun_sessions(self):
        # EXTENDS 'medical_records': what is ordered may be billed before it is done.
        items = self.sudo()._get_items_with_parts()
        billed = items.filtered(lambda item: item._is_billed()).consultation_line_id
        return super()._get_begun_sessions() | self.browse(billed.mapped("root_line"))

    def _get_items_with_parts(self):
        """Return the items of these lines and of the parts of packages.

        :rtype: medical.billable.item
        """
        return self.search([("root_line", "in", self.ids)]).billable_item_ids

    def _get_package_price(self, pricelist, currency, position):
        # EXTENDS to packages that are sessions of a plan.
        if self.plan_line_id:
            return self.plan_line_id.price_unit
        return super()._get_package_price(pricelist, currency, position)
