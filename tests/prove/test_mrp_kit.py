"""Kits of Odoo's manufacturing are used in visits, where that app is installed."""

import json
from pathlib import Path

import pytest
from scratch import scratch_database
from test_install import ROOT, change, run

WORKER = Path(__file__).with_name("kit_worker.py")


def do(database, deed):
    """Let the worker do something; return its figures."""
    printed = run(ROOT / "tools/run_in_odoo.py", database, WORKER, deed)
    return json.loads(printed.splitlines()[-1])


@pytest.fixture(scope="module")
def database():
    with scratch_database("kit") as name:
        change(name, "install", "mrp")
        yield name


def figures(taken, difference, gauze, glove, cost, standard=None):
    """Return what the worker is to say of a line."""
    return {
        "taken": taken,
        "difference": difference,
        "net": {"Gauze": gauze, "Glove": glove},
        "cost": cost,
        "standard": cost if standard is None else standard,
        "actual": cost,
    }


def test_parts_of_kits_leave_and_come_back(database):
    steps = {(kind, step): value for kind, step, value in do(database, "use")}
    assert len(steps) == 14
    for kind in ("consumable", "storable"):
        # A set has 2 gauzes at 3.00 and 3 gloves at 1.00: 9.00.
        assert steps[kind, "enough"] == figures(2, 0, 4, 6, 18)
        assert steps[kind, "less"] == figures(1, 0, 2, 3, 9)
        # 6 gauzes for three sets, and 6 gloves, which are enough for two.
        assert steps[kind, "short"] == figures(2, 1, 6, 6, 24, 27)
        assert steps[kind, "waiting"] == [["Glove", 3]]
        assert steps[kind, "filled"] == figures(3, 0, 6, 9, 27)
        # One glove is a third of a set.
        assert steps[kind, "part returned"] == figures(0.33, 0.67, 2, 1, 7, 9)
        assert steps[kind, "taken again"] == figures(1, 0, 2, 3, 9)


def test_what_waits_of_a_kit_is_called_off(database):
    waits, less, cancelled, again = do(database, "call_off")
    # Gauze for four sets left, and no glove is there.
    assert waits["net"] == {"Gauze": 8}
    assert (waits["taken"], waits["difference"]) == (0, 4)
    assert less.pop("waiting") == [["Glove", 3]]
    assert less["net"] == {"Gauze": 2}
    assert (less["taken"], less["difference"]) == (0, 1)
    assert (cancelled["taken"], cancelled["difference"]) == (0, 1)
    # Nothing is out twice.
    assert again == figures(1, 0, 2, 3, 9)


def test_costs_and_plans_know_what_kits_consist_of(database):
    assert do(database, "plan") == {
        # 2 sets at 9.00, for 50.00
        "cost": 18,
        "margin": 32,
        "lines": 2,
        "expected": {"Gauze": 4, "Glove": 6, "Dressing set": 0},
    }


def test_what_was_used_stays_when_manufacturing_goes(database):
    before = do(database, "keep")
    assert before
    change(database, "uninstall", "mrp")
    after = do(database, "keep")
    assert [line["net"] for line in after] == [line["net"] for line in before]
    assert [line["taken"] for line in after] == [line["taken"] for line in before]
