from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

CLOSE_REASONS = [
    ("patient", "The patient does not want it, or no more"),
    ("reached", "The goal is reached"),
    ("changed", "Another treatment takes its place"),
    ("clinic", "The clinic cannot go on with it"),
    ("other", "Other"),
]


class MedicalTreatmentPlan(models.Model):
    """How a plan ends before all is done: an offer is refused, or a plan closed early.

    What is scheduled then is asked about: its visits are cancelled, or go on without
    the plan. Nothing of them is lost.
    """

    _inherit = "medical.treatment.plan"

    date_closed = fields.Datetime(string="Closed", readonly=True, copy=False)
    close_reason = fields.Selection(
        selection=CLOSE_REASONS,
        readonly=True,
        copy=False,
        tracking=True,
    )
    close_note = fields.Char(
        readonly=True,
        copy=False,
        groups="medical_records.group_reception",
    )

    # === ACTION METHODS === #

    def action_close(self):
        """Ask why offers are refused, or plans are closed before all is done.

        :raise AccessError: for accepted plans, for users who are not medics
        :raise UserError: when one is a draft, done or closed
        """
        self._check_can_close()
        return {
            "type": "ir.actions.act_window",
            "name": (
                self.env._("Refuse the Offer")
                if all(plan.state == "proposed" for plan in self)
                else self.env._("Close Early")
            ),
            "res_model": "medical.treatment.plan.close",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_ids": [Command.set(self.ids)]},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_closing_fields(self):
        return {"date_closed", "close_reason", "close_note"}

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.guarded
        return super()._get_fields_set_by_actions() | self._get_closing_fields()

    def _check_can_close(self):
        self.check_access("write")
        for plan in self:
            if plan.state not in ("proposed", "accepted", "in_progress"):
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: there is nothing to close.",
                        plan=plan.name,
                        state=plan._get_state_name(),
                    )
                )
        if any(plan.date_accepted for plan in self):
            self._check_medic()

    def _action_close(self, reason, note=False, scheduled=False):
        """Refuse offers, or close accepted plans before all is done.

        :param str reason: a value of `close_reason`
        :param str note: what else there is to say
        :param str scheduled: what becomes of scheduled sessions: "cancel" them, or
            "keep" them in their visits, without the plan
        :raise UserError: when sessions are scheduled and nobody said that
        """
        self._lock()
        self._check_can_close()
        # In sudo mode: who records a refusal has no right to the lines.
        sessions = self.sudo().line_ids._get_scheduled_sessions()
        if sessions and scheduled not in ("cancel", "keep"):
            raise UserError(
                self.env._(
                    "%(plans)s: %(count)s sessions are scheduled. Say whether they are "
                    "cancelled or take place without the plan.",
                    plans=", ".join(sessions.plan_line_id.plan_id.mapped("name")),
                    count=len(sessions),
                )
            )
        if scheduled == "cancel":
            sessions.sudo(self.env.su)._cancel_sessions(note)
        elif scheduled == "keep":
            sessions._leave_plan()
        # In sudo mode: the dates are closed to direct writes.
        self.sudo().write(
            {
                "date_closed": fields.Datetime.now(),
                "close_reason": reason,
                "close_note": note,
            }
        )
        self._after_closed()

    def _after_closed(self):
        """A hook: these plans were just refused or closed early."""
