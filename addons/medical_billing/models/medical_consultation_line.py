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
        changes = self._get_billed_changes(vals)
        if changes:
            self._give_back_billed(changes)
        result = super().write(vals)
        if changes:
            lines = self.browse(line.id for line in changes)
            lines.sudo().billable_item_ids._take_back_corrections()
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
        # EXTENDS 'medical_records': what is billed follows, see _give_back_billed().
        lines = self.browse(line.id for line in quantities)
        self._give_back_billed(
            {line: {"qty_done": quantity} for line, quantity in quantities.items()}
        )
        result = super()._record_done(quantities, done_by=done_by, date=date)
        lines.sudo().billable_item_ids._take_back_corrections()
        return result

    def _is_billable(self):
        """Whether this line has an item of its own.

        :rtype: bool
        """
        return self.charge == "charged"

    def _get_billed_changes(self, vals):
        """Return what values written to these lines change of what is billed.

        :param dict vals: values of these lines
        :return: lines to what they will be, see :meth:`_get_billable_quantity`
        :rtype: dict
        """
        changes = {
            name: vals[name] for name in ("quantity", "is_cancelled") if name in vals
        }
        return {line: dict(changes) for line in self} if changes else {}

    def _give_back_billed(self, changes):
        """Let the items of lines follow before less of them is to be billed.

        Drafts follow down; what is posted stays, and a correction credits it.

        :param dict changes: line to what it will be, see :meth:`_get_billable_quantity`
        """
        less = {}
        for line, values in changes.items():
            # In sudo mode: who records an act need not see its items.
            line = line.sudo()
            before = line._get_billable_quantity()
            after = line._get_billable_quantity(**values)
            if after < before:
                item = line.billable_item_ids.filtered(
                    lambda item: not item.origin_id and not item.credited_item_id
                )
                if item:
                    less[item] = before - after
        if less:
            self.env["medical.billable.item"].sudo()._give_back(less)

    def _get_billable_quantity(self, **values):
        """Return how much of this line is to be billed, in the line's unit.

        :param values: what the line will be, by the names of its fields, where that is
            not what it is; `visit_state` stands for the state of its visit
        :rtype: float
        """
        if not self or not self._is_billable():
            return 0.0
        line = {
            name: values.get(name, self[name])
            for name in ("quantity", "qty_done", "is_cancelled")
        }
        if self.company_id.medical_billing_policy != "ordered":
            return line["qty_done"]
        visit_state = values.get("visit_state", self.consultation_id.state)
        if line["is_cancelled"] or visit_state not in ("in_progress", "signed"):
            return line["qty_done"]
        return line["quantity"]

    def _sync_billable_items(self):
        """Make an item for each billable line without one, and drop the others.

        From then on the items follow their lines by themselves, as computed fields.
        """
        # In sudo mode: who records an act need not be a biller.
        lines = self.sudo()
        billable = lines.filtered(lambda line: line._is_billable())
        surplus = (lines - billable).billable_item_ids
        surplus.unlink()
        missing = billable.filtered(lambda line: not line.billable_item_ids)
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
