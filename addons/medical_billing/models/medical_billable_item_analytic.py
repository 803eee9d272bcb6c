from odoo import api, fields, models


class MedicalBillableItem(models.Model):
    """Whose costs and revenue an item counts for: site, practitioner, Odoo's rules."""

    _inherit = "medical.billable.item"

    site_id = fields.Many2one(
        related="consultation_id.site_id",
        store=True,
        index="btree_not_null",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "product_id",
        "payer_id",
        "company_id",
        "practitioner_id",
        "consultation_id.site_id",
    )
    def _compute_analytic_distribution(self):
        # OVERRIDE of the mixin: asked once for each distinct case, not for each item.
        models_exist = bool(
            self.env["account.analytic.distribution.model"]
            .sudo()
            .search_count([], limit=1)
        )
        cache = {}
        for item in self:
            if item._is_billed():
                continue
            key = item._get_analytic_key(models_exist)
            if key not in cache:
                cache[key] = item._get_analytic_default(models_exist)
            item.analytic_distribution = cache[key] or item.analytic_distribution

    # === BUSINESS METHODS === #

    def _get_analytic_key(self, models_exist):
        """Return what the analytic distribution of this item hangs on.

        :param bool models_exist: whether Odoo's distribution models are used at all
        :rtype: tuple
        """
        self.ensure_one()
        places = (self.practitioner_id, self.consultation_id.site_id, self.company_id)
        return (*places, self.product_id, self.payer_id) if models_exist else places

    def _get_analytic_default(self, models_exist=True):
        """Return the analytic distribution of this item when nobody says otherwise.

        Odoo's distribution models come first, then what the practitioner and then what
        the site says. As between two of Odoo's models, each only fills plans that
        nothing before it filled.

        :param bool models_exist: whether Odoo's distribution models are used at all
        :rtype: dict
        """
        self.ensure_one()
        distributions = [
            self.practitioner_id.medical_analytic_distribution,
            self.consultation_id.site_id.analytic_distribution,
        ]
        if models_exist:
            rules = self.env["account.analytic.distribution.model"]
            distributions.insert(
                0, rules._get_distribution(self._get_analytic_arguments())
            )
        result = {}
        plans = self.env["account.analytic.plan"]
        for distribution in distributions:
            accounts = self._get_analytic_accounts(distribution)
            if accounts and not accounts.root_plan_id & plans:
                result |= distribution
                plans |= accounts.root_plan_id
        return result

    def _get_analytic_accounts(self, distribution):
        """Return the accounts of a distribution, or none if this company has not all.

        :param dict distribution: an analytic distribution, or nothing
        :rtype: account.analytic.account
        """
        accounts = self.env["account.analytic.account"]
        ids = self._get_analytic_account_ids_from_distributions(distribution)
        if not ids:
            return accounts
        # A practitioner works for several companies, an account is often one's own.
        usable = (
            accounts.browse(ids)
            .exists()
            .filtered_domain(accounts._check_company_domain(self.company_id))
        )
        return usable if len(usable) == len(ids) else accounts

    def _get_analytic_arguments(self):
        """Return what Odoo's analytic distribution models look at."""
        self.ensure_one()
        product = self.product_id.with_company(self.company_id)
        return {
            "product_id": product.id,
            "product_categ_id": product.categ_id.id,
            "partner_id": self.payer_id.id,
            "partner_category_id": self.payer_id.category_id.ids,
            "account_prefix": product._get_product_accounts()["income"].code,
            "company_id": self.company_id.id,
        }
