from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.medical_records.models.product_template import MEDICAL_KINDS


class MedicalMaterialCost(models.Model):
    """What acts were to cost, what they did cost, and what they brought.

    A view with a row for each standard, each done move and each posted document line.
    All of them count for the act that a medic recorded, whatever part of it they are
    for, and for the month of its visit, whenever goods came back or documents were
    posted: so cost and revenue of an act stand side by side. It names no patient.
    """

    _name = "medical.material.cost"
    _description = "Cost and Margin"
    _inherit = ["medical.margin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "act_id"
    _depends = {
        "account.move.line": [
            "balance",
            "billable_item_id",
            "parent_state",
            "product_id",
        ],
        "medical.billable.item": ["consultation_line_id"],
        "medical.consultation": ["date", "practitioner_id", "site_id"],
        "medical.consultation.line": [
            "company_id",
            "consultation_id",
            "is_waste",
            "kind",
            "product_id",
            "root_line",
        ],
        "medical.material.standard": ["cost", "line_id", "product_id", "quantity"],
        "stock.move": [
            "consultation_line_id",
            "is_out",
            "product_id",
            "state",
            "value",
        ],
        "stock.move.line": ["move_id", "quantity_product_uom"],
    }

    date = fields.Datetime(string="Visit Date", readonly=True)
    act_id = fields.Many2one(
        comodel_name="product.product",
        readonly=True,
        help="What a medic recorded. Its components count for it.",
    )
    kind = fields.Selection(
        selection=MEDICAL_KINDS,
        string="Kind of Act",
        readonly=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        readonly=True,
        help="The goods that were used, or what a document bills.",
    )
    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        string="Visit",
        readonly=True,
    )
    practitioner_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    site_id = fields.Many2one(comodel_name="medical.location", readonly=True)
    is_waste = fields.Boolean(
        string="Wasted",
        readonly=True,
        help="Opened, dropped or left over: not used on the patient.",
    )
    standard_quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="How much the recipes said would be used, in the product's own unit.",
    )
    quantity = fields.Float(
        string="Used Quantity",
        digits="Product Unit",
        readonly=True,
        help="How much left the stock for good, in the product's own unit.",
    )
    standard_cost = fields.Monetary(
        readonly=True,
        help="What the recipes said would be used, at the cost of the day.",
    )
    actual_cost = fields.Monetary(
        readonly=True,
        help="What left the stock for it and did not come back, at its true cost.",
    )
    difference = fields.Monetary(
        string="Actual Less Standard",
        readonly=True,
        help="Above zero: more was used than the recipes say, or it cost more.",
    )
    revenue = fields.Monetary(
        help="What was invoiced for it, less what was credited, without taxes, in the "
        "currency of the company.",
    )
    margin = fields.Monetary(help="The revenue less the actual cost.")

    # === ACTION METHODS === #

    def action_open(self):
        """Open the visit of a row."""
        self.ensure_one()
        return self.consultation_id._get_records_action()

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT source.id AS id,
                   visit.date AS date,
                   act.company_id AS company_id,
                   act.product_id AS act_id,
                   act.kind AS kind,
                   source.product_id AS product_id,
                   COALESCE(line.is_waste, FALSE) AS is_waste,
                   act.consultation_id AS consultation_id,
                   visit.practitioner_id AS practitioner_id,
                   visit.site_id AS site_id,
                   source.standard_quantity AS standard_quantity,
                   source.quantity AS quantity,
                   source.standard_cost AS standard_cost,
                   source.actual_cost AS actual_cost,
                   source.actual_cost - source.standard_cost AS difference,
                   source.revenue AS revenue,
                   source.revenue - source.actual_cost AS margin,
                   CASE WHEN source.revenue = 0 THEN 0
                        ELSE (source.revenue - source.actual_cost) / source.revenue
                   END AS margin_percent
              FROM (%(sources)s) AS source
              JOIN medical_consultation_line AS line ON line.id = source.line_id
              JOIN medical_consultation_line AS act ON act.id = line.root_line
              JOIN medical_consultation AS visit ON visit.id = act.consultation_id
            """,
            sources=SQL(" UNION ALL ").join(
                SQL("(%s)", source) for source in self._get_sources_sql()
            ),
        )

    @api.model
    def _get_sources_sql(self):
        """Return the queries whose rows are put together, all with the same columns.

        Ids are told apart by their last digit.

        :rtype: list[odoo.tools.SQL]
        """
        return [
            SQL(
                """
                SELECT standard.id::bigint * 10 + 1 AS id,
                       standard.line_id AS line_id,
                       standard.product_id AS product_id,
                       standard.quantity AS standard_quantity,
                       0 AS quantity,
                       standard.cost AS standard_cost,
                       0 AS actual_cost,
                       0 AS revenue
                  FROM medical_material_standard AS standard
                """
            ),
            SQL(
                """
                SELECT move.id::bigint * 10 + 2 AS id,
                       move.consultation_line_id AS line_id,
                       move.product_id AS product_id,
                       0 AS standard_quantity,
                       sign.factor * moved.quantity AS quantity,
                       0 AS standard_cost,
                       sign.factor * move.value AS actual_cost,
                       0 AS revenue
                  FROM stock_move AS move
            CROSS JOIN LATERAL (
                       SELECT CASE WHEN move.is_out THEN 1 ELSE -1 END
                       ) AS sign (factor)
            CROSS JOIN LATERAL (
                       SELECT COALESCE(SUM(part.quantity_product_uom), 0)
                         FROM stock_move_line AS part
                        WHERE part.move_id = move.id
                       ) AS moved (quantity)
                 WHERE move.consultation_line_id IS NOT NULL
                   AND move.state = 'done'
                """
            ),
            SQL(
                """
                SELECT billed.id::bigint * 10 + 3 AS id,
                       item.consultation_line_id AS line_id,
                       billed.product_id AS product_id,
                       0 AS standard_quantity,
                       0 AS quantity,
                       0 AS standard_cost,
                       0 AS actual_cost,
                       -billed.balance AS revenue
                  FROM account_move_line AS billed
                  JOIN medical_billable_item AS item
                    ON item.id = billed.billable_item_id
                 WHERE billed.billable_item_id IS NOT NULL
                   AND billed.parent_state = 'posted'
                """
            ),
        ]
