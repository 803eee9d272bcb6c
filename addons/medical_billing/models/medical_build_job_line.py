from odoo import fields, models


class MedicalBuildJobLine(models.Model):
    """An item of a job: what came of it."""

    _name = "medical.build.job.line"
    _description = "Item Billed in the Background"
    _order = "job_id desc, document_number, id"
    _rec_name = "item_id"

    job_id = fields.Many2one(
        comodel_name="medical.build.job",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="job_id.company_id")
    # With the item goes what is said of it: it was never on a document.
    item_id = fields.Many2one(
        comodel_name="medical.billable.item",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    patient_id = fields.Many2one(related="item_id.patient_id")
    document_number = fields.Integer(
        readonly=True,
        help="Items with the same number get a document together.",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Document",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    state = fields.Selection(
        selection=[("todo", "To Do"), ("done", "Built"), ("failed", "Left Out")],
        required=True,
        default="todo",
        readonly=True,
    )
    message = fields.Text(string="Why", readonly=True)

    _todo_idx = models.Index("(job_id, document_number) WHERE state = 'todo'")

    # === BUSINESS METHODS === #

    def _set_outcome(self, moves):
        """Note on these lines what was built, and why something was not.

        :param moves: the `account.move` records just built from their items
        """
        documents = {
            line.billable_item_id: line.move_id for line in moves.invoice_line_ids
        }
        left_out = self.item_id.browse(
            item.id for item in self.item_id if item not in documents
        )
        reasons = left_out._get_unbillable_reasons()
        for move, lines in self.grouped(
            lambda line: documents.get(line.item_id.with_env(moves.env))
        ).items():
            if move:
                lines.write({"state": "done", "move_id": move.id})
        for line in self:
            if line.item_id in left_out:
                reason = reasons.get(line.item_id) or self.env._(
                    "is being billed by somebody else at this moment"
                )
                line.write({"state": "failed", "message": reason})
