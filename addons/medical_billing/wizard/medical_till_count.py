from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# Coins and notes that most currencies have; each can be changed in the dialog.
DENOMINATIONS = (200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.25, 0.1, 0.05, 0.01)


class MedicalTillCount(models.TransientModel):
    """Count a till to open or to close it."""

    _name = "medical.till.count"
    _description = "Count of a Till"

    session_id = fields.Many2one(
        comodel_name="medical.till.session",
        help="The session to close; a new one is opened when empty.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
    )
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Till",
        required=True,
        default=lambda self: self._default_journal_id(),
        domain="[('type', '=', 'cash'), ('company_id', '=', company_id)]",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
    )
    line_ids = fields.One2many(
        comodel_name="medical.till.count.line",
        inverse_name="count_id",
        string="Coins and Notes",
        default=lambda self: [
            Command.create({"value": value}) for value in DENOMINATIONS
        ],
    )
    amount = fields.Monetary(
        string="Counted",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="The sum of the coins and notes, or enter it at once.",
    )
    expected = fields.Monetary(
        string="Should Be There",
        compute="_compute_expected",
    )
    difference = fields.Monetary(compute="_compute_difference")
    note = fields.Text()

    # === DEFAULT METHODS === #

    @api.model
    def _default_journal_id(self):
        journals = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self.env.company),
                ("type", "=", "cash"),
            ]
        )
        taken = self.env["medical.till.session"].search([("date_close", "=", False)])
        return (journals - taken.journal_id)[:1]

    # === COMPUTE METHODS === #

    @api.depends("journal_id")
    def _compute_currency_id(self):
        for count in self:
            count.currency_id = (
                count.journal_id.currency_id or count.company_id.currency_id
            )

    @api.depends("line_ids.value", "line_ids.quantity")
    def _compute_amount(self):
        for count in self:
            if any(count.line_ids.mapped("quantity")):
                count.amount = sum(count.line_ids.mapped("amount"))

    @api.depends("session_id", "journal_id")
    def _compute_expected(self):
        for count in self:
            if count.session_id:
                count.expected = count.session_id.amount_expected
                continue
            last = self.env["medical.till.session"].search(
                [("journal_id", "=", count.journal_id.id)], limit=1
            )
            count.expected = last.amount_close

    @api.depends("expected", "amount")
    def _compute_difference(self):
        for count in self:
            count.difference = count.amount - count.expected

    # === ACTION METHODS === #

    def action_open(self):
        """Open the till with this count and show it."""
        self.ensure_one()
        if not self.journal_id:
            raise UserError(self.env._("Choose a till."))
        session = self.env["medical.till.session"]._open(
            self.journal_id, self.amount, self._get_count_in_words(), self.note
        )
        return session._get_records_action(name=self.env._("Till"))

    def action_close(self):
        """Close the till with this count, and print the report."""
        self.ensure_one()
        self.session_id._close(self.amount, self._get_count_in_words(), self.note)
        return self.session_id.action_print() | {"close_on_report_download": True}

    # === BUSINESS METHODS === #

    def _get_count_in_words(self):
        """Return what was counted as `3 × 20.00, 2 × 5.00`, or nothing."""
        return ", ".join(
            f"{line.quantity} × {self.currency_id.format(line.value)}"
            for line in self.line_ids
            if line.quantity
        )


class MedicalTillCountLine(models.TransientModel):
    """How many of one coin or note are in a till."""

    _name = "medical.till.count.line"
    _description = "Coin or Note in a Till"
    _order = "value desc, id"

    count_id = fields.Many2one(
        comodel_name="medical.till.count",
        required=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="count_id.currency_id")
    value = fields.Monetary(string="Coin or Note", required=True)
    quantity = fields.Integer(string="How Many")
    amount = fields.Monetary(compute="_compute_amount")

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)",
        "There cannot be less than no coins.",
    )

    @api.depends("value", "quantity")
    def _compute_amount(self):
        for line in self:
            line.amount = line.value * line.quantity
