from odoo import fields, models


class MedicalTillMovement(models.Model):
    """Cash that was put into a till or taken out of it, by whom and why."""

    _name = "medical.till.movement"
    _description = "Cash In or Out"
    _order = "date, id"
    _rec_name = "reason"

    session_id = fields.Many2one(
        comodel_name="medical.till.session",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True)
    currency_id = fields.Many2one(related="session_id.currency_id")
    date = fields.Datetime(
        required=True,
        readonly=True,
        default=fields.Datetime.now,
    )
    amount = fields.Monetary(
        required=True,
        readonly=True,
        help="Negative for what was taken out.",
    )
    kind = fields.Selection(
        selection=[
            ("transfer", "From or to the bank or safe"),
            ("other", "Something else"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    statement_line_id = fields.Many2one(
        comodel_name="account.bank.statement.line",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )

    _amount_not_zero = models.Constraint(
        "CHECK (amount != 0)",
        "Say how much was put in or taken out.",
    )
    _reason_said = models.Constraint(
        "CHECK (TRIM(reason) != '')",
        "Say why cash was put in or taken out.",
    )
