"""What the loader makes of the cells and rows of an export, without a database."""

import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from synthea.export import read_export
from synthea.reading import Rejects, UnusableExport
from synthea.values import BrokenRow, to_datetime, to_decimal, to_quantity

SMALL = Path(__file__).parent / "data" / "synthea-small"


def copy_export(target, **changes):
    """Copy the small export; rows may be added to a file, or `None` leaves it out."""
    for source in SMALL.glob("*.csv"):
        change = changes.get(source.stem, "")
        if change is not None:
            (target / source.name).write_bytes(source.read_bytes() + change.encode())
    return target


def read(folder, **options):
    """Return the export in a folder, and the complaints as a list of lines."""
    complaints = io.StringIO()
    export = read_export(folder, Rejects(complaints), **options)
    return export, complaints.getvalue().splitlines()


@pytest.mark.parametrize("text", ["0", "0.01", "12", "9876543210.98", "+1.", ".5"])
def test_numbers(text):
    assert to_decimal({"P": text}, "P") == Decimal(text)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "-0.01", "1,5", "1_0", "nan", "inf", "1e3", "10" * 10, "٣"]
)
def test_no_numbers(text):
    with pytest.raises(BrokenRow):
        to_decimal({"P": text}, "P")


@pytest.mark.parametrize("text", ["0", "0.00", "-1", "0.001", "1.005"])
def test_no_quantities(text):
    with pytest.raises(BrokenRow):
        to_quantity({"Q": text}, "Q", 2)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2001-03-04", "2001-03-04 00:00:00"),
        ("2001-03-04T23:05:06Z", "2001-03-04 23:05:06"),
        ("2001-03-04T23:05:06-02:00", "2001-03-05 01:05:06"),
    ],
)
def test_times_are_in_utc(text, moment):
    assert str(to_datetime({"T": text}, "T")) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2001-02-29",
        "2001-13-01T00:00:00Z",
        "20010304",
        "04.03.01",
        "0001-01-01T00:00:00+01:00",
        "2001-01-01T24:00:01Z",
    ],
)
def test_no_times(text):
    with pytest.raises(BrokenRow):
        to_datetime({"T": text}, "T")


def test_small_export_is_sound():
    export, complaints = read(SMALL)
    assert not complaints
    assert len(export.patients) == 4
    assert len(export.practitioners) == 3
    gauze = [d for d in export.visits["e-01"].deeds if d.row.file == "supplies"]
    assert len({deed.row.key for deed in gauze}) == 3, "equal rows are told apart"
    assert export.patients["p-001"].name == "Ada12 Rose7 Quinn88, Jr."
    assert export.visits["e-05"].start.hour == 8


def test_first_patients_and_only_their_rows(tmp_path):
    # The broken row is one of a patient who is left out.
    folder = copy_export(tmp_path, devices="bad,,p-004,e-05,1,Thing,\n")
    export, complaints = read(folder, limit=1)
    assert not complaints
    assert list(export.patients) == ["p-001"]
    assert set(export.visits) == {"e-01", "e-02", "e-07", "e-08"}
    assert {p.row["Id"] for p in export.practitioners.values()} == {"d-1", "d-2"}


