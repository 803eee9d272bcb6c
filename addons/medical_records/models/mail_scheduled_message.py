from odoo import api, models


class MailScheduledMessage(models.Model):
    """Files of a message about a visit belong to its record before it is sent, too."""

    _inherit = "mail.scheduled.message"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._move_files_to_visits()
        return messages

    def write(self, vals):
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._move_files_to_visits()
        return result

    # === BUSINESS METHODS === #

    def _move_files_to_visits(self):
        """Make the files of these messages files of the visits they are about."""
        for message in self.filtered("attachment_ids"):
            if message.model != "medical.consultation":
                continue
            # In sudo mode: everybody who may write to a visit may send it files.
            sent = message.sudo().attachment_ids.filtered(
                lambda file, message=message: (
                    (file.res_model, file.res_id) == (message._name, message.id)
                )
            )
            sent.write({"res_model": message.model, "res_id": message.res_id})
            message.attachment_ids = False
