from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # See stock.move: copied, and without a group.
    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )

    def _send_confirmation_email(self):
        # EXTENDS 'stock': nobody gets a mail about what was used on a patient.
        return super(
            StockPicking, self.filtered(lambda picking: not picking.consultation_id)
        )._send_confirmation_email()

    def _action_done_in_visit(self):
        """Take the reserved goods of these transfers out of stock, all at once.

        Of what is missing a backorder stays.
        """
        ready = self.filtered(lambda picking: any(picking.move_ids.mapped("quantity")))
        for company, pickings in ready.grouped("company_id").items():
            pickings.move_ids.filtered("quantity").picked = True
            pickings.with_company(company).with_context(
                cancel_backorder=False, medical_consumption=True
            )._action_done()
