from odoo import api, fields, models
from odoo.tools import SQL

STAGES = [
    ("accepted", "Agreed"),
    ("late", "Late"),
    ("scheduled", "Scheduled"),
    ("to_bill", "Done, Not Billed"),
    ("due", "Due in Advance"),
    ("drafted", "On Draft"),
    ("invoiced", "Invoiced"),
    ("paid", "Paid"),
    ("waived", "Waived"),
]


class MedicalFutureInvoicing(models.Model):
    """What the treatment plans that were accepted bring, and how far each part is.

    A view with a row for each session that is not done yet, at the agreed price, and
    for each part of an item of a session that is: to bill, on a draft, invoiced, paid,
    waived. So each session is in it once, and the rows of a plan add up to what was
    agreed, but for prices that were changed on its way and for sessions that can no
    longer be scheduled. Where a plan is paid in advance, the money is in the rows of
    its down payments, from the agreement to the payment, and its sessions are worth
    nothing besides.

    A session without an appointment stands where its interval would have it: after the
    last visit of its treatment, or after the plan begins, and never in the past. Where
    that is after the last day of the plan none can be scheduled, and none is expected.
    """

    _name = "medical.future.invoicing"
    _description = "Future Invoicing"
    _auto = False
    _order = "date, id"
    _rec_name = "plan_id"
    _depends = {
        "medical.treatment.plan": [
            "billing_mode",
            "company_id",
            "currency_rate",
            "date_end",
            "date_start",
            "patient_id",
            "payer_id",
            "practitioner_id",
            "state",
        ],
        "medical.treatment.plan.line": [
            "delay_days",
            "interval_number",
            "interval_unit",
            "price_subtotal",
            "product_id",
            "sessions",
            "sessions_left",
        ],
        "medical.consultation": ["date", "diary_state", "practitioner_id"],
        "medical.consultation.line": [
            "charge",
            "plan_line_id",
            "quantity",
            "root_line",
            "state",
        ],
        "medical.billable.item": [
            "credited_item_id",
            "date",
            "due_date",
            "origin_id",
            "patient_id",
            "payer_id",
            "payment_state",
            "plan_id",
            "plan_line_id",
            "practitioner_id",
            "price_subtotal",
            "price_unit",
            "product_id",
            "qty_drafted",
            "qty_posted",
            "qty_to_bill",
            "qty_undecided",
            "qty_waived",
            "quantity",
            "split_by",
        ],
    }

    date = fields.Date(
        readonly=True,
        help="When it was or is to be done. Without an appointment: when it is due by "
        "the interval of the plan.",
    )
    stage = fields.Selection(selection=STAGES, readonly=True)
    plan_id = fields.Many2one(comodel_name="medical.treatment.plan", readonly=True)
    plan_line_id = fields.Many2one(
        comodel_name="medical.treatment.plan.line",
        string="Line of the Plan",
        readonly=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        string="Visit",
        readonly=True,
    )
    item_id = fields.Many2one(comodel_name="medical.billable.item", readonly=True)
    patient_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    practitioner_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    payer_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Treatment",
        readonly=True,
    )
    amount = fields.Monetary(
        readonly=True,
        help="Without taxes, in the currency of the company.",
    )

    # === LOW-LEVEL METHODS === #

    def _read_group_orderby(self, order, groupby_terms, query):
        if "stage" not in groupby_terms:
            return super()._read_group_orderby(order, groupby_terms, query)
        # From the agreement to the payment, not by the alphabet.
        position = SQL(
            "array_position(%s::text[], %s::text)",
            [stage for stage, _name in STAGES],
            groupby_terms["stage"],
        )
        terms = {**groupby_terms, "stage": position}
        result = super()._read_group_orderby(order, terms, query)
        # Odoo adds what it orders by to what it groups by.
        groupby_terms.update({**terms, "stage": groupby_terms["stage"]})
        return result

    # === ACTION METHODS === #

    def action_open(self):
        """Open the plan of a row."""
        self.ensure_one()
        return self.plan_id._get_records_action()

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(
            [
                self._get_sessions_left_sql(),
                self._get_sessions_scheduled_sql(),
                self._get_items_sql(),
                self._get_down_payments_sql(),
            ]
        )

    # The ids of the four kinds do not meet: each has its own remainder by four.

    @api.model
    def _get_sessions_left_sql(self):
        """Return the query of the sessions that nobody made an appointment for.

        Those that would be due after the last day of their plan are left out.

        :rtype: odoo.tools.SQL
        """
        return SQL(
            """
            SELECT 4 * (line.id::bigint * 100000 + session.number) AS id,
                   due.date AS date,
                   'accepted' AS stage,
                   plan.id AS plan_id,
                   line.id AS plan_line_id,
                   plan.company_id AS company_id,
                   NULL::integer AS consultation_id,
                   NULL::integer AS item_id,
                   plan.patient_id AS patient_id,
                   plan.practitioner_id AS practitioner_id,
                   plan.payer_id AS payer_id,
                   line.product_id AS product_id,
                   CASE WHEN plan.billing_mode = 'session'
                        THEN line.price_subtotal / line.sessions
                             / COALESCE(NULLIF(plan.currency_rate, 0), 1)
                        ELSE 0
                   END AS amount
              FROM medical_treatment_plan_line AS line
              JOIN medical_treatment_plan AS plan ON plan.id = line.plan_id
        CROSS JOIN LATERAL generate_series(1, line.sessions_left) AS session (number)
        CROSS JOIN LATERAL (
                   SELECT MAX(visit.date) AS date
                     FROM medical_consultation_line AS done
                     JOIN medical_consultation AS visit
                       ON visit.id = done.consultation_id
                    WHERE done.plan_line_id = line.id
                      AND done.state != 'cancelled'
                   ) AS last
        CROSS JOIN LATERAL (
                   SELECT GREATEST(
                              CURRENT_DATE,
                              CASE WHEN last.date IS NULL
                                   THEN plan.date_start + line.delay_days
                                        + %(interval)s * (session.number - 1)
                                   ELSE last.date + %(interval)s * session.number
                              END
                          )::date AS date
                   ) AS due
             WHERE plan.state IN ('accepted', 'in_progress')
               AND (plan.date_end IS NULL OR due.date <= plan.date_end)
            """,
            interval=SQL(
                """
                CASE line.interval_unit
                     WHEN 'day' THEN INTERVAL '1 day'
                     WHEN 'week' THEN INTERVAL '1 week'
                     ELSE INTERVAL '1 month'
                END * line.interval_number
                """
            ),
        )

    @api.model
    def _get_sessions_scheduled_sql(self):
        """Return the query of the sessions in visits, less what is billable of them.

        :rtype: odoo.tools.SQL
        """
        return SQL(
            """
            SELECT 4 * session.id::bigint + 1 AS id,
                   visit.date::date AS date,
                   CASE WHEN visit.diary_state = 'planned'
                             AND visit.date < NOW() AT TIME ZONE 'UTC'
                        THEN 'late' ELSE 'scheduled'
                   END AS stage,
                   plan.id AS plan_id,
                   line.id AS plan_line_id,
                   plan.company_id AS company_id,
                   visit.id AS consultation_id,
                   NULL::integer AS item_id,
                   plan.patient_id AS patient_id,
                   visit.practitioner_id AS practitioner_id,
                   plan.payer_id AS payer_id,
                   line.product_id AS product_id,
                   CASE WHEN plan.billing_mode = 'session'
                        THEN line.price_subtotal / line.sessions
                             * (1 - COALESCE(begun.share, 0))
                             / COALESCE(NULLIF(plan.currency_rate, 0), 1)
                        ELSE 0
                   END AS amount
              FROM medical_consultation_line AS session
              JOIN medical_treatment_plan_line AS line
                ON line.id = session.plan_line_id
              JOIN medical_treatment_plan AS plan ON plan.id = line.plan_id
              JOIN medical_consultation AS visit ON visit.id = session.consultation_id
        CROSS JOIN LATERAL (
                   -- Which share of the session is billable, by what its parts cost.
                   SELECT COUNT(*) FILTER (WHERE item.quantity != 0) AS number,
                          SUM(item.quantity * item.price_unit)
                          / NULLIF(
                                SUM(part.quantity * item.price_unit) FILTER (
                                    WHERE item.credited_item_id IS NULL
                                      AND (item.origin_id IS NULL
                                           OR item.split_by = 'price')
                                ),
                                0
                            ) AS share
                     FROM medical_consultation_line AS part
                     JOIN medical_billable_item AS item
                       ON item.consultation_line_id = part.id
                    WHERE part.root_line = session.id
                      AND (part.id = session.id OR part.charge = 'included')
                   ) AS begun
             WHERE session.state = 'ordered'
               AND (begun.number = 0
                    OR plan.billing_mode = 'session' AND begun.share < 0.9999)
            """
        )

    @api.model
    def _get_items_sql(self):
        """Return the query of what is billable of sessions, by how far it is billed.

        What a session needs besides and is charged apart is no part of what was agreed.

        :rtype: odoo.tools.SQL
        """
        return SQL(
            """
            SELECT 4 * (item.id::bigint * 8 + part.number) + 2 AS id,
                   item.date AS date,
                   part.stage AS stage,
                   plan.id AS plan_id,
                   line.id AS plan_line_id,
                   plan.company_id AS company_id,
                   item.consultation_id AS consultation_id,
                   item.id AS item_id,
                   item.patient_id AS patient_id,
                   item.practitioner_id AS practitioner_id,
                   item.payer_id AS payer_id,
                   line.product_id AS product_id,
                   CASE WHEN plan.billing_mode = 'session'
                        THEN item.price_subtotal * part.quantity / item.quantity
                             / COALESCE(NULLIF(plan.currency_rate, 0), 1)
                        ELSE 0
                   END AS amount
              FROM medical_consultation_line AS session
              JOIN medical_treatment_plan_line AS line
                ON line.id = session.plan_line_id
              JOIN medical_treatment_plan AS plan ON plan.id = line.plan_id
              JOIN medical_consultation_line AS done
                ON done.root_line = session.id
               AND (done.id = session.id OR done.charge = 'included')
              JOIN medical_billable_item AS item
                ON item.consultation_line_id = done.id
        CROSS JOIN LATERAL (%(parts)s) AS part (number, stage, quantity)
             WHERE session.plan_line_id IS NOT NULL
               AND item.quantity != 0
               AND part.quantity != 0
            """,
            parts=self._get_parts_sql(SQL("'to_bill'")),
        )

    @api.model
    def _get_down_payments_sql(self):
        """Return the query of what is charged in advance, by how far it is billed.

        :rtype: odoo.tools.SQL
        """
        return SQL(
            """
            SELECT 4 * (item.id::bigint * 8 + part.number) + 3 AS id,
                   COALESCE(item.due_date, item.date) AS date,
                   part.stage AS stage,
                   plan.id AS plan_id,
                   line.id AS plan_line_id,
                   plan.company_id AS company_id,
                   NULL::integer AS consultation_id,
                   item.id AS item_id,
                   item.patient_id AS patient_id,
                   item.practitioner_id AS practitioner_id,
                   item.payer_id AS payer_id,
                   line.product_id AS product_id,
                   item.price_subtotal * part.quantity / item.quantity
                       / COALESCE(NULLIF(plan.currency_rate, 0), 1) AS amount
              FROM medical_billable_item AS item
              JOIN medical_treatment_plan AS plan ON plan.id = item.plan_id
         LEFT JOIN medical_treatment_plan_line AS line ON line.id = item.plan_line_id
        CROSS JOIN LATERAL (%(parts)s) AS part (number, stage, quantity)
             WHERE item.quantity != 0
               AND part.quantity != 0
            """,
            parts=self._get_parts_sql(
                SQL(
                    """CASE WHEN item.due_date > CURRENT_DATE THEN 'accepted'
                            ELSE 'due'
                       END"""
                )
            ),
        )

    @api.model
    def _get_parts_sql(self, to_bill):
        """Return the parts of the quantity of an item: number, stage, quantity.

        :param odoo.tools.SQL to_bill: the stage of what is not billed yet
        :rtype: odoo.tools.SQL
        """
        return SQL(
            """
            VALUES (1, %(to_bill)s, item.qty_to_bill + item.qty_undecided),
                   (2, 'drafted', item.qty_drafted),
                   (3, CASE WHEN item.payment_state IN ('paid', 'in_payment')
                            THEN 'paid' ELSE 'invoiced' END, item.qty_posted),
                   (4, 'waived', item.qty_waived)
            """,
            to_bill=to_bill,
        )
