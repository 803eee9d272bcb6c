"""What accountants read in `docs/stock-entries.md` is what the tests check."""

import math
import re
from pathlib import Path

import pytest

from odoo.addons.medical_stock_link.tests.worked_cases import DOCUMENTS, ROWS

PAGE = Path(__file__).parents[1] / "docs" / "stock-entries.md"
METHODS = {"standard": "standard", "average": "average", "FIFO": "fifo"}


def read_tables(page=PAGE):
    """Return the tables of a page: each heading to its rows."""
    tables = {}
    for block in re.findall(r"(?:^\|.*\|\n)+", page.read_text(), flags=re.M):
        heading, _line, *rows = (
            tuple(cell.strip() for cell in line.strip("|").split("|"))
            for line in block.splitlines()
        )
        tables[heading] = rows
    return tables


AMOUNT = re.compile(r"−?\d+\.\d\d")


def to_amount(cell):
    """Return what a cell says; a dash is nothing."""
    return 0.0 if cell == "–" else float(cell.replace("−", "-"))


def add_up(terms):
    """Work out what a cell adds up, like `10 × 4.00 + 2 × 8.00` or `3 × 56.00 / 12`."""
    total = 0.0
    for term in terms.split(" + "):
        product, _slash, divisor = term.partition(" / ")
        value = math.prod(float(factor) for factor in product.split(" × "))
        total += value / float(divisor or 1)
    return total


@pytest.fixture(scope="module")
def tables():
    return read_tables()


def get_table(tables, *heading):
    [rows] = [rows for head, rows in tables.items() if head[: len(heading)] == heading]
    return rows


def test_page_shows_each_worked_case(tables):
    shown = [
        (case, METHODS[method], *map(to_amount, amounts))
        for case, method, *amounts in get_table(tables, "case", "cost")
    ]
    assert shown == [tuple(row) for row in ROWS]


def test_page_shows_the_documents_of_each_case(tables):
    shown = {
        case: [to_amount(amount) for amount in AMOUNT.findall(text)]
        for case, text in get_table(tables, "case", "documents")
    }
    assert shown == DOCUMENTS


def test_sums_on_the_page_are_right(tables):
    """Each `12 × 5.00 = 60.00` is what it says, and what the rows below say."""
    sums = get_table(tables, "", "standard cost 5.00")
    for _what, *cells in sums:
        for cell in cells:
            terms, result = cell.split(" = ")
            assert round(add_up(terms), 2) == float(result)
    results = {
        what: [float(cell.split(" = ")[1]) for cell in cells] for what, *cells in sums
    }
    by_case = {(row.case, row.method): row for row in ROWS}
    for number, method in enumerate(("standard", "average", "fifo")):
        plain = by_case["billed apart", method]
        back = by_case["returned with credit", method]
        assert plain.used == results["12 used"][number]
        assert back.returned == results["3 come back"][number]
        assert plain.stock == results["left"][number]
        assert back.stock == results["left after the return"][number]
