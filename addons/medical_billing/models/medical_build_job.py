import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import format_datetime

_logger = logging.getLogger(__name__)

# Documents in one transaction: enough to build them in bulk, few enough to lose little.
BATCH_SIZE = 50


class MedicalBuildJob(models.Model):
    """Documents that are built in the background, some at a time.

    A batch builds documents and says so on the lines of the job in one transaction:
    whatever happens, what was committed is whole, and what was not is still to do.
    """

    _name = "medical.build.job"
    _description = "Documents Built in the Background"
    _inherit = ["medical.build.options", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(required=True, index=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Started by",
        required=True,
        readonly=True,
        index=True,
    )
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Paid to",
    )
    payment_method_line_id = fields.Many2one(
        comodel_name="account.payment.method.line",
        string="Method",
    )
    state = fields.Selection(
        selection=[
            ("pending", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Stopped"),
        ],
        required=True,
        default="pending",
        readonly=True,
        index=True,
        copy=False,
    )
    date_end = fields.Datetime(string="Ended", readonly=True, copy=False)
    line_ids = fields.One2many(
        comodel_name="medical.build.job.line",
        inverse_name="job_id",
    )
    item_count = fields.Integer(compute="_compute_progress")
    done_count = fields.Integer(string="Items Seen To", compute="_compute_progress")
    failed_count = fields.Integer(string="Left Out", compute="_compute_progress")
    document_count = fields.Integer(compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")

    _open_idx = models.Index("(id) WHERE state IN ('pending', 'running')")

    # === COMPUTE METHODS === #

    @api.depends("document_type", "create_date")
    @api.depends_context("lang", "tz")
    def _compute_name(self):
        for job in self:
            job.name = self.env._(
                "%(documents)s of %(moment)s",
                documents=self.env._("Receipts")
                if job.document_type == "receipt"
                else self.env._("Invoices"),
                moment=format_datetime(
                    self.env, job.create_date or fields.Datetime.now()
                ),
            )

    @api.depends("line_ids.state", "line_ids.move_id")
    def _compute_progress(self):
        counts = {}
        documents = {}
        groups = self.env["medical.build.job.line"]._read_group(
            domain=[("job_id", "in", self.ids)],
            groupby=["job_id", "state"],
            aggregates=["__count", "move_id:count_distinct"],
        )
        for job, state, count, moves in groups:
            counts[job.id, state] = count
            documents[job.id] = documents.get(job.id, 0) + moves
        for job in self:
            todo, done, failed = (
                counts.get((job.id, state), 0) for state in ("todo", "done", "failed")
            )
            job.item_count = todo + done + failed
            job.done_count = done + failed
            job.failed_count = failed
            job.document_count = documents.get(job.id, 0)
            job.progress = (
                100.0 * job.done_count / job.item_count if job.item_count else 0.0
            )

    # === ACTION METHODS === #

    def action_cancel(self):
        """Stop these jobs; what they have built stays."""
        self._check_can_be_changed()
        for job in self:
            if job.state not in ("pending", "running"):
                raise UserError(
                    self.env._("%(job)s has already ended.", job=job.display_name)
                )
        # In sudo mode: jobs are changed by their buttons only. Waits for the batch
        # that is being built, and no other begins.
        self.sudo().write({"state": "cancelled", "date_end": fields.Datetime.now()})

    def action_retry(self):
        """Go on with what is left: what was left out, or not begun."""
        self._check_can_be_changed()
        if any(job.state in ("pending", "running") for job in self):
            raise UserError(self.env._("This is still at work."))
        jobs = self.sudo()
        failed = jobs.line_ids.filtered(lambda line: line.state == "failed")
        failed.write({"state": "todo", "message": False})
        jobs.write({"state": "pending", "date_end": False})
        jobs.activity_unlink(["mail.mail_activity_data_todo"])
        self._wake_cron()

    def action_view_documents(self):
        """Show what was built."""
        moves = self.line_ids.move_id
        action = moves._get_records_action(name=self.env._("Documents"))
        if len(moves) > 1:
            documents = self.env.ref("medical_billing.account_move_view_list_medical")
            action["views"] = [(documents.id, "list"), (False, "form")]
            action["context"] = {"create": False}
        return action

    def action_view_left_out(self):
        """Show the items that were left out, and why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Left Out"),
            "res_model": "medical.build.job.line",
            "view_mode": "list",
            "domain": [("job_id", "in", self.ids), ("state", "=", "failed")],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _start(self, items, **values):
        """Leave the building of documents from items to the background.

        :param items: `medical.billable.item` records
        :param values: the options, see `medical.build.options`
        :return: the job
        :rtype: medical.build.job
        """
        items.check_access("write")
        lines = []
        groups = items._get_document_groups(values.get("grouping"))
        for number, group in enumerate(groups, start=1):
            lines += [(number, item.id) for item in group]
        # In sudo mode: jobs are made by the wizard only.
        job = self.sudo().create({"user_id": self.env.uid, **values})
        job.line_ids.create(
            [
                {"job_id": job.id, "document_number": number, "item_id": item_id}
                for number, item_id in lines
            ]
        )
        self._wake_cron()
        return job.sudo(self.env.su)

    @api.model
    def _wake_cron(self):
        self.env.ref("medical_billing.medical_build_job_cron").sudo()._trigger()

    def _check_can_be_changed(self):
        """Raise `AccessError` when the user is no biller of the company."""
        self.env["medical.billable.item"].check_access("write")
        self.check_access("read")

    # --- In the background --- #

    @api.model
    def _cron_build(self):
        """Work on the jobs that are waiting, one after the other, batch by batch."""
        todo = [("job_id.state", "in", ("pending", "running")), ("state", "=", "todo")]
        remaining = self.env["medical.build.job.line"].search_count(todo)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        jobs = self.search([("state", "in", ("pending", "running"))], order="id")
        for job in jobs:
            while True:
                try:
                    processed = retrying(job._work_on_batch, self.env)
                except OperationalError:
                    # Somebody else is always faster: later.
                    self.env.cr.rollback()
                    _logger.info("%s waits for others", job)
                    break
                left = self.env["ir.cron"]._commit_progress(processed or 0)
                if processed is None:
                    break
                if not left:
                    return

    def _work_on_batch(self):
        """Build the next documents of this job, or end it; nothing is committed.

        :return: how many items were seen to; None when there is nothing to do here
        :rtype: int or None
        """
        self.ensure_one()
        job = self.try_lock_for_update(allow_referencing=True)
        if not job or job.state not in ("pending", "running"):
            return None
        if job.state == "pending":
            job.state = "running"
        lines = job._get_next_lines()
        error = lines and job._build_lines(lines)
        if error:
            # One of them spoils all: find out which.
            for group in lines.grouped("document_number").values():
                error = job._build_lines(group)
                if error:
                    group.write({"state": "failed", "message": error})
        if not job._get_next_lines():
            # Here, and not at the next turn: when nothing remains, there is none.
            job._finish()
        return len(lines)

    def _get_next_lines(self):
        """Return the lines of the next documents; a document is never cut in two."""
        numbers = self.env["medical.build.job.line"]._read_group(
            domain=[("job_id", "=", self.id), ("state", "=", "todo")],
            groupby=["document_number"],
            order="document_number",
            limit=BATCH_SIZE,
        )
        return self.env["medical.build.job.line"].search(
            [
                ("job_id", "=", self.id),
                ("state", "=", "todo"),
                ("document_number", "in", [number for (number,) in numbers]),
            ]
        )

    def _build_lines(self, lines):
        """Build the documents of these lines with the rights of who started the job.

        :param lines: `medical.build.job.line` records
        :return: why nothing was built, or False
        :rtype: str or bool
        """
        self.ensure_one()
        job = self.with_user(self.user_id).with_context(
            allowed_company_ids=self.company_id.ids,
            lang=self.user_id.lang,
            tz=self.user_id.tz,
        )
        items = lines.item_id.with_env(job.env)
        try:
            with self.env.cr.savepoint():
                if not self.user_id.active:
                    raise UserError(
                        job.env._(
                            "%(user)s, who started this, is archived.",
                            user=self.user_id.name,
                        )
                    )
                moves = job._build_documents(items, job._get_payment_entries())
                lines._set_outcome(moves)
        except UserError as error:
            return str(error)
        except OperationalError:
            raise  # Transactions collided: the batch is done again.
        except Exception:
            _logger.exception("%s could not build from %s", self, items)
            return job.env._(
                "An error that nobody foresaw: the log of the server tells more."
            )
        return False

    def _get_payment_entries(self):
        """Return how receipts are paid, see `account.move._post_and_pay_receipts`."""
        if self.document_type != "receipt":
            return []
        return [
            {"journal": self.journal_id, "method_line": self.payment_method_line_id}
        ]

    def _finish(self):
        """End this job and tell who started it."""
        self.write({"state": "done", "date_end": fields.Datetime.now()})
        summary = self._get_summary()
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, user_id=self.user_id.id
        )
        self.user_id._bus_send(
            "simple_notification",
            {
                "type": "warning" if self.failed_count else "success",
                "title": self.name,
                "message": summary,
                "sticky": bool(self.failed_count),
            },
        )

    def _get_summary(self):
        """Say what came of this job; no names, activities are read by many."""
        job = self.with_context(lang=self.user_id.lang)
        summary = job.env._("Documents built: %(count)s.", count=job.document_count)
        if job.failed_count:
            summary += " " + job.env._(
                "Items left out: %(count)s.", count=job.failed_count
            )
        return summary
