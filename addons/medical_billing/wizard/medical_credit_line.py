from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalCreditLine(models.TransientModel):
    """A row of the question what becomes of what is credited.

    Asked in two dialogs: with a credit note, where the row is about a line of the
    document that is credited and says how much of it, and later, where it is about a
    line of the credit note itself.
    """

    _name = "medical.credit.line"
    _description = "What Becomes of a Credited Line"

    reversal_id = fields.Many2one(
        comodel_name="account.move.reversal",
        ondelete="cascade",
    )
    decision_id = fields.Many2one(
        comodel_name="medical.credit.decision",
        ondelete="cascade",
    )
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Document Line",
        required=True,
        ondelete="cascade",
    )
    item_id = fields.Many2one(related="move_line_id.billable_item_id")
    move_id = fields.Many2one(related="move_line_id.move_id", string="Document")
    name = fields.Char(string="Description", compute="_compute_name")
    left = fields.Float(
        string="Billed",
        digits="Product Unit",
        compute="_compute_left",
        help="What this document bills of it and was not credited yet.",
    )
    quantity = fields.Float(
        string="Credit",
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
    )
    outcome = fields.Selection(
        selection=lambda self: self._selection_outcome(),
        string="What Becomes of It",
        compute="_compute_outcome",
        store=True,
        readonly=False,
        help="Undecided when empty.",
    )
    payer_id = fields.Many2one(
        comodel_name="res.partner",
        string="Other Payer",
        compute="_compute_outcome",
        store=True,
        readonly=False,
    )

    # === DEFAULT METHODS === #

    @api.model
    def _selection_outcome(self):
        return (
            self.env["account.move.line"]
            ._fields["credit_outcome"]
            ._description_selection(self.env)
        )

    # === COMPUTE METHODS === #

    @api.depends("move_line_id")
    def _compute_name(self):
        for choice in self:
            line = choice.move_line_id
            # The documents' text may be neutral; billers know what they credit.
            choice.name = line.billable_item_id.name or line.name

    @api.depends("move_line_id", "decision_id")
    def _compute_left(self):
        left = self.move_line_id._get_quantities_left_to_credit()
        for choice in self:
            line = choice.move_line_id
            choice.left = line.quantity if choice.decision_id else left.get(line, 0.0)

    @api.depends("left")
    def _compute_quantity(self):
        for choice in self:
            choice.quantity = choice.left

    @api.depends(
        "item_id",
        "reversal_id.medical_outcome",
        "reversal_id.medical_payer_id",
        "decision_id.outcome",
        "decision_id.payer_id",
    )
    def _compute_outcome(self):
        for choice in self:
            outcome, payer = False, False
            if choice.item_id and choice.reversal_id:
                outcome = choice.reversal_id.medical_outcome
                payer = choice.reversal_id.medical_payer_id
            elif choice.item_id and choice.decision_id.outcome:
                outcome = choice.decision_id.outcome
                payer = choice.decision_id.payer_id
            elif choice.item_id:
                # What was chosen before, until something else is said.
                outcome = choice.move_line_id.credit_outcome
                payer = choice.move_line_id.credit_payer_id
            choice.outcome = outcome
            choice.payer_id = payer if outcome == "payer" else False

    # === BUSINESS METHODS === #

    def _check_choices(self):
        """Raise `UserError` when one of these rows cannot be meant.

        Rows about a credit that is made only now also say how much of a line.
        """
        for choice in self:
            if choice.reversal_id and choice.item_id:
                compare = choice.item_id._compare_quantities
                if (
                    compare(choice.quantity, 0) < 0
                    or compare(choice.quantity, choice.left) > 0
                ):
                    raise UserError(
                        self.env._(
                            "%(item)s: %(quantity)s cannot be credited. %(document)s "
                            "still bills %(left)s of it.",
                            item=choice.name,
                            quantity=choice.quantity,
                            document=choice.move_id.display_name,
                            left=choice.left,
                        )
                    )
            if choice.outcome == "payer" and not choice.payer_id and choice.quantity:
                raise UserError(
                    self.env._("%(item)s: say who pays instead.", item=choice.name)
                )

    def _store_outcomes(self, lines=None):
        """Keep what was chosen on the lines of the credit notes.

        :param dict lines: row to the `account.move.line` it speaks of; by default the
            one it names
        :raise UserError: see `account.move.line._set_credit_outcome`
        """
        chosen = {}
        for choice in self:
            line = lines.get(choice) if lines is not None else choice.move_line_id
            if line and choice.item_id:
                key = (choice.outcome, choice.payer_id)
                chosen[key] = chosen.get(key, line.browse()) | line
        for (outcome, payer), chosen_lines in chosen.items():
            chosen_lines._set_credit_outcome(
                outcome,
                payer=payer if outcome == "payer" else None,
                reason=self.reversal_id.reason or self.decision_id.reason or None,
            )

    def _is_kept(self):
        """Whether a document made in its place bills this row again.

        :rtype: bool
        """
        self.ensure_one()
        return not self.item_id or self.outcome in (False, "rebill")
