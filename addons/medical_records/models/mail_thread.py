from odoo import models
from odoo.fields import Domain

from .ir_attachment import ask_with_own_rights


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _search_message_partner_ids(self, operator, operand):
        # EXTENDS 'mail', which looks for followers in sudo mode: a search such as
        # `message_partner_ids.birthdate` would read, of any contact that follows
        # something, what the user may not.
        if operator == "any" and self.env.user._is_internal():
            partners = ask_with_own_rights(self.env["res.partner"], Domain(operand))
            return super()._search_message_partner_ids("in", partners)
        return super()._search_message_partner_ids(operator, operand)
