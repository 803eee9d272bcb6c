"""Building, posting and paying documents, some at a time."""

from .company import find_payment_journal


class Documents:
    """Bills what is left to bill of some visits, and finishes what was begun."""

    def __init__(self, env, steps, options):
        self.env = env
        self.steps = steps
        self.options = options

    def build(self, visit_ids):
        """Build drafts from what is left to bill; what belongs together stays so."""
        group = "patient_id" if self.options.group == "patient" else "consultation_id"
        items = self.env["medical.billable.item"].search_fetch(
            [
                ("consultation_id", "in", visit_ids),
                ("qty_to_bill", "!=", 0),
            ],
            [group],
            order="id",
        )
        grouped = {}
        for item in items:
            grouped.setdefault(item[group].id, []).append(item.id)
        self.steps.run("documents built", list(grouped.values()), self.build_some)

    def build_some(self, id_lists):
        ids = [item_id for ids in id_lists for item_id in ids]
        move_type = f"out_{self.options.document}"
        self.env["medical.billable.item"].browse(ids)._build_invoices(
            grouping=self.options.group,
            move_type=move_type,
            invoice_date=self.options.date,
        )

    def post(self, visit_ids):
        """Post the drafts."""
        drafts = self.search(visit_ids, [("state", "=", "draft")])
        self.steps.run("documents posted", drafts.ids, self.post_some)

    def post_some(self, ids):
        self.env["account.move"].browse(ids).action_post()

    def pay(self, visit_ids):
        """Pay the receipts that nobody paid yet."""
        receipts = self.search(
            visit_ids,
            [
                ("state", "=", "posted"),
                ("is_medical_receipt", "=", True),
                ("payment_state", "=", "not_paid"),
                ("amount_residual", ">", 0),
            ],
        )
        self.steps.run("receipts paid", receipts.ids, self.pay_some)

    def pay_some(self, ids):
        self.env["account.move"].browse(ids)._post_and_pay_receipts(
            find_payment_journal(self.env), date=self.options.date
        )

    def search(self, visit_ids, domain):
        """Return the documents of these visits that fit a domain."""
        return self.env["account.move"].search(
            [
                ("invoice_line_ids.billable_item_id.consultation_id", "in", visit_ids),
                *domain,
            ],
            order="invoice_date, id",
        )
