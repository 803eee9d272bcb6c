from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class AccountMove(models.Model):
    """Credit notes for a part of a document, and documents in its place."""

    _inherit = "account.move"

    # === CONSTRAINT METHODS === #

    @api.constrains("state")
    def _check_state_of_billed_items(self):
        # Reset and posted documents hold again what was free in the meantime. In sudo
        # mode: whoever presses the button need not see items.
        moves = self.sudo().filtered(
            lambda move: move.invoice_line_ids.billable_item_id
        )
        moves.filtered(
            lambda move: move.state != "cancel"
        ).invoice_line_ids._check_billable_item_id()
        posted = moves.filtered(lambda move: move.state == "posted")
        (
            posted.reversed_entry_id | (moves - posted).filtered("reversal_move_ids")
        )._check_credits_of_items()

    # === CRUD METHODS === #

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account'
        self._check_credits_can_be_reversed()
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def copy(self, default=None):
        # EXTENDS 'account': the dialog of credit notes knows how much is credited.
        # Here, because Odoo posts some credit notes as soon as they are made.
        copies = super().copy(default)
        reversal = self._get_medical_reversal()
        if reversal and (default or {}).get("reversed_entry_id"):
            for move, credit in zip(self, copies, strict=True):
                reversal._apply_medical_choices(move, credit)
        return copies

    def copy_data(self, default=None):
        # EXTENDS 'account': a document made in place of a credited one bills only
        # what is to be billed again.
        reversal = self._get_medical_reversal()
        if not reversal or (default or {}).get("reversed_entry_id"):
            return super().copy_data(default)
        vals_list = super(
            AccountMove, self.with_context(medical_replacing=True)
        ).copy_data(default)
        for vals in vals_list:
            vals["line_ids"] = [
                command
                for command in vals.get("line_ids", [])
                if not command[2].pop("medical_left_out", False)
            ]
        return vals_list

    # === BUSINESS METHODS === #

    def _check_credits_can_be_reversed(self):
        """Raise `UserError` when what these credit notes credit cannot be billed.

        Reversing a credit note makes a document that bills it again.
        """
        # In sudo mode: whoever credits documents need not see items.
        wanted = defaultdict(float)
        for line in self.sudo().invoice_line_ids:
            item = line.billable_item_id
            quantity = line._get_credited_quantity()
            if quantity <= 0:
                continue
            wanted[item] += quantity
            if line.credit_outcome in ("waive", "payer"):
                raise UserError(
                    self.env._(
                        "%(item)s was waived or given to another payer with "
                        "%(document)s, so it is not billed again by reversing that. "
                        "Let a biller choose to bill it again first.",
                        item=line.name,
                        document=line.move_id.display_name,
                    )
                )
        for item, quantity in wanted.items():
            free = (item.qty_to_bill + item.qty_undecided) * item._get_sign()
            if item._compare_quantities(quantity, free) > 0:
                raise UserError(
                    self.env._(
                        "%(quantity)s of %(item)s were credited, and only %(free)s "
                        "are not billed again yet: the credit note cannot be "
                        "reversed. %(documents)s",
                        quantity=quantity,
                        item=item.move_line_ids[:1].name,
                        free=free,
                        documents=", ".join(
                            (item._get_documents_of() - self).mapped("display_name")
                        ),
                    )
                )

    def _check_credits_of_items(self):
        """Raise when posted credit notes credit more than these documents bill.

        The ledger counts each item in all documents together, and here each document
        for itself counts: what is billed in parts is credited in parts.
        """
        for (move, item), credited in self._get_credited_quantities(["posted"]).items():
            lines = move.invoice_line_ids.filtered(
                lambda line, item=item: line.billable_item_id == item
            )
            billed = sum(lines.mapped("quantity"))
            credits = move.reversal_move_ids.filtered(
                lambda credit: credit.state == "posted"
            ).mapped("name")
            if move.state != "posted":
                raise ValidationError(
                    self.env._(
                        "%(document)s was credited by %(credits)s and stays posted: "
                        "undo the credit notes first, or they credit more than was "
                        "billed.",
                        document=move.name,
                        credits=", ".join(credits),
                    )
                )
            if item._compare_quantities(credited, billed) > 0:
                raise ValidationError(
                    self.env._(
                        "This would credit more than was billed: %(document)s bills "
                        "%(billed)s of %(item)s, and its credit notes (%(credits)s) "
                        "credit %(credited)s.",
                        document=move.name,
                        billed=billed,
                        item=lines[:1].name,
                        credits=", ".join(credits),
                        credited=credited,
                    )
                )

    def _get_credited_quantities(self, states=("draft", "posted")):
        """Return what the credit notes of these documents credit of each item.

        :param states: of the credit notes that count
        :return: tuples of document and item to a quantity in the item's unit
        :rtype: dict
        """
        credited = defaultdict(float)
        for line in self.reversal_move_ids.invoice_line_ids:
            if not line.billable_item_id or line.parent_state not in states:
                continue
            move = line.move_id.reversed_entry_id
            item = line.billable_item_id
            if item not in move.invoice_line_ids.billable_item_id:
                item = item.credited_item_id  # It corrects what that document bills.
            if item:
                credited[move, item] += line.quantity
        return credited

    def _get_medical_reversal(self):
        """Return the dialog that makes a credit note at this moment, if it asked.

        :rtype: account.move.reversal
        """
        reversal_id = self.env.context.get("medical_reversal_id")
        return self.env["account.move.reversal"].browse(reversal_id).exists()

    def _drop_empty_sections(self):
        """Delete sections of these drafts that have no line left."""
        for move in self:
            empty = lines = move.invoice_line_ids.browse()
            section = subsection = lines
            for line in move.invoice_line_ids.sorted(
                lambda line: (line.sequence, line.id)
            ):
                if line.display_type == "line_section":
                    empty |= section | subsection
                    section, subsection = line, lines
                elif line.display_type == "line_subsection":
                    empty |= subsection
                    subsection = line
                elif line.display_type == "product":
                    section = subsection = lines
            empty |= section | subsection
            if empty:
                move.write(
                    {"invoice_line_ids": [Command.delete(line.id) for line in empty]}
                )
