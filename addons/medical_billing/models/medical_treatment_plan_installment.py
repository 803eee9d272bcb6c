import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .medical_consultation import ITEM_READERS

_logger = logging.getLogger(__name__)


class MedicalTreatmentPlanInstallment(models.Model):
    """A down payment for a plan: when it is due, and how much it is.

    A package has one, due at the acceptance; a plan by installments has several, which
    add up to it and are agreed upon all together, see `_set_billing_mode` of the plan.
    Once the plan is accepted each has billable items, one for each treatment, and these
    get a document of their own.
    """

    _name = "medical.treatment.plan.installment"
    _description = "Installment of a Treatment Plan"
    _order = "plan_id, date_due, id"
    _rec_name = "date_due"

    plan_id = fields.Many2one(
        comodel_name="medical.treatment.plan",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date_due = fields.Date(
        string="Due",
        required=True,
        help="The document is drafted on this day.",
    )
    amount = fields.Monetary(
        required=True,
        help="As it was agreed, with taxes.",
    )
    is_added = fields.Boolean(
        readonly=True,
        help="It charges what was agreed on after the acceptance.",
    )
    item_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="installment_id",
        string="Billable Items",
        groups=ITEM_READERS,
    )
    amount_net = fields.Monetary(
        string="Charged",
        compute="_compute_amount_net",
        # Medics see the items of their own visits only, and all of a plan.
        compute_sudo=True,
        groups=ITEM_READERS,
        help="What is or will be billed of it, with taxes and less what is credited.",
    )
    state = fields.Selection(
        selection=[
            ("agreed", "Agreed"),
            ("to_bill", "To Bill"),
            ("drafted", "On Draft"),
            ("invoiced", "Invoiced"),
            ("paid", "Paid"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        compute_sudo=True,
        groups=ITEM_READERS,
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)",
        "An installment is more than nothing.",
    )

    # === COMPUTE METHODS === #

    @api.depends("item_ids.price_total")
    def _compute_amount_net(self):
        for installment in self:
            installment.amount_net = sum(installment.item_ids.mapped("price_total"))

    @api.depends("item_ids.state", "item_ids.payment_state", "item_ids.due_date")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for installment in self:
            items = installment.item_ids.filtered(
                lambda item: not item.credited_item_id and item.state != "cancelled"
            )
            if not installment.item_ids:
                installment.state = "agreed"
            elif not items:
                installment.state = "cancelled"
            elif any(items.mapped("qty_undecided")):
                installment.state = "to_bill"
            elif any(items.mapped("qty_to_bill")):
                # A biller may put it off.
                due = min(items.filtered("due_date").mapped("due_date"), default=today)
                installment.state = "to_bill" if due <= today else "agreed"
            elif any(items.mapped("qty_drafted")):
                installment.state = "drafted"
            elif all(
                item.payment_state in ("paid", "in_payment", "reversed")
                for item in items
            ):
                installment.state = "paid"
            else:
                installment.state = "invoiced"

    # === BUSINESS METHODS === #

    def _get_amount_now(self):
        """Return how much this installment is by now, with taxes.

        As it was agreed, to the cent, until less is charged than was agreed on.

        :rtype: float
        """
        self.ensure_one()
        # In sudo mode: medics see the items of their own visits only.
        items = self.sudo().item_ids.filtered(lambda item: not item.credited_item_id)
        if all(
            item.down_payment_quantity == item.down_payment_agreed for item in items
        ):
            return self.amount
        return self.sudo().amount_net

    def _drop_emptied(self):
        """Delete those of these that were added, and charge nothing any more.

        What the patient accepted stays, as do those that were ever on a document.
        """
        emptied = self.filtered(
            lambda installment: (
                installment.is_added
                and not any(
                    item.down_payment_quantity or item.move_line_ids
                    for item in installment.item_ids
                )
            )
        )
        emptied.item_ids.unlink()
        emptied.unlink()

    @api.model
    def _cron_draft(self, batch_size=100):
        """Draft the documents of what is due or credited, each once, and tell of them.

        :param int batch_size: how many installments between two commits
        """
        cron = self.env["ir.cron"]
        today = fields.Date.context_today(self)
        is_due = Domain("qty_to_bill", ">", 0) & Domain("due_date", "<=", today)
        due = Domain(
            "item_ids",
            "any",
            Domain("blocking_reason", "=", False)
            & (is_due | Domain("qty_to_bill", "<", 0)),
        )
        cron._commit_progress(remaining=self.search_count(due))
        seen_id = 0
        while installments := self.search(
            due & Domain("id", ">", seen_id), limit=batch_size, order="id"
        ):
            seen_id = installments[-1].id
            installments._draft_each_due()
            if not cron._commit_progress(len(installments)):
                break

    def _draft_each_due(self):
        """Draft the documents of these; one that is wrong stops none of the others.

        Its items stay in the list of what is to be billed, where a biller reads why.
        """
        try:
            with self.env.cr.savepoint():
                self._draft_due()
        except UserError as error:
            if len(self) > 1:
                for installment in self:
                    installment._draft_each_due()
            else:
                _logger.warning(
                    "The installment of %s is not drafted: %s", self.plan_id.name, error
                )

    def _draft_due(self):
        """Draft the documents of those of these that are due now.

        What their plans credit goes with them: a smaller price is a credit and a
        charge, and nobody is to pay the one without the other. What cannot be billed
        now stays in the list of what is to be billed.

        :return: the documents, one for each installment, and credit notes
        :rtype: account.move
        """
        # In sudo mode: reception and patients accept plans, and bill nothing.
        moves = self.env["account.move"].sudo()
        for company, installments in self.sudo().grouped("company_id").items():
            due = installments.with_user(company._get_user_who_bills()).sudo()
            due.item_ids._take_back_corrections()
            items = due.item_ids.filtered(lambda item: item.qty_to_bill > 0)
            items |= due.plan_id.down_payment_ids.filtered(
                lambda item: item.qty_to_bill < 0
            )
            items -= items.browse().union(*items._get_unbillable_reasons())
            if items:
                moves += items._build_invoices().with_env(moves.env)
        moves._remind_of_installments()
        return moves
