from odoo import models


class MedicalPriced(models.AbstractModel):
    """What somebody pays for, priced and taxed by Odoo's own engines, in bulk.

    Billable items and the lines of treatment plans are such. A model that inherits this
    has `company_id`, `product_id`, `product_uom_id`, `payer_id`, `pricelist_id`,
    `currency_id`, `price_unit`, `discount` and `tax_ids`.
    """

    _name = "medical.priced"
    _description = "What Has a Price"

    # === BUSINESS METHODS === #

    def _get_priced_quantity(self):
        """Return the quantity that prices by quantity ask for, in the unit of this.

        :rtype: float
        """
        return 1.0

    def _get_priced_date(self):
        """Return the day whose price counts.

        :rtype: date
        """
        return False

    def _get_pricelist_prices(self):
        """Return the price of one unit of each of these, for its payer.

        :return: each of these records to its price
        :rtype: dict
        """
        result = {}
        positions = self._get_fiscal_positions()
        for key, records in self.grouped(
            lambda record: record._get_price_key()
        ).items():
            company, pricelist, currency, uom, quantity, date = key
            products = records.product_id.with_company(company)
            prices = pricelist.with_company(company)._get_products_price(
                products,
                quantity,
                currency=currency,
                uom=uom,
                date=date,
            )
            for record in records:
                result[record] = record._get_price_after_taxes(
                    prices.get(record.product_id.id, 0.0),
                    positions[record.company_id, record.payer_id],
                )
        return result

    def _get_product_taxes(self):
        """Return the taxes of the product of each of these, for its payer.

        :return: each of these records to `account.tax` records
        :rtype: dict
        """
        positions = self._get_fiscal_positions()
        cache, result = {}, {}
        for record in self:
            position = positions[record.company_id, record.payer_id]
            key = (record.company_id, position, record.product_id)
            if key not in cache:
                taxes = record.product_id.taxes_id._filter_taxes_by_company(
                    record.company_id
                )
                cache[key] = position.map_tax(taxes)
            result[record] = cache[key]
        return result

    def _get_price_key(self):
        """Return what the price of this hangs on, apart from the product."""
        self.ensure_one()
        pricelist = self.pricelist_id
        return (
            self.company_id,
            pricelist,
            self.currency_id or self.company_id.currency_id,
            self.product_uom_id,
            # Only a pricelist knows of dates and of prices by quantity.
            self._get_priced_quantity() if pricelist else 1.0,
            self._get_priced_date() if pricelist else False,
        )

    def _get_price_after_taxes(self, price, position):
        """Adapt a price with included taxes to the taxes of the payer.

        :param float price: the price with the taxes of the product
        :param position: the `account.fiscal.position` of the payer
        :rtype: float
        """
        self.ensure_one()
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        if not taxes:
            return price
        return self.product_id._get_tax_included_unit_price_from_price(
            price, taxes, fiscal_position=position
        )

    def _get_fiscal_positions(self):
        """Return the fiscal position of each payer.

        :return: a dict of (company, payer) to `account.fiscal.position`
        """
        positions = self.env["account.fiscal.position"].sudo()
        result = {}
        for company, records in self.grouped("company_id").items():
            positions = positions.with_company(company)
            # Most clinics have none; then no payer needs to be asked about.
            used = positions.search_count(
                positions._check_company_domain(company), limit=1
            )
            for payer in records.mapped("payer_id") | self.env["res.partner"]:
                result[company, payer] = (
                    positions._get_fiscal_position(payer)
                    if used
                    else positions.browse()
                )
            result[company, self.env["res.partner"]] = positions.browse()
        return result

    def _get_amounts(self, quantity):
        """Return what a quantity costs, by the tax engine that invoices use.

        :param float quantity: in its unit
        :return: the amounts without and with taxes, rounded
        :rtype: tuple[float, float]
        """
        self.ensure_one()
        (base_line,) = self._get_base_lines(lambda record: quantity)
        details = base_line["tax_details"]
        return details["total_excluded_currency"], details["total_included_currency"]

    def _get_base_lines(self, get_quantity, get_values=None):
        """Return these as the tax engine wants them, with rounded details.

        :param get_quantity: a function of a record that returns how much is billed
        :param get_values: a function of a record that returns a dict of what else the
            engine is to take for what the record says
        :return: base lines of `account.tax`
        :rtype: list[dict]
        """
        taxes = self.env["account.tax"]
        company = self.company_id or self.env.company
        base_lines = [
            taxes._prepare_base_line_for_taxes_computation(
                record,
                quantity=get_quantity(record),
                partner_id=record.payer_id,
                **(get_values(record) if get_values else {}),
            )
            for record in self
        ]
        taxes._add_tax_details_in_base_lines(base_lines, company)
        taxes._round_base_lines_tax_details(base_lines, company)
        return base_lines
