from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_consultation import ITEM_READERS


class MedicalTreatmentPlan(models.Model):
    """What patients and payers do with an offer in the portal, and who is told.

    The controller has asked whose plan it is; all of this runs in superuser mode.
    """

    _inherit = "medical.treatment.plan"

    signature = fields.Image(
        max_width=1024,
        max_height=1024,
        attachment=True,
        readonly=True,
        copy=False,
        groups=ITEM_READERS,
    )

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS 'medical_records'
        return super()._get_fields_set_by_actions() | {"signature"}

    def _accept_in_portal(self, name, signature, mark):
        """Accept this offer with a signature, and tell the practitioner.

        :param str name: who signs
        :param str signature: an image, in base64
        :param str mark: of the offer that was shown, see :meth:`_get_offer_mark`
        :raise UserError: without a name or an image, when the offer is not open, or
            when it is no longer the one that was shown
        """
        self.ensure_one()
        if not (name or "").strip() or not signature:
            raise UserError(self.env._("Sign with your name to accept."))
        self._lock()
        self._check_offer_is_as_shown(mark)
        self._action_accept(name.strip())
        try:
            self.signature = signature
            self.env.flush_all()
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("The signature cannot be read: draw it again.")
            ) from error
        self._tell_about_answer(
            lambda env: env._("Accepted in the portal: schedule its sessions")
        )

    def _refuse_in_portal(self, note, mark):
        """Refuse this offer, and tell the practitioner.

        :param str note: why, in the words of who refuses
        :param str mark: of the offer that was shown, see :meth:`_get_offer_mark`
        :raise UserError: when the offer is not open, or no longer the one that was
            shown
        """
        self.ensure_one()
        self._lock()
        if self.state != "proposed":
            raise UserError(
                self.env._("%(plan)s is no longer an open offer.", plan=self.name)
            )
        self._check_offer_is_as_shown(mark)
        self._action_close("patient", (note or "").strip() or False)
        self._tell_about_answer(lambda env: env._("Refused in the portal"))

    def _tell_about_answer(self, get_summary):
        """Make an activity for who waits for the answer to this offer.

        :param get_summary: returns the summary in the language of the environment that
            it gets. It says neither patient nor treatment: activities are read by more
            people.
        """
        self.ensure_one()
        user = self._get_user_waiting_for_answer()
        if user:
            plan = self.with_context(lang=user.lang)
            plan.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=get_summary(plan.env),
            )

    def _get_user_waiting_for_answer(self):
        """Return the practitioner's user, or else who made this plan.

        :return: at most one active internal user of the company, who may read the plan
        :rtype: res.users
        """
        self.ensure_one()
        users = self._get_practitioner_user() | self.create_uid
        # The companies of who answers are not those of who is told.
        plan = self.with_context(allowed_company_ids=self.company_id.ids)
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and self.company_id in user.company_ids
                # Odoo makes no activity for who may not open its record.
                and plan.with_user(user).has_access("read")
            )
        )[:1]
