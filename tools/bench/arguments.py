"""The arguments of ``./clinic bench``.

``python -m bench.arguments ARGUMENTS`` only looks at them, and says which parts there
are to measure: a mistake is told before a database is made.
"""

import argparse
import os
import sys
from pathlib import Path

DESCRIPTION = """\
Measure how long documents take: built from billable items against Odoo's bare
account.move.create of the very same values; built and posted against Odoo Sales;
receipts, built, posted and paid, against Odoo's create, post and payment register;
goods that visits used, taken out of stock, against Odoo's bare transfers of the same.
What is compared alternates in one run; every measurement is a transaction of its own
that is rolled back. Prints medians, ratios, queries, and a verdict for each target.
"""
EPILOG = """\
The exit code is 1 when a target is missed, or when two ways did not end in the same
documents. The last line that is printed is JSON.
"""
SIZES = [200, 1000]
LARGE = 5000
# The ways to documents that are compared, see ways.py.
DOCUMENT_WAYS = {
    "ours": "_build_invoices and action_post",
    "bare": "account.move.create of the very same values",
    "unlinked": "account.move.create of the same values without the addons' fields",
    "sale": "sale.order._create_invoices, a document for each order, and action_post",
    "ours_receipt": "_build_invoices and _post_and_pay_receipts",
    "odoo_receipt": "account.move.create, action_post, one account.payment.register",
}
# Those of goods out of the stock, see stock_ways.py.
STOCK_WAYS = {
    "ours_stock": "_settle_stock of the lines of all visits",
    "bare_stock": "stock.picking.create of the same, confirmed and reserved in one "
    "batch, one _action_done for each visit's entry",
    "together_stock": "the same with one _action_done, so with one entry for all",
}
WAYS = DOCUMENT_WAYS | STOCK_WAYS
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
        help="how many documents or visits at a time; several numbers for several runs "
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
        "--json",
        metavar="FILE",
        type=file,
        help="write the figures there, too; those of the stock "
        "go beside it, into a file that ends in -stock",
    )
    # Taken off by ./clinic; here for the help.
    parser.add_argument(
        "--database",
        metavar="NAME",
        help="use this database with the addons and sale, as it is, for documents",
    )
    options = parser.parse_args(argv)
    if options.large and LARGE not in options.documents:
        options.documents = [*options.documents, LARGE]
    options.documents = sorted(set(options.documents))
    return options


if __name__ == "__main__":
    chosen = parse(sys.argv[1:]).only
    for part, ways in (("documents", DOCUMENT_WAYS), ("stock", STOCK_WAYS)):
        if not ways.keys().isdisjoint(chosen):
            print(part)
