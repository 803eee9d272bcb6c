"""Building, posting and paying documents, some at a time."""

from odoo.tools import SQL

from .company import find_payment_journal


class Documents:
    """Bills what is left to bill of some visits, and finishes what was begun."""

    def __init__(self, env, steps, options):
        self.env = env
        self.steps = steps
        self.options = options

    def build(self, visit_ids):
        """Build drafts from what is left to bill; what belongs together stays so."""
        items = self.env["medical.billable.item"].search_fetch(
            [("consultation_id", "in", visit_ids), ("qty_to_bill", "!=", 0)],
            ["consultation_id", "patient_id"],
            order="id",
        )
        field = "patient_id" if self.options.group == "patient" else "consultation_id"
        groups = items.grouped(field).values()
        self.steps.run(
            "documents built",
            [group.ids for group in groups],
            self.build_some,
            weights=[len(group.consultation_id) for group in groups],
        )

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
        self.run("documents posted", visit_ids, "state = 'draft'", self.post_some)

    def post_some(self, ids):
        self.env["account.move"].browse(ids).action_post()

    def pay(self, visit_ids):
        """Pay the receipts that nobody paid yet."""
        unpaid = """state = 'posted' AND is_medical_receipt AND amount_residual > 0
                    AND payment_state = 'not_paid'"""
        self.run("receipts paid", visit_ids, unpaid, self.pay_some)

    def pay_some(self, ids):
        self.env["account.move"].browse(ids)._post_and_pay_receipts(
            [{"journal": find_payment_journal(self.env)}], date=self.options.date
        )

    def run(self, text, visit_ids, condition, work):
        """Work on the documents of these visits that fit a condition in SQL.

        A document counts as much as the visits that it bills.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT line.move_id, count(DISTINCT item.consultation_id)
                   FROM account_move_line line
                   JOIN medical_billable_item item ON item.id = line.billable_item_id
                   WHERE item.consultation_id = ANY(%s) AND line.move_id IN (
                       SELECT id FROM account_move WHERE %s)
                   GROUP BY 1 ORDER BY 1""",
                visit_ids,
                SQL(condition),
            )
        )
        ids, weights = zip(*rows, strict=True) if rows else ((), ())
        self.steps.run(text, ids, work, weights=weights)
