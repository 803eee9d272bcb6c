from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Documents that charge what a treatment plan is paid in advance."""

    _inherit = "account.move"

    # === CRUD METHODS === #

    def write(self, vals):
        # EXTENDS 'account'
        if vals.keys().isdisjoint(("invoice_line_ids", "line_ids")):
            return super().write(vals)
        plans = self.invoice_line_ids._get_deducted_plans()
        moves = self.with_context(medical_settling=True) if plans else self
        result = super(AccountMove, moves).write(vals)
        plans._settle_down_payments()
        return result

    def unlink(self):
        # EXTENDS 'account'
        plans = self.invoice_line_ids._get_deducted_plans()
        moves = self.with_context(medical_settling=True) if plans else self
        result = super(AccountMove, moves).unlink()
        plans._settle_down_payments()
        return result

    # === ACTION METHODS === #

    def button_draft(self):
        # EXTENDS 'account': the plan knows the price of today only.
        for deduction in self.filtered(
            lambda move: move.state == "cancel" and move.move_type != "out_refund"
        ).invoice_line_ids.filtered("medical_covered_item_id"):
            # In sudo mode: who resets a document need not see items.
            item = deduction.sudo().medical_covered_item_id
            if any(
                deduction[name] != item[name] for name in ("price_unit", "discount")
            ):
                raise UserError(
                    self.env._(
                        "%(document)s was cancelled, and %(item)s costs something else "
                        "by now. Build a document anew.",
                        document=deduction.move_id.display_name,
                        item=item.name,
                    )
                )
        return super().button_draft()

    def button_cancel(self):
        # EXTENDS 'account': what was deducted is there again, at today's price.
        result = super().button_cancel()
        self.invoice_line_ids._get_deducted_plans()._settle_down_payments()
        return result

    # === CONSTRAINT METHODS === #

    @api.constrains("state")
    def _check_refund_of_down_payments(self):
        # What the plan itself gives back, because less is agreed on, is given back.
        refunds = self.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_refund"
        )
        # In sudo mode: whoever credits documents need not see plans.
        items = refunds.sudo().invoice_line_ids.billable_item_id
        items.filtered(
            lambda item: not item.credited_item_id
        ).plan_id._check_what_is_used_stays()

    # === BUSINESS METHODS === #

    def _post(self, soft=True):
        # EXTENDS 'account': as when a document is cancelled.
        posted = super()._post(soft=soft)
        credits = posted.filtered(lambda move: move.move_type == "out_refund")
        credits.invoice_line_ids._get_deducted_plans()._settle_down_payments()
        return posted

    def _remind_of_installments(self):
        """Remind the responsible billers to check and to post these drafts."""
        activities = self.env["mail.activity"].sudo()
        activity_type = self.env.ref(
            "mail.mail_activity_data_todo", raise_if_not_found=False
        )
        if not activity_type:
            return
        model = self.env["ir.model"].sudo()._get_id(self._name)
        vals_list = []
        for company, moves in self.grouped("company_id").items():
            user = company._get_medical_biller()
            if not user:
                continue
            summary = self.with_context(lang=user.lang).env._(
                "Due by a treatment plan: check and post"
            )
            vals_list += [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": model,
                    "res_id": move.id,
                    "user_id": user.id,
                    "summary": summary,
                    "date_deadline": fields.Date.context_today(self),
                }
                for move in moves
            ]
        # Quietly: a mail for each would be read by nobody.
        activities.with_context(mail_activity_quick_update=True).create(vals_list)
