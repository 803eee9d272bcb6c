from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Documents whose reader must not learn what was done."""

    # account.move is extended by subject; this one is about words.
    _inherit = "account.move"

    medical_neutral_wording = fields.Boolean(
        string="Neutral Wording",
        help="The document names no act, no code, no practitioner and no diagnosis. "
        "Switching this on a draft writes the texts of its lines and sections anew; "
        "notes stay as they are.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account'
        if "medical_neutral_wording" not in vals:
            return super().write(vals)
        neutral = bool(vals["medical_neutral_wording"])
        changed = self.filtered(lambda move: move.medical_neutral_wording != neutral)
        changed._check_wording_can_change()
        result = super().write(vals)
        changed.invoice_line_ids._update_wording()
        return result

    # === BUSINESS METHODS === #

    def _check_wording_can_change(self):
        """Raise `UserError` when one of these documents is no draft."""
        for move in self:
            if move.state != "draft":
                raise UserError(
                    self.env._(
                        "%(document)s is no draft any more: what it says does not "
                        "change. Reset it to draft first, or credit it.",
                        document=move.display_name,
                    )
                )

    def _get_neutral_text(self):
        """Return the text of what no visit is known of, for the reader.

        :rtype: str
        """
        self.ensure_one()
        move = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return move.env._("Medical services")
