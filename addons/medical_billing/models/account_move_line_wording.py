from odoo import models


class AccountMoveLine(models.Model):
    """Document lines whose reader must not learn what was done."""

    # account.move.line is extended by subject; this one is about words.
    _inherit = "account.move.line"

    # === COMPUTE METHODS === #

    def _compute_name(self):
        # EXTENDS 'account': a line that somebody adds to a neutral document would be
        # called like its product.
        lines = self.filtered(
            lambda line: (
                line.move_id.medical_neutral_wording
                and line.display_type == "product"
                and not line.billable_item_id
            )
        )
        before = {line: line.name for line in lines}
        result = super()._compute_name()
        for line, name in before.items():
            if line.name != name:
                line.name = line.move_id._get_neutral_text()
        return result

    # === BUSINESS METHODS === #

    def _update_wording(self):
        """Write the texts of these lines anew, as the wording of their document says.

        Lines of items and of products, and titles of sections, also where somebody
        changed them by hand; notes stay.
        """
        for line in self:
            neutral = line.move_id.medical_neutral_wording
            # In sudo mode: whoever may change the document need not see the items.
            items = line.sudo().billable_item_id
            if items:
                line.name = items._get_document_line_name(neutral)
            elif line.medical_covered_item_id:
                continue  # It names the plan, and no treatment.
            elif line.display_type == "product":
                # When it is empty Odoo asks the product.
                line.name = line.move_id._get_neutral_text() if neutral else False
                if not neutral:
                    line._compute_name()
            elif line.display_type in ("line_section", "line_subsection"):
                line._update_section_title(neutral)

    def _update_section_title(self, neutral):
        """Write the title of this section anew; one of no visit stays if it may.

        :param bool neutral: whether the title must not name the act
        """
        self.ensure_one()
        inside = self.move_id.invoice_line_ids.filtered(
            lambda line: self in (line.parent_id | line.parent_id.parent_id)
        )
        items = inside.sudo().billable_item_id
        package = (
            items and self.collapse_composition and items[0]._get_printed_package()
        )
        if package:
            self.name = items[0]._get_package_line_name(package, neutral)
        elif len(items.consultation_id) == 1:
            self.name = items[0]._prepare_invoice_section_vals()["name"]
        elif neutral:
            self.name = self.move_id._get_neutral_text()
