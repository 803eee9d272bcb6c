from odoo import api, fields, models


class MedicalBillableItem(models.Model):
    """Deciding what becomes of what was credited."""

    _inherit = "medical.billable.item"

    is_credited = fields.Boolean(compute="_compute_is_credited")

    # === COMPUTE METHODS === #

    @api.depends("move_line_ids.parent_state", "move_line_ids.credit_outcome")
    def _compute_is_credited(self):
        for item in self:
            item.is_credited = bool(item._get_credit_lines_to_decide())

    # === ACTION METHODS === #

    def action_decide_credits(self):
        """Open the dialog that says what becomes of what was credited of these."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "medical.credit.decision",
            "name": self.env._("What Becomes of It?"),
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_item_ids": self.ids,
                "default_outcome": self.env.context.get("medical_outcome", False),
            },
        }

    # === BUSINESS METHODS === #

    def _get_credit_lines_to_decide(self):
        """Return the lines of credit notes that somebody can decide on.

        The undecided ones of these items; where none is, those decided before, so
        that a mistake can be mended.

        :rtype: account.move.line
        """
        lines = self.move_line_ids.filtered(
            lambda line: (
                line.parent_state == "posted" and line._get_credited_quantity() > 0
            )
        )
        undecided = lines.filtered(
            lambda line: not line.credit_outcome and line.billable_item_id.qty_undecided
        )
        return undecided or lines
