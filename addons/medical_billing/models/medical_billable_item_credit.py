from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class MedicalBillableItem(models.Model):
    """Less was done than was billed: items that credit the difference.

    History is never rewritten. What is posted stays billed, and an item with a
    negative quantity points at the one it corrects; its document is a credit note for
    each document that billed too much, at the prices and taxes of that document.
    """

    _inherit = "medical.billable.item"

    credited_item_id = fields.Many2one(
        comodel_name="medical.billable.item",
        string="Corrects",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
    )
    credit_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="credited_item_id",
        string="Corrections",
    )
    credit_quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="How much of the corrected item this item credits.",
    )
    qty_credited = fields.Float(
        digits="Product Unit",
        compute="_compute_qty_credited",
        store=True,
        help="How much of this item its correction has on credit notes, also drafts.",
    )

    _credited_of_billed = models.Constraint(
        "CHECK (quantity < 0 OR qty_posted >= qty_credited)",
        "This would credit more than was billed: a part of it is on a credit note "
        "already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("credit_quantity", "credit_ids.credit_quantity")
    def _compute_quantity(self):
        return super()._compute_quantity()

    @api.depends("credit_ids.qty_drafted", "credit_ids.qty_posted")
    def _compute_qty_credited(self):
        for item in self:
            item.qty_credited = -sum(
                credit.qty_drafted + credit.qty_posted for credit in item.credit_ids
            )

    # === BUSINESS METHODS === #

    def _get_sign(self):
        return -1 if self.credited_item_id else super()._get_sign()

    def _is_billed(self):
        # A correction is as frozen as what it corrects, from its making on.
        return bool(self.credited_item_id and self.id) or super()._is_billed()

    def _is_empty(self):
        if self.credited_item_id:
            return not self.quantity
        return super()._is_empty()

    def _get_gross_quantity(self):
        if self.credited_item_id:
            return -self.credit_quantity
        return super()._get_gross_quantity()

    def _get_own_quantity(self):
        # What was billed too much is still billed; the correction takes it off.
        return super()._get_own_quantity() + sum(
            self.credit_ids.mapped("credit_quantity")
        )

    # --- Less was done --- #

    def _give_back(self, less):
        """Make these items ready for less being done than they say.

        First goes what is left to bill, then what was waived, then what is on drafts;
        for what is posted, a correction is made. Parts that were split off for others
        give last of each kind, the newest first; each share of a price is corrected
        for itself. To be called before the quantity of the line falls.

        :param dict less: item without origin to how much less, in its unit
        """
        plan = {name: {} for name in ("free", "waived", "drafted", "posted", "split")}
        quantities = {item.id: quantity for item, quantity in less.items()}
        # All in one set: what is read for one is read for all.
        for item in self.browse(quantities):
            item._plan_less(quantities[item.id], plan)
        self._add_corrections(plan["posted"])
        self._cut_drafts(plan["drafted"])
        for item, quantity in plan["waived"].items():
            item._cut_waived(quantity)
        for item, quantity in plan["split"].items():
            item.split_quantity -= quantity
        self.browse(item.id for item in plan["split"])._unlink_empty_parts()

    def _plan_less(self, quantity, plan):
        """Decide from where a quantity is taken when this item becomes less.

        :param float quantity: in the item's unit
        :param dict plan: is added to; for each way, items to quantities
        """
        self.ensure_one()
        bearers = self._get_bearers()
        given = dict.fromkeys(bearers, 0.0)
        for way in ("free", "waived", "drafted", "posted"):
            for item in bearers:
                taken = min(quantity, item._get_quantity_to_give(way))
                if item._compare_quantities(taken, 0) > 0:
                    plan[way][item] = taken
                    given[item] += taken
                    quantity -= taken
        # What a part gives, all between it and this item no longer have, either.
        for item in reversed(bearers):
            if item != self and given[item]:
                plan["split"][item] = given[item]
                given[item.origin_id] += given[item]
        for item in bearers:
            for share in item.split_ids:
                if share.split_by == "price":
                    # Parts that were split off before have a price of their own.
                    share_less = given[item] - sum(
                        given[part]
                        for part in item.split_ids
                        if part in given and part.id < share.id
                    )
                    if share._compare_quantities(share_less, 0) > 0:
                        share._plan_less(share_less, plan)

    def _get_bearers(self):
        """Return this item and all parts of its quantity, the newest parts first.

        :return: each before the parts that were split off of it
        :rtype: list
        """
        bearers = [self]
        for part in self.split_ids.sorted("id", reverse=True):
            if part.split_by == "quantity":
                bearers += part._get_bearers()
        return bearers

    def _get_quantity_to_give(self, way):
        """Return how much of this item can be taken off in one way.

        :param str way: `free`, `waived`, `drafted` or `posted`
        :rtype: float
        """
        if way == "free":
            return max(self.qty_to_bill + self.qty_undecided, 0.0)
        if way == "posted":
            return self.qty_posted - sum(self.credit_ids.mapped("credit_quantity"))
        return self[f"qty_{way}"]

    def _add_corrections(self, quantities):
        """Make items that credit what others bill too much, or enlarge them.

        :param dict quantities: item to how much, in its unit
        """
        vals_list = []
        for item, quantity in quantities.items():
            if item.credit_ids:
                item.credit_ids.credit_quantity += quantity
            else:
                vals_list.append(item._prepare_correction_vals(quantity))
        self.create(vals_list)

    def _prepare_correction_vals(self, quantity):
        """Return the values of an item that credits some of this one.

        :param float quantity: how much, in the item's unit
        :rtype: dict
        """
        self.ensure_one()
        return {
            "consultation_line_id": self.consultation_line_id.id,
            "payer_id": self.payer_id.id,
            "pricelist_id": self.pricelist_id.id,
            "price_unit": self.price_unit,
            "is_price_manual": True,
            "discount": self.discount,
            "tax_ids": [Command.set(self.tax_ids.ids)],
            "analytic_distribution": self.analytic_distribution,
            "share": self.share,
            "credited_item_id": self.id,
            "credit_quantity": quantity,
        }

    def _cut_waived(self, quantity):
        """Take some of what was waived of this item off, as it is not there any more.

        Entries are not changed: one that is too large is undone, and written again
        with what is left of it.

        :param float quantity: how much, in the item's unit
        """
        self.ensure_one()
        vals_list = []
        for waiver in self.waiver_ids:
            if waiver.undone_date or self._compare_quantities(quantity, 0) <= 0:
                continue
            if self._compare_quantities(waiver.quantity, quantity) > 0:
                vals_list += waiver.copy_data({"quantity": waiver.quantity - quantity})
            quantity -= min(quantity, waiver.quantity)
            waiver._undo()
        for line in self.move_line_ids:
            if (
                self._compare_quantities(quantity, 0) > 0
                and line.parent_state == "posted"
                and line.credit_outcome == "waive"
            ):
                # It was waived with a credit note, which stays as it is.
                credited = line._get_credited_quantity()
                if self._compare_quantities(credited, quantity) > 0:
                    vals_list.append(
                        {
                            "item_id": self.id,
                            "quantity": credited - quantity,
                            "reason": self.env._(
                                "Waived with %(document)s",
                                document=line.move_id.name,
                            ),
                        }
                    )
                quantity -= min(quantity, credited)
                line.credit_outcome = "rebill"
        self.env["medical.billable.item.waiver"].create(vals_list)

    def _cut_drafts(self, quantities):
        """Take quantities off draft documents: the newest first, lines at zero go.

        :param dict quantities: item to how much, in its unit
        """
        commands = defaultdict(list)
        for item, quantity in quantities.items():
            quantity = abs(quantity)
            lines = item.move_line_ids.filtered(
                lambda line: (
                    line.parent_state == "draft" and line._get_credited_quantity() < 0
                )
            )
            for line in lines.sorted("id", reverse=True):
                taken = min(quantity, line.quantity)
                if item._compare_quantities(taken, 0) <= 0:
                    continue
                quantity -= taken
                left = line.quantity - taken
                commands[line.move_id].append(
                    Command.update(line.id, {"quantity": left})
                    if item._compare_quantities(left, 0) > 0
                    else Command.delete(line.id)
                )
        # What is free in the middle of a correction is not there for another one.
        moves = (
            self.env["account.move"]
            .with_context(medical_correcting=True)
            .browse(move.id for move in commands)
        )
        for move in moves:
            # Odoo balances each entry by itself.
            move.write({"invoice_line_ids": commands[move]})
        moves._log_correction_of_visits()
        moves._drop_emptied_documents()

    # --- More was done after all --- #

    def _take_back_corrections(self):
        """Drop corrections that are not posted, as far as there is use for them.

        So when more is done again, and when somebody else credited or cancelled the
        document that billed too much. Neutral otherwise.
        """
        # In sudo mode: nobody changes corrections by hand.
        items = self.sudo()
        alone = (items | items.credited_item_id).filtered(
            lambda item: not item.consultation_line_id
        )
        credits = items.search(
            Domain("credited_item_id", "!=", False)
            & (
                Domain("consultation_line_id", "in", items.consultation_line_id.ids)
                | Domain("credited_item_id", "in", alone.ids)
            )
        )
        alone &= credits.credited_item_id
        for item in credits.consultation_line_id.billable_item_ids | alone:
            if item.split_by != "quantity" and not item.credited_item_id:
                item._take_back_corrections_of_bearers()
        credits._unlink_empty_corrections()

    def _take_back_corrections_of_bearers(self):
        """Do so for this item and the parts of its quantity.

        What this item has too little to give a part of it takes from it.
        """
        self.ensure_one()
        for item in self._get_bearers():
            giver = item
            while item.credit_ids:
                item._take_back_correction(giver)
                if giver == self:
                    break
                giver = giver.origin_id

    def _take_back_correction(self, giver):
        """Drop what is open of this item's correction, for what another has free.

        :param giver: this item, or one that it was split from
        """
        credit = self.credit_ids
        taken = min(
            giver.qty_to_bill + giver.qty_undecided,
            -(credit.qty_to_bill + credit.qty_drafted),
        )
        if self._compare_quantities(taken, 0) <= 0:
            return
        drafted = taken + credit.qty_to_bill
        if self._compare_quantities(drafted, 0) > 0:
            self._cut_drafts({credit: drafted})
        credit.credit_quantity -= taken
        part = self
        while part != giver:
            part.split_quantity += taken
            part = part.origin_id

    def _unlink_empty_corrections(self):
        """Delete corrections that credit nothing any more and never did."""
        self.filtered(
            lambda credit: (
                not credit.credit_quantity
                and not credit.move_line_ids
                and not credit.waiver_ids
            )
        ).unlink()

    # --- Documents --- #

    def _build_invoices(self, grouping=None, move_type="out_invoice", **options):
        self.check_access("write")
        self._take_back_corrections()
        items = self.exists() if self.credited_item_id else self
        return super(MedicalBillableItem, items)._build_invoices(
            grouping=grouping, move_type=move_type, **options
        )

    def _get_unbillable_reasons(self, invoice_date=None):
        reasons = super()._get_unbillable_reasons(invoice_date)
        for item in self:
            origin = item.credited_item_id
            if (
                origin
                and item not in reasons
                and item._compare_quantities(
                    -item.qty_to_bill, origin.qty_posted - origin.qty_credited
                )
                > 0
            ):
                reasons[item] = self.env._(
                    "corrects a document that is not posted any more: post or cancel "
                    "that first"
                )
        return reasons

    def _prepare_credit_notes_vals(self, grouping=None, **options):
        # One for each document that billed too much, whatever the grouping.
        by_document = defaultdict(list)
        for item in self:
            for line, quantity in item._spread_over_documents().items():
                by_document[line.move_id].append(
                    item._prepare_credit_line_vals(line, quantity)
                )
        return [
            {
                **self._prepare_credit_note_vals(document, **options),
                "invoice_line_ids": [
                    Command.create({**line_vals, "sequence": sequence})
                    for sequence, line_vals in enumerate(lines_vals, start=1)
                ],
            }
            for document, lines_vals in by_document.items()
        ]

    def _spread_over_documents(self):
        """Return which lines of posted documents this correction credits, how much.

        The newest documents give first. What other credit notes of a document took is
        not there any more.

        :return: document line to quantity
        :rtype: dict
        :raise UserError: when the documents do not hold that much any more
        """
        self.ensure_one()
        billed = self.credited_item_id.move_line_ids.filtered(
            lambda line: line.parent_state == "posted"
        )
        credited = defaultdict(float)
        for line in billed | self.move_line_ids:
            if line.parent_state != "cancel" and line.move_id.reversed_entry_id:
                quantity = line.quantity * line.move_id.direction_sign
                credited[line.move_id.reversed_entry_id] += quantity
        remaining = -self.qty_to_bill
        result = {}
        for line in billed.sorted(
            lambda line: (line.move_id.date, line.move_id.id, line.id), reverse=True
        ):
            if line._get_credited_quantity() >= 0:
                continue
            gone = min(max(credited[line.move_id], 0.0), line.quantity)
            credited[line.move_id] -= gone
            taken = min(line.quantity - gone, remaining)
            if self._compare_quantities(taken, 0) > 0:
                result[line] = taken
                remaining -= taken
        if self._compare_quantities(remaining, 0) > 0:
            raise UserError(
                self.env._(
                    "%(item)s: %(quantity)s to credit is more than its documents "
                    "still bill.",
                    item=self.name,
                    quantity=-self.qty_to_bill,
                )
            )
        return result

    @api.model
    def _prepare_credit_note_vals(self, document, **options):
        """Return the values of a credit note for a document, without its lines.

        :param document: the `account.move` that billed too much
        :param options: see :meth:`_build_invoices`
        :rtype: dict
        """
        return {
            "move_type": "out_refund",
            "reversed_entry_id": document.id,
            "company_id": document.company_id.id,
            "partner_id": document.partner_id.id,
            "currency_id": document.currency_id.id,
            "journal_id": document.journal_id.id,
            "fiscal_position_id": document.fiscal_position_id.id,
            "invoice_date": options.get("invoice_date") or False,
            "invoice_payment_term_id": False,
            "invoice_origin": document.invoice_origin,
            "invoice_user_id": document.invoice_user_id.id,
            "ref": self.env._("Correction of %(document)s", document=document.name),
            "medical_patient_id": document.medical_patient_id.id,
            "medical_neutral_wording": document.medical_neutral_wording,
        }

    def _prepare_credit_line_vals(self, line, quantity):
        """Return the values of a credit note's line: as the line that it credits.

        :param line: the `account.move.line` that billed too much
        :param float quantity: how much of it is credited
        :rtype: dict
        """
        self.ensure_one()
        return {
            "display_type": "product",
            "name": line.name,
            "product_id": line.product_id.id,
            "product_uom_id": line.product_uom_id.id,
            "quantity": quantity,
            "price_unit": line.price_unit,
            "discount": line.discount,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "account_id": line.account_id.id,
            "analytic_distribution": line.analytic_distribution,
            "billable_item_id": self.id,
        }
