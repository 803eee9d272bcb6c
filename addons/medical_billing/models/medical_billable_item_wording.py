from odoo import models
from odoo.tools import format_date


class MedicalBillableItem(models.Model):
    """What documents say of items, to readers who must not learn what was done."""

    # One model in several files; this one is about words.
    _inherit = "medical.billable.item"

    # === BUSINESS METHODS === #

    def _needs_neutral_wording(self):
        """Whether documents that bill this item to its payer must not name the act.

        :rtype: bool
        """
        self.ensure_one()
        return self.payer_id._needs_neutral_wording(self.patient_id, self.company_id)

    def _get_document_line_name(self, neutral=False):
        if not neutral:
            return super()._get_document_line_name(neutral=neutral)
        # In the language of the reader, as the rest of the document.
        item = self.with_context(lang=self.payer_id.lang or self.env.lang)
        if not item.date:
            return item.env._("Medical services")
        return item.env._(
            "Medical services of %(date)s", date=format_date(item.env, item.date)
        )

    def _add_to_draft(self, draft, **options):
        # What is added speaks like the draft, whatever its payer usually gets.
        before = draft.invoice_line_ids
        result = super()._add_to_draft(draft, **options)
        if draft.medical_neutral_wording != self[0]._needs_neutral_wording():
            (draft.invoice_line_ids - before)._update_wording()
        return result
