"""The Synthea loader as people run it: a process of its own, on a scratch database.

What it should come to is added up by `synthea_check`, from the CSV files alone.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
import synthea_check
from scratch import connect, execute, query, scratch_database

HERE = Path(__file__).parent
ROOT = HERE.parent
SMALL = HERE / "data" / "synthea-small"
# A real export, where there is one.
REAL = Path(
    os.environ.get("CLINIC_SYNTHEA", ROOT.parent / "shared/data/synthea-nebraska")
)
EXPORTS = [(SMALL, None)] + ([(REAL, 3)] if REAL.is_dir() else [])
COMMAND = [sys.executable, str(ROOT / "tools/run_in_odoo.py")]
LOADER = str(ROOT / "tools/synthea/load.py")
AMOUNTS = ("charged", "invoiced", "paid")


@pytest.fixture
def database(request):
    with scratch_database(f"synthea_{os.getpid()}") as name:
        yield name


def load(database, folder, *options, code=0):
    """Load an export; return the figures of the last line, and the complaints."""
    done = subprocess.run(
        [*COMMAND, database, LOADER, str(folder), *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == code, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert all(isinstance(figures[key], str) for key in AMOUNTS)
    assert set(figures.pop("seconds")) == {"load", "sign", "build", "post", "pay"}
    return figures, done.stderr.splitlines()


def check(database, expected):
    """Assert that the database holds exactly what the files say."""
    with connect(database) as connection:
        differences = synthea_check.find_differences(expected, connection)
    assert not differences


def assert_figures(figures, expected):
    charged = str(expected.charged)
    assert (figures["charged"], figures["invoiced"]) == (charged, charged)
    assert figures["items"] == expected.items
    assert figures["consultations"] == len(expected.visits)
    assert figures["patients"] == len(expected.patients)
    assert figures["units_consumed"] == expected.units.total()
    assert figures["left_to_bill"] == 0


@pytest.mark.parametrize(("folder", "patients"), EXPORTS, ids=lambda p: str(p)[-14:])
def test_invoices_are_exact_and_nothing_comes_twice(database, folder, patients):
    options = ["--patients", str(patients)] if patients else []
    expected = synthea_check.Expected(folder, patients)
    figures, complaints = load(database, folder, *options)
    assert not complaints
    assert_figures(figures, expected)
    assert figures["documents"] == len(expected.visits)
    assert (figures["paid"], figures["rejected"]) == ("0.00", 0)
    check(database, expected)
    again, complaints = load(database, folder, *options)
    assert not complaints
    assert again == figures
    check(database, expected)


def test_record_of_the_small_export(database):
    figures, _complaints = load(database, SMALL, "--patients", "1")
    assert figures["patients"] == 1
    # The rest of the export comes on top.
    figures, _complaints = load(database, SMALL, "--group", "patient")
    expected = synthea_check.Expected(SMALL)
    assert_figures(figures, expected)
    assert figures["lines"] == expected.items + 5 + 2 + 1
    # Four of the first patient, and one for each of the others who came.
    assert figures["documents"] == 4 + 2
    check(database, expected)
    assert query(
        database,
        """SELECT kind, charge, state, count(*)::int FROM medical_consultation_line
           GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
    ) == [
        ("consultation", "charged", "done", 8),
        ("consumable", "none", "done", 7),
        ("imaging", "none", "done", 1),
        ("medication", "charged", "done", 7),
        ("procedure", "charged", "done", 9),
    ]
    assert query(
        database,
        """SELECT code.code, rank, date_onset::text, date_end::text, condition.state
           FROM medical_diagnosis diagnosis
           JOIN medical_condition condition ON diagnosis_id = diagnosis.id
           JOIN medical_code code ON code.id = diagnosis.code_id ORDER BY 1""",
    ) == [
        ("300001", "principal", "2001-03-04", "2001-04-04", "resolved"),
        ("300002", "secondary", "2001-03-04", None, "active"),
        ("300003", "principal", "1990-07-01", None, "active"),
    ]
    assert query(
        database,
        """SELECT substance, severity, reaction, active FROM medical_allergy
           ORDER BY 1""",
    ) == [
        ("Bee venom", "severe", "Rash, Short of breath", True),
        ("Pain pill", None, "", False),
        ("Rare drug", None, "", True),
    ]
    # Given in spite of an allergy that the export holds and that is not past.
    assert query(
        database,
        """SELECT name, override_alert, override_reason
             FROM medical_consultation_line WHERE override_reason IS NOT NULL""",
    ) == [("Rare drug", "Rare drug", "Given according to the imported record")]
    assert query(
        database,
        """SELECT name, udi FROM medical_consultation_line WHERE udi IS NOT NULL
           ORDER BY 1""",
    ) == [("Pump", "(01)333(21)444"), ("Splint, hand", "(01)111(21)222")]


