from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.medical_records.models.product_template import MEDICAL_KINDS


class MedicalRevenue(models.Model):
    """What was invoiced for each act, and how much of that was collected.

    A view with a row for each posted document line that bills an item; credit notes
    count below zero. What was collected is the paid share of the document: Odoo's
    payments settle documents, not lines. A document that is settled by its credit note
    counts as collected, and so does the credit note below zero, so the two cancel out.
    """

    _name = "medical.revenue"
    _description = "Revenue"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "move_id"
    _depends = {
        "account.move.line": [
            "balance",
            "billable_item_id",
            "company_id",
            "move_id",
            "parent_state",
            "partner_id",
            "product_id",
            "quantity",
        ],
        "account.move": [
            "amount_residual",
            "amount_total",
            "date",
            "invoice_date",
            "move_type",
            "payment_state",
        ],
        "medical.billable.item": [
            "consultation_id",
            "kind",
            "patient_id",
            "practitioner_id",
        ],
        "medical.consultation": ["site_id"],
    }

    date = fields.Date(string="Invoice Date", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Document",
        readonly=True,
    )
    item_id = fields.Many2one(comodel_name="medical.billable.item", readonly=True)
    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        string="Visit",
        readonly=True,
    )
    practitioner_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    patient_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    payer_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    site_id = fields.Many2one(comodel_name="medical.location", readonly=True)
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Service",
        readonly=True,
    )
    kind = fields.Selection(selection=MEDICAL_KINDS, readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    amount_invoiced = fields.Monetary(
        string="Invoiced",
        readonly=True,
        help="Without taxes, in the currency of the company.",
    )
    amount_collected = fields.Monetary(
        string="Collected",
        readonly=True,
        help="The paid share of what was invoiced, without taxes.",
    )
    amount_open = fields.Monetary(
        string="Open",
        readonly=True,
        help="What was invoiced and is not paid, without taxes.",
    )

    # === ACTION METHODS === #

    def action_open(self):
        """Open the document of a row."""
        self.ensure_one()
        return self.move_id._get_records_action()

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT line.id AS id,
                   COALESCE(move.invoice_date, move.date) AS date,
                   line.company_id AS company_id,
                   line.move_id AS move_id,
                   item.id AS item_id,
                   item.consultation_id AS consultation_id,
                   item.practitioner_id AS practitioner_id,
                   item.patient_id AS patient_id,
                   line.partner_id AS payer_id,
                   visit.site_id AS site_id,
                   line.product_id AS product_id,
                   item.kind AS kind,
                   CASE WHEN move.move_type = 'out_refund' THEN -line.quantity
                        ELSE line.quantity
                   END AS quantity,
                   -line.balance AS amount_invoiced,
                   -line.balance * paid.share AS amount_collected,
                   -line.balance * (1 - paid.share) AS amount_open
              FROM account_move_line AS line
              JOIN account_move AS move ON move.id = line.move_id
              JOIN medical_billable_item AS item ON item.id = line.billable_item_id
         LEFT JOIN medical_consultation AS visit ON visit.id = item.consultation_id
        CROSS JOIN LATERAL (%(paid_share)s) AS paid (share)
             WHERE line.billable_item_id IS NOT NULL
               AND line.parent_state = 'posted'
               -- What is paid in advance is revenue when the session is done.
               AND item.plan_id IS NULL
            """,
            paid_share=self._get_paid_share_sql(),
        )

    @api.model
    def _get_paid_share_sql(self):
        """Return the query of the paid share of a document, between 0 and 1.

        A payment that waits for the bank statement has paid the document, although
        its journal item is still open.

        :rtype: odoo.tools.SQL
        """
        return SQL(
            """
            SELECT CASE
                   WHEN move.payment_state IN ('in_payment', 'paid', 'reversed') THEN 1
                   WHEN move.amount_total = 0 THEN 1
                   ELSE 1 - move.amount_residual / move.amount_total
                   END
            """
        )
