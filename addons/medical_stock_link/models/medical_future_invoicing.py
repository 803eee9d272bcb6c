import json

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.medical_records.models.medical_treatment_plan_sessions import AGREED

from .medical_consultation import COST_VIEWERS


class MedicalFutureInvoicing(models.Model):
    """What the goods of the sessions to come cost, beside what the sessions bring."""

    _inherit = "medical.future.invoicing"

    material_cost = fields.Monetary(
        string="Expected Materials",
        readonly=True,
        groups=COST_VIEWERS,
        help="What the goods of a session that is not done yet cost today, by its "
        "recipe. What a session that is done took from stock is in Cost and Margin.",
    )

    # === LOW-LEVEL METHODS === #

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr != "material_cost":
            return super()._field_to_sql(alias, field_expr, query)
        # Recipes, units, kits and costs are the business of Python: they are counted
        # once for each line of a plan, and only where somebody asks.
        self._check_field_access(self._fields[field_expr], "read")
        return SQL(
            "CASE WHEN %(item)s IS NULL THEN COALESCE("
            "(%(costs)s::jsonb ->> %(line)s::text)::numeric, 0) ELSE 0 END",
            item=super()._field_to_sql(alias, "item_id", query),
            line=super()._field_to_sql(alias, "plan_line_id", query),
            costs=json.dumps(self._get_session_costs()),
        )

    # === BUSINESS METHODS === #

    def _get_session_costs(self):
        """Return what the goods of one session cost, of all that is not done yet.

        :return: ids of `medical.treatment.plan.line` to amounts in the currency of
            their company
        :rtype: dict[int, float]
        """
        # In sudo mode: billers read what goods cost, and have no right to the stock.
        lines = (
            self.env["medical.treatment.plan.line"]
            .sudo()
            .search(
                [
                    ("plan_id.state", "in", AGREED),
                    "|",
                    ("sessions_left", ">", 0),
                    ("sessions_scheduled", ">", 0),
                ]
            )
        )
        products = self.env["product.product"]
        costs = {}
        for company, of_company in lines.grouped("company_id").items():
            amounts = products._get_material_costs(
                of_company._get_session_materials(), company
            )
            costs |= {
                line.id: company.currency_id.round(amount)
                for line, amount in amounts.items()
                if amount
            }
        return costs
