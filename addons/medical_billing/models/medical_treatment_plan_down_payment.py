from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from .medical_consultation import ITEM_READERS


class MedicalTreatmentPlan(models.Model):
    """Plans that are paid in advance: what is charged, used and left of that.

    At the acceptance each installment gets billable items, one for each treatment,
    which are booked on the account for down payments. A session that is done is billed
    like any other, and a line beside it deducts it from that account. When more or less
    is agreed on later, or a plan is closed early, the items follow: what is not billed
    is dropped, what is billed is credited, the rest is billed.
    """

    _inherit = "medical.treatment.plan"

    down_payment_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="plan_id",
        string="Down Payments",
        readonly=True,
        groups=ITEM_READERS,
    )
    amount_advanced = fields.Monetary(
        string="Invoiced in Advance",
        compute="_compute_amounts_advanced",
        store=True,
        groups=ITEM_READERS,
        help="On posted documents, less credit notes. At the prices of the plan, as "
        "all amounts here.",
    )
    amount_used = fields.Monetary(
        string="Used",
        compute="_compute_amounts_advanced",
        store=True,
        groups=ITEM_READERS,
        help="For sessions on documents, also drafts.",
    )
    amount_left = fields.Monetary(
        string="Left of Advance",
        compute="_compute_amounts_advanced",
        store=True,
        groups=ITEM_READERS,
        help="Invoiced in advance, and not used. Less than nothing: sessions were done "
        "before they were charged.",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.amount_advanced", "line_ids.amount_used")
    def _compute_amounts_advanced(self):
        for plan in self:
            lines = plan.line_ids
            plan.amount_advanced = sum(lines.mapped("amount_advanced"))
            plan.amount_used = sum(lines.mapped("amount_used"))
            plan.amount_left = plan.amount_advanced - plan.amount_used

    # === CONSTRAINT METHODS === #

    @api.constrains("amount_advanced", "amount_used")
    def _check_amount_left(self):
        # Sessions of a package are billed after it, so that it is never used twice.
        self.filtered(
            lambda plan: plan.billing_mode == "package"
        )._check_what_is_used_stays()

    # === ACTION METHODS === #

    def action_build(self):
        """Open the wizard with all that can be billed of these plans now."""
        self.check_access("read")
        items = self.down_payment_ids | self.sudo().line_ids._get_session_items().sudo(
            self.env.su
        )
        items = items.filtered("qty_to_bill")
        reasons = items._get_unbillable_reasons()
        due = items.filtered(lambda item: item not in reasons)
        return (due or items).action_build()

    def action_view_billable_items(self):
        """Show the items of these plans: down payments and sessions."""
        self.check_access("read")
        items = self.down_payment_ids | self.sudo().line_ids._get_session_items().sudo(
            self.env.su
        )
        return items._get_records_action(name=self.env._("Billable Items"))

    # === BUSINESS METHODS === #

    def _check_what_is_used_stays(self):
        """Refuse to give back what sessions have used.

        :raise ValidationError: when less is invoiced in advance of one of these plans
            than is used
        """
        for plan in self:
            missing = plan.amount_used - plan.amount_advanced
            if missing > plan.line_ids._get_rounding_tolerance():
                raise ValidationError(
                    self.env._(
                        "Of what was paid in advance for %(plan)s, sessions have used "
                        "%(used)s, and only %(advanced)s would be there. Credit the "
                        "sessions first, or less of the down payment.",
                        plan=plan.name,
                        used=plan.currency_id.format(plan.amount_used),
                        advanced=plan.currency_id.format(plan.amount_advanced),
                    )
                )

    def _after_accepted(self):
        # EXTENDS 'medical_records'
        result = super()._after_accepted()
        # In sudo mode: reception and patients accept plans, and bill nothing.
        plans = self.sudo()
        plans._check_billing_mode()
        plans._start_billing()
        return result

    def _after_closed(self):
        # EXTENDS 'medical_records'
        result = super()._after_closed()
        self.sudo()._settle_down_payments()
        return result

    def _start_billing(self):
        """Make what is charged in advance of these accepted plans, and draft it."""
        today = fields.Date.context_today(self)
        vals_list = []
        for plan in self.filtered(lambda plan: plan.billing_mode != "session"):
            if plan.billing_mode == "package":
                plan.installment_ids = [
                    Command.create({"date_due": today, "amount": plan.amount_total})
                ]
                vals_list += [
                    line._prepare_down_payment_vals(
                        plan.installment_ids, line.sessions, line._get_session_price()
                    )
                    for line in plan.line_ids
                ]
            else:
                vals_list += plan._prepare_installment_items_vals()
        items = self.env["medical.billable.item"].create(
            [
                vals
                for vals in vals_list
                if vals["price_unit"] and vals["down_payment_quantity"]
            ]
        )
        items.installment_id._draft_due()

    def _prepare_installment_items_vals(self):
        """Return the values of the items of this plan's installments.

        Each installment is spread over the treatments in proportion to what they cost.
        What rounding leaves over goes to the dearest treatment, and what is left of
        each treatment to the last installment, so that both add up to the cent.

        :rtype: list[dict]
        """
        self.ensure_one()
        money = self.currency_id
        values = {
            line: line._get_session_price() * line.sessions for line in self.line_ids
        }
        whole = sum(values.values())
        last = max(values, key=lambda line: (values[line], -line.id))
        spread = dict.fromkeys(values, 0.0)
        agreed = 0.0
        vals_list = []
        for installment in self.installment_ids:
            agreed += installment.amount
            share = agreed / self.amount_total
            until = {
                line: money.round(values[line] * share)
                for line in values
                if line != last
            }
            until[last] = money.round(whole * share) - sum(until.values())
            for line in self.line_ids:
                amount = money.round(until[line] - spread[line])
                spread[line] += amount
                vals_list.append(
                    line._prepare_down_payment_vals(installment, 1, amount)
                )
        return vals_list

    # --- More or less than was agreed --- #

    def _settle_if_accepted(self):
        """Let the down payments follow where the treatments of these were changed."""
        # In sudo mode: medics change plans, and bill nothing.
        self.sudo().filtered(lambda plan: not plan.date_closed)._settle_down_payments()

    def _settle_down_payments(self):
        """Let what is charged in advance follow what these plans come to by now.

        What is too much goes from the latest installments: first from those that are
        not billed, then from drafts, and what is posted is credited. They give whole
        installments or sessions of a package; a new installment charges the rest.
        """
        plans = self.filtered(
            lambda plan: plan.billing_mode != "session" and plan.date_accepted
        )
        less = {}
        rests = []
        for plan in plans:
            for line in plan.line_ids:
                rest, last_due = line._plan_settlement(less)
                if plan.currency_id.compare_amounts(rest, 0) > 0:
                    rests.append((plan, line, rest, last_due))
        if not less and not rests:
            return
        plans._lock()
        items = self.env["medical.billable.item"].browse(item.id for item in less)
        items._give_back(
            {item: quantity for item, quantity in less.items() if quantity > 0}
        )
        for item, quantity in less.items():
            item.down_payment_quantity -= quantity
        items._take_back_corrections()
        items.exists().installment_id._drop_emptied()
        self._add_installments(rests)

    def _add_installments(self, rests):
        """Charge more in advance than was agreed on at first.

        :param list rests: tuples of a plan, one of its lines, the amount, and the day
            when it is due
        """
        vals_list = []
        installments = self.env["medical.treatment.plan.installment"]
        by_plan = {}
        for plan, line, amount, due in rests:
            by_plan.setdefault(plan, []).append((line, amount, due))
        for plan, of_lines in by_plan.items():
            installment = installments.create(
                {
                    "plan_id": plan.id,
                    "is_added": True,
                    "date_due": min(due for _line, _amount, due in of_lines),
                    "amount": sum(
                        line._get_price_with_taxes(amount)
                        for line, amount, _due in of_lines
                    ),
                }
            )
            vals_list += [
                line._prepare_down_payment_vals(
                    installment, *line._get_quantity_and_price(amount)
                )
                for line, amount, _due in of_lines
            ]
        self.env["medical.billable.item"].create(vals_list)
