import hashlib
import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# A part of the work that is committed on its own: about a second of it.
BATCH_SIZE = 5000


class MedicalCodeImport(models.Model):
    """One list of codes on its way into a code system.

    A job in the background does the work, in batches that are committed one by one
    together with the counters. So a job that was killed goes on behind the last whole
    batch, and importing the same list again changes nothing. The whole list is read
    and checked before its first code is written.

    How lists are read is in `medical_code_import_source.py`.
    """

    _name = "medical.code.import"
    _description = "Import of Codes"
    _order = "id desc"
    _rec_name = "system_id"

    system_id = fields.Many2one(
        comodel_name="medical.code.system",
        string="Code System",
        required=True,
        ondelete="cascade",
        index=True,
    )
    is_complete = fields.Boolean(
        string="Complete Release",
        compute="_compute_is_complete",
        store=True,
        readonly=False,
        help="The list holds all codes of the system: what is not in it any more is "
        "archived. Archived codes stay where they were used and are no longer offered.",
    )
    state = fields.Selection(
        selection=[
            ("draft", "New"),
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    date_requested = fields.Datetime(readonly=True, copy=False)
    date_begin = fields.Datetime(string="Begun", readonly=True, copy=False)
    date_end = fields.Datetime(string="Finished", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)
    # Says whether an interrupted job still reads the list it began with.
    checksum = fields.Char(readonly=True, copy=False)

    total_count = fields.Integer(string="Codes", readonly=True, copy=False)
    processed_count = fields.Integer(string="Processed", readonly=True, copy=False)
    created_count = fields.Integer(string="New", readonly=True, copy=False)
    updated_count = fields.Integer(string="Changed", readonly=True, copy=False)
    archived_count = fields.Integer(string="Archived", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", digits=(5, 1))
    message = fields.Text(compute="_compute_message")

    # === COMPUTE METHODS === #

    @api.depends("source")
    def _compute_is_complete(self):
        for job in self:
            job.is_complete = job.source != "file"

    @api.depends("date_requested", "date_begin", "date_end", "error")
    def _compute_state(self):
        for job in self:
            if job.error:
                job.state = "failed"
            elif job.date_end:
                job.state = "done"
            elif job.date_begin:
                job.state = "running"
            else:
                job.state = "waiting" if job.date_requested else "draft"

    @api.depends("total_count", "processed_count")
    def _compute_progress(self):
        for job in self:
            total = job.total_count
            job.progress = 100 * job.processed_count / total if total else 0

    @api.depends("state", "error", "processed_count")
    def _compute_message(self):
        for job in self:
            if job.error and job.processed_count:
                job.message = self.env._(
                    "%(error)s\n%(processed)s of %(total)s codes were imported before. "
                    "Press Import to import the rest; no code is doubled.",
                    error=job.error,
                    processed=job.processed_count,
                    total=job.total_count,
                )
            elif job.error:
                job.message = self.env._(
                    "%(error)s\nNothing was imported.", error=job.error
                )
            elif job.state == "waiting":
                job.message = self.env._(
                    "The import begins within a minute, in the background: you can "
                    "leave this page."
                )
            elif job.state == "done":
                unchanged = job.processed_count - job.created_count - job.updated_count
                job.message = self.env._(
                    "%(created)s new codes, %(updated)s changed, %(unchanged)s as they "
                    "were, %(archived)s archived.",
                    created=job.created_count,
                    updated=job.updated_count,
                    unchanged=unchanged,
                    archived=job.archived_count,
                )
            else:
                job.message = False

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        # No default of the caller's context says how far an import is.
        closed = self._get_workflow_fields()
        return super().default_get([name for name in fields if name not in closed])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_workflow_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_workflow_fields(vals)
        if vals.keys() & self._get_source_fields():
            self._check_not_under_way()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        self._check_not_under_way()

    # === ACTION METHODS === #

    def action_import(self):
        """Check the lists and hand them to the job in the background.

        :raise UserError: when a list cannot be read or makes no sense; it says where
        """
        self.check_access("write")
        self._check_not_under_way()
        for job in self:
            job.sudo().write(job._prepare_request_vals(job._read_source()))
        self.env.ref("medical_records.medical_code_import_cron")._trigger()

    def action_stop(self):
        """Take imports back from the job; codes that were imported stay."""
        self.check_access("write")
        self.filtered(lambda job: job.state in ("waiting", "running")).sudo().write(
            {"date_requested": False, "date_begin": False}
        )

    def action_refresh(self):
        """Show how far the import is: the form is read again after any button."""
        self.check_access("read")

    # === BUSINESS METHODS === #

    @api.model
    def _get_workflow_fields(self):
        """Return the names of the fields that only the job and its buttons write."""
        return {name for name, field in self._fields.items() if field.readonly}

    @api.model
    def _get_source_fields(self):
        """Return the names of the fields that say what is imported, and whereto."""
        return {"system_id", "source", "file", "encoding", "is_complete"}

    def _check_workflow_fields(self, vals):
        if self.env.su:
            return
        for name in vals.keys() & (
            self._get_workflow_fields() - set(models.MAGIC_COLUMNS)
        ):
            raise UserError(
                self.env._(
                    "%(field)s cannot be set by hand: press Import.",
                    field=self._fields[name]._description_string(self.env),
                )
            )

    def _check_not_under_way(self):
        for job in self:
            if job.state in ("waiting", "running"):
                raise UserError(
                    self.env._(
                        "This import into %(system)s is under way: stop it first, or "
                        "wait until it is done.",
                        system=job.system_id.name,
                    )
                )

    def _prepare_request_vals(self, rows):
        """Return the values of an import that starts from the beginning.

        :param list rows: what :meth:`_read_source` returned
        :rtype: dict
        """
        return {
            "date_requested": fields.Datetime.now(),
            "date_begin": False,
            "date_end": False,
            "error": False,
            "checksum": self._get_checksum(rows),
            "total_count": len(rows),
            "processed_count": 0,
            "created_count": 0,
            "updated_count": 0,
            "archived_count": 0,
        }

    @api.model
    def _get_checksum(self, rows):
        digest = hashlib.sha256()
        for row in rows:
            digest.update(repr(row).encode())
        return digest.hexdigest()

    @api.model
    def _cron_import(self):
        """Import what is waiting, as long as the scheduler gives time."""
        for job in self.search([("state", "in", ("waiting", "running"))], order="id"):
            try:
                if not job._import():
                    return
            except psycopg2.OperationalError:
                # Another transaction was in the way, or the database went away: the
                # scheduler runs this again, and it goes on where it was.
                raise
            except UserError as error:
                job._fail(str(error))
            except Exception:
                _logger.exception("Import of codes %s failed", job.id)
                job._fail(
                    self.env._(
                        "Something unexpected happened; the log of the server tells "
                        "more."
                    )
                )

    def _fail(self, error):
        self.env.cr.rollback()
        self.error = error
        self._commit_progress(0)

    def _import(self):
        """Import the list, from where an earlier run was interrupted.

        :return: whether it is finished; otherwise the scheduler asked for a pause
        :rtype: bool
        """
        self.ensure_one()
        rows = self._read_source()
        if not self.date_begin:
            self.date_begin = fields.Datetime.now()
        if self.checksum != self._get_checksum(rows):
            self.write(
                {**self._prepare_request_vals(rows), "date_begin": self.date_begin}
            )
        while self.state == "running" and self.processed_count < self.total_count:
            batch = rows[self.processed_count : self.processed_count + BATCH_SIZE]
            self._import_batch(batch)
            self.processed_count += len(batch)
            if not self._commit_progress(len(batch)):
                return False
        if self.state == "running":
            if self.is_complete:
                self._archive_missing({code for code, _name, _active in rows})
            self.date_end = fields.Datetime.now()
            self._commit_progress(1)
        return True

    def _commit_progress(self, done):
        """Commit, and return for how many seconds the job may go on."""
        self.flush_recordset()
        open_jobs = self.search([("state", "in", ("waiting", "running"))])
        # One more for each: what comes behind its last code.
        remaining = sum(job.total_count - job.processed_count + 1 for job in open_jobs)
        return self.env["ir.cron"]._commit_progress(done, remaining=remaining)

    def _import_batch(self, rows):
        """Create, rename, archive and bring back codes, as a part of the list says."""
        model = self.env["medical.code"].with_context(active_test=False)
        known = {
            record.code: record
            for record in model.search_fetch(
                [
                    ("system_id", "=", self.system_id.id),
                    ("code", "in", [row[0] for row in rows]),
                ],
                ["code", "name", "active"],
            )
        }
        to_create = []
        updated = 0
        for code, name, active in rows:
            vals = {"name": name, "active": active}
            if record := known.get(code):
                if (record.name, record.active) != (name, active):
                    record.write(vals)
                    updated += 1
            else:
                to_create.append({**vals, "code": code, "system_id": self.system_id.id})
        model.create(to_create)
        self.created_count += len(to_create)
        self.updated_count += updated

    def _archive_missing(self, codes):
        """Archive the codes of the system that are not among those of a release."""
        missing = (
            self.env["medical.code"]
            .search_fetch([("system_id", "=", self.system_id.id)], ["code"])
            .filtered(lambda record: record.code not in codes)
        )
        missing.active = False
        self.archived_count = len(missing)
