from odoo import api, fields, models
from odoo.exceptions import UserError

from .res_partner import BILLER

# Written by the buttons and dialogs for it, and by nothing else.
OUTCOME_FIELDS = {
    "credit_outcome",
    "credit_part_id",
    "credit_outcome_user_id",
    "credit_outcome_date",
    "credit_outcome_reason",
}


class AccountMoveLine(models.Model):
    """What becomes of an item that a credit note credits.

    It is kept on the line of the credit note and counts while that is posted, so
    undoing the credit undoes it, too.
    """

    _inherit = "account.move.line"

    credit_outcome = fields.Selection(
        selection=[
            ("rebill", "Bill again"),
            ("waive", "Waive"),
            ("payer", "Bill another payer"),
        ],
        copy=False,
        groups=BILLER,
        help="What becomes of a billable item that this line credits; undecided when "
        "empty. Kept here, so that undoing the credit undoes it, too.",
    )
    credit_part_id = fields.Many2one(
        comodel_name="medical.billable.item",
        string="Billed Instead",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=BILLER,
        help="The item that bills to another payer what this line credits.",
    )
    credit_outcome_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Decided by",
        copy=False,
        readonly=True,
        ondelete="restrict",
        groups=BILLER,
    )
    credit_outcome_date = fields.Datetime(
        string="Decided on",
        copy=False,
        readonly=True,
        groups=BILLER,
    )
    credit_outcome_reason = fields.Char(
        string="Decided Because",
        copy=False,
        readonly=True,
        groups=BILLER,
    )
    credit_payer_id = fields.Many2one(
        related="credit_part_id.payer_id",
        string="Other Payer",
        groups=BILLER,
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        for vals in vals_list:
            if any(vals.get(name) for name in OUTCOME_FIELDS):
                self._check_outcome_is_closed(vals)
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'account'
        self._check_outcome_is_closed(vals)
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _check_outcome_is_closed(self, vals):
        """Refuse an outcome that is not chosen by the button for it."""
        if not self.env.su and OUTCOME_FIELDS & vals.keys():
            raise UserError(
                self.env._(
                    "What becomes of a credited act is chosen in the list of billable "
                    "items, or with the credit note."
                )
            )

    def _get_credited_quantity(self):
        """Return how much of its item this line credits; less than zero: it bills.

        :return: in the item's unit; for an item that is itself a credit, how much of
            that credit this line takes back
        :rtype: float
        """
        self.ensure_one()
        item = self.billable_item_id
        return (
            self.quantity * self.move_id.direction_sign * item._get_sign()
            if item
            else 0.0
        )

    def _set_credit_outcome(self, outcome, payer=None, reason=None):
        """Say what becomes of the items that these lines of credit notes credit.

        Lines of a draft count from its posting on. Saying something else later takes
        the first choice back.

        :param str outcome: `rebill`, `waive`, `payer`, or False for undecided
        :param payer: the `res.partner` who is billed instead, for `payer` only
        :param str reason: why; what the credit note says when nothing is said
        :raise UserError: when a line credits no item, the payer is missing or the
            same as before, or the quantity was already billed on
        """
        items = self.sudo().billable_item_id
        items.with_env(self.env).check_access("write")
        if outcome in ("waive", "payer"):
            items._check_not_prepaid()
        if (outcome == "payer") != bool(payer):
            raise UserError(
                self.env._("Say who pays instead.")
                if outcome == "payer"
                else self.env._("Another payer is named only to be billed instead.")
            )
        # In sudo mode: the outcome is no part of the posted entry's accounting.
        lines = self.sudo()
        for line in lines:
            if line._get_credited_quantity() <= 0:
                raise UserError(
                    self.env._(
                        "%(line)s of %(document)s credits no billable item.",
                        line=line.name,
                        document=line.move_id.display_name,
                    )
                )
        lines._check_outcome_can_change(outcome)
        left = lines.credit_part_id
        parts = items._get_parts_for_credits(payer) if payer else {}
        for part, part_lines in lines.grouped(
            lambda line: parts.get(line.billable_item_id, items.browse())
        ).items():
            part_lines.write(
                {
                    "credit_outcome": outcome or False,
                    "credit_part_id": part.id,
                    "credit_outcome_user_id": self.env.uid,
                    "credit_outcome_date": fields.Datetime.now(),
                    "credit_outcome_reason": reason,
                }
            )
        left._unlink_empty_parts()

    def _check_outcome_can_change(self, outcome=False):
        """Raise `UserError` when what these lines credit was already billed on.

        :param str outcome: what it is to be
        """
        posted = self.filtered(lambda line: line.parent_state == "posted")
        posted._check_not_billed_to_others()
        if outcome not in ("waive", "payer"):
            return
        for item, lines in posted.grouped("billable_item_id").items():
            undecided = sum(
                line._get_credited_quantity()
                for line in lines
                if line.credit_outcome in (False, "rebill")
            )
            free = (item.qty_to_bill + item.qty_undecided) * item._get_sign()
            if item._compare_quantities(undecided, free) > 0:
                raise UserError(
                    self.env._(
                        "Of the %(credited)s of %(item)s that were credited, only "
                        "%(free)s are not billed again yet: choose to bill it again, "
                        "and waive or split off what is left.",
                        credited=undecided,
                        item=item.name,
                        free=free,
                    )
                )

    def _check_not_billed_to_others(self):
        """Raise `UserError` when another payer was billed what these lines credit."""
        moved = self.filtered(lambda line: line.credit_outcome == "payer")
        for part, lines in moved.grouped("credit_part_id").items():
            quantity = sum(line._get_credited_quantity() for line in lines)
            free = part.qty_to_bill + part.qty_undecided
            if part and part._compare_quantities(quantity, free) > 0:
                documents = (
                    part._get_documents_of() or part.split_ids._get_documents_of()
                )
                raise UserError(
                    self.env._(
                        "%(item)s was credited to be billed to %(payer)s, and this is "
                        "done already (%(documents)s): credit or delete that first.",
                        item=part.name,
                        payer=part.payer_id.display_name,
                        documents=", ".join(documents.mapped("display_name"))
                        or self.env._("waived, split or corrected"),
                    )
                )