def test_check_tells_what_the_stock_does_not_hold(database):
    load(database, SMALL)
    expected = synthea_check.Expected(SMALL)
    check(database, expected)
    # One pump more lies there than anybody received.
    execute(
        """INSERT INTO stock_quant
               (product_id, location_id, quantity, reserved_quantity, in_date)
           SELECT product.id, warehouse.lot_stock_id, 1, 0, now()
           FROM product_product product, stock_warehouse warehouse
           WHERE default_code = '500002'""",
        database,
    )
    with connect(database) as connection:
        by_lot, by_code = synthea_check.find_differences(expected, connection)
    assert by_lot.endswith("None: 1.00 on hand, but 1.00 received and 1.00 consumed")
    assert by_code.startswith(
        "consumable 500002: 1.00 on hand, but 1.00 received and 1 "
    )


def test_receipts_are_paid_to_the_cent(database):
    expected = synthea_check.Expected(SMALL)
    figures, _complaints = load(
        database, SMALL, "--document", "receipt", "--date", "2021-06-30"
    )
    assert_figures(figures, expected)
    assert figures["paid"] == str(expected.charged)
    check(database, expected)
    with connect(database) as connection:
        assert not synthea_check.find_payment_differences(
            expected,
            connection,
            sum(1 for amount in expected.visits.values() if amount),
        )
    assert query(
        database,
        """SELECT state, payment_state, invoice_date::text, date::text, count(*)::int
           FROM account_move WHERE is_medical_receipt GROUP BY 1, 2, 3, 4""",
    ) == [("posted", "paid", "2021-06-30", "2021-06-30", 8)]


def test_broken_rows_stop_nothing_else(database, tmp_path):
    for source in SMALL.glob("*.csv"):
        shutil.copyfile(source, tmp_path / source.name)
    for name, row in (
        ("encounters", "e-99,2001-01-01,2001-01-01,p-001,d-99,,1,Talk,1.00,1.00"),
        ("procedures", "2001-01-01,,p-001,e-01,1,Act,1.0.0"),
        ("medications", "yesterday,,p-001,,e-01,1,Pill,1.00,0,1,1.00"),
        ("supplies", "2001-01-01,p-777,e-01,1,Gauze,1"),
    ):
        with (tmp_path / f"{name}.csv").open("a") as file:
            file.write(f"{row}\n")
    figures, complaints = load(database, tmp_path, code=1)
    assert complaints == [
        "encounters.csv:10: unknown provider: 'd-99'",
        "procedures.csv:8: BASE_COST is not a number: '1.0.0'",
        "medications.csv:9: START is not a date: 'yesterday'",
        "supplies.csv:7: unknown patient: 'p-777'",
    ]
    assert figures["rejected"] == 4
    expected = synthea_check.Expected(SMALL)
    assert_figures(figures, expected)
    check(database, expected)
    # A row that is mended later comes too late for a visit that is signed.
    path = tmp_path / "procedures.csv"
    path.write_text(path.read_text().replace("1.0.0", "1.00"))
    figures, complaints = load(database, tmp_path, code=1)
    assert (
        "procedures.csv:8: its encounter is signed: no row can be added" in complaints
    )
    assert figures["rejected"] == 4
    check(database, expected)


def test_export_with_needed_files_only(database, tmp_path):
    for name in ("patients", "providers", "encounters"):
        shutil.copyfile(SMALL / f"{name}.csv", tmp_path / f"{name}.csv")
    figures, _complaints = load(database, tmp_path)
    expected = synthea_check.Expected(tmp_path)
    assert_figures(figures, expected)
    assert (figures["lines"], figures["stock_moves"]) == (8, 0)
    check(database, expected)


# Each is true from the second step of a phase on, and no sooner.
MOMENTS = {
    "load": "SELECT count(*) > 1 FROM medical_consultation",
    "sign": "SELECT count(*) > 1 FROM medical_consultation WHERE state = 'signed'",
    "build": "SELECT count(*) > 1 FROM account_move WHERE is_medical_receipt",
    "post": """SELECT count(*) > 1 FROM account_move
               WHERE is_medical_receipt AND state = 'posted'""",
    "pay": "SELECT count(*) > 1 FROM account_payment",
}


def kill_at(database, moment, *arguments):
    """Start a load and kill it as soon as a query is true."""
    process = subprocess.Popen(
        [*COMMAND, database, LOADER, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with connect(database) as connection, connection.cursor() as cursor:
        while process.poll() is None:
            cursor.execute(moment)
            if cursor.fetchone()[0]:
                process.kill()
            time.sleep(0.005)
    return process.wait()


def test_killed_in_every_phase_and_started_again(database):
    options = [str(SMALL), "--document", "receipt", "--batch", "1"]
    for phase, moment in MOMENTS.items():
        assert kill_at(database, moment, *options) == -9, f"not killed: {phase}"
    expected = synthea_check.Expected(SMALL)
    figures, complaints = load(database, *options)
    assert not complaints
    assert_figures(figures, expected)
    assert figures["documents"] == len(expected.visits)
    assert Decimal(figures["paid"]) == expected.charged
    check(database, expected)
    with connect(database) as connection:
        assert not synthea_check.find_payment_differences(
            expected,
            connection,
            sum(1 for amount in expected.visits.values() if amount),
        )
