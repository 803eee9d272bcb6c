from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class MedicalConsultationLine(models.Model):
    """Which lot or serial number a line takes: proposed, chosen, and then taken.

    The first to expire is proposed and taken. What somebody chooses instead is taken
    and nothing else.
    """

    _inherit = "medical.consultation.line"

    tracking = fields.Selection(related="product_id.tracking", string="Lots")
    lot_id = fields.Many2one(
        comodel_name="stock.lot",
        string="Chosen Lot",
        domain="[('product_id', '=', product_id), ('product_qty', '>', 0)]",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
        help="The lot or serial number that is used. When none is chosen, the first to "
        "expire is taken.",
    )
    # In words, so that the record keeps it whatever becomes of the lot.
    lots_taken = fields.Char(
        compute="_compute_lots_taken",
        store=True,
        help="The lots or serial numbers that were used, and when they expire.",
    )
    lots_shown = fields.Char(
        string="Lot",
        compute="_compute_lots_shown",
        help="What was taken; before that, what will be.",
    )
    is_lot_short = fields.Boolean(compute="_compute_lots_shown")

    # === COMPUTE METHODS === #

    @api.depends("move_ids.state", "move_ids.move_line_ids.lot_id")
    def _compute_lots_taken(self):
        for line in self:
            left = {}
            for move in line.move_ids._filter_taken().sorted("id"):
                for part, quantity in reversed(move._get_left_by_lot()):
                    if part.lot_id:
                        left[part.lot_id] = left.get(part.lot_id, 0) + quantity
            line.lots_taken = self._format_lots(left)

    @api.depends(
        "lots_taken", "lot_id", "product_id", "product_uom_id", "quantity", "qty_done"
    )
    def _compute_lots_shown(self):
        proposals = self._propose_lots()
        for line in self:
            proposal, missing = proposals.get(line, ({}, 0.0))
            line.lots_shown = (
                ", ".join(filter(None, (line.lots_taken, self._format_lots(proposal))))
                or False
            )
            line.is_lot_short = bool(
                missing and line.product_id.uom_id.compare(missing, 0) > 0
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("lot_id", "product_id")
    def _check_lot(self):
        for line in self:
            # In sudo mode: who records may read fewer lots than there are.
            lot = line.lot_id.sudo()
            if lot and lot.product_id != line.product_id:
                raise ValidationError(
                    self.env._(
                        "%(lot)s is a lot of %(product)s and not of %(line)s: choose "
                        "another one.",
                        lot=lot.name,
                        product=lot.product_id.display_name,
                        line=line.product_id.display_name or line.name,
                    )
                )

    # === ONCHANGE METHODS === #

    @api.onchange("product_id")
    def _onchange_product_id_lot(self):
        if self.lot_id and self.lot_id.product_id != self.product_id:
            self.lot_id = False

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lots = self.env["stock.lot"].browse(
            vals["lot_id"] for vals in vals_list if vals.get("lot_id")
        )
        lots._check_usable()
        return super().create(vals_list)

    def write(self, vals):
        if "lot_id" not in vals:
            return super().write(vals)
        changed = self.filtered(
            lambda line: line.lot_id.id != (vals["lot_id"] or False)
        )
        changed._check_lot_can_change()
        if changed:
            self.env["stock.lot"].browse(vals["lot_id"] or [])._check_usable()
        result = super().write(vals)
        if vals["lot_id"]:
            changed._exchange_lots()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_open_after_signing(self):
        # EXTENDS 'medical_records': what is given later is of a lot chosen then.
        return super()._get_fields_open_after_signing() | {"lot_id"}

    def _check_lot_can_change(self):
        """Raise `UserError` when a signed visit already says which lot was used."""
        self.filtered(lambda line: line.state == "done")._raise_if_frozen(
            self.env._(
                "The lot that was used is recorded in a signed visit: amend the visit "
                "to correct it."
            )
        )

    def _exchange_lots(self):
        """Let other lots come back where another one was used after all.

        In a signed visit the lot chosen is that of what is still to be done.
        """
        surplus = {}
        # In sudo mode: who treats patients needs no right to the stock.
        for line in self.sudo():
            if line._is_frozen():
                continue
            wrong = [
                (part, quantity)
                for move in line.move_ids._filter_taken()
                for part, quantity in move._get_left_by_lot()
                if part.lot_id and part.lot_id != line.lot_id
            ]
            surplus.update(wrong)
            waiting = line.move_ids._filter_waiting()
            waiting.with_context(medical_consumption=True)._action_cancel()
        if surplus:
            self.env["stock.move"].sudo()._return_used(surplus)
        self._settle_stock()

    def _propose_lots(self):
        """Return which lots these lines would take now, the first to expire first.

        Lines of one visit share what is there, in their order.

        :return: lines to a pair: lots with how much of them, and how much is missing,
            in the unit of the product
        :rtype: dict
        """
        # In sudo mode: who treats patients needs no right to the stock.
        tracked = (self.sudo().consultation_id.line_ids | self.sudo()).filtered(
            lambda line: (
                line.product_id.tracking != "none"
                and line._is_taken_from_stock()
                and line.product_uom_id
                and line.qty_done < line.quantity
                and line.state == "ordered"
            )
        )
        proposals = {}
        for company, lines in tracked.grouped("company_id").items():
            free = lines.product_id._get_free_lots(company)
            shared = {}
            for line in lines:
                there = shared.setdefault(
                    (line.consultation_id, line.product_id),
                    dict(free.get(line.product_id, {})),
                )
                needed = line.product_uom_id._compute_quantity(
                    line.quantity - line.qty_done,
                    line.product_id.uom_id,
                    rounding_method="HALF-UP",
                )
                proposal = {}
                for lot in [line.lot_id] if line.lot_id else list(there):
                    part = min(there.get(lot, 0.0), needed)
                    if part > 0:
                        proposal[lot] = part
                        there[lot] -= part
                        needed = line.product_id.uom_id.round(needed - part)
                if line.lot_id and not proposal:
                    proposal[line.lot_id] = 0.0
                proposals[self.browse(line._ids)] = (proposal, needed)
        return proposals

    @api.model
    def _format_lots(self, quantities):
        """Say which lots, how much of each when there are several, and their expiry.

        :param dict quantities: `stock.lot` to a quantity
        :rtype: str or bool
        """
        words = []
        for lot, quantity in quantities.items():
            word = lot.sudo().name
            if len(quantities) > 1:
                word = f"{quantity:.10g} × {word}"
            if lot.sudo().expiration_date:
                word += f" ({format_date(self.env, lot.sudo().expiration_date)})"
            words.append(word)
        return ", ".join(words) or False
