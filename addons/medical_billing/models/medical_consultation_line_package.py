from odoo import models


class MedicalConsultationLine(models.Model):
    """Packages: lines whose price is billed with the lines below them."""

    _inherit = "medical.consultation.line"

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'medical_records'
        result = super().write(vals)
        if {"charge", "product_id"} & vals.keys():
            (self | self.child_ids | self.parent_id)._sync_billable_items()
        return result

    def unlink(self):
        # EXTENDS 'medical_records': without its parts, a package is billed itself, but
        # not one that goes with them.
        if parts := self.child_ids - self:
            return (self | parts).unlink()
        packages = self.parent_id - self
        result = super().unlink()
        packages.exists()._sync_billable_items()
        return result

    # === BUSINESS METHODS === #

    def _is_package(self):
        """Whether the price of this line is that of its parts.

        :rtype: bool
        """
        return (
            self.product_id.is_medical_package
            and not self._is_limited()
            and bool(self._get_priced_parts())
        )

    def _get_priced_parts(self):
        """Return the lines below that the price of this one is spread over.

        Not over what is included up to a quantity: that is no part of the price, and
        what is used above it has a price of its own.

        :rtype: medical.consultation.line
        """
        return self.child_ids.filtered(
            lambda part: part.charge == "included" and not part._is_limited()
        )

    def _get_package_line(self):
        """Return the line of the package that this one is a part of, if any.

        :rtype: medical.consultation.line
        """
        package = self.parent_id
        is_part = (
            self.charge == "included"
            and not self._is_limited()
            and package
            and package._is_package()
            and (package.charge == "charged" or package._get_package_line())
        )
        return package if is_part else self.browse()

    def _is_billable(self):
        # EXTENDS to parts of packages, which are billed instead of the package.
        return bool(
            (super()._is_billable() or self._get_package_line())
            and not self._is_package()
        )

    def _sync_billable_items(self):
        # Whether a package is billed itself depends on whether it has parts.
        return super(
            MedicalConsultationLine,
            self | self.parent_id.filtered("product_id.is_medical_package"),
        )._sync_billable_items()

    def _get_prices_of_parts(self, pricelist, currency, position):
        """Return the price of one unit of each part of this package.

        In proportion to what the parts would cost apart; the last takes the cent.

        :param pricelist: the `product.pricelist` of the payer
        :param currency: the `res.currency` of the prices
        :param position: the `account.fiscal.position` of the payer
        :return: line to price
        :rtype: dict
        """
        self.ensure_one()
        outer = self._get_package_line()
        if outer:
            price = outer._get_prices_of_parts(pricelist, currency, position)[self]
        else:
            price = self._get_package_price(pricelist, currency, position)
        parts = self._get_priced_parts()
        # How much of it the recipe says, whatever somebody made of that by hand.
        quantities = {
            part: self.quantity * (part.component_ratio or 1.0) for part in parts
        }
        weights = {
            part: part.product_id.lst_price
            * part.product_uom_id._compute_quantity(
                quantities[part], part.product_id.uom_id, round=False
            )
            for part in parts
        }
        whole = sum(weights.values())
        left = total = currency.round(price * self.quantity)
        prices = {}
        for part in parts:
            amount = left
            if part != parts[-1:]:
                amount = currency.round(total * weights[part] / whole) if whole else 0.0
            left -= amount
            prices[part] = amount / quantities[part]
        return prices

    def _get_package_price(self, pricelist, currency, position):
        """Return the price of one unit of this package; see above.

        :rtype: float
        """
        product = self.product_id.with_company(self.company_id)
        price = pricelist.with_company(self.company_id)._get_products_price(
            product,
            self.quantity if pricelist else 1.0,
            currency=currency,
            uom=self.product_uom_id,
            date=self.consultation_id.date if pricelist else False,
        )[product.id]
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        if not taxes:
            return price
        return product._get_tax_included_unit_price_from_price(
            price, taxes, fiscal_position=position
        )
