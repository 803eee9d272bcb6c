"""What accountants read in `docs/plan-entries.md` is what the tests check."""

import math
import re
from pathlib import Path

import pytest
from test_stock_entries_page import read_tables, to_amount

from odoo.addons.medical_billing.tests import plan_cases

PAGE = Path(__file__).parents[1] / "docs" / "plan-entries.md"
CASES = {
    "package": plan_cases.PACKAGE,
    "installments": plan_cases.INSTALLMENTS,
    "per session": plan_cases.PER_SESSION,
}


@pytest.fixture(scope="module")
def tables():
    return {
        heading[0]: (heading[1:], rows) for heading, rows in read_tables(PAGE).items()
    }


@pytest.mark.parametrize("case", CASES)
def test_page_shows_each_entry(tables, case):
    accounts, rows = tables[case]
    assert accounts == plan_cases.ACCOUNTS
    shown = [(when, tuple(map(to_amount, cells))) for when, *cells in rows[:-1]]
    assert shown == CASES[case]


@pytest.mark.parametrize("case", CASES)
def test_entries_balance_and_add_up(tables, case):
    _accounts, rows = tables[case]
    *entries, (_in_the_end, *totals) = [
        (when, *map(to_amount, cells)) for when, *cells in rows
    ]
    assert all(sum(amounts) == 0 for _when, *amounts in entries)
    assert totals == [sum(column) for column in list(zip(*entries, strict=True))[1:]]


def test_products_on_the_page_are_right():
    products = re.findall(r"(\d+) × ([\d.]+) = ([\d.]+)", PAGE.read_text())
    assert products
    for *factors, result in products:
        assert math.prod(map(float, factors)) == float(result)
