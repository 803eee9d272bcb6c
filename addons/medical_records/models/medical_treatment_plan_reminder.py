from odoo import api, fields, models
from odoo.fields import Domain

REMINDER_TYPE = "medical_records.mail_activity_type_running_out"
# With another end, or another practitioner, it is another reminder.
REMINDED_OF = ("date_end", "practitioner_id")


class MedicalTreatmentPlan(models.Model):
    """Reminds practitioners of their plans that are about to end.

    One activity for each plan, which says nothing of patient and treatment. It stays
    when the plan is done, since that is when it is renewed, and goes away when the plan
    is closed. Another end or other sessions are decided on anew: the activity goes
    away, and comes again when the plan runs out again.
    """

    _inherit = "medical.treatment.plan"

    date_reminded = fields.Datetime(
        string="Reminded of Its End",
        readonly=True,
        copy=False,
    )

    # === CRUD METHODS === #

    def write(self, vals):
        before = {}
        if not vals.keys().isdisjoint(REMINDED_OF):
            before = {
                plan: [plan[name] for name in REMINDED_OF]
                for plan in self.filtered("date_reminded")
            }
        result = super().write(vals)
        for plan, values in before.items():
            if values != [plan[name] for name in REMINDED_OF]:
                plan._forget_reminders()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.guarded
        return super()._get_fields_set_by_actions() | {"date_reminded"}

    @api.model
    def _cron_remind_running_out(self, batch_size=500):
        """Remind of the plans that run out, each once.

        :param int batch_size: how many plans between two commits
        """
        domain = self._get_to_remind_domain()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        # Each batch leaves the domain; should one not, the same ids end the loop.
        seen_id = 0
        while plans := self.search(
            domain & Domain("id", ">", seen_id), limit=batch_size, order="id"
        ):
            seen_id = plans[-1].id
            plans._remind_running_out()
            if not cron._commit_progress(len(plans)):
                break

    @api.model
    def _get_to_remind_domain(self):
        """Return the domain of the plans whose practitioner is to be reminded now."""
        return Domain(
            [
                ("is_running_out", "=", True),
                ("date_reminded", "=", False),
                ("practitioner_id.user_ids", "any", [("share", "=", False)]),
            ]
        )

    def _get_practitioner_user(self):
        """Return who is told of this plan: a user of its practitioner, if any.

        :rtype: res.users
        """
        self.ensure_one()
        return self.practitioner_id.user_ids.filtered(
            lambda user: not user.share and self.company_id in user.company_ids
        )[:1]

    def _remind_running_out(self):
        for user, plans in self.grouped(
            lambda plan: plan._get_practitioner_user()
        ).items():
            if not user:
                continue
            # Quietly: the activity stands in the user's list, without a mail.
            plans.with_context(
                lang=user.lang, tz=user.tz, mail_activity_quick_update=True
            ).activity_schedule(REMINDER_TYPE, user_id=user.id)
            plans.sudo().write({"date_reminded": fields.Datetime.now()})

    def _remove_reminders(self):
        # In sudo mode: whoever decides need not be whom the activity is for.
        if reminded := self.sudo().filtered("date_reminded"):
            reminded.activity_unlink([REMINDER_TYPE])

    def _forget_reminders(self):
        """Remind of these plans again when they run out."""
        if reminded := self.filtered("date_reminded"):
            reminded._remove_reminders()
            # In sudo mode: the field is closed to direct writes.
            reminded.sudo().write({"date_reminded": False})

    def _note_change_of_sessions(self):
        # EXTENDS: other sessions are left to do now.
        result = super()._note_change_of_sessions()
        self._forget_reminders()
        return result

    def _after_closed(self):
        # EXTENDS: there is nothing left to decide.
        result = super()._after_closed()
        self._remove_reminders()
        return result
