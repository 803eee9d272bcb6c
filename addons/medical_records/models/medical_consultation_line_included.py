from odoo import api, fields, models


class MedicalConsultationLine(models.Model):
    """Goods that are included up to a quantity: what is used above is billed apart.

    The component says how much the price of the line above covers, when its line is
    made; a recipe that is changed later changes nothing in visits that are there.
    """

    _inherit = "medical.consultation.line"

    # Not rounded, as the ratio of the component itself; zero when all is included.
    included_ratio = fields.Float(
        string="Included for Each",
        digits=0,
        readonly=True,
        help="How much of this the price of one unit of the line above covers.",
    )
    qty_included = fields.Float(
        string="Included Quantity",
        digits="Product Unit",
        compute="_compute_qty_included",
        store=True,
        precompute=True,
        help="How much of this the price of the line above covers. What is used above "
        "that is billed apart.",
    )
    included_note = fields.Char(
        string="Included",
        compute="_compute_included_note",
        help="How much the price of the line above covers, and how much is billed "
        "apart.",
    )

    # === COMPUTE METHODS === #

    @api.depends("included_ratio", "product_uom_id", "parent_id.quantity")
    def _compute_qty_included(self):
        for line in self:
            line.qty_included = line._get_qty_included(line.parent_id.quantity)

    @api.depends("quantity", "qty_done", "is_cancelled", "qty_included", "charge")
    def _compute_included_note(self):
        for line in self:
            note = False
            if line._is_limited():
                used = line.qty_done if line.is_cancelled else line.quantity
                above = line._get_qty_above(used)
                included = line._format_quantity(line.qty_included)
                note = (
                    self.env._(
                        "%(included)s included, %(above)s billed",
                        included=included,
                        above=line._format_quantity(above),
                    )
                    if above
                    else self.env._("up to %(included)s", included=included)
                )
            line.included_note = note

    # === CRUD METHODS === #

    def write(self, vals):
        # What the price covers stays as much, whatever it is counted in.
        units = {}
        if {"product_id", "product_uom_id"} & vals.keys():
            units = {
                line: line.product_uom_id
                for line in self
                if line.included_ratio and line.product_uom_id
            }
        result = super().write(vals)
        for line, uom in units.items():
            if line.product_uom_id != uom:
                line._convert_included_ratio(uom)
        return result

    # === BUSINESS METHODS === #

    def _is_limited(self):
        """Whether the price of the line above covers this up to a quantity only.

        :rtype: bool
        """
        self.ensure_one()
        return bool(
            self.charge == "included" and self.included_ratio and self.product_uom_id
        )

    def _get_qty_included(self, parent_quantity):
        """Return how much of this the price of a quantity of its parent covers.

        :rtype: float
        """
        self.ensure_one()
        if not self.included_ratio or not self.product_uom_id:
            return 0.0
        return self.product_uom_id.round(parent_quantity * self.included_ratio)

    def _get_qty_above(self, quantity, qty_included=None):
        """Return how much of a quantity is more than what is included.

        :param float quantity: in the line's unit, as the result is
        :param float qty_included: how much is included, when not what is now
        :rtype: float
        """
        self.ensure_one()
        included = self.qty_included if qty_included is None else qty_included
        return max(self.product_uom_id.round(quantity - included), 0.0)

    def _convert_included_ratio(self, uom):
        """Count what is included in the line's new unit.

        In place of what the recipe said something was taken that is counted otherwise:
        then nobody can say how much of it that is, and all of it is included.

        :param uom: the `uom.uom` it was counted in before
        """
        self.ensure_one()
        self.included_ratio = (
            uom._compute_quantity(self.included_ratio, self.product_uom_id, round=False)
            if uom._has_common_reference(self.product_uom_id)
            else 0.0
        )

    @api.model
    def _format_quantity(self, quantity):
        return f"{quantity:.10g}"
