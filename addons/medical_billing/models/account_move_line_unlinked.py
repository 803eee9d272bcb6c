from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.sql import column_exists, create_column

from .res_partner import BILLER


class AccountMoveLine(models.Model):
    """Lines that bill a clinic's service and point at nothing that was done.

    Odoo's own buttons make them: a duplicated section, a duplicated document, a line
    typed by hand. They are no fault of the books, so nobody is stopped; they are
    flagged and listed until a biller links them or says why there is no link.
    """

    _inherit = "account.move.line"

    is_medical_unlinked = fields.Boolean(
        string="Without Billable Item",
        compute="_compute_is_medical_unlinked",
        store=True,
        copy=False,
        groups=BILLER,
        help="It looks like a service of the clinic, and bills none that was recorded.",
    )
    medical_unlinked_reason = fields.Char(
        string="Billed by Hand Because",
        copy=False,
        readonly=True,
        groups=BILLER,
    )
    medical_unlinked_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Confirmed by",
        copy=False,
        readonly=True,
        ondelete="restrict",
        groups=BILLER,
    )
    medical_unlinked_date = fields.Datetime(
        string="Confirmed on",
        copy=False,
        readonly=True,
        groups=BILLER,
    )

    _medical_unlinked_idx = models.Index("(company_id) WHERE is_medical_unlinked")

    # === COMPUTE METHODS === #

    @api.depends(
        "billable_item_id",
        "medical_covered_item_id",
        "product_id",
        "display_type",
        "parent_state",
        "medical_unlinked_date",
    )
    def _compute_is_medical_unlinked(self):
        for line in self:
            line.is_medical_unlinked = line._looks_medical_without_item()

    # === CRUD METHODS === #

    def _auto_init(self):
        # What was billed before the clinic billed with us is no leak, and the lines of
        # years need not be looked at one by one.
        if not column_exists(self.env.cr, self._table, "is_medical_unlinked"):
            create_column(self.env.cr, self._table, "is_medical_unlinked", "bool")
        return super()._auto_init()

    def write(self, vals):
        # EXTENDS 'account'
        if not self.env.su and self._get_fields_of_unlinked() & vals.keys():
            raise UserError(
                self.env._(
                    "Why a line bills no recorded service is said in the list of what "
                    "is not billed."
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_link_billable_item(self):
        """Open the dialog that links a line to an item, or says why there is none."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Does This Line Bill?"),
            "res_model": "medical.link.item",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_line_id": self.id},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_of_unlinked(self):
        """Return the names of the fields that only the dialog writes.

        :rtype: set[str]
        """
        return {
            "medical_unlinked_reason",
            "medical_unlinked_user_id",
            "medical_unlinked_date",
        }

    def _looks_medical_without_item(self):
        """Whether this line should point at a billable item and does not.

        On a document of the clinic that is each line with a service of the clinic or
        with no product at all; on another document of a patient only the former.

        :rtype: bool
        """
        self.ensure_one()
        move = self.move_id
        # What costs least is asked first: most lines of most companies end here.
        if (
            self.display_type != "product"
            or self.billable_item_id
            or self.medical_covered_item_id
            or self.medical_unlinked_date
            or self.parent_state == "cancel"
            or not move.is_sale_document(include_receipts=True)
        ):
            return False
        if move.medical_patient_id:
            return bool(self.product_id.medical_kind or not self.product_id)
        return bool(self.product_id.medical_kind and move.partner_id.is_patient)

    def _get_candidate_items(self):
        """Return the items that this line may bill.

        They are of the same customer, product, unit, currency and company, and have
        at least as much left. A line of a credit note credits what was billed, and not
        what another credit note credits already. Corrections are credited by the
        credit notes that are built from them.

        :rtype: medical.billable.item
        """
        self.ensure_one()
        quantity = self.quantity * -self.move_id.direction_sign
        items = self.env["medical.billable.item"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("payer_id", "=", self.partner_id.id),
                ("product_id", "=", self.product_id.id),
                ("product_uom_id", "=", self.product_uom_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("credited_item_id", "=", False),
                ("qty_posted" if quantity < 0 else "qty_to_bill", "!=", 0),
            ]
        )
        return items.filtered(
            lambda item: (
                item._compare_quantities(
                    abs(quantity),
                    item.qty_posted - item.qty_credited
                    if quantity < 0
                    else item.qty_to_bill,
                )
                <= 0
            )
        )

    def _link_billable_item(self, item):
        """Say that this line bills an item.

        :param item: one of :meth:`_get_candidate_items`
        :raise UserError: for any other item
        """
        self.ensure_one()
        item.check_access("write")
        if item not in self._get_candidate_items():
            raise UserError(
                self.env._(
                    "%(line)s cannot bill %(item)s: customer, product, unit and "
                    "currency must be the same, and as much must be left.",
                    line=self.name,
                    item=item.name,
                )
            )
        # In sudo mode: on a posted document too, for nothing in the books changes.
        self.sudo().billable_item_id = item
        if not self.move_id.medical_patient_id:
            self.move_id.sudo().medical_patient_id = item.patient_id

    def _confirm_unlinked(self, reason):
        """Say that these lines bill no recorded service, and why.

        :param str reason: stays on the line, with who said it and when
        :raise UserError: without a reason
        """
        self.env["medical.billable.item"].check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why there is nothing recorded for this."))
        # In sudo mode: it is no part of the entry's accounting.
        self.sudo().write(
            {
                "medical_unlinked_reason": reason.strip(),
                "medical_unlinked_user_id": self.env.uid,
                "medical_unlinked_date": fields.Datetime.now(),
            }
        )
