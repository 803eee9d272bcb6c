from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class StockMove(models.Model):
    """What goods used in visits cost, and how that is booked."""

    _inherit = "stock.move"

    # === BUSINESS METHODS === #

    def _action_done(self, cancel_backorder=False):
        # EXTENDS 'stock_account': by one door for visits, stock users and returns.
        self._check_returns_within_use()
        moves = self | self.filtered("consultation_line_id")._split_by_valued_lot()
        result = super(StockMove, moves)._action_done(cancel_backorder=cancel_backorder)
        result._tell_of_differences()
        return result

    def _set_value(self, correction_quantity=None):
        # EXTENDS 'stock_account': what a visit used cost what it cost that day. Odoo
        # values old moves anew when the cost of their lot is changed, and leaves the
        # entries as they are.
        moves = self
        if not correction_quantity:
            moves = self.filtered(
                lambda move: (
                    not (
                        move.state == "done"
                        and move.is_out
                        and move.consultation_line_id
                    )
                )
            )
        return super(StockMove, moves)._set_value(
            correction_quantity=correction_quantity
        )

    def _should_create_account_move(self):
        # EXTENDS 'stock_account', which books an entry of zeros for what costs nothing.
        return super()._should_create_account_move() and not (
            self.consultation_line_id
            and self.company_currency_id.is_zero(self._get_aml_value())
        )

    def _create_account_move(self):
        # EXTENDS 'stock_account': one entry a visit, however many are done at once.
        used = self.filtered("consultation_line_id")
        entries = super(StockMove, self - used)._create_account_move()
        for company, moves in used.grouped("company_id").items():
            entries |= moves.with_company(company)._create_entries_of_visits()
        return entries

    def _create_entries_of_visits(self):
        """Book what these moves cost, an entry for each transfer, all in one go.

        Odoo makes and posts one entry for all that is done at once. Called for each
        visit, it would number and post them one by one, ever slower the more there are.

        :return: the posted entries
        :rtype: account.move
        """
        self._check_valuation_accounts()
        booked = self.filtered(lambda move: move._should_create_account_move())
        by_transfer = list(booked.grouped("picking_id").values())
        # In sudo mode, as in Odoo: who uses goods has no right to the books.
        entries = (
            self.env["account.move"]
            .sudo()
            .create([moves._prepare_entry_vals() for moves in by_transfer])
        )
        for entry, moves in zip(entries, by_transfer, strict=True):
            moves.account_move_id = entry
        entries._post()
        return entries

    def _prepare_entry_vals(self):
        """Return the values of one entry that books what these moves cost.

        The same as in `stock.move._create_account_move` of Odoo.

        :rtype: dict
        """
        return {
            "journal_id": self.company_id.account_stock_journal_id.id,
            "date": self.env.context.get("force_period_date")
            or fields.Date.context_today(self),
            "line_ids": [
                Command.create(vals)
                for move in self
                for vals in move._get_account_move_line_vals()
            ],
        }

    def _check_valuation_accounts(self):
        """Raise `UserError` when there is nowhere to book what these moves cost."""
        for move in self:
            if not move._should_create_account_move():
                continue
            company = move.company_id
            accounts = move.product_id._get_product_accounts()
            if company.account_stock_journal_id and accounts["stock_valuation"]:
                continue
            raise UserError(
                self.env._(
                    "The cost of %(product)s cannot be booked: %(company)s has no "
                    "stock journal or no stock valuation account. An accountant sets "
                    "them in the settings of Accounting, section Stock Valuation.",
                    product=move.product_id.display_name,
                    company=company.name,
                )
            )

    def _split_by_valued_lot(self):
        """Give each lot a move of its own where goods are valued by lot.

        A move has one value. With several lots in it, what comes back of one lot would
        be valued at the average of all, and the cost of each lot would be wrong after.

        :return: the moves that were split off
        :rtype: stock.move
        """
        vals_list, lots_lines = [], []
        for move in self:
            if (
                move.state in ("draft", "done", "cancel")
                or not move.product_id.lot_valuated
            ):
                continue
            by_lot = move.move_line_ids.filtered("quantity").grouped("lot_id")
            for lines in list(by_lot.values())[1:]:
                vals = move._split(sum(lines.mapped("quantity_product_uom")))
                if vals:
                    vals_list += vals
                    lots_lines.append(lines)
        if not vals_list:
            return self.browse()
        moves = self.create(vals_list)
        for move, lines in zip(moves, lots_lines, strict=True):
            lines.move_id = move
        moves._action_confirm(merge=False, create_proc=False)
        return moves

    def _check_not_used_in_visit(self):
        """Raise `UserError` when one of these moves is done for a visit."""
        # In sudo mode: who corrects a transfer need not see the visit.
        for move in self.sudo():
            if move.state == "done" and move.consultation_line_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s is what a visit used, and its cost is booked: "
                        "it cannot be changed. Return the goods, or let the visit be "
                        "corrected.",
                        transfer=move.reference,
                    )
                )
