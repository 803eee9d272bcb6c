from odoo import models


class MedicalConsultationLine(models.Model):
    """Goods that are included up to a quantity: what is used above is billed.

    Such a line has an item as any charged one, whose quantity is what is above.
    """

    _inherit = "medical.consultation.line"

    # === BUSINESS METHODS === #

    def _is_billable(self):
        return super()._is_billable() or self._is_limited()

    def _get_billed_changes(self, vals):
        # The price of a line covers more or less of its parts as its quantity changes,
        # and some of what was charged when it is included now.
        changes = super()._get_billed_changes(vals)
        if "quantity" in vals:
            for part in self.child_ids.filtered("included_ratio"):
                changes.setdefault(part, {})["qty_included"] = part._get_qty_included(
                    vals["quantity"]
                )
        if vals.get("charge") == "included":
            for line in self.filtered("included_ratio"):
                changes.setdefault(line, {})["qty_included"] = line.qty_included
        return changes

    def _get_billable_quantity(self, **values):
        # With `qty_included`: when so much is included.
        to_bill = super()._get_billable_quantity(**values)
        qty_included = values.get("qty_included")
        if to_bill and (self._is_limited() or qty_included is not None):
            return self._get_qty_above(to_bill, qty_included)
        return to_bill

    def _is_covered(self):
        """Whether the price of the line above covers all that is used or ordered.

        :rtype: bool
        """
        self.ensure_one()
        if not self._is_limited():
            return False
        used = self.quantity if self.state == "ordered" else self.qty_done
        return not self._get_qty_above(used)
