from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.medical_treatment_plan_billing_mode import BILLING_MODES

# So many installments and no more: a slip of the keyboard fills no list.
MAX_INSTALLMENTS = 120


class MedicalTreatmentPlanBilling(models.TransientModel):
    """Asks how a plan is billed, and proposes its installments."""

    _name = "medical.treatment.plan.billing"
    _description = "Billing of a Treatment Plan"

    plan_id = fields.Many2one(
        comodel_name="medical.treatment.plan",
        required=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="plan_id.currency_id")
    amount_total = fields.Monetary(
        string="Plan Total",
        compute="_compute_amount_total",
        help="As it is billed then: a package rounds its taxes once, sessions each.",
    )
    billing_mode = fields.Selection(
        selection=BILLING_MODES,
        string="Billing",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    count = fields.Integer(
        string="Installments",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_first = fields.Date(
        string="First on",
        compute="_compute_from_plan",
        store=True,
        readonly=False,
        precompute=True,
    )
    interval_months = fields.Integer(string="Months Between", default=1)
    line_ids = fields.One2many(
        comodel_name="medical.treatment.plan.billing.line",
        inverse_name="dialog_id",
        string="Proposed Installments",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    amount_planned = fields.Monetary(
        string="Sum",
        compute="_compute_amount_planned",
    )
    amount_missing = fields.Monetary(
        string="Still to Spread",
        compute="_compute_amount_planned",
        help="The installments have to add up to the plan.",
    )

    # === COMPUTE METHODS === #

    @api.depends("plan_id")
    def _compute_from_plan(self):
        today = fields.Date.context_today(self)
        for dialog in self:
            plan = dialog.plan_id._origin
            if plan:
                plan._check_can_change_billing()
            dialog.billing_mode = plan.billing_mode or "session"
            dialog.count = len(plan.installment_ids) or 3
            dialog.date_first = max(plan.date_start or today, today)

    @api.depends("plan_id", "billing_mode")
    def _compute_amount_total(self):
        for dialog in self:
            lines = dialog.plan_id._origin.line_ids
            amounts = lines._get_billed_amounts(dialog.billing_mode)
            dialog.amount_total = sum(total for _subtotal, total in amounts.values())

    @api.depends("count", "date_first", "interval_months", "billing_mode", "plan_id")
    def _compute_line_ids(self):
        for dialog in self:
            dialog.line_ids = [
                Command.clear(),
                *(
                    Command.create({"date_due": day, "amount": amount})
                    for day, amount in dialog._get_equal_installments()
                ),
            ]

    @api.depends("line_ids.amount", "amount_total")
    def _compute_amount_planned(self):
        for dialog in self:
            dialog.amount_planned = sum(dialog.line_ids.mapped("amount"))
            dialog.amount_missing = dialog.amount_total - dialog.amount_planned

    # === ACTION METHODS === #

    def action_confirm(self):
        """Bill the plan like that.

        :raise UserError: see `medical.treatment.plan._set_billing_mode`
        """
        self.ensure_one()
        installments = (
            [(line.date_due, line.amount) for line in self.line_ids]
            if self.billing_mode == "installments"
            else []
        )
        self.plan_id._set_billing_mode(self.billing_mode, installments)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    def _get_equal_installments(self):
        """Return when equal installments are due, and how much each is.

        The last one takes what rounding leaves over.

        :rtype: list[tuple[date, float]]
        """
        self.ensure_one()
        if self.billing_mode != "installments" or not self.date_first:
            return []
        if not 0 < self.count <= MAX_INSTALLMENTS or self.interval_months < 0:
            raise UserError(
                self.env._(
                    "Choose from 1 to %(maximum)s installments, and no months or more "
                    "between them.",
                    maximum=MAX_INSTALLMENTS,
                )
            )
        money = self.currency_id
        total = self.amount_total
        each = money.round(total / self.count)
        return [
            (
                self.date_first + relativedelta(months=number * self.interval_months),
                each
                if number < self.count - 1
                else money.round(total - each * (self.count - 1)),
            )
            for number in range(self.count)
        ]


class MedicalTreatmentPlanBillingLine(models.TransientModel):
    """An installment that is proposed."""

    _name = "medical.treatment.plan.billing.line"
    _description = "Proposed Installment"
    _order = "date_due, id"

    dialog_id = fields.Many2one(
        comodel_name="medical.treatment.plan.billing",
        required=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="dialog_id.currency_id")
    date_due = fields.Date(string="Due", required=True)
    amount = fields.Monetary(required=True)
