from odoo import models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class MedicalBillableItem(models.Model):
    """Parts of an item that are billed apart, mostly to other payers."""

    _inherit = "medical.billable.item"

    # === ACTION METHODS === #

    def action_split(self):
        """Open the dialog that lets others pay these items, or parts of them."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "medical.billable.item.split",
            "name": self.env._("Who Pays"),
            "view_mode": "form",
            "target": "new",
            "context": {"default_item_ids": self.ids},
        }

    # === BUSINESS METHODS === #

    def _split(self, payer, quantity=None, share=None, amount=None, total=None):
        """Split a part off these items and let another payer bear it.

        The one primitive for a change of payer, a copay or billing in parts. The
        parts add up to the whole: the quantity that stays is what was not split off,
        and the price that stays is the price less the part's, which alone is rounded.
        A payer who already has a part of the same kind gets more of it.

        :param payer: the `res.partner` of the part that is split off
        :param float quantity: how much to split off, in the item's unit
        :param float share: or which part of the price, between 0 and 1
        :param float amount: or how much of the price of one unit, in its currency
        :param float total: or how much of what all of it costs, without taxes that
            the price does not include
        :return: the parts, in the order of these
        :rtype: medical.billable.item
        :raise UserError: when a part is nothing, is all, or is already billed
        """
        if sum(part is not None for part in (quantity, share, amount, total)) != 1:
            raise UserError(
                self.env._("Say either how much, which share or which amount to split.")
            )
        if quantity is None:
            return self._split_prices(
                payer,
                {
                    item: item._get_part_price(share=share, amount=amount, total=total)
                    for item in self
                },
            )
        self.check_access("write")
        for item in self:
            item._check_quantity_can_split(quantity)
        return self._add_parts(
            payer,
            {
                item: {
                    "split_by": "quantity",
                    "split_quantity": quantity,
                    "share": item.share,
                    "price_unit": item.price_unit,
                }
                for item in self
            },
        )

    def _split_prices(self, payer, prices):
        """Split a part of the price off these items; see :meth:`_split`.

        :param payer: the `res.partner` who bears that part
        :param dict prices: item to the part of its price
        :return: the parts, in the order of these
        :rtype: medical.billable.item
        """
        self.check_access("write")
        values = {
            item: {
                "split_by": "price",
                "share": item.share * price / item.price_unit,
                "price_unit": price,
            }
            for item, price in prices.items()
        }
        parts = self._add_parts(payer, values)
        for item, vals in values.items():
            # In sudo mode: nobody sets a share by hand.
            item.sudo().write(
                {
                    "price_unit": item.price_unit - vals["price_unit"],
                    "share": item.share - vals["share"],
                }
            )
        return parts

    def _split_shares(self, shares):
        """Share the price of these items between several payers.

        The present payer keeps the item with what is left when all others have
        theirs, to the last cent; when it is not among them, the last one takes over.

        :param dict shares: `res.partner` to a part of the price; one in all
        :return: these items and their new parts
        :rtype: medical.billable.item
        :raise UserError: when the shares do not add up, or see :meth:`_split`
        """
        if any(share <= 0 for share in shares.values()):
            raise UserError(self.env._("A share must be more than nothing."))
        total = sum(shares.values())
        if float_compare(total, 1, precision_digits=6):
            raise UserError(
                self.env._(
                    "The shares add up to %(total)s instead of 100 %%.",
                    total=f"{total * 100:.4f}".rstrip("0").rstrip(".") + " %",
                )
            )
        if all(set(shares) == {item.payer_id} for item in self):
            raise UserError(
                self.env._("Nothing would change: add somebody else who pays a share.")
            )
        result = self
        prices = {item: item.price_unit for item in self}
        keepers = {
            item: item.payer_id if item.payer_id in shares else list(shares)[-1]
            for item in self
        }
        for payer, share in shares.items():
            items = self.filtered(lambda item, payer=payer: keepers[item] != payer)
            result |= items._split_prices(
                payer,
                {
                    item: item._get_part_price(amount=prices[item] * share)
                    for item in items
                },
            )
        for payer in shares:
            self.filtered(
                lambda item, payer=payer: payer == keepers[item] != item.payer_id
            )._change_payer(payer)
        return result

    def _change_payer(self, payer):
        """Let somebody else pay these items, which no document holds yet.

        Prices that were not set by hand are those of the new payer.

        :param payer: a `res.partner`
        :raise UserError: for items on documents, or when that payer has a part of
            the same already
        """
        self._check_price_is_open()
        for item in self:
            twins = item.origin_id.split_ids - item
            if payer in twins.payer_id:
                raise UserError(
                    self.env._(
                        "%(payer)s already has a part of %(item)s: split it off for "
                        "that payer instead.",
                        payer=payer.display_name,
                        item=item.name,
                    )
                )
        self.write({"payer_id": payer.id})

    def _check_quantity_can_split(self, quantity):
        """Raise `UserError` when a quantity of this item cannot be split off."""
        self.ensure_one()
        if self._get_sign() < 0:
            raise UserError(
                self.env._(
                    "%(item)s corrects what was billed before: it goes to the same "
                    "payer.",
                    item=self.name,
                )
            )
        if (
            quantity <= 0
            or self._compare_quantities(quantity, self.qty_to_bill) > 0
            or self._compare_quantities(quantity, self.quantity) >= 0
        ):
            raise UserError(
                self.env._(
                    "%(item)s: split off more than nothing, less than the whole, and "
                    "no more than the %(left)s left to bill.",
                    item=self.name,
                    left=self.qty_to_bill,
                )
            )

    def _get_part_price(self, share=None, amount=None, total=None):
        """Return the price of one unit for a part that is split off.

        It is such that the part's subtotal has no fraction of the smallest coin, so
        that whatever rounds the rest rounds it as it would have rounded the whole.

        :param float share: the part of the price, between 0 and 1
        :param float amount: or how much of the price
        :param float total: or how much of what all of it costs
        :rtype: float
        :raise UserError: when it is nothing or all, or already billed
        """
        self.ensure_one()
        if self._is_billed():
            raise UserError(
                self.env._(
                    "%(item)s is already on a document: its price can no longer be "
                    "shared.",
                    item=self.name,
                )
            )
        if self.credit_ids:
            raise UserError(
                self.env._(
                    "%(item)s was corrected after it was billed: its price can no "
                    "longer be shared.",
                    item=self.name,
                )
            )
        factor = self.quantity * (1 - self.discount / 100)
        if share is not None:
            amount = self.price_unit * share
        if factor <= 0:
            price = self.currency_id.round(amount or 0.0)
        elif total is not None:
            price = self.currency_id.round(total) / factor
        elif factor == int(factor):
            price = self.currency_id.round(amount)
        else:
            price = self.currency_id.round(amount * factor) / factor
        if not 0 < price < self.price_unit:
            raise UserError(
                self.env._(
                    "%(item)s: a share must be more than nothing and less than the "
                    "whole price of %(price)s.",
                    item=self.name,
                    price=self.price_unit,
                )
            )
        return price

    def _get_price_of(self, price):
        """Return what the quantity of this item costs at a price for one unit.

        :rtype: float
        """
        self.ensure_one()
        return self.currency_id.round(self.quantity * price * (1 - self.discount / 100))

    def _add_parts(self, payer, values):
        """Make parts of these items for a payer, or enlarge those there are.

        :param payer: the `res.partner` of the parts
        :param dict values: item to the values of its part
        :return: the parts, in the order of these
        :rtype: medical.billable.item
        """
        parts = {
            item: item.split_ids.filtered(lambda part: part.payer_id == payer)
            for item in self
        }
        missing = [item for item in self if not parts[item]]
        # In sudo mode: nobody may create items by hand, see the access rights.
        made = self.sudo().create(
            [item._prepare_part_vals(payer, **values[item]) for item in missing]
        )
        for item in self - self.browse(item.id for item in missing):
            parts[item].sudo()._enlarge_part(values[item])
        parts |= dict(zip(missing, made.with_env(self.env), strict=True))
        return self.browse(parts[item].id for item in self)

    def _prepare_part_vals(self, payer, **values):
        """Return the values of a part of this item.

        :param payer: the `res.partner` of the part
        :param values: what the part is, see :meth:`_split`
        :rtype: dict
        """
        self.ensure_one()
        return {
            "consultation_line_id": self.consultation_line_id.id,
            "origin_id": self.id,
            "payer_id": payer.id,
            # Parts of one price are in one currency, whoever pays them.
            "pricelist_id": self.pricelist_id.id,
            "is_price_manual": True,
            "is_discount_manual": self.is_discount_manual,
            "discount": self.discount,
            "due_date": self.due_date,
            **values,
        }

    def _enlarge_part(self, vals):
        """Add to a part that a payer already has of an item.

        :param dict vals: see :meth:`_split`
        :raise UserError: when it is a part of another kind, or at another price
        """
        self.ensure_one()
        origin = self.origin_id
        same = (
            self.split_by == vals["split_by"]
            and self.discount == origin.discount
            and self.currency_id == origin.currency_id
        )
        if vals["split_by"] == "quantity":
            if same and self._has_price_of_origin():
                self.split_quantity += vals["split_quantity"]
                return
        elif (
            same
            and not self._is_billed()
            and self._compare_quantities(self.quantity, origin.quantity) == 0
        ):
            self.write(
                {
                    "price_unit": self.price_unit + vals["price_unit"],
                    "share": self.share + vals["share"],
                }
            )
            return
        raise UserError(
            self.env._(
                "%(payer)s already has a part of %(item)s, at another price or on a "
                "document: change that part, or split it.",
                payer=self.payer_id.display_name,
                item=origin.name,
            )
        )

    def _has_price_of_origin(self):
        """Whether more of the quantity of its origin can be added to this part."""
        self.ensure_one()
        origin = self.origin_id
        return (
            self.split_by == "quantity"
            and self.currency_id == origin.currency_id
            and not float_compare(self.price_unit, origin.price_unit, 6)
            and not float_compare(self.discount, origin.discount, 6)
            and not float_compare(self.share, origin.share, 6)
        )

    def _get_parts_for_credits(self, payer):
        """Return the items that bill to another payer what is credited of these.

        :param payer: a `res.partner`
        :return: each of these items to its part; new parts have no quantity yet
        :rtype: dict
        """
        result = {}
        missing = []
        for item in self:
            if item.payer_id == payer:
                raise UserError(
                    self.env._(
                        "%(item)s was billed to %(payer)s: choose to bill it again.",
                        item=item.name,
                        payer=payer.display_name,
                    )
                )
            if item._get_sign() < 0:
                raise UserError(
                    self.env._(
                        "%(item)s corrects what was billed before: it goes to the "
                        "same payer.",
                        item=item.name,
                    )
                )
            part = item.split_ids.filtered(lambda part: part.payer_id == payer)
            if part and not part._has_price_of_origin():
                raise UserError(
                    self.env._(
                        "%(payer)s already has a part of %(item)s at another price: "
                        "bill it again, and split it then.",
                        payer=payer.display_name,
                        item=item.name,
                    )
                )
            if part:
                result[item] = part
            else:
                missing.append(item)
        made = self.sudo().create(
            [
                item._prepare_part_vals(
                    payer,
                    split_by="quantity",
                    share=item.share,
                    price_unit=item.price_unit,
                )
                for item in missing
            ]
        )
        return result | dict(zip(missing, made.with_env(self.env), strict=True))

    def _unlink_empty_parts(self):
        """Delete parts that were made for a credit and are no longer needed."""
        self.sudo().filtered(
            lambda part: (
                part.split_by == "quantity"
                and not part.split_quantity
                and not part.credit_line_ids
                and not part.move_line_ids
                and not part.split_ids
                and not part.waiver_ids
                and not part.credit_ids
            )
        ).unlink()
