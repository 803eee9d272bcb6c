from collections import defaultdict

from odoo import api, models
from odoo.fields import Command

from .medical_billable_item_pricing import PRICING_FIELDS


class MedicalBillableItem(models.Model):
    """A session of a plan that is paid in advance.

    It is billed like everything that is done, and on the same document a line deducts
    as much from what was paid in advance: it is charged once, and the document comes to
    nothing.
    """

    _inherit = "medical.billable.item"

    # === COMPUTE METHODS === #

    @api.depends("consultation_line_id.plan_line_id.plan_id.billing_mode")
    def _compute_amount_to_bill(self):
        prepaid = self.filtered(lambda item: item._get_prepaid_plan_line())
        prepaid._forget_amounts("amount_to_bill")
        prepaid.amount_to_bill = 0.0
        return super(MedicalBillableItem, self - prepaid)._compute_amount_to_bill()

    def _compute_is_price_open(self):
        result = super()._compute_is_price_open()
        for item in self:
            if item.plan_id or item._get_prepaid_plan_line():
                item.is_price_open = False
        return result

    # === CRUD METHODS === #

    def write(self, vals):
        if PRICING_FIELDS & vals.keys() and not self.env.su:
            self._check_not_prepaid()
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _get_prepaid_plan_line(self):
        """Return the treatment of which this is a session that is paid in advance.

        :return: nothing for what is charged for itself
        :rtype: medical.treatment.plan.line
        """
        self.ensure_one()
        # In sudo mode: billers do not see what was recorded.
        plan_line = self.sudo().consultation_line_id._get_plan_line()
        return (
            plan_line if plan_line.plan_id.billing_mode != "session" else plan_line[:0]
        )

    def _get_price_value(self, quantity=None):
        """Return what this item comes to in its prices, rounded.

        :param float quantity: of it; all of it when not said
        :rtype: float
        """
        self.ensure_one()
        if quantity is None:
            quantity = self.quantity
        return self.currency_id.round(
            quantity * self.price_unit * (1 - self.discount / 100)
        )

    def _get_expected_value(self):
        """Return what this item comes to, or will when all of its session is done.

        :rtype: float
        """
        self.ensure_one()
        line = self.consultation_line_id
        quantity = self.quantity
        if line.state == "ordered" and not self.credited_item_id:
            quantity += max(line.quantity - self._get_gross_quantity(), 0.0)
        return self._get_price_value(quantity)

    def _waive(self, quantity=None, reason=None):
        self._check_not_prepaid()
        return super()._waive(quantity=quantity, reason=reason)

    def _add_parts(self, payer, values):
        self._check_not_prepaid()
        return super()._add_parts(payer, values)

    def _get_document_total(self):
        charged = self.filtered(lambda item: not item._get_prepaid_plan_line())
        if not charged:
            return 0.0
        return super(MedicalBillableItem, charged)._get_document_total()

    def _get_unbillable_reasons(self, invoice_date=None):
        reasons = super()._get_unbillable_reasons(invoice_date)
        left = {}
        for item in self:
            plan_line = item._get_prepaid_plan_line()
            plan = plan_line.plan_id
            if (
                item in reasons
                or item.qty_to_bill < 0
                or plan.billing_mode != "package"
            ):
                continue
            value = item._get_price_value(item.qty_to_bill)
            before = left.setdefault(plan, plan.amount_left)
            if value - before > plan.line_ids._get_rounding_tolerance():
                reasons[item] = self.env._(
                    "is paid in advance with %(plan)s, and that is not posted yet: %("
                    "left)s is left of it. Post the down payment first",
                    plan=plan.name,
                    left=plan.currency_id.format(before),
                )
            else:
                left[plan] = before - value
        return reasons

    def _prepare_invoice_lines_vals(self, sections=False):
        vals_list = super()._prepare_invoice_lines_vals(sections=sections)
        items = {item.id: item for item in self}
        deductions = []
        for vals in vals_list:
            item = items.get(vals.get("billable_item_id"))
            plan_line = item and item._get_prepaid_plan_line()
            if plan_line:
                deductions.append(item._prepare_deduction_vals(plan_line, vals))
        if deductions:
            # Whatever follows a section belongs to it.
            vals_list.append(self[0]._prepare_deduction_section_vals())
        vals_list += deductions
        for sequence, vals in enumerate(vals_list, start=1):
            vals["sequence"] = sequence
        return vals_list

    def _prepare_deduction_section_vals(self):
        """Return the values of the section of what was paid in advance.

        :rtype: dict
        """
        self.ensure_one()
        item = self.with_context(lang=self.payer_id.lang or self.env.lang)
        return {
            "display_type": "line_section",
            "name": item.env._("Paid in advance"),
        }

    def _prepare_deduction_vals(self, plan_line, vals):
        """Return the values of the line that deducts what this item costs.

        :param plan_line: the `medical.treatment.plan.line` that was paid in advance
        :param dict vals: of the line that bills this item
        :rtype: dict
        """
        self.ensure_one()
        item = self.with_context(lang=self.payer_id.lang or self.env.lang)
        return {
            "display_type": "product",
            "name": item.env._(
                "Paid in advance, plan %(plan)s", plan=plan_line.plan_id.name
            ),
            "product_id": False,
            "product_uom_id": False,
            "quantity": -vals["quantity"],
            "price_unit": vals["price_unit"],
            "discount": vals["discount"],
            "tax_ids": vals["tax_ids"],
            "account_id": self.company_id.medical_down_payment_account_id.id,
            "analytic_distribution": False,
            "medical_covered_item_id": self.id,
            "medical_plan_line_id": plan_line.id,
        }

    def _prepare_credit_notes_vals(self, grouping=None, **options):
        # What a credited session took of the down payment is there again.
        vals_list = super()._prepare_credit_notes_vals(grouping, **options)
        for vals in vals_list:
            document = self.env["account.move"].browse(vals["reversed_entry_id"])
            deductions = document.invoice_line_ids.filtered("medical_covered_item_id")
            if not deductions:
                continue
            left = defaultdict(float)
            commands = vals["invoice_line_ids"]
            for _command, _id, line_vals in list(commands):
                item = self.browse(line_vals["billable_item_id"]).credited_item_id
                left[item] += line_vals["quantity"]
            for deduction in deductions:
                if quantity := left.pop(deduction.medical_covered_item_id, 0.0):
                    commands.append(
                        Command.create(
                            {
                                **deduction._prepare_deduction_credit_vals(quantity),
                                "sequence": len(commands) + 1,
                            }
                        )
                    )
        return vals_list
