"""The addons come one at a time, on data that is there, and go again in reverse."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from scratch import execute, query, scratch_database

ROOT = Path(__file__).parents[1]
WORKER = Path(__file__).with_name("install_worker.py")
ADDONS = ("medical_records", "medical_billing", "medical_stock_link")


def run(*command):
    """Run a command, and return what it printed; fail with what it complained of."""
    process = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    complaints = re.findall(r"^.* (?:ERROR|CRITICAL) .*$", process.stderr, re.MULTILINE)
    assert not complaints, process.stderr
    return process.stdout


def do(database, deed):
    """Let the worker do something; return its figures."""
    printed = run(ROOT / "tools/run_in_odoo.py", database, WORKER, deed)
    return json.loads(printed.splitlines()[-1])


def change(database, subcommand, addon):
    """Install or uninstall an addon."""
    # Odoo wants this table for itself at once, and gives up where autovacuum is at it.
    execute("ALTER TABLE ir_module_module SET (autovacuum_enabled = false)", database)
    run(
        "-m", "odoo", "module", subcommand,
        "-c", os.environ["ODOO_RC"], "-d", database, addon,
    )  # fmt: skip
    states = query(
        database, "SELECT state FROM ir_module_module WHERE name = %s", addon
    )
    assert states == [("installed" if subcommand == "install" else "uninstalled",)]


def get_papers(figures):
    """Return the figures that must never change."""
    return {name: figures[name] for name in ("documents", "payments", "pickings")}


def test_addons_come_one_by_one_and_go_in_reverse():
    with scratch_database("install", os.environ["CLINIC_BASE_TEMPLATE"]) as database:
        change(database, "install", "medical_records")
        assert do(database, "record") == {"billing": False, "lines": [2, 2]}

        change(database, "install", "medical_billing")
        billed = do(database, "bill")
        # What was done before is there to be billed.
        assert billed["items"] == [["Suture", 2, 120], ["Gauze", 2, 2]]
        # A plan that was agreed on before has a price from now on.
        assert billed["plan"] == ["Ada Patient", 120, 360]
        # 2 × 120.00 and 2 × 2.00, each and 15 % tax.
        assert [paper[1:6] for paper in billed["documents"]] == [
            ["out_invoice", "posted", "not_paid", 276, 276],
            ["out_receipt", "posted", "paid", 4.6, 0],
        ]

        change(database, "install", "medical_stock_link")
        used = do(database, "consume")
        assert used["has_type"]
        assert used["has_location"]
        # Two visits used two each; the first brought theirs back.
        assert [paper[1:2] + paper[3:] for paper in used["pickings"]] == [
            ["done", [2]],
            ["done", [2]],
            ["done", [2]],
        ]
        papers = get_papers(used)
        assert len(papers["documents"]) == 5
        assert do(database, "read")["printed"]

        for addon in reversed(ADDONS):
            change(database, "uninstall", addon)
            seen = do(database, "read")
            assert get_papers(seen) == papers, addon
            assert seen["printed"], addon
            assert seen["opened"], addon

        assert do(database, "work") == {
            "drafts": 1,
            "paid": "paid",
            "picking": "done",
            "warehouse": True,
            "left": 0,
        }
        tables = query(
            database, "SELECT relname FROM pg_class WHERE relname LIKE 'medical%'"
        )
        assert tables == []
        columns = query(
            database,
            """
            SELECT table_name, column_name FROM information_schema.columns
             WHERE column_name ~ 'medical|patient|consultation|billable'
            """,
        )
        assert columns == []


def test_records_need_neither_accounting_nor_stock():
    with scratch_database("alone", "template0") as database:
        run(
            "-m", "odoo", "-c", os.environ["ODOO_RC"], "-d", database,
            "-i", "medical_records", "--stop-after-init", "--no-http",
            "--log-level=warn", "--max-cron-threads=0",
        )  # fmt: skip
        installed = query(
            database,
            "SELECT name FROM ir_module_module WHERE state = 'installed'"
            " AND name IN ('account', 'stock', 'medical_records')",
        )
        assert installed == [("medical_records",)]
        assert do(database, "record") == {"billing": False, "lines": [2, 2]}
