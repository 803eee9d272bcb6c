from odoo import fields, models


class MedicalSessionOrder(models.AbstractModel):
    """An order for several visits: what is done in each session, and how often.

    The lines of treatment plans and of their templates are such orders.
    """

    _name = "medical.session.order"
    _description = "What Is Ordered for Several Visits"
    _inherit = ["medical.order"]

    # A plan is agreed on and priced by product; words alone can be neither.
    product_id = fields.Many2one(required=True)
    quantity = fields.Float(
        string="Each Time",
        help="How much of it is done in each session.",
    )
    sessions = fields.Integer(
        default=1,
        required=True,
        help="In how many visits this is done.",
    )
    interval_number = fields.Integer(
        string="Every",
        default=1,
        required=True,
        help="How long from one session to the next.",
    )
    interval_unit = fields.Selection(
        selection=[
            ("day", "Days"),
            ("week", "Weeks"),
            ("month", "Months"),
        ],
        string="Interval",
        default="week",
        required=True,
    )
    delay_days = fields.Integer(
        string="Starts After",
        default=0,
        required=True,
        help="How many days after the plan begins the first session is due.",
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)",
        "The quantity of a line must be more than zero: delete the line instead.",
    )
    _sessions_positive = models.Constraint(
        "CHECK (sessions > 0)",
        "A line needs at least one session: delete the line if it is not wanted.",
    )
    _interval_positive = models.Constraint(
        "CHECK (interval_number > 0)",
        "The interval between two sessions must be at least one day, week or month.",
    )
    _delay_not_negative = models.Constraint(
        "CHECK (delay_days >= 0)",
        "A session cannot be due before the plan begins.",
    )
    # A slip of the keyboard would fill the diary of centuries.
    _within_reach = models.Constraint(
        "CHECK (sessions::bigint * interval_number <= 1200 AND delay_days <= 3660)",
        "A course of treatment takes at most 1200 days, weeks or months, as its "
        "interval says, and begins within ten years: correct the sessions, the "
        "interval or the start.",
    )

    # === BUSINESS METHODS === #

    def _prepare_planned_vals_list(self):
        """Return the values of lines of a plan that order the same as often.

        What is no longer offered is left out.

        :rtype: list[dict]
        """
        offered = self.filtered("product_id.active")
        names = ("sessions", "interval_number", "interval_unit", "delay_days")
        return [
            {**vals, **{name: order[name] for name in names}}
            for order, vals in zip(
                offered, offered._prepare_repeated_vals_list(), strict=True
            )
        ]

    def _get_interval(self):
        """Return how long it is from one session to the next.

        :return: the arguments of a `relativedelta`
        :rtype: dict[str, int]
        """
        self.ensure_one()
        return {f"{self.interval_unit}s": self.interval_number}

    def _get_interval_name(self):
        """Return in words how long it is from one session to the next.

        :rtype: str
        """
        self.ensure_one()
        number = self.interval_number
        if number == 1:
            return {
                "day": self.env._("every day"),
                "week": self.env._("every week"),
                "month": self.env._("every month"),
            }[self.interval_unit]
        return {
            "day": self.env._("every %(number)s days", number=number),
            "week": self.env._("every %(number)s weeks", number=number),
            "month": self.env._("every %(number)s months", number=number),
        }[self.interval_unit]
