from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_is_zero

BLOCKED_TYPE = "medical_billing.mail_activity_type_blocked"
# A clinic without any prices yet needs no list of its whole catalog: the rest stands
# in the list To Clear Up, and comes up when these are done.
MAX_ACTIVITIES = 20


class MedicalBillableItem(models.Model):
    """What keeps an item from being billed, who is told, and how it goes on.

    The reason is looked at again whenever what the item says changes, by what has a
    hook (see `medical.billing.cause`), before documents are built, by the button Check
    Again, and every hour for whatever else there may be.
    """

    _inherit = "medical.billable.item"

    blocking_reason = fields.Selection(
        selection=[
            ("no_product", "No product"),
            ("no_payer", "No payer"),
            ("no_price", "No price"),
            ("no_account", "No income account"),
            ("no_down_payment_account", "No account for down payments"),
            ("no_receivable", "Payer has no receivable account"),
            ("no_currency_rate", "No exchange rate"),
            ("unit", "Unit cannot be converted"),
        ],
        compute="_compute_blocking_reason",
        store=True,
        index="btree_not_null",
        help="Why the item cannot be billed yet. It clears by itself when the cause is "
        "gone.",
    )
    blocking_hint = fields.Char(
        compute="_compute_blocking_hint",
        string="What To Do",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "product_id",
        "product_uom_id",
        "payer_id",
        "price_unit",
        "is_price_manual",
        "currency_id",
        "company_id",
    )
    def _compute_blocking_reason(self):
        reasons = self._get_blocking_reasons()
        for item in self:
            item.blocking_reason = reasons.get(item, False)

    @api.depends("blocking_reason")
    def _compute_blocking_hint(self):
        hints = self._get_blocking_hints()
        for item in self:
            item.blocking_hint = hints.get(item.blocking_reason)

    # === ACTION METHODS === #

    def action_check_again(self):
        """Look again whether what these items waited for is there now."""
        self.check_access("write")
        waiting = self.filtered("blocking_reason")
        waiting._update_blocking_reason()
        still = waiting.filtered("blocking_reason")
        self._sync_blocking_activities()
        if still:
            message = self.env._(
                "%(released)s of %(count)s can be billed now; the others still wait.",
                released=len(waiting) - len(still),
                count=len(waiting),
            )
        else:
            message = self.env._("All of these can be billed now.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if still else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_blocking_cause(self):
        """Open what is to be mended: the product, the payer, the visit ..."""
        self.ensure_one()
        cause = self[self._get_blocking_causes()[self.blocking_reason]]
        return cause._get_records_action()

    # === BUSINESS METHODS === #

    def _get_blocking_reasons(self):
        """Return why these items cannot be billed; those that can be are left out.

        For a module with more reasons to extend, together with the selection,
        :meth:`_get_blocking_causes` and :meth:`_get_blocking_hints`.

        :return: a dict of item to a value of `blocking_reason`
        :rtype: dict
        """
        reasons = {}
        for company, items in self.grouped("company_id").items():
            accounts = {
                product: product._get_product_accounts()["income"]
                for product in items.product_id.with_company(company)
            }
            # Odoo would take any receivable account there is.
            receivables = {
                payer: payer.commercial_partner_id.property_account_receivable_id
                for payer in items.payer_id.with_company(company)
            }
            without_rate = self._get_currencies_without_rate(items.currency_id, company)
            for item in items:
                product, payer = item.product_id, item.payer_id
                if not product and not item.plan_id:
                    reasons[item] = "no_product"
                elif not payer:
                    reasons[item] = "no_payer"
                elif product and not item.product_uom_id._has_common_reference(
                    product.uom_id
                ):
                    reasons[item] = "unit"
                elif not item.is_price_manual and float_is_zero(
                    item.price_unit, precision_digits=6
                ):
                    reasons[item] = "no_price"
                elif product and not accounts[product]:
                    reasons[item] = "no_account"
                elif not receivables[payer].active:
                    reasons[item] = "no_receivable"
                elif item.currency_id in without_rate:
                    reasons[item] = "no_currency_rate"
        return reasons

    @api.model
    def _get_currencies_without_rate(self, currencies, company):
        """Return those of these currencies that a company cannot convert.

        Odoo would take them for worth as much as its own.

        :rtype: res.currency
        """
        foreign = currencies - company.currency_id
        if not foreign:
            return foreign
        # In sudo mode: who records an act need not see exchange rates.
        rates = self.env["res.currency.rate"].sudo()
        known = rates._read_group(
            domain=[
                ("currency_id", "in", foreign.ids),
                ("company_id", "in", (False, company.root_id.id)),
            ],
            groupby=["currency_id"],
        )
        known_ids = {currency.id for (currency,) in known}
        return foreign.filtered(lambda currency: currency.id not in known_ids)

    @api.model
    def _get_blocking_causes(self):
        """Return where each reason is mended: the name of a field of the item.

        :rtype: dict[str, str]
        """
        return {
            "no_product": "consultation_id",
            "no_payer": "consultation_id",
            "no_price": "product_id",
            "no_account": "product_id",
            "no_down_payment_account": "company_id",
            "no_receivable": "payer_id",
            "no_currency_rate": "pricelist_id",
            "unit": "product_id",
        }

    @api.model
    def _get_blocking_hints(self):
        """Return what is to be done about each reason, for whoever sees the item.

        :rtype: dict[str, str]
        """
        return {
            "no_product": self.env._("Choose the product in the visit."),
            "no_payer": self.env._("Say whose visit it is."),
            "no_price": self.env._("Price the product, or say it is free."),
            "no_account": self.env._("Give it an income account."),
            "no_down_payment_account": self.env._(
                "Choose it in the settings of the clinic."
            ),
            "no_receivable": self.env._("Give the payer an account."),
            "no_currency_rate": self.env._("Enter an exchange rate."),
            "unit": self.env._("Correct the unit in the visit."),
        }

    def _update_blocking_reason(self):
        """Look again whether these items can be billed now."""
        unpriced = self.filtered(lambda item: item.blocking_reason == "no_price")
        # Also what the payer's price hangs on may have come since.
        unpriced._compute_again("pricelist_id", "price_unit", "tax_ids")
        self.env.add_to_compute(self._fields["blocking_reason"], self)

    @api.model
    def _get_waiting_domain(self):
        """Return the domain of the items that are done and cannot be billed.

        :rtype: odoo.fields.Domain
        """
        return Domain([("blocking_reason", "!=", False), ("qty_to_bill", "!=", 0)])

    # --- Who is told --- #

    @api.model
    def _cron_check_blocked(self, batch_size=500):
        """Release the items whose cause is gone, and tell of the others.

        :param int batch_size: how many items between two commits
        """
        cron = self.env["ir.cron"]
        domain = Domain("blocking_reason", "!=", False)
        cron._commit_progress(remaining=self.search_count(domain) + 1)
        seen_id = 0
        while items := self.search(
            domain & Domain("id", ">", seen_id), limit=batch_size, order="id"
        ):
            seen_id = items[-1].id
            items._update_blocking_reason()
            items.flush_recordset(["blocking_reason"])
            if not cron._commit_progress(len(items)):
                break
        self._sync_blocking_activities()
        cron._commit_progress(1)

    def _trigger_blocking_check(self):
        """Have the responsible biller told soon what became of these items, if any.

        By the cron alone, so that two who record at the same time do not both tell.
        """
        if self:
            cron = self.env.ref("medical_billing.medical_billable_item_cron_blocked")
            # In sudo mode: who records an act need not see scheduled actions.
            cron.sudo()._trigger()

    @api.model
    def _sync_blocking_activities(self):
        """Make the activities of the billers say what is to be mended, and no more.

        One activity for each cause, however many items wait for it: on the product,
        the payer, the visit. Neutral, for more people read it than see items.
        """
        # In sudo mode: what is mended by one person is an activity of another.
        activities = self.env["mail.activity"].sudo()
        activity_type = self.env.ref(BLOCKED_TYPE, raise_if_not_found=False)
        if not activity_type:
            return
        wanted = self.sudo()._get_blocking_activities()
        done_with = activities
        for activity in activities.search(
            [("activity_type_id", "=", activity_type.id)]
        ):
            key = (activity.res_model, activity.res_id, activity.user_id)
            summary = wanted.pop(key, None)
            if summary is None:
                done_with |= activity
            elif summary != activity.summary:
                activity.summary = summary
        done_with.unlink()
        models = self.env["ir.model"].sudo()
        # Quietly: a mail for each would be read by nobody.
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": models._get_id(model),
                    "res_id": record_id,
                    "user_id": user.id,
                    "summary": summary,
                    "date_deadline": fields.Date.today(),
                }
                for (model, record_id, user), summary in wanted.items()
            ]
        )

    @api.model
    def _get_blocking_activities(self):
        """Return the activities there should be.

        :return: a dict of (model, id, user) to summary
        :rtype: dict
        """
        causes = self._get_blocking_causes()
        texts = defaultdict(list)
        for company, reason, items in self._read_group(
            domain=self._get_waiting_domain(),
            groupby=["company_id", "blocking_reason"],
            aggregates=["id:recordset"],
        ):
            user = company._get_medical_biller()
            if not user:
                continue
            selection = self._fields["blocking_reason"]._description_selection(
                self.with_context(lang=user.lang).env
            )
            for cause in items[causes[reason]][:MAX_ACTIVITIES]:
                texts[cause._name, cause.id, user].append(dict(selection)[reason])
        return {key: ", ".join(sorted(set(text))) for key, text in texts.items()}
