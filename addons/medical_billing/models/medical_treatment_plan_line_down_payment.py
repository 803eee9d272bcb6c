import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from .medical_consultation import ITEM_READERS
from .res_partner import BILLER

# What changes how much a treatment comes to.
VALUE_FIELDS = {"sessions", "quantity", "price_unit", "discount", "product_id"}


class MedicalTreatmentPlanLine(models.Model):
    """What is charged in advance for a treatment of a plan, and what is used of it."""

    _inherit = "medical.treatment.plan.line"

    down_payment_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="plan_line_id",
        string="Down Payments",
        readonly=True,
        groups=ITEM_READERS,
    )
    deduction_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="medical_plan_line_id",
        string="Deductions",
        readonly=True,
        groups=BILLER,
    )
    amount_advanced = fields.Monetary(
        string="Invoiced in Advance",
        compute="_compute_amount_advanced",
        store=True,
        groups=ITEM_READERS,
    )
    amount_used = fields.Monetary(
        string="Used",
        compute="_compute_amount_used",
        store=True,
        groups=ITEM_READERS,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "down_payment_ids.move_line_ids.quantity",
        "down_payment_ids.move_line_ids.price_unit",
        "down_payment_ids.move_line_ids.discount",
        "down_payment_ids.move_line_ids.parent_state",
    )
    def _compute_amount_advanced(self):
        for line in self:
            line.amount_advanced = sum(
                document_line._get_price_value()
                for document_line in line.down_payment_ids.move_line_ids
                if document_line.parent_state == "posted"
            )

    @api.depends(
        "deduction_line_ids.quantity",
        "deduction_line_ids.price_unit",
        "deduction_line_ids.discount",
        "deduction_line_ids.parent_state",
    )
    def _compute_amount_used(self):
        for line in self:
            # As in the ledger: charges count from the draft on, credits when posted.
            line.amount_used = sum(
                -value
                for value, state in (
                    (deduction._get_price_value(), deduction.parent_state)
                    for deduction in line.deduction_line_ids
                )
                if state == "posted" or (state == "draft" and value < 0)
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # In sudo mode: medics change plans, and need not bill. What was accepted was
        # checked then, whatever became of the taxes of its products.
        lines.sudo().filtered(
            lambda line: (
                line.plan_id.date_accepted and line.plan_id.billing_mode != "session"
            )
        )._check_taxes_of_parts()
        lines.plan_id._settle_if_accepted()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if VALUE_FIELDS & vals.keys():
            self.plan_id._settle_if_accepted()
        return result

    def unlink(self):
        lines = self.sudo()
        less = {}
        for item in lines.down_payment_ids:
            if item.down_payment_quantity and not item.credited_item_id:
                less[item] = item.down_payment_quantity
        lines.down_payment_ids._give_back(less)
        for item in less:
            item.down_payment_quantity = 0
        lines.down_payment_ids.installment_id._drop_emptied()
        return super().unlink()

    # === BUSINESS METHODS === #

    def _get_session_items(self):
        """Return the items of the sessions of these, also of the parts of packages.

        :rtype: medical.billable.item
        """
        lines = self.env["medical.consultation.line"]
        sessions = lines.search(
            [
                ("root_line", "in", self.consultation_line_ids.ids),
                ("charge", "in", ("charged", "included")),
            ]
        )
        return sessions.filtered(lambda line: line._get_plan_line()).billable_item_ids

    def _get_rounding_tolerance(self):
        """Return by how much sessions may differ from what was paid for them.

        With a discount each part of a package is rounded for itself, and so is what is
        billed of a session that is done in parts.

        :rtype: float
        """
        tolerance = 0.0
        for line in self:
            parts = len(line.product_id.product_tmpl_id._get_billed_parts())
            rounded = 1 + line.sessions * parts
            if line.quantity > 1:
                rounded += 1 + len(line.deduction_line_ids)
            tolerance += rounded * line.currency_id.rounding / 2
        return tolerance

    def _get_session_price(self):
        """Return what one session of this costs, in prices as they are agreed.

        Where prices include taxes, with them.

        :return: rounded in the currency of the plan
        :rtype: float
        """
        self.ensure_one()
        return self.currency_id.round(
            self.quantity * self.price_unit * (1 - self.discount / 100)
        )

    def _get_price_with_taxes(self, price):
        """Return what an amount in prices as they are agreed comes to with taxes.

        :rtype: float
        """
        self.ensure_one()
        return self.tax_ids.compute_all(price, self.currency_id)["total_included"]

    def _get_value(self):
        """Return what this treatment comes to by now, in prices as they are agreed.

        Sessions on documents count as they are billed, what is not at the price that is
        agreed now. Of a plan that has ended only what was done counts.

        :rtype: float
        """
        self.ensure_one()
        items = self._get_session_items()
        money = self.currency_id
        if self.plan_id.date_closed or self.plan_id.state == "done":
            return money.round(sum(item._get_price_value() for item in items))
        of_sessions = items.grouped(lambda item: item.consultation_line_id.root_line)
        value, begun = 0.0, 0
        for session, of_session in of_sessions.items():
            if any(item._is_billed() for item in of_session):
                line = of_session.consultation_line_id.browse(session)
                begun += line.state != "cancelled"
                value += sum(item._get_expected_value() for item in of_session)
        return money.round(value + (self.sessions - begun) * self._get_session_price())

    def _plan_settlement(self, less):
        """Decide which down payments of this treatment are dropped or credited.

        What was to be credited or was dropped, and is on no posted document, is decided
        anew: whoever changes a number twice neither credits nor charges what comes to
        nothing, and gets the installments back that were accepted.

        :param dict less: is added to; item to quantity, less than nothing where a
            correction is taken back
        :return: what is to be charged besides, and when
        :rtype: tuple[float, date]
        """
        self.ensure_one()
        money = self.currency_id
        today = fields.Date.context_today(self)
        items = self.down_payment_ids.filtered(lambda item: not item.credited_item_id)
        dues = items.filtered("qty_to_bill").mapped("due_date")
        due = max([today, *filter(None, dues)])
        agreed = {item: item.down_payment_quantity for item in items}
        excess = (
            sum(quantity * item.price_unit for item, quantity in agreed.items())
            - self._get_value()
        )
        if abs(excess) <= self._get_rounding_tolerance():
            return 0.0, due
        for item in items:
            again = -sum(
                credit.qty_to_bill + credit.qty_drafted for credit in item.credit_ids
            )
            if not (item.qty_posted or item.credit_ids or item.installment_id.is_added):
                again = item.down_payment_agreed - item.down_payment_quantity
            agreed[item] += again
            excess += again * item.price_unit
        for item in items.sorted(
            lambda item: (
                bool(item.qty_posted),
                bool(item.qty_drafted),
                not item.installment_id.is_added,
                -(item.due_date or today).toordinal(),
                -item.id,
            )
        ):
            if money.compare_amounts(excess, 0) <= 0:
                break
            quantity = min(
                # A cent of a float is no session.
                math.ceil(round(excess / item.price_unit, 6)),
                agreed[item],
            )
            if quantity:
                agreed[item] -= quantity
                excess -= quantity * item.price_unit
                due = max(item.due_date or today, today)
        for item, quantity in agreed.items():
            if quantity != item.down_payment_quantity:
                less[item] = item.down_payment_quantity - quantity
        if self.plan_id.billing_mode == "package" or self.plan_id.date_closed:
            due = today
        return money.round(-excess), due

    def _get_quantity_and_price(self, amount):
        """Return an amount as a number of sessions where it is one, else as one.

        :rtype: tuple[float, float]
        """
        self.ensure_one()
        price = self._get_session_price()
        if self.plan_id.billing_mode == "package" and price:
            number = round(amount / price)
            if number and not self.currency_id.compare_amounts(number * price, amount):
                return number, price
        return 1, amount

    def _prepare_down_payment_vals(self, installment, quantity, price):
        """Return the values of an item that charges some of this in advance.

        :param installment: a `medical.treatment.plan.installment`
        :param float quantity: sessions of a package, else 1
        :param float price: of one
        :rtype: dict
        """
        self.ensure_one()
        plan = self.plan_id
        return {
            "plan_id": plan.id,
            "plan_line_id": self.id,
            "installment_id": installment.id,
            "down_payment_quantity": quantity,
            "down_payment_agreed": quantity,
            "due_date": max(installment.date_due, fields.Date.context_today(self)),
            "payer_id": plan.payer_id.id,
            "is_payer_manual": True,
            "pricelist_id": plan.pricelist_id.id,
            "price_unit": price,
            "is_price_manual": True,
            "discount": 0.0,
            "tax_ids": [Command.set(self.tax_ids.ids)],
            "analytic_distribution": False,
        }

    def _get_down_payment_name(self, installment):
        """Return what a document calls a part of a down payment, in the payer's words.

        :param installment: a `medical.treatment.plan.installment`
        :rtype: str
        """
        self.ensure_one()
        line = self.with_context(lang=self.payer_id.lang or self.env.lang)
        if line.plan_id.billing_mode == "package":
            return line.env._("Down payment: %(treatment)s", treatment=line.name)
        return line.env._(
            "Installment of %(date)s: %(treatment)s",
            date=format_date(line.env, installment.date_due),
            treatment=line.name,
        )

    def _check_taxes_of_parts(self):
        """Refuse to charge packages in advance whose parts have other taxes than they.

        :raise UserError: for such a package
        """
        for line in self:
            own = line.product_id.taxes_id._filter_taxes_by_company(line.company_id)
            taxes = [
                part.taxes_id._filter_taxes_by_company(line.company_id)
                for part in line.product_id.product_tmpl_id._get_billed_parts()
            ]
            if any(of_part != own for of_part in taxes):
                # Reception accepts plans, too, and is not told of treatments.
                raise UserError(
                    self.env._(
                        "The parts of a package of %(plan)s have other taxes than it "
                        "has itself (%(taxes)s): nobody knows yet which taxes are due. "
                        "Bill the plan per session.",
                        taxes=", ".join(own.mapped("name")) or self.env._("none"),
                        plan=line.plan_id.name,
                    )
                )
