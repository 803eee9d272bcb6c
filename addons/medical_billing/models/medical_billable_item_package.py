from odoo import api, models


class MedicalBillableItem(models.Model):
    """A package: its price is that of its parts, each billed for itself.

    So the taxes, accounts and practitioners are those of what was done, and a part
    that comes later is billed later. Printed, it is one line or several.
    """

    _inherit = "medical.billable.item"

    # === COMPUTE METHODS === #

    @api.depends(
        "consultation_line_id.component_ratio",
        "consultation_line_id.parent_id.quantity",
    )
    def _compute_price_unit(self):
        result = super()._compute_price_unit()
        parts = self.filtered(
            lambda item: (
                not item.is_price_manual
                and not item._is_billed()
                and item.consultation_line_id._get_package_line()
            )
        )
        positions = parts._get_fiscal_positions() if parts else {}
        for (package, pricelist, currency, payer), items in parts.grouped(
            lambda item: (
                item.consultation_line_id._get_package_line(),
                item.pricelist_id,
                item.currency_id or item.company_id.currency_id,
                item.payer_id,
            )
        ).items():
            prices = package._get_prices_of_parts(
                pricelist, currency, positions[package.company_id, payer]
            )
            for item in items:
                item.price_unit = prices.get(item.consultation_line_id, 0.0)
        return result

    # === BUSINESS METHODS === #

    def _get_blocking_reasons(self):
        # A part that costs nothing is paid for with its package.
        return {
            item: reason
            for item, reason in super()._get_blocking_reasons().items()
            if reason != "no_price"
            or not item.sudo().consultation_line_id._get_package_line()
        }

    def _get_printed_package(self):
        """Return the line of the package that a document prints instead of this item.

        :rtype: medical.consultation.line
        """
        self.ensure_one()
        # In sudo mode: billers do not see what was recorded.
        package = self.sudo().consultation_line_id._get_package_line()
        while outer := package._get_package_line():
            package = outer
        return package

    def _prepare_invoice_lines_vals(self, sections=False):
        # Packages come last: whatever follows a section belongs to it.
        packaged = self.filtered(
            lambda item: (
                item.company_id.medical_package_printing == "one_line"
                and item._get_printed_package()
            )
        )
        vals_list = super(
            MedicalBillableItem, self - packaged
        )._prepare_invoice_lines_vals(sections=sections)
        for package, items in packaged.grouped(
            lambda item: item._get_printed_package()
        ).items():
            vals_list.append(items[0]._prepare_package_section_vals(package))
            vals_list += super(MedicalBillableItem, items)._prepare_invoice_lines_vals()
        for sequence, vals in enumerate(vals_list, start=1):
            vals["sequence"] = sequence
        return vals_list

    def _prepare_package_section_vals(self, package):
        """Return the values of the one line that a package prints as.

        Its parts are below it, on the document and in the books; the print leaves
        them out.

        :param package: a `medical.consultation.line`
        :rtype: dict
        """
        self.ensure_one()
        return {
            **self._prepare_invoice_section_vals(),
            "name": self._get_package_line_name(package, self._needs_neutral_wording()),
            "collapse_composition": True,
        }

    def _get_package_line_name(self, package, neutral=False):
        """Return the text of the one line that a package prints as.

        :param package: a `medical.consultation.line`
        :param bool neutral: whether the text must not name the package
        :rtype: str
        """
        self.ensure_one()
        if neutral:
            return self._get_document_line_name(neutral=True)
        return self.env._(
            "%(package)s, visit %(visit)s",
            package=package.name,
            visit=self.consultation_id.name,
        )
