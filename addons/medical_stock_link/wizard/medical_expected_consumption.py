from datetime import datetime, time

from pytz import utc

from odoo import api, fields, models
from odoo.fields import Domain


class MedicalExpectedConsumption(models.TransientModel):
    """What visits to come are going to use, beside what the stock will hold that day.

    A row for each product and day, counted when the report is opened: of planned visits
    by their orders, of sessions of treatment plans that have no appointment yet by
    their recipes, on the day when they are due. None of them holds goods back in the
    stock: most change before they come. The report tells of no patient and no visit, so
    that those who order goods may read it.
    """

    _name = "medical.expected.consumption"
    _description = "Expected Consumption"
    _order = "date, product_id, id"
    _rec_name = "product_id"

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    warehouse_id = fields.Many2one(comodel_name="stock.warehouse", readonly=True)
    date = fields.Date(string="Day", readonly=True)
    product_id = fields.Many2one(comodel_name="product.product", readonly=True)
    product_uom_id = fields.Many2one(
        related="product_id.uom_id",
        string="Unit",
    )
    quantity = fields.Float(
        string="Expected",
        digits="Product Unit",
        readonly=True,
        help="What visits of that day are going to use.",
    )
    qty_agreed = fields.Float(
        string="Not Scheduled",
        digits="Product Unit",
        readonly=True,
        help="How much of that is for sessions of accepted treatment plans without an "
        "appointment. They stand on the day when they are due.",
    )
    line_count = fields.Integer(
        string="Orders",
        readonly=True,
        help="How many orders of visits, and sessions without appointment, that is.",
    )
    qty_on_hand = fields.Float(
        string="On Hand",
        digits="Product Unit",
        aggregator=None,
        readonly=True,
        help="What the clinic's warehouse holds today and may be used.",
    )
    qty_forecast = fields.Float(
        string="Forecast",
        digits="Product Unit",
        aggregator=None,
        readonly=True,
        help="What the clinic's warehouse will hold at the end of that day without "
        "these visits: on hand, with what comes in and without what goes out or "
        "expires until then.",
    )
    qty_left = fields.Float(
        string="Left",
        digits="Product Unit",
        aggregator="min",
        readonly=True,
        help="The forecast, less what visits use until the end of that day.",
    )
    qty_missing = fields.Float(
        string="Missing",
        digits="Product Unit",
        readonly=True,
        help="How much of what is expected that day will not be there.",
    )

    # === ACTION METHODS === #

    @api.model
    def action_open_report(self):
        """Show what the planned visits of the chosen companies are going to use."""
        self.check_access("create")
        vals_list = []
        for company in self.env.companies:
            vals_list += self._prepare_rows(company)
        rows = self.create(vals_list)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_stock_link.medical_expected_consumption_action"
        )
        action["domain"] = [("id", "in", rows.ids)]
        return action

    def action_open(self):
        """Open the product of a row, with what the stock knows of it."""
        self.ensure_one()
        return self.product_id._get_records_action()

    # === BUSINESS METHODS === #

    @api.model
    def _prepare_rows(self, company):
        """Return the values of a row for each product and day.

        :param company: a `res.company`
        :rtype: list[dict]
        """
        ordered, orders = self._get_ordered(company)
        agreed, sessions = self._get_agreed(company)
        expected = {
            day: {
                product: ordered.get(day, {}).get(product, 0.0)
                + agreed.get(day, {}).get(product, 0.0)
                for product in {**ordered.get(day, {}), **agreed.get(day, {})}
            }
            for day in sorted({*ordered, *agreed})
        }
        # In sudo mode: not all who read this have a right to the stock.
        warehouse = company.sudo()._get_medical_warehouse()
        products = self.env["product.product"].union(
            *(product for of_day in expected.values() for product in of_day)
        )
        stock = self._get_stock(products, warehouse, list(expected))
        used = dict.fromkeys(products, 0.0)
        vals_list = []
        for day, of_day in expected.items():
            for product, quantity in of_day.items():
                used[product] += quantity
                on_hand, forecast = stock[product, day]
                left = product.uom_id.round(forecast - used[product])
                vals_list.append(
                    {
                        "company_id": company.id,
                        "warehouse_id": warehouse.id,
                        "date": day,
                        "product_id": product.id,
                        "quantity": quantity,
                        "qty_agreed": agreed.get(day, {}).get(product, 0.0),
                        "line_count": orders.get((product, day), 0)
                        + sessions.get((product, day), 0),
                        "qty_on_hand": on_hand,
                        "qty_forecast": forecast,
                        "qty_left": left,
                        "qty_missing": min(quantity, max(-left, 0.0)),
                    }
                )
        return vals_list

    @api.model
    def _get_ordered_domain(self, company):
        """Return which orders are going to use goods.

        Those of planned visits from today on, of visits that have begun, and what
        signed visits left for later.

        :rtype: odoo.fields.Domain
        """
        today = self._get_moment(fields.Date.context_today(self), time.min)
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "ordered")
            & Domain("dispensing", "=", "clinic")
            & Domain("product_id", "!=", False)
            & (
                Domain("consultation_id.state", "in", ("in_progress", "signed"))
                | Domain("consultation_id.state", "=", "draft")
                & Domain("consultation_id.date", ">=", today)
            )
        )

    @api.model
    def _get_ordered(self, company):
        """Return what orders of visits are going to use, and how many orders that is.

        :param company: a `res.company`
        :return: days to products to quantities in their own unit, and (product, day)
            to a number
        :rtype: tuple[dict, dict]
        """
        today = fields.Date.context_today(self)
        ordered, counts = {}, {}
        # In sudo mode: who orders goods may not read visits, and is told of none.
        lines = self.env["medical.consultation.line"].sudo()
        for line in lines.search(self._get_ordered_domain(company)):
            product = line.product_id
            if not product.with_company(company)._is_material():
                continue
            moment = fields.Datetime.context_timestamp(self, line.consultation_id.date)
            day = max(moment.date(), today)
            quantity = line.product_uom_id._compute_quantity(
                line.quantity - line.qty_done,
                product.uom_id,
                rounding_method="HALF-UP",
            )
            of_day = ordered.setdefault(day, {})
            of_day[product] = of_day.get(product, 0.0) + quantity
            counts[product, day] = counts.get((product, day), 0) + 1
        products = self.env["product.product"]
        return products._explode_kits(ordered, company), counts

    @api.model
    def _get_agreed(self, company):
        """Return what sessions without appointment are going to use, and how many.

        Those of accepted treatment plans, on the day when each is due. After the last
        day of a plan none can be scheduled, and none is expected.

        :param company: a `res.company`
        :return: as `_get_ordered` does
        :rtype: tuple[dict, dict]
        """
        today = fields.Date.context_today(self)
        agreed, counts = {}, {}
        # In sudo mode: who orders goods may not read plans, and is told of none.
        sessions = (
            self.env["medical.future.invoicing"]
            .sudo()
            ._read_group(
                domain=[
                    ("company_id", "=", company.id),
                    ("stage", "=", "accepted"),
                    # Not the money: what is charged in advance is agreed, too.
                    ("item_id", "=", False),
                ],
                groupby=["date:day", "plan_line_id"],
                aggregates=["__count"],
            )
        )
        lines = self.env["medical.treatment.plan.line"].sudo()
        materials = lines.union(
            *(line for _day, line, _number in sessions)
        )._get_session_materials()
        for date, line, number in sessions:
            day = max(date, today)
            if day > (line.plan_id.date_end or day):
                continue
            of_day = agreed.setdefault(day, {})
            for product, quantity in materials[line].items():
                of_day[product] = of_day.get(product, 0.0) + number * quantity
                counts[product, day] = counts.get((product, day), 0) + number
        return agreed, counts

    @api.model
    def _get_stock(self, products, warehouse, days):
        """Return what a warehouse holds now, and at the end of each day.

        As Odoo forecasts it, in three queries for all days.

        :param products: `product.product`
        :param warehouse: a `stock.warehouse`
        :param list days: in their order
        :return: (product, day) to what is on hand now, and what is forecast
        :rtype: dict
        """
        if not warehouse:
            return {(product, day): (0.0, 0.0) for product in products for day in days}
        products = products.sudo().with_context(
            tz=str(self.env.tz), warehouse_id=warehouse.id
        )
        today = fields.Date.context_today(self)
        on_hand = dict.fromkeys(products, 0.0)
        # What changes, with the day from which on it does.
        changes = {product: [] for product in products}
        of_quants, of_incoming, of_outgoing = products._get_domain_locations()
        of_products = Domain("product_id", "in", products.ids)
        for product, removal, quantity, reserved in products.env[
            "stock.quant"
        ]._read_group(
            domain=of_products & of_quants,
            groupby=["product_id", "removal_date:day"],
            aggregates=["quantity:sum", "reserved_quantity:sum"],
        ):
            on_hand[product] += quantity
            if removal and removal.date() <= today:
                on_hand[product] -= quantity - reserved
            elif removal:
                changes[product].append((removal.date(), reserved - quantity))
        waiting = Domain(
            "state", "in", ("waiting", "confirmed", "assigned", "partially_available")
        )
        for of_moves, sign in ((of_incoming, 1), (of_outgoing, -1)):
            for product, date, quantity in products.env["stock.move"]._read_group(
                domain=of_products & of_moves & waiting,
                groupby=["product_id", "date:day"],
                aggregates=["product_qty:sum"],
            ):
                changes[product].append((date.date(), sign * quantity))
        return {
            (product, day): (
                on_hand[product],
                product.uom_id.round(
                    on_hand[product]
                    + sum(change for date, change in changes[product] if date <= day)
                ),
            )
            for product in products
            for day in days
        }

    @api.model
    def _get_moment(self, day, hour):
        """Return a moment of a day of the user.

        :rtype: datetime.datetime
        """
        moment = datetime.combine(day, hour)
        return self.env.tz.localize(moment).astimezone(utc).replace(tzinfo=None)
