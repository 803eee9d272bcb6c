from odoo import api, fields, models
from odoo.exceptions import UserError

BILLER = "medical_billing.group_biller"
# Medics see the items of their own visits, by a record rule.
ITEM_READERS = f"medical_records.group_medic,{BILLER}"


class MedicalConsultation(models.Model):
    _inherit = "medical.consultation"

    billable_item_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="consultation_id",
        groups=ITEM_READERS,
    )
    amount_to_bill = fields.Monetary(
        string="To Bill",
        compute="_compute_amount_to_bill",
        groups=BILLER,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # === COMPUTE METHODS === #

    @api.depends("billable_item_ids.amount_to_bill")
    def _compute_amount_to_bill(self):
        today = fields.Date.context_today(self)
        for visit in self:
            visit.amount_to_bill = sum(
                item.currency_id._convert(
                    item.amount_to_bill, visit.currency_id, visit.company_id, today
                )
                for item in visit.billable_item_ids
            )

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'medical_records'
        if {"patient_id", "company_id"} & vals.keys():
            self._check_not_billed()
        return super().write(vals)

    # === ACTION METHODS === #

    def action_build_invoice(self):
        """Open the wizard with all that can be billed of these visits."""
        items = self.env["medical.billable.item"].search(
            [("consultation_id", "in", self.ids), ("qty_to_bill", "!=", 0)]
        )
        if not items:
            raise UserError(self.env._("Nothing of this visit is left to bill."))
        return items.action_build()

    def action_view_billable_items(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_billing.medical_billable_item_action"
        )
        # Not those of goods that are included anyhow.
        action["domain"] = [
            ("consultation_id", "=", self.id),
            ("state", "!=", "covered"),
        ]
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    def _check_not_billed(self):
        """Raise `UserError` when anything of these visits is on a document."""
        # In sudo mode: who records a visit need not see its items.
        for item in self.sudo().billable_item_ids:
            if item._is_billed():
                raise UserError(
                    self.env._(
                        "%(visit)s is already billed: credit its documents before "
                        "giving it to another patient or company.",
                        visit=item.consultation_id.name,
                    )
                )
