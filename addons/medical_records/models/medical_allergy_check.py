from odoo import models

from ..substance_words import names_substance


class MedicalAllergy(models.Model):
    """What an allergy speaks against."""

    _inherit = "medical.allergy"

    # === BUSINESS METHODS === #

    def _get_alert_text(self):
        """Return what a medic must know of this allergy before giving a drug.

        :rtype: str
        """
        self.ensure_one()
        severities = dict(self._fields["severity"]._description_selection(self.env))
        details = ", ".join(
            filter(None, (severities.get(self.severity, "").lower(), self.reaction))
        )
        return f"{self.substance} ({details})" if details else self.substance

    def _speaks_against(self, name, product, atc_groups):
        """Whether the patient should not get a drug because of this allergy.

        It does when the allergy is against the product itself, against its class or a
        group above it, or against a substance that occurs in one of its names.

        :param str name: what is prescribed, in words
        :param product: the `product.product`, if any
        :param atc_groups: the `medical.code` records the product's class belongs to
        :rtype: bool
        """
        self.ensure_one()
        template = product.product_tmpl_id
        if template and template == self.product_id.product_tmpl_id:
            return True
        atc_code = product.atc_code_id.code or ""
        classes = self.product_id.atc_code_id
        if self.code_id and self.code_id._is_atc():
            classes |= self.code_id
        if any(atc_code.startswith(code) for code in classes.mapped("code")):
            return True
        texts = [name, product.name, product.atc_code_id.name]
        if not classes and atc_groups:
            # In words only: the groups say what the drug's own name does not, such
            # as that amoxicillin is a penicillin.
            texts += atc_groups.mapped("name")
        return any(names_substance(text, self.substance) for text in texts if text)
