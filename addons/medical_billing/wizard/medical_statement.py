from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_date


class MedicalStatement(models.TransientModel):
    """The statement of one or several payers: on screen, in print, by e-mail."""

    _name = "medical.statement"
    _description = "Statement of a Payer"

    partner_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Payers",
        required=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        string="From",
        default=lambda self: fields.Date.context_today(self) - relativedelta(years=1),
        help="What was before is the opening balance.",
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=fields.Date.context_today,
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    without_email = fields.Char(
        compute="_compute_without_email",
        help="Payers who get no e-mail because none is noted.",
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_ids", "company_id", "date_from", "date_to")
    def _compute_preview(self):
        for wizard in self:
            try:
                statements = wizard._get_statements()
            except UserError as error:
                # Refused with the same words when it is saved.
                wizard.preview = self.env["ir.qweb"]._render(
                    "medical_billing.medical_statement_refused", {"message": str(error)}
                )
                continue
            wizard.preview = self.env["ir.qweb"]._render(
                "medical_billing.medical_statement_screen", {"statements": statements}
            )

    @api.depends("partner_ids")
    def _compute_without_email(self):
        for wizard in self:
            wizard.without_email = ", ".join(
                wizard.partner_ids.filtered(lambda payer: not payer.email).mapped(
                    "name"
                )
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            wizard.partner_ids._check_statement_dates(wizard.date_from, wizard.date_to)

    # === ACTION METHODS === #

    def action_print(self):
        """Print the statements, each in the language of its payer."""
        return self.env.ref(
            "medical_billing.action_report_medical_statement"
        ).report_action(self, config=False)

    def action_send(self):
        """Send the statements, each to its payer in the payer's language."""
        self.ensure_one()
        if self.without_email:
            raise UserError(
                self.env._(
                    "No e-mail address is noted for %(payers)s: add one, or print the "
                    "statement.",
                    payers=self.without_email,
                )
            )
        self._send()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Sent to %(payers)s",
                    payers=", ".join(self.partner_ids.mapped("name")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === BUSINESS METHODS === #

    def _get_statements(self):
        """Return the statements of these payers, in their order.

        :rtype: list[dict]
        """
        self.ensure_one()
        if not self.env.su and self.company_id not in self.env.companies:
            raise AccessError(
                self.env._("You do not work for %(name)s.", name=self.company_id.name)
            )
        payers = self.partner_ids._origin
        return list(
            payers._get_medical_statements(
                self.date_from, self.date_to, self.company_id
            ).values()
        )

    def _send(self):
        """Send each payer the statement, and note that on the contact.

        The letter does not go through the chatter of the contact, which everybody
        in the company reads.
        """
        single = self.create(
            [
                {
                    "partner_ids": [Command.set(payer.ids)],
                    "company_id": self.company_id.id,
                    "date_from": self.date_from,
                    "date_to": self.date_to,
                }
                for payer in self.partner_ids
            ]
        )
        self.env.ref("medical_billing.mail_template_medical_statement").send_mail_batch(
            single.ids, email_layout_xmlid="mail.mail_notification_light"
        )
        self.partner_ids._message_log_batch(
            bodies={
                payer.id: self.env._(
                    "Statement to %(day)s sent by e-mail.",
                    day=format_date(self.env, self.date_to),
                )
                for payer in self.partner_ids
            }
        )

    def _get_print_name(self):
        """Return the name of the printed file, without extension."""
        return self.env._(
            "Statement %(payer)s %(day)s",
            payer=self.partner_ids.name if len(self.partner_ids) == 1 else "",
            day=self.date_to,
        )
