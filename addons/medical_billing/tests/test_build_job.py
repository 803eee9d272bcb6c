from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.medical_billing.models import medical_build_job

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestBuildJob(MedicalBillingCommon):
    """Documents that are built in the background."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("medical_billing.medical_build_job_cron")
        cls.items = cls.env["medical.billable.item"].concat(
            *(cls._create_items(cls.drug, cls.swab) for _visit in range(5))
        )

    def _start(self, items=None, user=None, **values):
        """Leave items to the background through the wizard; return the job."""
        wizard = self._open_wizard(
            items or self.items,
            user,
            **{"grouping": "consultation", "in_background": True, **values},
        )
        action = wizard.action_build()
        self.assertEqual(action["res_model"], "medical.build.job")
        return self.env["medical.build.job"].browse(action["res_id"])

    def _run(self):
        """Run the scheduled action as Odoo does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_job_waits_for_the_background(self):
        job = self._start()
        self.assertRecordValues(
            job,
            [
                {
                    "state": "pending",
                    "user_id": self.biller.id,
                    "item_count": 10,
                    "done_count": 0,
                    "document_count": 0,
                }
            ],
        )
        self.assertFalse(self.items.move_line_ids)
        self.assertTrue(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)])
        )

    def test_job_builds_what_the_wizard_would(self):
        job = self._start(sections=True, invoice_date="2026-03-05")
        self._run()
        self.assertRecordValues(
            job,
            [
                {
                    "state": "done",
                    "item_count": 10,
                    "done_count": 10,
                    "failed_count": 0,
                    "document_count": 5,
                    "progress": 100,
                }
            ],
        )
        moves = self.items.move_line_ids.move_id
        self.assertEqual(len(moves), 5)
        self.assertEqual(set(moves.mapped("amount_total")), {3})
        self.assertEqual(set(moves.mapped("invoice_date")), {job.invoice_date})
        self.assertEqual(moves.create_uid, self.biller)
        self.assertEqual(
            moves[0].invoice_line_ids.mapped("display_type"),
            ["line_section", "product", "product"],
        )
        self.assertEqual(set(self.items.mapped("qty_drafted")), {1})
        self.assertEqual(job.line_ids.move_id, moves)

    def test_documents_are_built_in_batches_and_none_is_cut(self):
        batches = []
        work = type(self.env["medical.build.job"])._build_lines

        def count(job, lines):
            batches.append(len(lines))
            return work(job, lines)

        job = self._start()
        with (
            patch.object(medical_build_job, "BATCH_SIZE", 2),
            patch.object(type(job), "_build_lines", count),
        ):
            self._run()
        self.assertEqual(batches, [4, 4, 2])
        self.assertEqual(len(self.items.move_line_ids.move_id), 5)

    def test_job_ends_with_its_last_batch_when_time_is_up(self):
        job = self._start()
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kw: 0
        ):
            self._run()
        self.assertRecordValues(
            job, [{"state": "done", "document_count": 5, "done_count": 10}]
        )
        self.assertTrue(job.date_end)

    def test_receipts_are_posted_and_paid(self):
        job = self._start(document_type="receipt", payments=[(self.bank_journal, 15)])
        self._run()
        self.assertRecordValues(job, [{"state": "done", "document_count": 5}])
        moves = self.items.move_line_ids.move_id
        self.assertEqual(set(moves.mapped("payment_state")), {"paid"})
        self.assertEqual(moves.matched_payment_ids.journal_id, self.bank_journal)
        self.assertEqual(sum(moves.matched_payment_ids.mapped("amount")), 15)

    def test_items_are_added_to_drafts(self):
        draft = self._build(self.items[0])
        self._start(self.items[1:], grouping="patient", add_to_drafts=True)
        self._run()
        self.assertEqual(self.items.move_line_ids.move_id, draft)

    # === WHAT CANNOT BE BUILT === #

    def test_item_that_somebody_else_billed_is_left_out_and_said(self):
        job = self._start()
        taken = self.items[:3]
        self._build(taken)
        self._run()
        self.assertRecordValues(
            job, [{"state": "done", "done_count": 10, "failed_count": 3}]
        )
        left_out = job.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(left_out.item_id, taken)
        for message in left_out.mapped("message"):
            self.assertIn("has nothing left to bill", message)
        for item in self.items:
            self.assertEqual(len(item.move_line_ids), 1)
        action = self._as(self.biller, job).action_view_left_out()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), left_out
        )

    def test_one_that_fails_does_not_spoil_the_others(self):
        job = self._start()
        bad = self.items[4]
        model = type(self.env["medical.billable.item"])
        prepare = model._prepare_invoice_line_vals

        def fail(item):
            if item == bad:
                raise ZeroDivisionError
            return prepare(item)

        with (
            patch.object(model, "_prepare_invoice_line_vals", fail),
            mute_logger("odoo.addons.medical_billing.models.medical_build_job"),
        ):
            self._run()
        self.assertRecordValues(
            job, [{"state": "done", "document_count": 4, "failed_count": 2}]
        )
        failed = job.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.item_id, bad.consultation_id.billable_item_ids)
        self.assertIn("nobody foresaw", failed[0].message)
        # When the cause is gone, the rest is built.
        self._as(self.biller, job).action_retry()
        self._run()
        self.assertRecordValues(
            job, [{"state": "done", "document_count": 5, "failed_count": 0}]
        )
        self.assertEqual(set(self.items.mapped("qty_drafted")), {1})

    def test_closed_books_leave_all_out(self):
        job = self._start(invoice_date="2026-03-05")
        self.env.company.fiscalyear_lock_date = "2026-03-31"
        self._run()
        self.assertRecordValues(job, [{"state": "done", "failed_count": 10}])
        self.assertIn("closed until 03/31/2026", job.line_ids[0].message)
        self.assertFalse(self.items.move_line_ids)

    def test_job_of_somebody_without_rights_builds_nothing(self):
        job = self._start()
        self.biller.group_ids = [
            Command.set(self.env.ref("base.group_user").ids),
        ]
        self._run()
        self.assertRecordValues(job, [{"state": "done", "failed_count": 10}])
        self.assertFalse(self.items.move_line_ids)

    def test_job_of_somebody_archived_builds_nothing(self):
        job = self._start()
        self.biller.active = False
        self._run()
        self.assertEqual(job.failed_count, 10)
        self.assertIn("is archived", job.line_ids[0].message)

    def test_wizard_refuses_before_the_job_is_made(self):
        self._build(self.items)
        self._assert_refused(UserError, self._start)
        self.assertFalse(self.env["medical.build.job"].search([]))

    # === STOPPED AND STARTED AGAIN === #

    def test_stopped_job_builds_nothing_more(self):
        job = self._start()
        work = type(job)._work_on_batch

        def stop_after_one(self_job):
            done = work(self_job)
            if done:
                self_job.action_cancel()
            return done

        with (
            patch.object(medical_build_job, "BATCH_SIZE", 2),
            patch.object(type(job), "_work_on_batch", stop_after_one),
        ):
            self._run()
        self.assertRecordValues(
            job, [{"state": "cancelled", "done_count": 4, "document_count": 2}]
        )
        self.assertEqual(sum(self.items.mapped("qty_drafted")), 4)
        self._assert_refused(UserError, self._as(self.biller, job).action_cancel)
        self._as(self.biller, job).action_retry()
        self._run()
        self.assertRecordValues(job, [{"state": "done", "document_count": 5}])
        self.assertEqual(set(self.items.mapped("qty_drafted")), {1})

    def test_job_that_is_at_work_is_not_started_again(self):
        job = self._start()
        self._assert_refused(UserError, self._as(self.biller, job).action_retry)

    def test_batch_that_fails_to_commit_is_not_half_there(self):
        job = self._start()
        with (
            patch.object(
                type(self.env["medical.build.job.line"]),
                "_set_outcome",
                side_effect=KeyboardInterrupt,
            ),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._run()
        self.env.invalidate_all()
        self.assertFalse(self.items.move_line_ids)
        self._run()
        self.assertRecordValues(job, [{"state": "done", "document_count": 5}])
        self.assertEqual(set(self.items.mapped("qty_drafted")), {1})

    # === TOLD AT THE END === #

    def test_who_started_it_is_told(self):
        job = self._start()
        self._build(self.items[0])
        self._run()
        self.assertRecordValues(
            self._as(self.biller, job).activity_ids,
            [
                {
                    "user_id": self.biller.id,
                    "summary": "Documents built: 5. Items left out: 1.",
                }
            ],
        )

    def test_documents_are_shown(self):
        job = self._start()
        self._run()
        action = self._as(self.biller, job).action_view_documents()
        moves = self.env["account.move"].search(action["domain"])
        self.assertEqual(moves, self.items.move_line_ids.move_id.sorted())

    # === RIGHTS === #

    def test_billers_see_jobs_and_change_them_by_buttons_only(self):
        job = self._start()
        self.assertTrue(self._call(self.biller, job, "read", ["progress"]))
        for model, values in (
            ("medical.build.job", {"state": "done"}),
            ("medical.build.job.line", {"state": "done"}),
        ):
            records = job if model == "medical.build.job" else job.line_ids
            with self.subTest(model=model):
                self._assert_refused(
                    AccessError, self._call, self.biller, records, "write", values
                )
                self._assert_refused(
                    AccessError, self._call, self.biller, records, "unlink"
                )
        self._assert_refused(
            AccessError,
            self._call,
            self.biller,
            self.env["medical.build.job"],
            "web_save",
            {"user_id": self.administrator.id, "company_id": self.env.company.id},
            {},
        )
        self._call(self.biller, job, "action_cancel")
        self.assertEqual(job.state, "cancelled")

    def test_others_neither_see_nor_stop_jobs(self):
        job = self._start()
        for user in (self.medic, self.accountant, self.reception, self.internal):
            with self.subTest(user=user.login):
                for method, arguments in (
                    ("read", [["state"]]),
                    ("action_cancel", []),
                    ("action_retry", []),
                ):
                    self._assert_refused(
                        AccessError, self._call, user, job, method, *arguments
                    )
                self._assert_refused(
                    AccessError, self._call, user, job.line_ids, "read", ["message"]
                )

    def test_jobs_of_other_companies_are_not_seen(self):
        job = self._start()
        other = self.setup_other_company(name="Other clinic")["company"]
        biller = self._create_user(
            "other_biller",
            "medical_billing.group_biller",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self._assert_refused(AccessError, self._call, biller, job, "read", ["state"])
        self._assert_refused(AccessError, self._call, biller, job, "action_cancel")
        self._assert_refused(
            AccessError, self._call, biller, job.line_ids, "read", ["message"]
        )
