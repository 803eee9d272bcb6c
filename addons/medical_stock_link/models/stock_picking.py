from odoo import fields, models
from odoo.fields import Command
from odoo.tools import groupby


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

    def _prepare_return_vals(self, parts):
        """Return the values of the transfer that brings back what this one took.

        :param dict parts: its move lines to how much, in the product's own unit
        :rtype: dict
        """
        self.ensure_one()
        picking_type = self.picking_type_id.return_picking_type_id
        return {
            "picking_type_id": (picking_type or self.picking_type_id).id,
            "company_id": self.company_id.id,
            "location_id": self.location_dest_id.id,
            "location_dest_id": self.location_id.id,
            "return_id": self.id,
            "consultation_id": self.consultation_id.id,
            "origin": self.env._("Return of %(transfer)s", transfer=self.name),
            "user_id": False,
            "move_ids": [
                Command.create(
                    move._prepare_returned_vals({line: parts[line] for line in lines})
                )
                for move, lines in groupby(parts, key=lambda line: line.move_id)
            ],
        }

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
