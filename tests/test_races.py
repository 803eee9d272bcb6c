"""Two people press the same button at the same moment, in real transactions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scratch import scratch_database

ROOT = Path(__file__).parents[1]
WORKER = Path(__file__).with_name("race_worker.py")


@pytest.fixture(scope="module")
def results():
    with scratch_database("races") as database:
        worker = subprocess.run(
            [sys.executable, str(ROOT / "tools/run_in_odoo.py"), database, str(WORKER)],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert worker.returncode == 0, worker.stdout + worker.stderr
        return json.loads(worker.stdout.splitlines()[-1])


def assert_each_item_once(result):
    assert result["lines"] == [1, 1, 1, 1], result
    assert result["drafted"] == [1, 1, 1, 1], result
    assert result["to_bill"] == [0, 0, 0, 0], result


def test_two_clerks_in_the_same_moment_bill_each_item_once(results):
    result = results["together"]
    assert_each_item_once(result)
    built = [lines for lines in result["outcomes"].values() if lines == 4]
    refused = [
        text for text in result["outcomes"].values() if str(text).startswith("refused")
    ]
    assert len(built) == len(refused) == 1, result
    assert result["documents"] == 1


def test_second_clerk_is_told_who_is_faster(results):
    result = results["while_open"]
    assert_each_item_once(result)
    assert result["outcomes"]["first"] == 4
    assert "is being billed by somebody else" in result["outcomes"]["second"]
    assert result["documents"] == 1


def test_second_clerk_bills_what_the_first_left(results):
    result = results["overlap"]
    assert_each_item_once(result)
    assert result["outcomes"] == {"first": 3, "second": 1}
    assert result["documents"] == 2


def test_clerk_who_looked_before_the_other_built_bills_nothing_twice(results):
    result = results["old_view"]
    assert_each_item_once(result)
    assert result["outcomes"]["first"] == 4
    assert "has nothing left to bill" in result["outcomes"]["second"]
    assert result["documents"] == 1


def test_items_are_free_when_the_first_clerk_gives_up(results):
    result = results["after_rollback"]
    assert_each_item_once(result)
    assert result["outcomes"] == {"first": "refused: power cut", "second": 4}


def test_goods_done_in_two_windows_are_taken_once(results):
    result = results["done_twice"]
    assert result["moves"] == [3], result
    assert result["on_hand"] == 17
    assert result["qty_done"] == result["to_bill"] == 3


def test_goods_of_a_visit_signed_in_two_windows_are_taken_once(results):
    result = results["signed_twice"]
    assert result["moves"] == [3], result
    assert result["on_hand"] == 17
    assert result["qty_done"] == result["to_bill"] == 3
    assert result["outcomes"]["first"] == "done"
    assert "was already signed by first" in result["outcomes"]["second"]


def test_till_is_not_closed_while_somebody_takes_money(results):
    result = results["till_paid_while_closing"]
    assert result["outcomes"]["first"] == "taken"
    assert "at this moment" in result["outcomes"]["second"], result
    assert (result["closed"], result["expected"]) == (False, 130)


def test_till_is_not_closed_over_a_payment_that_the_count_does_not_know(results):
    result = results["till_closed_after_looking"]
    assert result["outcomes"]["first"] == "taken"
    assert "Count again" in result["outcomes"]["second"], result
    assert (result["closed"], result["expected"]) == (False, 130)


def test_till_is_closed_once(results):
    result = results["till_closed_twice"]
    assert result["outcomes"]["first"] == "closed"
    assert "at this moment" in result["outcomes"]["second"], result
    assert (result["closed"], result["counted"]) == (True, 100)


def test_money_taken_after_the_closing_is_in_no_closed_till(results):
    result = results["till_closed_before_paying"]
    assert result["outcomes"] == {"first": "closed", "second": "taken"}
    assert (result["closed"], result["expected"]) == (True, 100)
    assert result["payments"] == 0


def test_offer_is_accepted_once(results):
    result = results["plan_accepted_while_open"]
    assert result["outcomes"]["first"] == "done"
    assert "changing this treatment plan just now" in result["outcomes"]["second"]
    assert result["accepted_by"] == "first"


def test_offer_is_not_accepted_by_who_looked_before(results):
    result = results["plan_accepted_after_looking"]
    assert result["outcomes"]["first"] == "done"
    assert "was already accepted by Ada" in result["outcomes"]["second"]
    assert result["accepted_by"] == "first"


@pytest.mark.parametrize("way", ["while_open", "after_looking"])
def test_last_session_goes_into_one_visit(results, way):
    result = results[f"session_added_{way}"]
    assert result["outcomes"]["first"] == "done", result
    assert result["outcomes"]["second"].startswith("refused"), result
    assert result["sessions"] == 1
