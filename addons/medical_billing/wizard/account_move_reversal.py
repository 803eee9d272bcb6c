from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AccountMoveReversal(models.TransientModel):
    """Odoo's dialog of credit notes asks billers what becomes of each item.

    It stays as it is for everybody else: what they credit is undecided, and waits in
    the billers' list.
    """

    _inherit = "account.move.reversal"

    medical_line_ids = fields.One2many(
        comodel_name="medical.credit.line",
        inverse_name="reversal_id",
        string="Clinic Items",
        compute="_compute_medical_line_ids",
        store=True,
        readonly=False,
        groups="medical_billing.group_biller",
    )
    medical_outcome = fields.Selection(
        selection=lambda self: self.env["medical.credit.line"]._selection_outcome(),
        string="What Becomes of It",
        groups="medical_billing.group_biller",
        help="For all that is credited; each line can say something else. Undecided "
        "when empty: then it waits in the list of items to decide.",
    )
    medical_payer_id = fields.Many2one(
        comodel_name="res.partner",
        string="Other Payer",
        groups="medical_billing.group_biller",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_ids")
    def _compute_medical_line_ids(self):
        is_biller = self.env.user.has_group("medical_billing.group_biller")
        for wizard in self:
            commands = [Command.clear()]
            if is_biller:
                commands += [
                    Command.create({"move_line_id": line.id})
                    for line in wizard._get_medical_lines()
                ]
            wizard.medical_line_ids = commands

    # === ACTION METHODS === #

    def reverse_moves(self, is_modify=False):
        # EXTENDS 'account'
        if not self.env["medical.credit.line"].has_access("read"):
            return super().reverse_moves(is_modify=is_modify)
        self.medical_line_ids._check_choices()
        if self.medical_line_ids:
            self._check_something_is_credited(is_modify)
        # What was chosen must be on the credit note before Odoo posts it, and the
        # document that replaces it bills only what is to be billed again.
        wizard = self.with_context(medical_reversal_id=self.id)
        action = super(AccountMoveReversal, wizard).reverse_moves(is_modify=is_modify)
        if is_modify and self.medical_line_ids:
            self.new_move_ids._drop_empty_sections()
        return action

    # === BUSINESS METHODS === #

    def _get_medical_lines(self):
        """Return the lines that the question is about.

        They are all lines of documents that bill clinic items, also those that bill
        none: who credits a part says of which lines.

        :rtype: account.move.line
        """
        self.ensure_one()
        moves = self.move_ids._origin.filtered(
            lambda move: any(
                line.billable_item_id and line._get_credited_quantity() < 0
                for line in move.invoice_line_ids
            )
        )
        return moves.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                # It goes with the line that it is deducted for.
                and not line.medical_covered_item_id
            )
        )

    def _check_something_is_credited(self, is_modify):
        """Raise `UserError` for a credit note, or its replacement, without lines.

        :param bool is_modify: whether a document is made in its place
        """
        for move, choices in self.medical_line_ids.grouped("move_id").items():
            credited = choices.filtered("quantity")
            if not credited:
                raise UserError(
                    self.env._(
                        "Nothing of %(document)s is credited: say how much of at "
                        "least one line. What stands on another credit note, also on "
                        "a draft, is not offered again.",
                        document=move.display_name,
                    )
                )
            if is_modify and not credited.filtered(lambda choice: choice._is_kept()):
                raise UserError(
                    self.env._(
                        "Nothing of %(document)s is billed again to %(payer)s, so no "
                        "new document is needed: press Reverse.",
                        document=move.display_name,
                        payer=move.partner_id.display_name,
                    )
                )

    def _apply_medical_choices(self, move, credit):
        """Let a new credit note credit what was chosen, and say what becomes of it.

        :param move: the document
        :param credit: its credit note, a draft
        """
        self.ensure_one()
        choices = {choice.move_line_id: choice for choice in self.medical_line_ids}
        commands = []
        lines = {}
        for origin, line in zip(
            self._get_lines_in_order(move),
            self._get_lines_in_order(credit),
            strict=True,
        ):
            choice = choices.get(origin)
            if not choice:
                continue
            if not choice.quantity:
                commands.append(Command.delete(line.id))
                continue
            lines[choice] = line
            if choice.quantity != line.quantity:
                commands.append(Command.update(line.id, {"quantity": choice.quantity}))
        if commands:
            credit.write({"invoice_line_ids": commands})
            credit._drop_empty_sections()
        self.medical_line_ids.filtered(lambda choice: choice in lines)._store_outcomes(
            lines
        )

    @api.model
    def _get_lines_in_order(self, move):
        # A copy has its lines in the order in which they were made.
        return move.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        ).sorted("id")
