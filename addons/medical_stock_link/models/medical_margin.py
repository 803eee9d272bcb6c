from odoo import fields, models
from odoo.tools import SQL


class MedicalMargin(models.AbstractModel):
    """Figures of revenue and margin that are added up.

    A percentage of a sum is that of the sums, never a sum or an average of
    percentages.
    """

    _name = "medical.margin"
    _description = "Revenue and Margin"

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    revenue = fields.Monetary(readonly=True)
    margin = fields.Monetary(readonly=True)
    margin_percent = fields.Float(
        string="Margin (%)",
        aggregator="avg",
        readonly=True,
    )

    # === BUSINESS METHODS === #

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS 'base'
        if aggregate_spec != "margin_percent:avg":
            return super()._read_group_select(aggregate_spec, query)
        table = self._table
        return SQL(
            "COALESCE(SUM(%(margin)s) / NULLIF(SUM(%(revenue)s), 0), 0)",
            margin=self._field_to_sql(table, "margin", query),
            revenue=self._field_to_sql(table, "revenue", query),
        )
