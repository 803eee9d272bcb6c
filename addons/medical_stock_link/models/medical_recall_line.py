from odoo import api, fields, models
from odoo.tools import SQL


class MedicalRecallLine(models.Model):
    """Which goods were used on whom: what a recall of a lot has to find.

    A view with a row for each lot that a line of a visit took, also for goods without
    lots. Only those who may read the record see it; the stock itself names no patient.
    """

    _name = "medical.recall.line"
    _description = "Goods Used on a Patient"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "lot_name"
    _depends = {
        "medical.consultation": ["patient_id", "practitioner_id"],
        "medical.consultation.line": [
            "company_id",
            "consultation_id",
            "is_waste",
            "udi",
        ],
        "stock.location": ["usage"],
        "stock.lot": ["expiration_date", "name"],
        "stock.move": ["consultation_line_id", "date", "state"],
        "stock.move.line": [
            "location_dest_id",
            "lot_id",
            "move_id",
            "product_id",
            "quantity_product_uom",
        ],
    }

    lot_id = fields.Many2one(
        comodel_name="stock.lot",
        string="Lot Record",
        readonly=True,
    )
    lot_name = fields.Char(string="Lot or Serial Number", readonly=True)
    expiration_date = fields.Datetime(readonly=True)
    product_id = fields.Many2one(comodel_name="product.product", readonly=True)
    product_uom_id = fields.Many2one(
        related="product_id.uom_id",
        string="Unit",
    )
    udi = fields.Char(string="UDI", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Used For",
        readonly=True,
    )
    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        string="Visit",
        readonly=True,
    )
    practitioner_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    patient_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    patient_number = fields.Char(related="patient_id.patient_number")
    phone = fields.Char(related="patient_id.phone")
    email = fields.Char(related="patient_id.email")
    date = fields.Datetime(
        string="Used On",
        readonly=True,
        help="When it left the stock for the first time.",
    )
    qty_used = fields.Float(
        string="Used",
        digits="Product Unit",
        readonly=True,
    )
    qty_returned = fields.Float(
        string="Returned",
        digits="Product Unit",
        readonly=True,
    )
    quantity = fields.Float(
        string="Still Out",
        digits="Product Unit",
        readonly=True,
        help="What was used, less what came back to the stock.",
    )
    state = fields.Selection(
        selection=[
            ("used", "Used"),
            ("partly", "Partly returned"),
            ("returned", "All returned"),
            ("wasted", "Wasted"),
        ],
        readonly=True,
        help="Wasted: taken for the visit, and not used on the patient.",
    )
    documents = fields.Char(
        compute="_compute_documents",
        compute_sudo=True,
        help="The posted documents of what it was used for.",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_id")
    def _compute_documents(self):
        # Goods in the price of an act are on the document of the act.
        above = {row: row.line_id for row in self}
        while True:
            wider = {row: lines | lines.parent_id for row, lines in above.items()}
            if wider == above:
                break
            above = wider
        lines = self.env["medical.consultation.line"].union(*above.values())
        billed = self.env["account.move.line"].search_fetch(
            [
                ("billable_item_id.consultation_line_id", "in", lines.ids),
                ("parent_state", "=", "posted"),
            ],
            ["billable_item_id", "move_id"],
        )
        by_line = billed.grouped(
            lambda line: line.billable_item_id.consultation_line_id
        )
        for row, lines in above.items():
            documents = billed.browse().union(
                *(by_line[line] for line in lines if line in by_line)
            )
            row.documents = ", ".join(documents.move_id.sorted("id").mapped("name"))

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
            SELECT used.*,
                   used.qty_used - used.qty_returned AS quantity,
                   CASE WHEN line.is_waste THEN 'wasted'
                        WHEN used.qty_returned <= 0 THEN 'used'
                        WHEN used.qty_returned < used.qty_used THEN 'partly'
                        ELSE 'returned'
                   END AS state,
                   line.company_id AS company_id,
                   line.consultation_id AS consultation_id,
                   line.udi AS udi,
                   visit.patient_id AS patient_id,
                   visit.practitioner_id AS practitioner_id
              FROM (
                   SELECT MIN(part.id) AS id,
                          move.consultation_line_id AS line_id,
                          part.product_id AS product_id,
                          part.lot_id AS lot_id,
                          lot.name AS lot_name,
                          lot.expiration_date AS expiration_date,
                          MIN(move.date) AS date,
                          COALESCE(SUM(part.quantity_product_uom) FILTER (
                              WHERE target.usage = 'production'), 0) AS qty_used,
                          COALESCE(SUM(part.quantity_product_uom) FILTER (
                              WHERE target.usage != 'production'), 0) AS qty_returned
                     FROM stock_move_line AS part
                     JOIN stock_move AS move ON move.id = part.move_id
                     JOIN stock_location AS target
                       ON target.id = part.location_dest_id
                LEFT JOIN stock_lot AS lot ON lot.id = part.lot_id
                    WHERE move.consultation_line_id IS NOT NULL
                      AND move.state = 'done'
                 GROUP BY move.consultation_line_id,
                          part.product_id,
                          part.lot_id,
                          lot.name,
                          lot.expiration_date
                   ) AS used
              JOIN medical_consultation_line AS line ON line.id = used.line_id
              JOIN medical_consultation AS visit ON visit.id = line.consultation_id
            """
        )