@pytest.mark.parametrize(
    ("file", "row", "reason"),
    [
        ("patients", "p-009,1900-02-30,,A,,B,F,,,,", "BIRTHDATE is not a date"),
        ("patients", "p-001,1900-01-01,,A,,B,F,,,,", "Id p-001 was there before"),
        ("patients", "p-009,1900-01-01", "has 2 columns instead of 11"),
        (
            "encounters",
            "e,2001-01-01,2001-01-02,nobody,d-1,,1,X,1,1",
            "unknown patient",
        ),
        (
            "encounters",
            "e,2001-01-01,2001-01-02,p-001,d-9,,1,X,1,1",
            "unknown provider",
        ),
        ("encounters", "e,2001-01-02,2001-01-01,p-001,d-1,,1,X,1,1", "STOP is before"),
        ("encounters", "e,2001-01-01,,p-001,d-1,,1,X,1,1", "STOP is empty"),
        ("encounters", "e,2001-01-01,2001-01-02,p-001,d-1,,1,X,,1", "COST is empty"),
        ("procedures", "2001-01-01,,p-001,e-99,1,X,1", "unknown encounter: 'e-99'"),
        ("procedures", "2001-01-01,,p-001,e-03,1,X,1", "is one of another patient"),
        ("procedures", "2001-01-01,,p-001,e-01,,X,1", "CODE is empty"),
        ("procedures", "2001-01-01,,p-001,e-01,1,X,-1", "BASE_COST is negative"),
        ("immunizations", "2001-01-01,p-001,e-01,1,X,1x", "BASE_COST is not a number"),
        ("medications", "2001-01-01,,p-001,,e-01,1,X,1,0,0,0", "DISPENSES is zero"),
        ("medications", "2001-01-01,,p-001,,e-01,1,X,9999999999,0,2,0", "too large"),
        ("supplies", "2001-01-01,p-001,e-01,1,X,-4", "QUANTITY is negative"),
        ("supplies", '2001-01-01,p-001,e-01,1,"X,4', "cannot be read"),
        ("supplies", "2001-01-01,p-001,e-01,1,\0,4", "is not text in UTF-8"),
        ("conditions", "2001-01-02,2001-01-01,p-001,e-01,1,X", "STOP is before START"),
    ],
)
def test_broken_row_is_named(tmp_path, file, row, reason):
    folder = copy_export(tmp_path, **{file: f"{row}\n"})
    line = (folder / f"{file}.csv").read_text().count("\n")
    export, complaints = read(folder)
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{file}.csv:{line}: ")
    assert reason in complaints[0]
    assert len(export.visits) == 8


def test_rows_of_a_broken_encounter_are_rejected_too(tmp_path):
    copy_export(tmp_path)
    path = tmp_path / "encounters.csv"
    path.write_text(path.read_text().replace(",83.10,", ",a lot,"))
    export, complaints = read(tmp_path)
    assert [line.split(": ")[0] for line in complaints] == [
        "encounters.csv:5",
        "immunizations.csv:3",
        "immunizations.csv:4",
        "medications.csv:4",
    ]
    assert "e-04" not in export.visits


def test_line_numbers_count_lines_not_rows(tmp_path):
    row = '2001-01-01,p-001,e-01,1,"two\nlines",4\n2001-01-01,p-001,e-01,1,X,none\n'
    _export, complaints = read(copy_export(tmp_path, supplies=row))
    assert [line.split(": ")[0] for line in complaints] == ["supplies.csv:9"]


def test_missing_files_and_columns_are_named_together(tmp_path):
    copy_export(tmp_path, providers=None, devices=None)
    path = tmp_path / "supplies.csv"
    path.write_text(path.read_text().replace("QUANTITY", "AMOUNT"))
    with pytest.raises(UnusableExport) as caught:
        read(tmp_path)
    message = str(caught.value)
    assert "providers.csv is missing; it is needed, with the columns Id" in message
    assert "supplies.csv has no column QUANTITY; needed are" in message
    assert "devices.csv" not in message


def test_command_line_is_checked_without_database(tmp_path):
    for arguments, code, message in (
        (["--help"], 0, "BASE_ENCOUNTER_COST"),
        ([str(SMALL)], 0, ""),
        ([str(tmp_path)], 1, "patients.csv is missing"),
        ([str(tmp_path / "none")], 1, "no such folder"),
        ([str(SMALL), "--date", "2024-02-30"], 2, "--date"),
        ([str(SMALL), "--patients", "0"], 2, "--patients"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "synthea", *arguments],
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done
        assert message in done.stdout + done.stderr
