from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalConsultationLine(models.Model):
    """Goods that come back: not used after all, or brought back by the patient.

    A record that is open says less was done, and the goods follow. One that is signed
    says what was given and, beside that, what came back. Either way they return with
    their lots, at the cost they left with, and what is billed follows.
    """

    _inherit = "medical.consultation.line"

    qty_returned = fields.Float(
        string="Returned",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="How much of what was done came back. It is not billed.",
    )

    _qty_returned_was_done = models.Constraint(
        "CHECK (qty_returned >= 0 AND qty_returned <= qty_done)",
        "No more can come back than was used.",
    )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_moved(self):
        for line in self.sudo():
            if line.move_ids:
                raise UserError(
                    self.env._(
                        "Goods left the stock for %(line)s and came back (%(transfers)s"
                        "): it stays in the record. Cancel it instead.",
                        line=line.name,
                        transfers=", ".join(line.move_ids.picking_id.mapped("name")),
                    )
                )

    # === ACTION METHODS === #

    def action_return(self):
        """Open the dialog that says how much of one line came back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return Goods"),
            "res_model": "medical.consultation.line.return",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def action_accept_return(self):
        """Record what the stock took back as returned in these visits too.

        :raise UserError: when nothing of it came back there
        """
        self.check_access("write")
        quantities = {}
        # In sudo mode: who treats patients needs no right to the stock.
        for line in self.sudo():
            uom = line.product_uom_id
            gap = uom.round(
                line._get_qty_to_take() - line.move_ids._get_medical_quantity(uom)
            )
            if gap > 0 and uom.compare(line.qty_moved, line._get_qty_taken()) < 0:
                quantities[line] = gap
        if not quantities:
            raise UserError(
                self.env._(
                    "Nothing of this was returned to the stock. Where goods came back, "
                    "return them from the visit."
                )
            )
        self._record_returned(quantities)

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_open_after_signing(self):
        # EXTENDS 'medical_records': goods come back after the visit.
        return super()._get_fields_open_after_signing() | {"qty_returned"}

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS 'medical_records'
        return super()._get_fields_set_by_actions() | {"qty_returned"}

    def _record_done(self, quantities, done_by=None, date=None):
        # EXTENDS 'medical_records'
        for line, quantity in quantities.items():
            if line.qty_returned and (
                line.product_uom_id.compare(quantity, line.qty_returned) < 0
            ):
                raise UserError(
                    self.env._(
                        "%(returned)s of %(line)s came back: no less than that was "
                        "used.",
                        returned=line.qty_returned,
                        line=line.name,
                    )
                )
        return super()._record_done(quantities, done_by=done_by, date=date)

    def _get_billed_changes(self, vals):
        # EXTENDS 'medical_billing': less is billed when goods come back.
        changes = super()._get_billed_changes(vals)
        if "qty_returned" in vals:
            for line in self:
                changes.setdefault(line, {})["qty_returned"] = vals["qty_returned"]
        return changes

    def _get_billable_quantity(self, **values):
        # EXTENDS 'medical_billing': what came back is not billed.
        returned = values.get("qty_returned", self.qty_returned if self else 0.0)
        if returned:
            for name in ("quantity", "qty_done"):
                used = values.get(name, self[name]) - returned
                values[name] = max(self.product_uom_id.round(used), 0.0)
        return super()._get_billable_quantity(**values)

    def _get_qty_taken(self):
        """Return how much left the stock for this line, whatever came back since.

        :rtype: float
        """
        self.ensure_one()
        return self.move_ids._filter_taken()._get_medical_quantity(self.product_uom_id)

    def _record_returned(self, quantities, note=False, lots=None):
        """Record that goods came back, and let billing and stock follow.

        :param dict quantities: lines to how much came back now, in their own unit
        :param str note: why
        :param dict lots: lines to the `stock.lot` that came back, where somebody said
        :raise UserError: for less than nothing, for what did not come from the stock,
            and for more than was used
        """
        for line, quantity in quantities.items():
            if line.product_uom_id.compare(quantity, 0) <= 0:
                raise UserError(
                    self.env._("Enter how much of %(line)s came back.", line=line.name)
                )
            if not line._is_taken_from_stock():
                raise UserError(
                    self.env._(
                        "%(line)s did not come from the stock: there is nothing to "
                        "return.",
                        line=line.name,
                    )
                )
            if line.product_uom_id.compare(quantity, line._get_qty_to_take()) > 0:
                raise UserError(
                    self.env._(
                        "%(quantity)s %(unit)s of %(line)s is more than the %(used)s "
                        "that were used and did not come back yet.",
                        quantity=quantity,
                        unit=line.product_uom_id.name,
                        line=line.name,
                        used=line._get_qty_to_take(),
                    )
                )
        by_quantity = {}
        for line, quantity in quantities.items():
            total = line.product_uom_id.round(line.qty_returned + quantity)
            by_quantity[total] = by_quantity.get(total, self.browse()) | line
        for total, lines in by_quantity.items():
            # In sudo mode: the field is closed to direct writes.
            lines.sudo().write({"qty_returned": total})
        lines = self.browse(line.id for line in quantities)
        self.env["medical.consultation.line.event"]._log(
            "returned",
            {
                self.browse(line.id): {"quantity": quantity, "note": note}
                for line, quantity in quantities.items()
            },
        )
        lines.with_context(medical_returned_lots=lots or {})._settle_stock()
        lines.consultation_id._update_shortage_activities()

    @api.model
    def _return_to_stock(self, quantities):
        """Bring back goods that left and were not used, with their lots and at cost.

        What still waits to leave is called off first.

        :param dict quantities: lines to how much, in the unit of the line
        :raise UserError: when more is to come back than left, or the books are locked
        """
        lots = self.env.context.get("medical_returned_lots", {})
        parts = {}
        for line, quantity in quantities.items():
            quantity = line.move_ids._filter_waiting()._call_off(
                quantity, line.product_uom_id
            )
            if line.product_uom_id.compare(quantity, 0) > 0:
                parts.update(
                    line.move_ids._choose_returned(
                        quantity,
                        line.product_uom_id,
                        lots.get(line),
                    )
                )
        self.env["stock.move"].sudo()._return_used(parts)
