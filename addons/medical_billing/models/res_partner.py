from odoo import api, fields, models

BILLER = "medical_billing.group_biller"


class ResPartner(models.Model):
    _inherit = "res.partner"

    billable_item_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="patient_id",
        groups=BILLER,
    )
    amount_to_bill = fields.Monetary(
        string="To Bill",
        compute="_compute_amount_to_bill",
        groups=BILLER,
        help="What was done for this patient and is on no document yet, in the "
        "currency of the company.",
    )

    # === COMPUTE METHODS === #

    @api.depends("billable_item_ids.amount_to_bill")
    @api.depends_context("company")
    def _compute_amount_to_bill(self):
        company = self.env.company
        today = fields.Date.context_today(self)
        totals = dict.fromkeys(self.ids, 0.0)
        groups = self.env["medical.billable.item"]._read_group(
            domain=[
                ("patient_id", "in", self.ids),
                ("company_id", "=", company.id),
                ("amount_to_bill", "!=", 0),
            ],
            groupby=["patient_id", "currency_id"],
            aggregates=["amount_to_bill:sum"],
        )
        for patient, currency, amount in groups:
            totals[patient.id] += currency._convert(
                amount, company.currency_id, company, today
            )
        for partner in self:
            partner.amount_to_bill = totals.get(partner._origin.id, 0.0)

    # === ACTION METHODS === #

    def action_view_billable_items(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_billing.medical_billable_item_action"
        )
        action["domain"] = [("patient_id", "=", self.id)]
        action["context"] = {}
        return action
