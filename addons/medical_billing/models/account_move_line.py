from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # Not copied with a document; credit notes keep it, see below.
    billable_item_id = fields.Many2one(
        comodel_name="medical.billable.item",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains(
        "billable_item_id",
        "currency_id",
        "product_id",
        "product_uom_id",
    )
    def _check_billable_item_id(self):
        # In sudo mode: whoever makes the line need not see the item.
        for line in self.sudo():
            item = line.billable_item_id
            if item and (
                line.move_id.partner_id,
                line.product_id,
                line.product_uom_id,
                line.currency_id,
            ) != (
                item.payer_id,
                item.product_id,
                item.product_uom_id,
                item.currency_id,
            ):
                raise ValidationError(
                    self.env._(
                        "%(line)s cannot bill %(item)s: the customer, product, unit "
                        "and currency must be those of the item.",
                        line=line.name,
                        item=item.name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account': the item says what is billed, in which unit and to whom.
        for name in self._get_fields_of_billable_item():
            if name not in vals:
                continue
            for line in self.filtered("billable_item_id"):
                allowed = line[name]
                if name == "partner_id":
                    # Odoo gives the lines the company of the customer, also when the
                    # customer joins another one.
                    allowed |= line.move_id.commercial_partner_id
                    allowed |= line.move_id.partner_id.commercial_partner_id
                if (vals[name] or False) not in (allowed.ids or [False]):
                    raise UserError(
                        self.env._(
                            "%(line)s bills what was done in a visit: its product, "
                            "unit, currency and customer cannot change. Delete the "
                            "line, or change the quantity, the price or the text.",
                            line=line.name,
                        )
                    )
        return super().write(vals)

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS 'account': called for credit notes, not for copies.
        result = super()._copy_data_extend_business_fields(values)
        values["billable_item_id"] = self.billable_item_id.id
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_of_billable_item(self):
        """Return the names of the fields that are locked on lines with an item.

        :rtype: set[str]
        """
        return {
            "billable_item_id",
            "currency_id",
            "move_id",
            "partner_id",
            "product_id",
            "product_uom_id",
        }

    def _get_medical_report_code(self):
        """Return the billing code that a print shows for this line, or nothing."""
        self.ensure_one()
        if self.move_id.medical_neutral_wording:
            return ""
        # In sudo mode: printing a document needs no right to the items behind it.
        return self.sudo().billable_item_id.medical_code_id.code or ""
