from odoo import fields, models
from odoo.exceptions import UserError

from .medical_consultation import ITEM_READERS


class MedicalConsultationLine(models.Model):
    _inherit = "medical.consultation.line"

    billable_item_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="consultation_line_id",
        groups=ITEM_READERS,
    )

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'medical_records'
        if {"product_id", "product_uom_id", "charge", "consultation_id"} & vals.keys():
            self._check_not_billed()
        result = super().write(vals)
        if {"charge", "product_id", "dispensing"} & vals.keys():
            self._sync_billable_items()
        return result

    def unlink(self):
        # EXTENDS 'medical_records': an item lives and dies with its line.
        self._check_not_billed()
        self.sudo().billable_item_ids.sorted("origin_id", reverse=True).unlink()
        return super().unlink()

    # === BUSINESS METHODS === #

    def _after_create(self):
        # EXTENDS 'medical_records'
        result = super()._after_create()
        self._sync_billable_items()
        return result

    def _record_done(self, quantities, done_by=None, date=None):
        # EXTENDS 'medical_records': what is billed cannot become undone.
        for line, quantity in quantities.items():
            if quantity < line.qty_done:
                line._check_less_is_not_billed(quantity)
        return super()._record_done(quantities, done_by=done_by, date=date)

    def _check_less_is_not_billed(self, quantity):
        """Raise `UserError` when more than a quantity of this line is taken by bills.

        :param float quantity: what is to remain, in the unit of the line
        """
        self.ensure_one()
        if self.company_id.medical_billing_policy == "ordered":
            return
        # In sudo mode: who records an act need not see its items.
        for item in self.sudo().billable_item_ids:
            taken = item.quantity - item.qty_to_bill
            if taken and item.split_by != "quantity" and quantity < taken:
                documents = item.move_line_ids.move_id.filtered(
                    lambda move: move.state != "cancel"
                )
                raise UserError(
                    self.env._(
                        "%(taken)s of %(line)s is already billed (%(documents)s): "
                        "credit or delete that before recording less.",
                        taken=taken,
                        line=self.name,
                        documents=", ".join(documents.mapped("display_name")),
                    )
                )

    def _get_billable_quantity(self):
        """Return how much of this line is to be billed, in the line's unit.

        :rtype: float
        """
        if not self or self.charge != "charged":
            return 0.0
        policy = self.company_id.medical_billing_policy
        if policy == "ordered" and self.consultation_id.state in (
            "in_progress",
            "signed",
        ):
            return self.qty_done if self.is_cancelled else self.quantity
        return self.qty_done

    def _sync_billable_items(self):
        """Make an item for each charged line without one, and drop the others.

        From then on the items follow their lines by themselves, as computed fields.
        """
        # In sudo mode: who records an act need not be a biller.
        lines = self.sudo()
        surplus = lines.filtered(
            lambda line: line.charge != "charged"
        ).billable_item_ids
        surplus.unlink()
        missing = lines.filtered(
            lambda line: line.charge == "charged" and not line.billable_item_ids
        )
        self.env["medical.billable.item"].sudo().create(
            [line._prepare_billable_item_vals() for line in missing]
        )

    def _prepare_billable_item_vals(self):
        """Return the values of this line's item; what is not said is computed.

        :rtype: dict
        """
        self.ensure_one()
        return {"consultation_line_id": self.id}

    def _check_not_billed(self):
        """Raise `UserError` when one of these lines is on a document."""
        for item in self.sudo().billable_item_ids:
            if item._is_billed():
                raise UserError(
                    self.env._(
                        "%(line)s is already billed: credit or delete its document "
                        "before changing what it is.",
                        line=item.name,
                    )
                )
