from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    # === BUSINESS METHODS === #

    @api.model
    def _get_default_invoice_edi_format(self, move, **kwargs):
        # EXTENDS 'account': electronic formats name the product beside the text of a
        # line. Whoever needs one all the same chooses it on sending.
        if move.medical_neutral_wording:
            return False
        return super()._get_default_invoice_edi_format(move, **kwargs)
