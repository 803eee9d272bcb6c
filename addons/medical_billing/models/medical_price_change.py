from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalPriceChange(models.AbstractModel):
    """A price that somebody set by hand: what it was, what it became.

    A log of its own: chatter would tell it to all who read messages. Written with the
    change, and then kept as it is, superuser included.

    A model that inherits this says of `what` that can be, and has `company_id`, which
    follows from what was changed.
    """

    _name = "medical.price.change"
    _description = "Change of What Has a Price"
    _order = "id desc"

    date = fields.Datetime(
        required=True,
        readonly=True,
        default=fields.Datetime.now,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        index=True,
    )
    old_value = fields.Char(string="From", readonly=True)
    new_value = fields.Char(string="To", readonly=True)

    # === CRUD METHODS === #

    def write(self, vals):
        if vals.keys() - {"company_id"}:
            self._raise_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        self._raise_kept()

    # === BUSINESS METHODS === #

    def _raise_kept(self):
        if self:
            raise UserError(
                self.env._("What was changed by hand stays as it was written.")
            )
