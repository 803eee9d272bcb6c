from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tools import SQL, format_datetime

TILL_MANAGER = "medical_billing.group_till_manager"


class MedicalTillSession(models.Model):
    """A till from its opening to its closing count.

    The money itself stands in Odoo's payments and cash journal; a session says who
    took what and how, and whether the drawer holds what it should. Nobody writes a
    session by hand: opening, closing and cash in or out are done by dialogs.
    """

    _name = "medical.till.session"
    _description = "Till Session"
    _order = "date_open desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, default="/")
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Till",
        required=True,
        readonly=True,
        check_company=True,
        domain=[("type", "=", "cash")],
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        store=True,
    )
    state = fields.Selection(
        selection=[("open", "Open"), ("closed", "Closed")],
        compute="_compute_state",
        store=True,
        index=True,
    )

    # --- Opening --- #
    user_ids = fields.Many2many(
        comodel_name="res.users",
        string="At This Till",
        readonly=True,
        help="What these people take by card or other methods counts to this till, "
        "too. Cash counts to the till it is put in, whoever takes it.",
    )
    opened_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    date_open = fields.Datetime(
        string="Opened",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
    )
    amount_open = fields.Monetary(string="Counted at Opening", readonly=True)
    amount_open_expected = fields.Monetary(
        string="Left by the Last Session",
        readonly=True,
    )
    open_difference = fields.Monetary(
        string="Difference at Opening",
        compute="_compute_differences",
        store=True,
    )
    open_count = fields.Char(string="Opening Count", readonly=True)

    # --- What happened --- #
    payment_ids = fields.One2many(
        comodel_name="account.payment",
        inverse_name="medical_till_session_id",
        string="Payments",
    )
    movement_ids = fields.One2many(
        comodel_name="medical.till.movement",
        inverse_name="session_id",
        string="Cash In and Out",
    )
    date_last_payment = fields.Datetime(
        string="Last Payment",
        readonly=True,
        help="Written with each payment, so that nobody closes the till over one.",
    )
    amount_taken = fields.Monetary(string="Cash Taken", compute="_compute_amounts")
    amount_given = fields.Monetary(string="Cash Paid Back", compute="_compute_amounts")
    amount_moved = fields.Monetary(
        string="Put In, Less Taken Out",
        compute="_compute_amounts",
    )
    amount_expected = fields.Monetary(
        string="Should Be in the Till",
        compute="_compute_amounts",
    )
    summary = fields.Html(compute="_compute_summary", sanitize=False)

    # --- Closing --- #
    closed_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="restrict",
    )
    date_close = fields.Datetime(string="Closed", readonly=True)
    amount_close = fields.Monetary(string="Counted at Closing", readonly=True)
    amount_close_expected = fields.Monetary(
        string="Expected at Closing",
        readonly=True,
        help="What should have been in the till when it was closed; kept as it was.",
    )
    close_difference = fields.Monetary(
        string="Difference",
        compute="_compute_differences",
        store=True,
    )
    close_count = fields.Char(string="Closing Count", readonly=True)
    note = fields.Text(readonly=True)
    is_changed = fields.Boolean(
        compute="_compute_amounts",
        help="Payments of this session were changed after it was closed.",
    )

    # One drawer cannot be counted twice at the same time.
    _open_uniq = models.UniqueIndex(
        "(journal_id) WHERE date_close IS NULL",
        "This till is already open.",
    )
    _amounts_positive = models.Constraint(
        "CHECK (amount_open >= 0 AND amount_close >= 0)",
        "A till cannot hold less than nothing.",
    )

    # === COMPUTE METHODS === #

    @api.depends("journal_id", "company_id")
    def _compute_currency_id(self):
        for session in self:
            session.currency_id = (
                session.journal_id.currency_id or session.company_id.currency_id
            )

    @api.depends("date_close")
    def _compute_state(self):
        for session in self:
            session.state = "closed" if session.date_close else "open"

    @api.depends(
        "amount_open",
        "amount_open_expected",
        "amount_close",
        "amount_close_expected",
        "date_close",
    )
    def _compute_differences(self):
        for session in self:
            session.open_difference = session.amount_open - session.amount_open_expected
            session.close_difference = (
                session.amount_close - session.amount_close_expected
                if session.date_close
                else 0.0
            )

    @api.depends(
        "amount_open",
        "payment_ids.state",
        "payment_ids.amount",
        "payment_ids.payment_type",
        "movement_ids.amount",
        "amount_close_expected",
        "date_close",
    )
    def _compute_amounts(self):
        for session in self:
            cash = session._get_cash_payments()
            taken = cash.filtered(lambda payment: payment.payment_type == "inbound")
            session.amount_taken = sum(map(session._get_till_amount, taken))
            session.amount_given = sum(map(session._get_till_amount, cash - taken))
            session.amount_moved = sum(session.movement_ids.mapped("amount"))
            session.amount_expected = session.currency_id.round(
                session.amount_open
                + session.amount_taken
                - session.amount_given
                + session.amount_moved
            )
            session.is_changed = bool(
                session.date_close
                and session.currency_id.compare_amounts(
                    session.amount_expected, session.amount_close_expected
                )
            )

    @api.depends("amount_expected", "movement_ids", "payment_ids.state")
    def _compute_summary(self):
        for session in self:
            session.summary = self.env["ir.qweb"]._render(
                "medical_billing.medical_till_summary",
                {"session": session, "totals": session._get_totals()},
            )

    # === ACTION METHODS === #

    def action_close(self):
        """Open the dialog with the closing count."""
        self.ensure_one()
        return self._get_dialog(
            self.env._("Close the Till"),
            "medical.till.count",
            default_session_id=self.id,
            default_journal_id=self.journal_id.id,
        )

    def action_move_cash(self):
        """Open the dialog for cash that is put in or taken out."""
        self.ensure_one()
        return self._get_dialog(
            self.env._("Cash In or Out"),
            "medical.till.move",
            default_session_id=self.id,
        )

    def action_join(self):
        """Let what I take by card and other methods count to this till, too."""
        self.check_access("read")
        self._check_open()
        # In sudo mode: nobody writes a session by hand, see the access rights.
        self.sudo().user_ids += self.env.user

    def action_leave(self):
        """Let what I take by card and other methods no longer count to this till."""
        self.check_access("read")
        self._check_open()
        # In sudo mode: see above.
        self.sudo().user_ids -= self.env.user

    def action_print(self):
        """Print what was taken so far, or the closing report."""
        return self.env.ref(
            "medical_billing.action_report_medical_till_session"
        ).report_action(self, config=False)

    # === BUSINESS METHODS === #

    @api.model
    def _get_dialog(self, name, model, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    @api.model
    def _open(self, journal, amount, count=False, note=False):
        """Open the till of a cash journal with what was counted in it.

        What differs from the last closing count is booked like any difference.

        :param journal: the cash `account.journal`
        :param float amount: what was counted
        :param str count: coins and notes, in words
        :param str note: what there is to say
        :rtype: medical.till.session
        :raise UserError: when it is open already, the amount is negative, or differs
            from the last count and the user may not correct the till
        """
        self.env["medical.till.count"].check_access("create")
        journal.check_access("read")
        if journal.type != "cash":
            raise UserError(
                self.env._("%(journal)s is not a cash journal.", journal=journal.name)
            )
        self._check_count(amount)
        # In sudo mode: nobody writes a session by hand, see the access rights.
        sessions = self.sudo().with_company(journal.company_id)
        if running := sessions._find_open(journal):
            raise UserError(
                self.env._(
                    "%(till)s is already open: %(user)s opened it on %(date)s.",
                    till=journal.name,
                    user=running.opened_by_id.name,
                    date=format_datetime(self.env, running.date_open),
                )
            )
        last = sessions.search([("journal_id", "=", journal.id)], limit=1)
        session = sessions.create(
            {
                "name": self.env["ir.sequence"]
                .sudo()
                .next_by_code("medical.till.session"),
                "journal_id": journal.id,
                "company_id": journal.company_id.id,
                "opened_by_id": self.env.uid,
                "user_ids": [Command.set(self.env.user.ids)],
                "amount_open": amount,
                # What a new till holds is in the books already.
                "amount_open_expected": last.amount_close if last else amount,
                "open_count": count,
                "note": note,
            }
        )
        session._check_difference(session.open_difference)
        session._book_cash(
            session.open_difference,
            self.env._("%(till)s: difference at opening", till=session.name),
            session._get_difference_account(session.open_difference),
        )
        return session.with_env(self.env)

    def _close(self, amount, count=False, note=False):
        """Close this till with what was counted in it.

        Books the difference to the profit or loss account of the journal, and moves
        what was taken from the account of outstanding payments to that of the till.

        :param float amount: what was counted
        :param str count: coins and notes, in words
        :param str note: what there is to say
        :raise UserError: when it is closed already, somebody takes money at this
            moment, or there is a difference and the user may not correct the till
        """
        self.ensure_one()
        self.check_access("read")
        self._lock()
        self._check_open()
        self._check_count(amount)
        expected = self.amount_expected
        difference = self.currency_id.round(amount - expected)
        self._check_difference(difference)
        # In sudo mode: nobody writes a session by hand, see the access rights; and
        # who closes the till need not be an accountant.
        session = self.sudo().with_company(self.company_id)
        session.write(
            {
                "amount_close": amount,
                "amount_close_expected": expected,
                "date_close": fields.Datetime.now(),
                "closed_by_id": self.env.uid,
                "close_count": count,
                "note": "\n".join(filter(None, [self.note, note])) or False,
            }
        )
        session._book_takings()
        session._book_cash(
            difference,
            self.env._("%(till)s: difference at closing", till=self.name),
            session._get_difference_account(difference),
        )

    def _move_cash(self, amount, kind, reason):
        """Put cash in (or take it out, when the amount is negative) for a reason.

        :param float amount: how much
        :param str kind: a value of `medical.till.movement.kind`
        :param str reason: why
        :rtype: medical.till.movement
        :raise UserError: when the till is closed or does not hold as much
        """
        self.ensure_one()
        self.check_access("read")
        self._lock()
        self._check_open()
        if self.currency_id.compare_amounts(self.amount_expected + amount, 0) < 0:
            raise UserError(
                self.env._(
                    "There are only %(amount)s in the till.",
                    amount=self.currency_id.format(self.amount_expected),
                )
            )
        # In sudo mode: nobody writes movements by hand, see the access rights.
        session = self.sudo().with_company(self.company_id)
        transfer = self.company_id.sudo().transfer_account_id
        line = session._book_cash(
            amount,
            f"{self.name}: {reason}",
            transfer if kind == "transfer" else transfer.browse(),
        )
        movement = session.env["medical.till.movement"].create(
            {
                "session_id": self.id,
                "amount": amount,
                "kind": kind,
                "reason": reason,
                "user_id": self.env.uid,
                "statement_line_id": line.id,
            }
        )
        return movement.with_env(self.env)

    @api.model
    def _find_open(self, journal):
        """Return the open session of a cash journal, if there is one."""
        return self.search(
            [("journal_id", "in", journal.ids), ("date_close", "=", False)], limit=1
        )

    def _lock(self):
        """Keep everybody else from these tills until the end of the transaction.

        Somebody who takes money holds the row, too (see `account.payment`), so a till
        is never closed over a payment that the count does not know.
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is taking money at this till, or closing it, at "
                    "this moment. Look again and try once more."
                )
            ) from error
        self.invalidate_recordset()

    def _touch(self):
        """Note on these tills that money comes in: closing has to wait, or to fail.

        The row is written, not only locked: whoever looked at the till before this
        payment cannot close it without looking again.
        """
        # Not by the ORM, which leaves out what is the same within a second.
        self.flush_recordset(["date_last_payment"])
        self.env.cr.execute(
            SQL(
                "UPDATE medical_till_session SET date_last_payment = %s WHERE id IN %s",
                fields.Datetime.now(),
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["date_last_payment"], flush=False)

    def _check_open(self):
        for session in self:
            if session.date_close:
                raise UserError(
                    self.env._(
                        "%(till)s was closed by %(user)s on %(date)s.",
                        till=session.name,
                        user=session.sudo().closed_by_id.name,
                        date=format_datetime(self.env, session.date_close),
                    )
                )

    @api.model
    def _check_count(self, amount):
        if amount < 0:
            raise UserError(self.env._("A till cannot hold less than nothing."))

    def _check_difference(self, difference):
        """Raise `AccessError` when there is one and the user may not correct it."""
        if self.currency_id.is_zero(difference) or self.env.user.has_group(
            TILL_MANAGER
        ):
            return
        raise AccessError(
            self.env._(
                "The count differs by %(amount)s from what should be in the till. "
                "Count again, or ask somebody who may correct the till.",
                amount=self.currency_id.format(difference),
            )
        )

    def _get_cash_payments(self):
        """Return the payments of this session that went through its drawer.

        :rtype: account.payment
        """
        self.ensure_one()
        return self.payment_ids.filtered(
            lambda payment: (
                payment.state in ("in_process", "paid")
                and payment.journal_id == self.journal_id
            )
        )

    def _get_till_amount(self, payment):
        """Return the amount of a payment in the currency of this till."""
        return payment.currency_id._convert(
            payment.amount, self.currency_id, self.company_id, payment.date
        )

    def _get_totals(self):
        """Return what was taken, by method and by person, and what was voided.

        :return: a dict of `methods` and `users`, lists of dicts with `name`, `count`,
            `taken`, `given` and `net`, and `voided`, the cancelled payments
        :rtype: dict
        """
        self.ensure_one()
        payments = self.payment_ids.filtered(
            lambda payment: payment.state in ("in_process", "paid")
        )

        def total(name, group):
            taken = sum(
                self._get_till_amount(payment)
                for payment in group
                if payment.payment_type == "inbound"
            )
            given = sum(
                self._get_till_amount(payment)
                for payment in group
                if payment.payment_type == "outbound"
            )
            return {
                "name": name,
                "count": len(group),
                "taken": taken,
                "given": given,
                "net": taken - given,
            }

        methods = payments.grouped(
            lambda payment: (payment.journal_id, payment.payment_method_line_id)
        )
        users = payments.grouped("create_uid")
        return {
            "methods": [
                total(f"{journal.name}: {method.name}", group)
                for (journal, method), group in methods.items()
            ],
            "users": [total(user.name, group) for user, group in users.items()],
            "voided": self.payment_ids.filtered(
                lambda payment: payment.state == "canceled"
            ),
        }

    def _get_difference_account(self, difference):
        """Return the profit or loss account that a difference is booked to.

        :rtype: account.account
        :raise UserError: when the journal has none
        """
        sign = self.currency_id.compare_amounts(difference, 0)
        if not sign:
            return self.env["account.account"]
        journal = self.journal_id
        account = journal.profit_account_id if sign > 0 else journal.loss_account_id
        if not account:
            raise UserError(
                self.env._(
                    "%(journal)s has no account for differences: enter a profit and a "
                    "loss account in the configuration of the journal.",
                    journal=journal.name,
                )
            )
        return account

    def _book_cash(self, amount, label, account):
        """Book cash of this till as Odoo's cash register does: a statement line.

        :param float amount: how much came in, negative when it went out
        :param str label: what the line says
        :param account: the `account.account` of the other side; the suspense account
            of the journal when empty, for the accountant to say where it belongs
        :return: the line, or nothing for an amount of zero
        :rtype: account.bank.statement.line
        """
        lines = self.env["account.bank.statement.line"]
        if self.currency_id.is_zero(amount):
            return lines
        values = {
            "journal_id": self.journal_id.id,
            "amount": amount,
            "date": fields.Date.context_today(self),
            "payment_ref": label,
        }
        if account:
            values["counterpart_account_id"] = account.id
        return lines.with_context(no_retrieve_partner=True).create(values)

    def _book_takings(self):
        """Move the cash taken from outstanding payments to the account of the till.

        One line for each account of outstanding payments, matched with the payments.
        Where the journal pays into its own account there is nothing to move.
        """
        self.ensure_one()
        own = self.journal_id.default_account_id
        company_currency = self.company_id.currency_id
        lines = self._get_cash_payments().move_id.line_ids.filtered(
            lambda line: (
                line.account_id == line.payment_id.outstanding_account_id
                and line.account_id != own
                and line.account_id.reconcile
                and not line.reconciled
                # Foreign notes stay outstanding until they are changed.
                and (line.currency_id or company_currency) == self.currency_id
            )
        )
        for account, group in lines.grouped("account_id").items():
            taken = self._book_cash(
                sum(group.mapped("amount_currency")),
                self.env._("%(till)s: cash taken", till=self.name),
                account,
            )
            counterpart = taken.move_id.line_ids.filtered(
                lambda line, account=account: line.account_id == account
            )
            (group | counterpart).reconcile()

    def _get_print_name(self):
        """Return the name of the printed file, without extension."""
        self.ensure_one()
        return self.name.replace("/", "-")
