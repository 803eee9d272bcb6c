from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    medical_patient_id = fields.Many2one(
        comodel_name="res.partner",
        string="Patient",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The patient whose visits this document bills.",
    )
    is_medical_receipt = fields.Boolean(
        readonly=True,
        help="Printed as a receipt, whatever it is in the books.",
    )
    billable_item_count = fields.Integer(
        compute="_compute_billable_item_count",
        groups="medical_billing.group_biller",
    )

    # === COMPUTE METHODS === #

    @api.depends("invoice_line_ids.billable_item_id")
    def _compute_billable_item_count(self):
        counts = dict(
            self.env["account.move.line"]._read_group(
                domain=[("move_id", "in", self.ids), ("billable_item_id", "!=", False)],
                groupby=["move_id"],
                aggregates=["billable_item_id:count_distinct"],
            )
        )
        for move in self:
            move.billable_item_count = counts.get(move._origin, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account': the items say who pays, and in which currency.
        changed = self.browse()
        for name in ("partner_id", "currency_id"):
            if name in vals:
                changed |= self.filtered(
                    lambda move, name=name: move[name].id != (vals[name] or False)
                )
        for move in changed:
            if move.invoice_line_ids.billable_item_id:
                raise UserError(
                    self.env._(
                        "%(document)s bills clinic items: its customer and its "
                        "currency follow from them. Delete it and choose another "
                        "payer on the items.",
                        document=move.display_name,
                    )
                )
        return super().write(vals)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account': a credit note is about the same patient.
        default_values_list = default_values_list or [{} for _move in self]
        for move, values in zip(self, default_values_list, strict=True):
            if move.medical_patient_id:
                values.setdefault("medical_patient_id", move.medical_patient_id.id)
                values.setdefault("is_medical_receipt", False)
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def _post(self, soft=True):
        # EXTENDS 'account': Odoo gives today's date to one document after the other,
        # and goes through all lines of each for that. With another currency it also
        # looks whether somebody set the rate.
        undated = self.filtered(
            lambda move: (
                move.medical_patient_id
                and not move.invoice_date
                and move.state == "draft"
                and move.is_sale_document(include_receipts=True)
                and move.currency_id == move.company_id.currency_id
            )
        )
        undated.with_context(skip_is_manually_modified=True).write(
            {"invoice_date": fields.Date.context_today(self)}
        )
        return super()._post(soft=soft)

    # === ACTION METHODS === #

    def action_view_billable_items(self):
        items = self.invoice_line_ids.billable_item_id
        return items._get_records_action(name=self.env._("Billable Items"))
