from odoo import models
from odoo.exceptions import UserError


class MedicalTreatmentPlan(models.Model):
    """Sending offers to who pays, who accepts or refuses them in the portal."""

    _inherit = "medical.treatment.plan"

    # === ACTION METHODS === #

    def action_send_estimate(self):
        """Send these offers by e-mail, with the estimate and the way to the portal.

        :raise AccessError: for users who may not read prices
        :raise UserError: for a plan that is no open offer, and a payer without address
        """
        self.check_access("read")
        self.line_ids.check_access("read")
        for plan in self:
            if plan.state != "proposed" or plan.is_expired:
                raise UserError(
                    self.env._(
                        "%(plan)s is no open offer: propose it before it is sent.",
                        plan=plan.name,
                    )
                )
            if not plan.payer_id.email:
                raise UserError(
                    self.env._(
                        "%(payer)s has no e-mail address: enter it on the contact, or "
                        "print the estimate.",
                        payer=plan.payer_id.display_name,
                    )
                )
        template = self.env.ref("medical_billing.mail_template_medical_treatment_plan")
        # Not through the chatter, which more people read than may read the estimate.
        template.send_mail_batch(
            self.ids,
            email_values={"model": False, "res_id": False},
            email_layout_xmlid="mail.mail_notification_light",
        )
        self._message_log_batch(
            bodies={
                plan.id: self.env._("The offer was sent by e-mail.") for plan in self
            }
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Sent to %(payers)s",
                    payers=", ".join(self.payer_id.mapped("name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
