from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_consultation import ITEM_READERS

# Of what an offer says: the words that stand for other values beside them.
WORDS = {"practitioner", "uom", "group", "interval"}


class MedicalTreatmentPlan(models.Model):
    """What was accepted, kept as it was: plans may change after their acceptance.

    A signature stands below what was signed, and below nothing else.
    """

    _inherit = "medical.treatment.plan"

    accepted_offer = fields.Json(
        readonly=True,
        copy=False,
        groups=ITEM_READERS,
        help="What the plan said when it was accepted.",
    )
    price_change_ids = fields.One2many(
        comodel_name="medical.treatment.plan.change",
        inverse_name="plan_id",
        string="Changes of Prices",
        readonly=True,
        copy=False,
        groups=ITEM_READERS,
        help="Prices and discounts that were changed after the acceptance.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        # In sudo mode: who writes something else need not read prices.
        if "accepted_offer" in vals and any(self.sudo().mapped("accepted_offer")):
            raise UserError(self.env._("What was accepted stays as it was."))
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS 'medical_records'
        return super()._get_fields_set_by_actions() | {
            "accepted_offer",
            "price_change_ids",
        }

    def _prepare_acceptance_vals(self, accepted_by=False):
        # EXTENDS 'medical_records'
        return {
            **super()._prepare_acceptance_vals(accepted_by),
            "accepted_offer": self._get_offer(),
        }

    def _get_outdated_acceptance(self):
        """Return what was accepted, where this plan says something else by now.

        :return: what :meth:`_get_offer` said at the acceptance, or nothing
        :rtype: dict
        """
        self.ensure_one()
        accepted = self.accepted_offer
        if not accepted:
            return {}
        now = self._get_offer()
        return {} if self._get_terms(accepted) == self._get_terms(now) else accepted

    @api.model
    def _get_terms(self, offer):
        """Return what counts of an offer: neither names of records, nor the order.

        :param dict offer: what :meth:`_get_offer` says
        :rtype: dict
        """

        def without_words(values):
            return {name: values[name] for name in values.keys() - WORDS}

        return {
            **without_words(offer),
            "lines": {line["id"]: without_words(line) for line in offer["lines"]},
            "taxes": {tax["group_id"]: tax["amount"] for tax in offer["taxes"]},
        }
