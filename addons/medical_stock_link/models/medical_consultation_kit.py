from odoo import models
from odoo.fields import Command


class MedicalConsultation(models.Model):
    _inherit = "medical.consultation"

    # === BUSINESS METHODS === #

    def _prepare_picking_vals(self, quantities):
        # EXTENDS: of a kit that was taken apart before, the parts that are missing.
        parts = {
            line: line.move_ids._filter_kit_parts().filtered("medical_kit_ratio")
            for line in quantities
        }
        vals = super()._prepare_picking_vals(
            {line: qty for line, qty in quantities.items() if not parts[line]}
        )
        common = {
            name: vals[name]
            for name in ("company_id", "location_id", "location_dest_id")
        }
        vals["move_ids"] += [
            Command.create({**move_vals, **common})
            for line, moves in parts.items()
            if moves
            for move_vals in moves._prepare_missing_parts(line._get_qty_to_take())
        ]
        return vals
