from odoo import models


class MedicalConsultationLine(models.Model):
    """What acts are expected to take, kept at the cost of the day they are done."""

    _inherit = "medical.consultation.line"

    # === BUSINESS METHODS === #

    def _settle_stock(self):
        # Before goods move, which changes what the rest of them costs.
        self._keep_standard_cost()
        return super()._settle_stock()

    def _keep_standard_cost(self):
        """Let the kept standard cost of acts follow how much of them was done.

        Components need none of their own: the recipe of the act tells what they
        should be, whatever became of them.
        """
        vals_list = []
        # In sudo mode: who records acts need not see costs. No recipe expects waste.
        acts = self.sudo().filtered(
            lambda line: (
                not line.parent_id and line.product_uom_id and not line.is_waste
            )
        )
        kept = acts._get_kept_standard()
        for company, lines in acts.grouped("company_id").items():
            more = {}
            for line in lines:
                before, by_product = kept.get(line, (0.0, {}))
                after = line._get_qty_to_take() if line.dispensing == "clinic" else 0.0
                difference = line.product_uom_id.compare(after, before)
                if difference > 0:
                    more[line] = (before, after)
                elif difference < 0:
                    vals_list += line._prepare_less_standard(before, after, by_product)
            vals_list += self._prepare_more_standard(more, company)
        self.env["medical.material.standard"].sudo().create(vals_list)

    def _get_kept_standard(self):
        """Return what is kept of these acts so far.

        :return: acts to how much of them was done, and products to their quantity and
            cost
        :rtype: dict
        """
        kept = {}
        groups = self.env["medical.material.standard"]._read_group(
            domain=[("line_id", "in", self.ids)],
            groupby=["line_id", "product_id"],
            aggregates=["act_quantity:sum", "quantity:sum", "cost:sum"],
        )
        for line, product, act_quantity, quantity, cost in groups:
            before, by_product = kept.get(line, (0.0, {}))
            by_product[product] = (quantity, cost)
            kept[line] = (before + act_quantity, by_product)
        return kept

    def _prepare_more_standard(self, quantities, company):
        """Return the values of rows for acts that more was done of.

        :param dict quantities: acts to how much was done before and is done now
        :param company: the `res.company` of the acts
        :rtype: list[dict]
        """
        materials = self.env["product.product"]._get_materials(
            [
                ((line, moment), line.product_id, quantity, line.product_uom_id)
                for line, moments in quantities.items()
                for moment, quantity in zip(("before", "after"), moments, strict=True)
            ],
            company,
        )
        vals_list = []
        for line, (before, after) in quantities.items():
            act_quantity = line.product_uom_id.round(after - before)
            earlier = materials[line, "before"]
            for product, quantity in materials[line, "after"].items():
                quantity -= earlier.get(product, 0.0)
                cost = quantity * product.with_company(company).standard_price
                vals_list.append(
                    line._prepare_standard_vals(product, quantity, cost, act_quantity)
                )
                act_quantity = 0.0
        return vals_list

    def _prepare_less_standard(self, before, after, by_product):
        """Return the values of rows that take back a part of what is kept of this act.

        :param float before: how much of the act is kept
        :param float after: how much of it is done
        :param dict by_product: products to their quantity and cost
        :rtype: list[dict]
        """
        self.ensure_one()
        # Less than nothing is refused by the database, and in its own words.
        share = after / before if before else 0.0
        act_quantity = self.product_uom_id.round(after - before)
        vals_list = []
        for product, (quantity, cost) in by_product.items():
            less = product.uom_id.round(quantity * share) - quantity
            vals_list.append(
                self._prepare_standard_vals(
                    product, less, cost * (share - 1), act_quantity
                )
            )
            act_quantity = 0.0
        return vals_list

    def _prepare_standard_vals(self, product, quantity, cost, act_quantity):
        """Return the values of a row of `medical.material.standard`.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "line_id": self.id,
            "company_id": self.company_id.id,
            "product_id": product.id,
            "quantity": quantity,
            "cost": cost,
            "act_quantity": act_quantity,
        }
