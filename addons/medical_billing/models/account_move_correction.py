from odoo import models


class AccountMove(models.Model):
    """Documents follow what was done, and corrections follow the documents."""

    _inherit = "account.move"

    # === CRUD METHODS === #

    def unlink(self):
        # EXTENDS 'account'
        items = self.sudo().invoice_line_ids.billable_item_id
        result = super().unlink()
        if not self.env.context.get("medical_correcting"):
            items._take_back_corrections()
        return result

    # === ACTION METHODS === #

    def button_draft(self):
        # EXTENDS 'account'. In sudo mode: who resets a document need not see items.
        self.sudo().invoice_line_ids.filtered(
            "credit_part_id"
        )._check_not_billed_to_others()
        return super().button_draft()

    def button_cancel(self):
        # EXTENDS 'account'
        result = super().button_cancel()
        items = self.sudo().invoice_line_ids.billable_item_id
        if not self.env.context.get("medical_correcting"):
            items._take_back_corrections()
        return result

    # === BUSINESS METHODS === #

    def _post(self, soft=True):
        # EXTENDS 'account': what a credit note credits needs no correction any more.
        posted = super()._post(soft=soft)
        credits = posted.filtered(lambda move: move.move_type == "out_refund")
        if credits:
            credits.sudo().invoice_line_ids.billable_item_id._take_back_corrections()
        return posted

    def _log_correction_of_visits(self):
        """Note on these documents that they follow a corrected visit; no more."""
        self._message_log_batch(
            bodies=dict.fromkeys(
                self.ids,
                self.env._(
                    "A visit was corrected after this was drafted: quantities are "
                    "those of the corrected visit."
                ),
            )
        )

    def _drop_emptied_documents(self):
        """Delete these drafts where nothing is left; cancel those with a number."""
        emptied = self.filtered(
            lambda move: (
                not any(
                    line.display_type == "product" for line in move.invoice_line_ids
                )
            )
        )
        kept = emptied.filtered(
            lambda move: move.posted_before or move.matched_payment_ids
        )
        kept.button_cancel()
        (emptied - kept).unlink()
