from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.medical_records.models.product_template import MEDICAL_KINDS

# Where the hours after which practitioners are reminded say nothing.
UNSIGNED_HOURS = 12


class MedicalUnbilled(models.Model):
    """What is not billed: why, and since when.

    A view with a row for each cause and each thing that waits, so that nothing that a
    clinic does is forgotten in silence. It reads only what is open, by indexes of just
    these rows, however much was billed over the years. Nothing can be changed here:
    each row opens what has to be done something about.
    """

    _name = "medical.unbilled"
    _description = "Not Billed Yet"
    _auto = False
    _order = "since, id"
    _rec_name = "name"
    _depends = {
        "medical.billable.item": [
            "amount_to_bill",
            "blocking_reason",
            "company_id",
            "consultation_id",
            "currency_id",
            "date",
            "due_date",
            "kind",
            "name",
            "patient_id",
            "payer_id",
            "practitioner_id",
            "price_total",
            "product_id",
            "qty_drafted",
            "qty_to_bill",
            "qty_undecided",
            "quantity",
        ],
        "account.move.line": [
            "billable_item_id",
            "company_id",
            "currency_id",
            "is_medical_unlinked",
            "move_id",
            "name",
            "parent_state",
            "partner_id",
            "price_total",
            "product_id",
        ],
        "account.move": ["date", "invoice_date", "medical_patient_id"],
        "medical.consultation": [
            "company_id",
            "date",
            "date_start",
            "name",
            "patient_id",
            "practitioner_id",
            "site_id",
            "state",
        ],
        "product.product": ["product_tmpl_id"],
        "product.template": ["medical_kind"],
        "res.company": ["currency_id", "medical_unsigned_hours", "parent_path"],
        "res.currency.rate": ["company_id", "currency_id", "name", "rate"],
    }

    name = fields.Char(string="What", readonly=True)
    reason = fields.Selection(
        selection=[
            ("to_bill", "To bill"),
            ("blocked", "Blocked"),
            ("not_due", "Not due yet"),
            ("credit", "Credit note to build"),
            ("undecided", "Credited, to decide"),
            ("drafted", "On a draft"),
            ("unlinked", "Line without item"),
            ("unsigned", "Visit not signed"),
        ],
        string="Why",
        readonly=True,
    )
    blocking_reason = fields.Selection(
        selection=lambda self: (
            self.env["medical.billable.item"]
            ._fields["blocking_reason"]
            ._description_selection(self.env)
        ),
        string="Blocked by",
        readonly=True,
    )
    since = fields.Date(readonly=True)
    age = fields.Integer(
        string="Days",
        aggregator="avg",
        readonly=True,
    )
    age_group = fields.Selection(
        selection=[
            ("0_week", "Up to a week"),
            ("1_month", "8 to 30 days"),
            ("2_quarter", "31 to 90 days"),
            ("3_more", "More than 90 days"),
        ],
        string="Age",
        readonly=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id",
        string="Company Currency",
    )
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    amount = fields.Monetary(
        aggregator=None,
        readonly=True,
        help="With taxes. Nobody knows yet what a visit that is not signed will cost.",
    )
    amount_company = fields.Monetary(
        string="Amount in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
        help="At the exchange rate of today.",
    )
    patient_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    payer_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    practitioner_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    site_id = fields.Many2one(comodel_name="medical.location", readonly=True)
    product_id = fields.Many2one(comodel_name="product.product", readonly=True)
    kind = fields.Selection(selection=MEDICAL_KINDS, readonly=True)
    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        string="Visit",
        readonly=True,
    )
    item_id = fields.Many2one(comodel_name="medical.billable.item", readonly=True)
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Document",
        readonly=True,
    )
    move_line_id = fields.Many2one(comodel_name="account.move.line", readonly=True)

    # === ACTION METHODS === #

    def action_open(self):
        """Open what has to be done something about: an item, a document, a visit."""
        self.ensure_one()
        if self.reason == "unlinked":
            return self.move_line_id.action_link_billable_item()
        source = self.move_id or self.item_id or self.consultation_id
        return source._get_records_action()

    def action_build(self):
        """Open the wizard with what can be billed of these rows."""
        return self.item_id.action_build()

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT waiting.*,
                   %(today)s - waiting.since AS age,
                   CASE WHEN %(today)s - waiting.since <= 7 THEN '0_week'
                        WHEN %(today)s - waiting.since <= 30 THEN '1_month'
                        WHEN %(today)s - waiting.since <= 90 THEN '2_quarter'
                        ELSE '3_more'
                   END AS age_group
              FROM (%(sources)s) AS waiting
            """,
            today=self._get_today_sql(),
            sources=SQL(" UNION ALL ").join(
                SQL("(%s)", source) for source in self._get_sources_sql()
            ),
        )

    @api.model
    def _get_sources_sql(self):
        """Return the queries whose rows are put together, all with the same columns.

        A hook for a module with more to tell of; ids are told apart by their last
        digit.

        :rtype: list[odoo.tools.SQL]
        """
        return [
            self._get_items_sql(
                number=1,
                reason=SQL(
                    """CASE WHEN item.blocking_reason IS NOT NULL THEN 'blocked'
                            WHEN item.qty_to_bill < 0 THEN 'credit'
                            WHEN item.due_date > %s THEN 'not_due'
                            ELSE 'to_bill'
                       END""",
                    self._get_today_sql(),
                ),
                amount=SQL("item.amount_to_bill"),
                condition=SQL("item.qty_to_bill != 0"),
            ),
            self._get_items_sql(
                number=2,
                reason=SQL("'undecided'"),
                amount=SQL("item.price_total * item.qty_undecided / item.quantity"),
                condition=SQL("item.qty_undecided != 0"),
            ),
            self._get_items_sql(
                number=3,
                reason=SQL("'drafted'"),
                amount=SQL("item.price_total * item.qty_drafted / item.quantity"),
                condition=SQL("item.qty_drafted != 0"),
                move=SQL(
                    """(SELECT MIN(line.move_id)
                          FROM account_move_line AS line
                         WHERE line.billable_item_id = item.id
                           AND line.parent_state = 'draft')"""
                ),
            ),
            self._get_lines_sql(number=4),
            self._get_visits_sql(number=5),
        ]

    @api.model
    def _get_items_sql(self, number, reason, amount, condition, move=None):
        """Return the query of items in one of their states.

        :param int number: the last digit of the ids
        :param SQL reason: a value of `reason`
        :param SQL amount: what waits, in the currency of the item
        :param SQL condition: which items
        :param SQL move: the document that they wait on
        :rtype: odoo.tools.SQL
        """
        return SQL(
            """
            SELECT item.id::bigint * 10 + %(number)s AS id,
                   item.name AS name,
                   %(reason)s AS reason,
                   item.blocking_reason AS blocking_reason,
                   item.date AS since,
                   item.company_id AS company_id,
                   item.currency_id AS currency_id,
                   %(amount)s AS amount,
                   %(amount)s * %(rate)s AS amount_company,
                   item.patient_id AS patient_id,
                   item.payer_id AS payer_id,
                   item.practitioner_id AS practitioner_id,
                   visit.site_id AS site_id,
                   item.product_id AS product_id,
                   item.kind AS kind,
                   item.consultation_id AS consultation_id,
                   item.id AS item_id,
                   %(move)s AS move_id,
                   NULL::integer AS move_line_id
              FROM medical_billable_item AS item
              JOIN res_company AS company ON company.id = item.company_id
         LEFT JOIN medical_consultation AS visit ON visit.id = item.consultation_id
             WHERE %(condition)s
            """,
            number=number,
            reason=reason,
            amount=amount,
            rate=self._get_rate_sql(SQL("item.currency_id")),
            move=move or SQL("NULL::integer"),
            condition=condition,
        )

    @api.model
    def _get_lines_sql(self, number):
        """Return the query of document lines that should have an item."""
        return SQL(
            """
            SELECT line.id::bigint * 10 + %(number)s,
                   line.name,
                   'unlinked',
                   NULL,
                   COALESCE(move.invoice_date, move.date),
                   line.company_id,
                   line.currency_id,
                   -move_sign.sign * line.price_total,
                   -move_sign.sign * line.price_total * %(rate)s,
                   move.medical_patient_id,
                   line.partner_id,
                   NULL::integer,
                   NULL::integer,
                   line.product_id,
                   template.medical_kind,
                   NULL::integer,
                   NULL::integer,
                   line.move_id,
                   line.id
              FROM account_move_line AS line
              JOIN account_move AS move ON move.id = line.move_id
              JOIN LATERAL (
                   SELECT CASE WHEN move.move_type = 'out_refund' THEN 1 ELSE -1 END
                   ) AS move_sign (sign) ON TRUE
              JOIN res_company AS company ON company.id = line.company_id
         LEFT JOIN product_product AS product ON product.id = line.product_id
         LEFT JOIN product_template AS template ON template.id = product.product_tmpl_id
             WHERE line.is_medical_unlinked
            """,
            number=number,
            rate=self._get_rate_sql(SQL("line.currency_id")),
        )

    @api.model
    def _get_visits_sql(self, number):
        """Return the query of visits that were begun and not signed in time."""
        return SQL(
            """
            SELECT visit.id::bigint * 10 + %(number)s,
                   visit.name,
                   'unsigned',
                   NULL,
                   COALESCE(visit.date_start, visit.date)::date,
                   visit.company_id,
                   company.currency_id,
                   NULL::numeric,
                   NULL::numeric,
                   visit.patient_id,
                   NULL::integer,
                   visit.practitioner_id,
                   visit.site_id,
                   NULL::integer,
                   NULL,
                   visit.id,
                   NULL::integer,
                   NULL::integer,
                   NULL::integer
              FROM medical_consultation AS visit
              JOIN res_company AS company ON company.id = visit.company_id
             WHERE visit.state = 'in_progress'
               AND COALESCE(visit.date_start, visit.date)
                   + COALESCE(NULLIF(company.medical_unsigned_hours, 0), %(hours)s)
                     * INTERVAL '1 hour'
                   <= NOW() AT TIME ZONE 'UTC'
            """,
            number=number,
            hours=UNSIGNED_HOURS,
        )

    @api.model
    def _get_today_sql(self):
        return SQL("%s::date", fields.Date.context_today(self))

    @api.model
    def _get_rate_sql(self, currency):
        """Return the factor from a currency to that of the company, as of today."""
        return SQL(
            """CASE WHEN %(currency)s = company.currency_id THEN 1
                    ELSE %(company_rate)s / %(rate)s
               END""",
            currency=currency,
            company_rate=self._get_currency_rate_sql(SQL("company.currency_id")),
            rate=self._get_currency_rate_sql(currency),
        )

    @api.model
    def _get_currency_rate_sql(self, currency):
        # The rule of `res.currency._get_rates`: a company's own rates come first.
        return SQL(
            """COALESCE((
                   SELECT rate.rate
                     FROM res_currency_rate AS rate
                    WHERE rate.currency_id = %(currency)s
                      AND rate.name <= %(today)s
                      AND (rate.company_id IS NULL OR rate.company_id
                           = SPLIT_PART(company.parent_path, '/', 1)::integer)
                 ORDER BY rate.company_id, rate.name DESC
                    LIMIT 1), 1)""",
            currency=currency,
            today=self._get_today_sql(),
        )
