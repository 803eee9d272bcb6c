from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

REMINDER_TYPE = "medical_records.mail_activity_type_unsigned"


class MedicalConsultation(models.Model):
    """Reminds practitioners of the visits they began and did not sign.

    One activity for each visit, which goes away with its cause: when the visit is
    signed or cancelled, or becomes somebody else's. It says nothing of the patient.
    """

    _inherit = "medical.consultation"

    date_reminded = fields.Datetime(
        string="Reminded of Signing",
        readonly=True,
        copy=False,
    )

    _unsigned_idx = models.Index(
        "(company_id, date) WHERE state = 'in_progress' AND date_reminded IS NULL"
    )

    # === CRUD METHODS === #

    def write(self, vals):
        ends = vals.get("state") in ("signed", "cancelled")
        reminded = self.browse()
        if ends or "practitioner_id" in vals:
            reminded = self.filtered("date_reminded")
            if not ends:
                reminded = reminded.filtered(
                    lambda visit: visit.practitioner_id.id != vals["practitioner_id"]
                )
        result = super().write(vals)
        if reminded:
            reminded._remove_reminders()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_workflow_fields(self):
        return super()._get_workflow_fields() | {"date_reminded"}

    @api.model
    def _cron_remind_unsigned(self, batch_size=500):
        """Remind of the visits begun and not signed within the hours of the company.

        :param int batch_size: how many visits between two commits
        """
        domain = self._get_unsigned_domain()
        if domain.is_false():
            return
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        # Each batch leaves the domain; should one not, the same ids end the loop.
        seen_id = 0
        while visits := self.search(
            domain & Domain("id", ">", seen_id), limit=batch_size, order="id"
        ):
            seen_id = visits[-1].id
            visits._remind_unsigned()
            if not cron._commit_progress(len(visits)):
                break

    @api.model
    def _get_unsigned_domain(self):
        """Return the domain of the visits whose practitioner is to be reminded now."""
        now = fields.Datetime.now()
        companies = Domain.FALSE
        # Empty and 0 both mean: do not remind.
        for company in self.env["res.company"].search(
            [("medical_unsigned_hours", ">", 0)]
        ):
            limit = now - timedelta(hours=company.medical_unsigned_hours)
            companies |= Domain("company_id", "=", company.id) & (
                Domain("date_start", "<=", limit)
                | (Domain("date_start", "=", False) & Domain("date", "<=", limit))
            )
        return companies & Domain(
            [
                ("state", "=", "in_progress"),
                ("date_reminded", "=", False),
                ("practitioner_id.user_ids", "any", [("share", "=", False)]),
            ]
        )

    def _get_reminded_user(self):
        """Return who is reminded of this visit: a user of its practitioner, if any.

        :rtype: res.users
        """
        self.ensure_one()
        return self.practitioner_id.user_ids.filtered(
            lambda user: not user.share and self.company_id in user.company_ids
        )[:1]

    def _remind_unsigned(self):
        for user, visits in self.grouped(
            lambda visit: visit._get_reminded_user()
        ).items():
            if not user:
                continue
            # Quietly: the activity stands in the user's list; a mail for each visit
            # would be read by nobody.
            visits.with_context(
                lang=user.lang, tz=user.tz, mail_activity_quick_update=True
            ).activity_schedule(REMINDER_TYPE, user_id=user.id)
            visits.sudo().write({"date_reminded": fields.Datetime.now()})

    def _remove_reminders(self):
        # In sudo mode: whoever ends a visit need not be whom the activity is for.
        visits = self.sudo()
        visits.activity_unlink([REMINDER_TYPE])
        visits.write({"date_reminded": False})
