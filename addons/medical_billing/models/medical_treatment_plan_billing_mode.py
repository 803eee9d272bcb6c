from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import float_compare, is_html_empty

from odoo.addons.medical_records.models.medical_treatment_plan_sessions import AGREED

from .medical_consultation import ITEM_READERS

BILLING_MODES = [
    ("session", "Per session"),
    ("package", "As a package, in advance"),
    ("installments", "By installments"),
]


class MedicalTreatmentPlan(models.Model):
    """When a plan is billed: session by session, in advance, or by installments.

    One mode for each plan, which can be changed while nothing of it is billed.
    """

    _inherit = "medical.treatment.plan"

    billing_mode = fields.Selection(
        selection=BILLING_MODES,
        string="Billing",
        default="session",
        groups=ITEM_READERS,
        help="Per session: each session is charged when it is done. As a package: all "
        "is charged at the acceptance. By installments: on the days agreed. In the "
        "last two, each session is charged against what was paid in advance.",
    )
    installment_ids = fields.One2many(
        comodel_name="medical.treatment.plan.installment",
        inverse_name="plan_id",
        string="Installments",
        readonly=True,
        copy=False,
        groups=ITEM_READERS,
    )
    is_billing_open = fields.Boolean(
        compute="_compute_is_billing_open",
        groups=ITEM_READERS,
        help="Nothing of this plan is billed, so that its billing can be changed.",
    )

    # === COMPUTE METHODS === #

    @api.depends("state")
    def _compute_is_billing_open(self):
        for plan in self:
            plan.is_billing_open = plan.state in ("draft", *AGREED) and not (
                plan.sudo()._get_billed_items()
            )

    # === ONCHANGE METHODS === #

    @api.onchange("template_id")
    def _onchange_template_id(self):
        # EXTENDS 'medical_records': it empties the field.
        template = self.template_id
        result = super()._onchange_template_id()
        # A second template does not undo what the first, or somebody, has chosen.
        if template and self.billing_mode == "session":
            self.billing_mode = template.billing_mode
        if template and is_html_empty(self.terms):
            self.terms = template.terms
        return result

    # === CRUD METHODS === #

    def write(self, vals):
        if "billing_mode" not in vals:
            return super().write(vals)
        changed = self.filtered(lambda plan: plan.billing_mode != vals["billing_mode"])
        if not self.env.su:
            for plan in changed:
                if plan.state != "draft":
                    plan._raise_billing_is_agreed()
        result = super().write(vals)
        # In sudo mode: installments are closed to direct writes.
        changed.sudo().installment_ids.unlink()
        return result

    # === ACTION METHODS === #

    def action_change_billing(self):
        """Ask how this plan is billed.

        :raise AccessError: for users who neither bill nor, for drafts, are medics
        :raise UserError: when something of it is billed, or it is an open offer, or
            has ended
        """
        self.ensure_one()
        self._check_can_change_billing()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Billing of the Plan"),
            "res_model": "medical.treatment.plan.billing",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS 'medical_records'
        return super()._get_fields_set_by_actions() | {"installment_ids"}

    @api.model
    def _get_fields_open_when_agreed(self):
        # EXTENDS 'medical_records': guarded above.
        return super()._get_fields_open_when_agreed() | {"billing_mode"}

    def _raise_billing_is_agreed(self):
        raise UserError(
            self.env._(
                "%(plan)s is %(state)s: how it is billed was agreed. Revise an open "
                "offer; of an accepted plan billers can change it with the button "
                "Change Billing, while nothing of it is billed.",
                plan=self.name,
                state=self._get_state_name(),
            )
        )

    def _get_billed_items(self):
        """Return what of these plans is on documents, was waived, or was split.

        :rtype: medical.billable.item
        """
        items = self.down_payment_ids | self.line_ids._get_session_items()
        return items.filtered(
            lambda item: (
                item.qty_drafted
                or item.qty_posted
                or item.qty_waived
                or item.qty_undecided
                or item.split_ids
            )
        )

    def _check_can_change_billing(self):
        """Raise when the user may not, or nobody can, change how a plan is billed."""
        self.check_access("read")
        is_biller = self.env.user.has_group("medical_billing.group_biller")
        for plan in self:
            if not (self.env.su or is_biller):
                if plan.state != "draft":
                    raise AccessError(
                        self.env._(
                            "How an accepted plan is billed is changed by billers."
                        )
                    )
                plan._check_medic()
            if plan.state not in ("draft", *AGREED):
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: how it is billed cannot be changed. "
                        "Revise an open offer first.",
                        plan=plan.name,
                        state=plan._get_state_name(),
                    )
                )
            # In sudo mode: medics see the items of their own visits only.
            billed = plan.sudo()._get_billed_items()
            if billed:
                documents = billed._get_documents_of().mapped("display_name")
                raise UserError(
                    self.env._(
                        "Something of %(plan)s is billed or waived already, so how it "
                        "is billed stays as it is: %(what)s. Delete a draft first, or "
                        "close the plan and renew it.",
                        plan=plan.name,
                        what=", ".join(documents or billed.mapped("name")),
                    )
                )

    def _set_billing_mode(self, mode, installments=()):
        """Say how this plan is billed; where it was accepted, begin with it.

        :param str mode: a value of `billing_mode`
        :param list installments: for mode `installments`, tuples of the day when each
            is due and its amount, with taxes
        :raise UserError: when the amounts do not add up to the plan, nothing was
            chosen to book them on, or something is billed already
        """
        self.ensure_one()
        self._lock()
        self._check_can_change_billing()
        # In sudo mode: items and installments are closed to direct writes.
        plan = self.sudo()
        plan.down_payment_ids.unlink()
        plan.installment_ids.unlink()
        plan.billing_mode = mode
        plan.installment_ids = [
            Command.create({"date_due": day, "amount": amount})
            for day, amount in installments
        ]
        plan._check_billing_mode()
        if plan.date_accepted:
            plan._follow_billing_mode()
            plan._start_billing()
            plan._message_log(
                body=self.env._(
                    "Billing was changed: %(mode)s.",
                    mode=dict(
                        self._fields["billing_mode"]._description_selection(self.env)
                    )[mode].lower(),
                )
            )

    def _check_billing_mode(self):
        """Raise `UserError` when these plans cannot be billed as they say."""
        # In sudo mode: reception records acceptances, and knows no prices.
        for plan in self.sudo().filtered(lambda plan: plan.billing_mode != "session"):
            if not plan.company_id.medical_down_payment_account_id:
                raise UserError(
                    self.env._(
                        "%(plan)s is paid in advance: choose the account for down "
                        "payments in the settings of the clinic, under Billing.",
                        plan=plan.name,
                    )
                )
            if plan.currency_id.compare_amounts(plan.amount_total, 0) <= 0:
                raise UserError(
                    self.env._(
                        "%(plan)s costs nothing: there is nothing to pay in advance. "
                        "Bill it per session.",
                        plan=plan.name,
                    )
                )
            plan.line_ids._check_taxes_of_parts()
            if plan.billing_mode == "installments":
                plan._check_installments()

    def _check_installments(self):
        """Raise `UserError` when the installments do not add up to this plan."""
        self.ensure_one()
        money = self.currency_id
        total = sum(self.installment_ids.mapped("amount"))
        if not self.installment_ids:
            raise UserError(
                self.env._(
                    "Say in which installments %(plan)s is paid: press Set "
                    "Installments.",
                    plan=self.name,
                )
            )
        if float_compare(
            total, self.amount_total, precision_rounding=money.rounding or 0.01
        ):
            raise UserError(
                self.env._(
                    "The installments of %(plan)s add up to %(sum)s, and the plan "
                    "costs %(total)s: %(difference)s too %(direction)s.",
                    plan=self.name,
                    sum=money.format(total),
                    total=money.format(self.amount_total),
                    difference=money.format(abs(total - self.amount_total)),
                    direction=self.env._("much")
                    if total > self.amount_total
                    else self.env._("little"),
                )
            )

    def _action_propose(self):
        # EXTENDS 'medical_records'
        self._check_billing_mode()
        return super()._action_propose()

    def _follow_billing_mode(self):
        """Let the sessions that are recorded already follow the mode of their plans."""
        items = self.line_ids._get_session_items()
        items.write(
            dict.fromkeys(
                ("is_payer_manual", "is_price_manual", "is_discount_manual"), False
            )
        )
        items._compute_again(
            "payer_id", "pricelist_id", "price_unit", "discount", "amount_to_bill"
        )
