"""The arguments of ``./clinic synthea``."""

import argparse
import os
from pathlib import Path

from .files import NOT_READ, describe_files
from .values import parse_day

DESCRIPTION = """\
Load a Synthea CSV export into a clinic's database: patients, practitioners and
consultations with all that was done in them. Every consultation is signed; drugs,
supplies and devices leave a stock that first received them; invoices or receipts are
built and posted, and receipts are paid. Run again, it adds nothing twice, and goes on
where it was stopped.
"""
EPILOG = f"""\
files and the columns that are read:
{describe_files()}

Not read: {", ".join(f"{name}.csv" for name in NOT_READ)}.

A broken row is reported with file and line, and counted; everything else is loaded,
and the exit code is 1. When a needed file or column is missing, nothing is loaded.
The last line that is printed is JSON.
"""


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


positive.__name__ = "number above zero"


def day(text):
    try:
        return parse_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def folder(text):
    # Meant from where ./clinic was called, wherever this runs.
    return Path(os.environ.get("CLINIC_CALLED_FROM", "."), text)


def parse(argv):
    """Parse the command line; ends the program when it cannot be understood."""
    parser = argparse.ArgumentParser(
        prog="./clinic synthea",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder", metavar="DIR", type=folder, help="the folder of the CSV files"
    )
    # Taken off by ./clinic; here for the help.
    parser.add_argument(
        "--database", metavar="NAME", help="made when there is none (synthea)"
    )
    parser.add_argument(
        "--patients",
        metavar="N",
        type=positive,
        help="only the first N patients of the file, and only their rows",
    )
    parser.add_argument(
        "--document",
        choices=("invoice", "receipt"),
        default="invoice",
        help="what is built; receipts are paid, too (%(default)s)",
    )
    parser.add_argument(
        "--group",
        choices=("consultation", "patient"),
        default="consultation",
        help="what gets a document of its own (%(default)s)",
    )
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        type=day,
        help="the date of documents and payments, past or future (today)",
    )
    parser.add_argument(
        "--batch",
        metavar="N",
        type=positive,
        default=100,
        help="how many visits are worked on between two commits (%(default)s)",
    )
    return parser.parse_args(argv)
