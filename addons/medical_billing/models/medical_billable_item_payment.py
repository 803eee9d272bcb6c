from odoo import api, fields, models

from odoo.addons.account.models.account_move import PAYMENT_STATE_SELECTION


class MedicalBillableItem(models.Model):
    """Whether what was billed is paid, as the documents say it."""

    _inherit = "medical.billable.item"

    payment_state = fields.Selection(
        selection=PAYMENT_STATE_SELECTION,
        string="Payment",
        compute="_compute_payment_state",
        store=True,
        index="btree_not_null",
        help="How far the posted documents of this item are paid. Empty: nothing is "
        "posted.",
    )

    # === COMPUTE METHODS === #

    @api.depends("qty_posted", "move_line_ids.move_id.payment_state")
    def _compute_payment_state(self):
        for item in self:
            item.payment_state = item._get_payment_state()

    # === BUSINESS METHODS === #

    def _get_payment_state(self):
        """Return how far this item is paid, from what its documents say.

        Never from amounts: where an entry is missing between a payment and the bank,
        or a document is credited, only the document knows.

        :rtype: str or bool
        """
        self.ensure_one()
        sign = self._get_sign()
        states = {
            line.move_id.payment_state or "not_paid"
            for line in self.move_line_ids
            if line.parent_state == "posted"
            and sign * line.quantity * -line.move_id.direction_sign > 0
        }
        # What was taken back altogether matters only when there is nothing else.
        states = states - {"reversed"} or states
        if len(states) <= 1:
            return next(iter(states), False)
        if states <= {"paid", "in_payment"}:
            return "in_payment"
        # A document on hold is what the biller has to know first.
        return "blocked" if "blocked" in states else "partial"
