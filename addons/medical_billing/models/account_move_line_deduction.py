from odoo import api, fields, models
from odoo.exceptions import UserError

# What a line and its deduction have in common.
SHARED = ("price_unit", "discount", "tax_ids")


class AccountMoveLine(models.Model):
    """Lines that deduct what was paid in advance for a session of a treatment plan.

    Such a line stands beside the one that bills the session and goes with it: it has
    its quantity, price and taxes, and is deleted and credited with it. Nobody changes
    it alone, or a session would be half paid.
    """

    _inherit = "account.move.line"

    # As the item itself: not copied with a document, and kept by credit notes.
    medical_covered_item_id = fields.Many2one(
        comodel_name="medical.billable.item",
        string="Deducted For",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    medical_plan_line_id = fields.Many2one(
        comodel_name="medical.treatment.plan.line",
        string="Paid in Advance",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account'
        closed = self._get_fields_of_deduction() & vals.keys()
        if closed and not self.env.context.get("medical_deducting"):
            self._check_deductions_stay(
                {name: vals[name] for name in closed if name != "quantity"}
            )
            if "quantity" in vals:
                deductions = self.filtered("medical_covered_item_id")
                deductions._check_deductions_stay({"quantity": vals["quantity"]})
        result = super().write(vals)
        if "quantity" in vals and (deductions := self._get_deductions()):
            deductions.with_context(medical_deducting=True).write(
                {"quantity": -vals["quantity"]}
            )
            deductions._get_deducted_plans()._settle_down_payments()
        return result

    def unlink(self):
        # EXTENDS 'account'
        deductions = self._get_deductions()
        alone = self.filtered("medical_covered_item_id") - deductions
        if alone:
            alone._raise_deduction_stays()
        plans = deductions._get_deducted_plans()
        result = super(AccountMoveLine, self | deductions).unlink()
        plans._settle_down_payments()
        return result

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS 'account': called for credit notes, not for copies.
        result = super()._copy_data_extend_business_fields(values)
        values["medical_covered_item_id"] = self.medical_covered_item_id.id
        values["medical_plan_line_id"] = self.medical_plan_line_id.id
        if self.medical_covered_item_id and self.env.context.get("medical_replacing"):
            self._follow_replaced_line(values)
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_of_deduction(self):
        """Return the names of the fields that a line has in common with its deduction.

        :rtype: set[str]
        """
        return {
            *SHARED,
            "quantity",
            "account_id",
            "medical_covered_item_id",
            "medical_plan_line_id",
        }

    def _get_deductions(self):
        """Return the lines beside these that deduct what they bill, or credit.

        :rtype: account.move.line
        """
        # In sudo mode: whoever changes a document need not see items.
        lines = self.sudo().filtered("billable_item_id")
        deductions = lines.move_id.invoice_line_ids.filtered("medical_covered_item_id")
        if not deductions:
            return self.browse()
        billed = {(line.move_id, line._get_covered_item()) for line in lines}
        return deductions.filtered(
            lambda line: (line.move_id, line.medical_covered_item_id) in billed
        ).sudo(self.env.su)

    def _get_deducted_plans(self):
        """Return the plans that these deduct from, to be settled in superuser mode.

        A session that is on no document any more costs what is agreed on by now. Not
        while a visit is corrected: its plans are settled when all of it is known. Nor
        while Odoo changes a document, when it balances no other one.

        :rtype: medical.treatment.plan
        """
        context = self.env.context
        is_later = context.get("medical_correcting") or context.get("medical_settling")
        lines = self[:0] if is_later else self
        # In sudo mode: who changes documents need not see plans.
        return lines.sudo().medical_plan_line_id.plan_id

    def _get_covered_item(self):
        """Return what a deduction beside this line is for; a correction has none.

        :rtype: medical.billable.item
        """
        self.ensure_one()
        return self.billable_item_id.credited_item_id or self.billable_item_id

    def _check_deductions_stay(self, vals):
        """Refuse another price of a session than what was paid in advance for it.

        Nor is another one charged in advance than the plan says: it would not know.

        :param dict vals: what is about to be written
        :raise UserError: for down payments, for deductions, and for lines that have one
        """
        if not vals:
            return
        covered = {
            (line.move_id, line.medical_covered_item_id)
            for line in self._get_deductions().sudo()
        }
        for line in self:
            names = vals.keys()
            # In sudo mode: as above.
            plan = line.sudo().billable_item_id.plan_id
            if plan:
                names -= {"quantity"}
            elif not line.medical_covered_item_id:
                if (line.move_id, line.sudo()._get_covered_item()) not in covered:
                    continue
                names -= {"account_id"}
            # As it would be, to compare: a form may send what it does not change.
            changed = line.new(vals, origin=line)
            for name in names:
                old, new = line[name], changed[name]
                if self._fields[name].relational:
                    new = new._origin
                if old != new:
                    line._raise_deduction_stays()

    def _raise_deduction_stays(self):
        # In sudo mode: whoever changes a document need not see items.
        plan = self[:1].sudo().billable_item_id.plan_id
        if plan:
            raise UserError(
                self.env._(
                    "%(line)s is charged in advance as %(plan)s says. Change the price "
                    "or the sessions of the plan instead; the difference is billed or "
                    "credited.",
                    line=self[:1].name,
                    plan=plan.name,
                )
            )
        raise UserError(
            self.env._(
                "%(line)s: a session that is paid in advance and what is deducted for "
                "it belong together, at the price of the plan. Delete the line of the "
                "session instead, and both go.",
                line=self[:1].name,
            )
        )

    def _get_price_value(self):
        """Return what this line charges in its prices; less than nothing: it credits.

        :rtype: float
        """
        self.ensure_one()
        return self.currency_id.round(
            -self.move_id.direction_sign
            * self.quantity
            * self.price_unit
            * (1 - self.discount / 100)
        )

    def _prepare_deduction_credit_vals(self, quantity):
        """Return the values of a credit note's line that takes this deduction back.

        :param float quantity: of the session that is credited
        :rtype: dict
        """
        self.ensure_one()
        return {
            "display_type": "product",
            "name": self.name,
            "product_id": False,
            "product_uom_id": False,
            "quantity": -quantity,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "account_id": self.account_id.id,
            "medical_covered_item_id": self.medical_covered_item_id.id,
            "medical_plan_line_id": self.medical_plan_line_id.id,
        }

    def _follow_replaced_line(self, values):
        """Copy this deduction as the line beside it is copied to another document.

        :param dict values: of the copy; is added to
        """
        choices = self.move_id._get_medical_reversal().medical_line_ids
        choice = choices.filtered(
            lambda choice: (
                choice.move_line_id.move_id == self.move_id
                and choice.item_id == self.medical_covered_item_id
            )
        )[:1]
        if choice:
            values["quantity"] = -choice.quantity
            values["medical_left_out"] = not (choice.quantity and choice._is_kept())
