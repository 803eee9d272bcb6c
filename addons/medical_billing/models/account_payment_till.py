from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .medical_till_session import TILL_MANAGER
from .res_partner import BILLER

# Whoever has one of these corrects payments as Odoo lets them.
ACCOUNTANTS = ("account.group_account_user", "account.group_account_manager")
TAKEN = ("in_process", "paid")


class AccountPayment(models.Model):
    """Payments at the desk: which till they belong to, and who may correct them."""

    # account.payment is extended by subject; this one is about the till.
    _inherit = "account.payment"

    medical_till_session_id = fields.Many2one(
        comodel_name="medical.till.session",
        string="Till Session",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=BILLER,
    )

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account': every way to take or to correct a payment ends here.
        if "medical_till_session_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("The till of a payment follows from where it was taken.")
            )
        if vals.get("state") in TAKEN:
            self.filtered(lambda payment: payment.state not in TAKEN)._enter_till()
        elif "state" in vals or self._get_till_fields() & vals.keys():
            self._check_till_correction()
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _get_till_fields(self):
        """Return the names of the fields that say what is in the till.

        :rtype: set[str]
        """
        return {"amount", "currency_id", "journal_id", "payment_type"}

    def _enter_till(self):
        """Note in which till these payments are taken.

        Cash belongs to the open session of its journal, other money to the one that
        the user sits at.

        :raise UserError: for cash without an open till, where the company wants one
        :raise AccessError: for cash paid back by somebody who may not
        """
        self._check_cash_paid_back()
        # In sudo mode: whoever registers a payment need not see tills.
        sessions = (
            self.env["medical.till.session"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("date_close", "=", False),
                ]
            )
        )
        tills = {session.journal_id.id: session for session in sessions}
        seats = {
            session.company_id: session
            for session in sessions
            if self.env.user in session.user_ids
        }
        chosen = {}
        for payment in self:
            if payment.journal_id.type == "cash":
                session = tills.get(payment.journal_id.id)
                if not session:
                    payment._check_till_not_required()
            elif payment.partner_type == "customer":
                session = seats.get(payment.company_id)
            else:
                session = None
            key = session or sessions.browse()
            chosen[key] = chosen.get(key, self.browse()) | payment
        for session, payments in chosen.items():
            if session:
                session._touch()
            changed = payments.sudo().filtered(
                lambda payment, session=session: (
                    payment.medical_till_session_id != session
                )
            )
            if changed:
                changed.write({"medical_till_session_id": session.id})

    def _check_till_not_required(self):
        """Raise `UserError` when the company takes cash with an open till only."""
        self.ensure_one()
        if self.partner_type == "customer" and self.company_id.medical_till_required:
            raise UserError(
                self.env._(
                    "The till %(till)s is not open: open it first (Billing, Tills), so "
                    "that this cash is counted.",
                    till=self.journal_id.name,
                )
            )

    def _check_cash_paid_back(self):
        """Raise `AccessError` when a biller pays cash back without the right to."""
        if self.env.user.has_group(TILL_MANAGER) or not self._is_desk_user():
            return
        for payment in self:
            if (
                payment.payment_type == "outbound"
                and payment.partner_type == "customer"
                and payment.journal_id.type == "cash"
            ):
                raise AccessError(
                    self.env._(
                        "Cash is paid back by those who may correct the till. Ask one "
                        "of them, or pay it back by bank transfer."
                    )
                )

    def _check_till_correction(self):
        """Raise when a payment that is in a till may not be changed by this user.

        Accountants change payments as Odoo lets them; a session that was changed
        after it was closed says so.
        """
        if not self._is_desk_user():
            return
        for payment in self:
            session = payment.sudo().medical_till_session_id
            if not session or payment.state not in TAKEN:
                continue
            if session.date_close:
                raise UserError(
                    self.env._(
                        "%(payment)s was counted with the till %(till)s, which is "
                        "closed: credit the document and pay the money back instead.",
                        payment=payment.name,
                        till=session.name,
                    )
                )
            if not self.env.user.has_group(TILL_MANAGER):
                raise AccessError(
                    self.env._(
                        "%(payment)s is in the till %(till)s: only those who may "
                        "correct the till change or cancel it.",
                        payment=payment.name,
                        till=session.name,
                    )
                )
            session._touch()

    def _is_desk_user(self):
        """Tell whether the user works at the desk and is no accountant."""
        user = self.env.user
        return user.has_group(BILLER) and not any(map(user.has_group, ACCOUNTANTS))
