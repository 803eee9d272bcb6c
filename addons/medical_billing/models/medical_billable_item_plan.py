from odoo import api, fields, models


class MedicalBillableItem(models.Model):
    """A session of a treatment plan: billed at the price, and to whom, as agreed."""

    _inherit = "medical.billable.item"

    discount = fields.Float(
        compute="_compute_discount",
        store=True,
        readonly=False,
        precompute=True,
    )
    is_discount_manual = fields.Boolean(
        readonly=True,
        help="The discount was set by hand and does not follow that of a plan.",
    )

    # === COMPUTE METHODS === #

    @api.depends("consultation_line_id.plan_line_id.discount")
    def _compute_discount(self):
        plans = self._get_open_plan_lines()
        for item in self:
            follows = item in plans and not item.is_discount_manual
            item.discount = plans[item].discount if follows else item.discount

    @api.depends("consultation_line_id.plan_line_id.plan_id.payer_id")
    def _compute_payer_id(self):
        result = super()._compute_payer_id()
        for item, plan_line in self._get_open_plan_lines().items():
            if not item._is_payer_fixed():
                item.payer_id = plan_line.payer_id
        return result

    @api.depends("consultation_line_id.plan_line_id.plan_id.pricelist_id")
    def _compute_pricelist_id(self):
        result = super()._compute_pricelist_id()
        for item, plan_line in self._get_open_plan_lines().items():
            # Somebody else pays by a pricelist of their own.
            if item.payer_id == plan_line.payer_id and not item.is_price_manual:
                item.pricelist_id = plan_line.pricelist_id
        return result

    @api.depends("consultation_line_id.plan_line_id.price_unit")
    def _compute_price_unit(self):
        result = super()._compute_price_unit()
        for item, plan_line in self._get_open_plan_lines().items():
            # The parts of a package share its price.
            if plan_line == item.sudo().consultation_line_id.plan_line_id and (
                not item.is_price_manual
            ):
                item.price_unit = plan_line.price_unit
        return result

    def _compute_document_quantities(self):
        result = super()._compute_document_quantities()
        # What no document bills any more costs what is agreed by now.
        sessions = self.browse(item.id for item in self._get_open_plan_lines())
        sessions.filtered("id")._compute_again("price_unit", "discount")
        return result

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if "discount" in vals and "is_discount_manual" not in vals:
            # In sudo mode: nobody sets this by hand.
            self.sudo().write({"is_discount_manual": True})
        return result

    # === BUSINESS METHODS === #

    def _get_open_plan_lines(self):
        """Return what was agreed about those of these that are on no document yet.

        :return: item to `medical.treatment.plan.line`, for sessions of plans
        :rtype: dict
        """
        agreed = {}
        for item in self:
            # In sudo mode: billers do not see what was recorded.
            plan_line = item.sudo().consultation_line_id._get_plan_line()
            if plan_line and not item._is_billed():
                agreed[item] = plan_line
        return agreed

    def _get_blocking_reasons(self):
        # What was agreed to cost nothing costs nothing.
        return {
            item: reason
            for item, reason in super()._get_blocking_reasons().items()
            if reason != "no_price"
            or not item.sudo().consultation_line_id._get_plan_line()
        }
