from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang


class MedicalBillableItem(models.Model):
    """Giving up some or all of an item."""

    _inherit = "medical.billable.item"

    waiver_ids = fields.One2many(
        comodel_name="medical.billable.item.waiver",
        inverse_name="item_id",
        string="Waivers",
        readonly=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("waiver_ids.quantity", "waiver_ids.undone_date")
    def _compute_document_quantities(self):
        return super()._compute_document_quantities()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_waived(self):
        for item in self.sudo():
            if item.waiver_ids:
                raise UserError(
                    self.env._(
                        "%(item)s of %(visit)s was waived once and stays.",
                        item=item.name,
                        visit=item._get_source_name(),
                    )
                )

    # === ACTION METHODS === #

    def action_waive(self):
        """Open the dialog that waives some or all of these items."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "medical.billable.item.waive",
            "name": self.env._("Waive"),
            "view_mode": "form",
            "target": "new",
            "context": {"default_item_ids": self.ids},
        }

    # === BUSINESS METHODS === #

    def _get_document_quantities(self):
        quantities = super()._get_document_quantities()
        waived = sum(
            waiver.quantity for waiver in self.waiver_ids if not waiver.undone_date
        )
        if waived:
            quantities["waived"] += waived * self._get_sign()
        return quantities

    def _get_waive_summary(self):
        """Say for a dialog what of these items can be waived.

        :rtype: str
        """
        lines = []
        for item in self:
            quantity = item.qty_to_bill + item.qty_undecided
            if quantity:
                lines.append(
                    self.env._(
                        "- %(item)s (%(visit)s): %(quantity)s, %(amount)s",
                        item=item.name,
                        visit=item._get_source_name(),
                        quantity=formatLang(self.env, quantity, dp="Product Unit"),
                        amount=item.currency_id.format(item._get_amounts(quantity)[1]),
                    )
                )
        if len(lines) > 10:
            lines[10:] = [self.env._("- and %(count)s more", count=len(lines) - 10)]
        return "\n".join(lines)

    def _waive(self, quantity=None, reason=None):
        """Give up what is left to bill of these items, or a part of it.

        :param float quantity: how much of each, in its unit; all that is left when
            nothing is said
        :param str reason: why, for those who ask later
        :return: the entries, in the order of the items
        :rtype: medical.billable.item.waiver
        :raise UserError: without a reason, for nothing, or for more than is left
        """
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why this is waived."))
        vals_list = []
        for item in self:
            left = item.qty_to_bill * item._get_sign()
            wanted = left if quantity is None else quantity
            if not left:
                raise UserError(
                    self.env._(
                        "%(item)s (%(visit)s) %(reason)s.",
                        item=item.name,
                        visit=item._get_source_name(),
                        reason=item._get_nothing_to_bill_reason(),
                    )
                )
            if item._compare_quantities(wanted, 0) <= 0:
                raise UserError(
                    self.env._("%(item)s: waive more than nothing.", item=item.name)
                )
            if item._compare_quantities(wanted, left) > 0:
                raise UserError(
                    self.env._(
                        "%(item)s: %(wanted)s is more than the %(left)s left to bill.",
                        item=item.name,
                        wanted=wanted,
                        left=left,
                    )
                )
            vals_list.append(
                {"item_id": item.id, "quantity": wanted, "reason": reason.strip()}
            )
        # In sudo mode: nobody makes waivers by hand, see the access rights.
        return (
            self.env["medical.billable.item.waiver"]
            .sudo()
            .create(vals_list)
            .with_env(self.env)
        )
