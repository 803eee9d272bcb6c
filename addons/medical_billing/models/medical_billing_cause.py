from odoo import api, models
from odoo.fields import Domain


class MedicalBillingCause(models.AbstractModel):
    """What billable items may wait for: when it is mended, they go on at once.

    A model inherits this, names the fields that matter, and says which items they
    matter to. What has no such hook is looked at every hour, and when documents are
    built.
    """

    _name = "medical.billing.cause"
    _description = "What Billable Items May Wait For"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._get_billing_fields() & set().union(*vals_list):
            records._release_billable_items()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._get_billing_fields() & vals.keys():
            self._release_billable_items()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_billing_fields(self):
        """Return the names of the fields whose change may release items.

        :rtype: set[str]
        """
        return set()

    def _get_waiting_items_domain(self):
        """Return the domain of the items that these records may release.

        :rtype: odoo.fields.Domain
        """
        return Domain.FALSE

    def _release_billable_items(self):
        # In sudo mode: who keeps products or partners need not be a biller.
        items = self.env["medical.billable.item"].sudo()
        waiting = items.search(
            Domain("blocking_reason", "!=", False) & self._get_waiting_items_domain()
        )
        if waiting:
            waiting._update_blocking_reason()
            items._sync_blocking_activities()
