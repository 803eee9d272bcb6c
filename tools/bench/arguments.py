"""The arguments of ``./clinic bench``.

``python -m bench.arguments ARGUMENTS`` only looks at them: a mistake is told before a
database is made.
"""

import argparse
import os
import sys
from pathlib import Path

DESCRIPTION = """\
Measure how long documents take: built from billable items against Odoo's bare
account.move.create of the very same values; built and posted against Odoo Sales;
receipts, built, posted and paid, against Odoo's create, post and payment register.
What is compared alternates in one run; every measurement is a transaction of its own
that is rolled back. Prints medians, ratios, queries, and a verdict for each target.
"""
EPILOG = """\
The exit code is 1 when a target is missed, or when two ways did not end in the same
documents. The last line that is printed is JSON.
"""
SIZES = [200, 1000]
LARGE = 5000
# The ways that are compared, see ways.py.
WAYS = {
    "ours": "_build_invoices and action_post",
    "bare": "account.move.create of the very same values",
    "unlinked": "account.move.create of the same values without the addons' fields",
    "sale": "sale.order._create_invoices, a document for each order, and action_post",
    "ours_receipt": "_build_invoices and _post_and_pay_receipts",
    "odoo_receipt": "account.move.create, action_post, one account.payment.register",
}
# What is measured with the largest number; the others would take an hour.
LARGE_WAYS = ("ours", "bare", "ours_receipt")


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


positive.__name__ = "number above zero"


def file(text):
    # Meant from where ./clinic was called, wherever this runs.
    return Path(os.environ.get("CLINIC_CALLED_FROM", "."), text)


def parse(argv):
    """Parse the command line; ends the program when it cannot be understood."""
    parser = argparse.ArgumentParser(
        prog="./clinic bench", description=DESCRIPTION, epilog=EPILOG
    )
    parser.add_argument(
        "--documents",
        metavar="S",
        type=positive,
        nargs="+",
        default=SIZES,
        help="how many documents at a time; several numbers for several runs "
        f"({' '.join(map(str, SIZES))})",
    )
    parser.add_argument(
        "--large",
        action="store_true",
        help=f"also {LARGE} documents, and how the time of one grows up to there",
    )
    parser.add_argument(
        "--rounds",
        metavar="N",
        type=positive,
        default=3,
        help="how often each is measured, the dropped first time apart (%(default)s)",
    )
    parser.add_argument(
        "--only",
        metavar="WAY",
        nargs="+",
        choices=WAYS,
        default=list(WAYS),
        help=f"only these of {', '.join(WAYS)}, and the targets that need no others",
    )
    parser.add_argument(
        "--profile",
        action="store_true",
        help="measure nothing, and say in which functions and queries each way spends "
        "its time with the lowest number of documents",
    )
    parser.add_argument(
        "--json", metavar="FILE", type=file, help="write the figures there, too"
    )
    # Taken off by ./clinic; here for the help.
    parser.add_argument(
        "--database",
        metavar="NAME",
        help="use this database, which has the addons and sale, as it is",
    )
    options = parser.parse_args(argv)
    if options.large and LARGE not in options.documents:
        options.documents = [*options.documents, LARGE]
    options.documents = sorted(set(options.documents))
    return options


if __name__ == "__main__":
    parse(sys.argv[1:])
