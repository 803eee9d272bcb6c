import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import hmac


class MedicalTreatmentPlan(models.Model):
    """What an offer says, as one whole that can be compared.

    Whoever accepts or refuses an offer sends the mark of the page that they read, so
    that nobody signs for anything else.
    """

    _inherit = "medical.treatment.plan"

    # === BUSINESS METHODS === #

    def _get_offer(self, lang=None):
        """Return all that the estimate says of what is agreed, ready for JSON.

        In words beside the ids, so that it stays readable whatever becomes of the
        records.

        :param str lang: the language of the words; the payer's when not said
        :rtype: dict
        """
        self.ensure_one()
        plan = self.with_context(lang=lang or self.payer_id.lang or self.env.lang)
        money = plan.currency_id
        taxes = plan._get_estimate_taxes()
        installments = (
            plan.installment_ids.sorted(lambda one: (one.date_due, one.id))
            if plan.billing_mode == "installments"
            else plan.installment_ids.browse()
        )
        amounts = {one: one._get_amount_now() for one in installments}
        return {
            "practitioner_id": plan.practitioner_id.id,
            "practitioner": plan.practitioner_id.name,
            "date_end": fields.Date.to_string(plan.date_end),
            "lines": [line._prepare_offer_vals() for line in plan.line_ids.sorted()],
            "amount_untaxed": money.round(plan.amount_untaxed),
            "taxes": [
                {
                    "group_id": group.id,
                    "group": group.name,
                    "amount": money.round(taxes[group]),
                }
                for group in sorted(taxes, key=lambda one: (one.sequence, one.id))
            ],
            "amount_total": money.round(plan.amount_total),
            "billing_mode": plan.billing_mode,
            "installments": [
                {
                    "date_due": fields.Date.to_string(installment.date_due),
                    "amount": money.round(amounts[installment]),
                }
                for installment in installments
                if not money.is_zero(amounts[installment])
            ],
            "terms": str(plan.terms or ""),
        }

    def _get_offer_mark(self):
        """Return a mark that is another one as soon as anything of this offer is.

        :rtype: str
        """
        self.ensure_one()
        shown = {
            **self._get_offer(),
            "plan": self.id,
            "patient": self.patient_id.id,
            "payer": self.payer_id.id,
            "proposed": fields.Datetime.to_string(self.date_proposed),
            "validity": fields.Date.to_string(self.date_validity),
        }
        # With a secret: payers who may not know the treatment know all the rest, and
        # could try which treatment makes this mark.
        return hmac(
            self.env(su=True),
            "medical_treatment_plan_offer",
            json.dumps(shown, sort_keys=True),
        )

    def _check_offer_is_as_shown(self, mark):
        """Refuse an answer to an offer that says something else by now.

        Only the answer of who has locked the plan is sure to be to what it says.

        :param str mark: what :meth:`_get_offer_mark` said when the offer was shown
        :raise UserError: when it says something else now, or there is no mark
        """
        self.ensure_one()
        if not mark or mark != self._get_offer_mark():
            raise UserError(
                self.env._(
                    "This offer was changed in the meantime: load the page again and "
                    "read it before you answer."
                )
            )
