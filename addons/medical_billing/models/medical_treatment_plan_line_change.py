from odoo import models

from .medical_treatment_plan_line import AGREED_PRICE_FIELDS


class MedicalTreatmentPlanLine(models.Model):
    """Who changes an agreed price, and from what to what, is kept."""

    _inherit = "medical.treatment.plan.line"

    # === CRUD METHODS === #

    def write(self, vals):
        names = [name for name in self._fields if name in AGREED_PRICE_FIELDS & {*vals}]
        if not names:
            return super().write(vals)
        agreed = self.filtered("plan_id.date_accepted")
        before = agreed._get_prices_in_words(names)
        result = super().write(vals)
        agreed._log_price_changes(before)
        return result

    # === BUSINESS METHODS === #

    def _get_prices_in_words(self, names):
        """Return what these lines say now about prices, as it is kept in the log.

        :param list names: the fields asked for, of `AGREED_PRICE_FIELDS`
        :return: a dict of (line, field) to text
        :rtype: dict
        """
        items = self.env["medical.billable.item"]
        words = {
            "price_unit": items._format_price,
            "discount": lambda line: f"{line.discount:g} %",
        }
        return {(line, name): words[name](line) for line in self for name in names}

    def _log_price_changes(self, before):
        """Keep who changed what of these agreed prices, from what to what.

        :param dict before: what :meth:`_get_prices_in_words` said before
        """
        names = list(dict.fromkeys(name for _line, name in before))
        changed = {
            (line, name): text
            for (line, name), text in self._get_prices_in_words(names).items()
            if text != before[line, name]
        }
        # In sudo mode: nobody writes the log by hand. The user stays who it is.
        self.env["medical.treatment.plan.change"].sudo().create(
            [
                {
                    "plan_id": line.plan_id.id,
                    "treatment": line.name,
                    "what": name,
                    "old_value": before[line, name],
                    "new_value": text,
                }
                for (line, name), text in changed.items()
            ]
        )
        # Neither treatment nor amount: messages are read by more people than prices.
        for plan in self.browse(line.id for line, _name in changed).plan_id:
            plan._message_log(
                body=self.env._(
                    "The price of a treatment was changed after the acceptance."
                )
            )
