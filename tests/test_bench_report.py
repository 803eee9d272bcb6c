"""The verdicts of ``./clinic bench``, from figures given by hand."""

import pytest
from bench.arguments import STOCK_WAYS, parse
from bench.report import format_verdicts, get_verdicts
from bench.showing import find_differences


class FakeBench:
    """Figures of some ways: seconds and queries for each round."""

    def __init__(self, **rounds):
        self.rounds = {}
        for key, figures in rounds.items():
            name, size = key.rsplit("_", 1)
            self.rounds[int(size), name] = figures
        self.samples = self.rounds

    def get_values(self, size, name, steps=None, attribute="seconds"):
        index = ["seconds", "queries"].index(attribute)
        return [figures[index] for figures in self.rounds[size, name]]

    def get_median(self, *arguments):
        values = sorted(self.get_values(*arguments))
        return values[len(values) // 2]


def judge(large=None, **rounds):
    verdicts = get_verdicts(FakeBench(**rounds), [10], large)
    return {verdict["title"]: verdict for verdict in verdicts}


def test_ratio_is_the_median_of_the_ratios_of_the_rounds():
    # The machine was slow in the second round; medians apart would say 1.5.
    ours = [(1.0, 10), (9.0, 10), (3.0, 10)]
    bare = [(1.0, 10), (9.0, 10), (2.0, 10)]
    verdict = judge(ours_10=ours, bare_10=bare)["build / bare create"]
    assert (verdict["ratio"], verdict["lowest"], verdict["highest"]) == (1.0, 1.0, 1.5)
    assert verdict["passed"] is True


def test_too_slow_is_missed():
    verdict = judge(ours_10=[(1.11, 10)], bare_10=[(1.0, 10)])["build / bare create"]
    assert verdict["passed"] is False
    assert "MISSED" in format_verdicts([verdict])


def test_one_query_more_for_each_document_is_reached_and_two_are_missed():
    for queries, passed in ((20, True), (30, False)):
        verdicts = judge(ours_10=[(1.0, queries)], bare_10=[(1.0, 10)])
        assert verdicts["build / bare create"]["passed"] is passed


def test_growth_compares_one_document_with_one():
    for seconds, passed in ((11.4, True), (11.6, False)):
        verdicts = judge(
            large=100, ours_receipt_10=[(1.0, 1)], ours_receipt_100=[(seconds, 10)]
        )
        verdict = verdicts["one of 100 / one of 10: ours_receipt"]
        assert verdict["passed"] is passed


def test_what_was_not_measured_has_no_verdict():
    assert set(judge(ours_10=[(1.0, 1)], sale_10=[(2.0, 1)])) == {
        "build + post / Odoo Sales"
    }


def test_large_adds_the_largest_number(capsys):
    assert parse(["--large"]).documents == [200, 1000, 5000]
    assert parse(["--documents", "50", "--only", "ours"]).only == ["ours"]
    with pytest.raises(SystemExit):
        parse(["--documents", "0"])
    assert "number above zero" in capsys.readouterr().err


def test_consumption_may_be_a_tenth_slower_and_must_not_grow():
    verdicts = judge(
        large=100,
        ours_stock_10=[(1.0, 10)],
        bare_stock_10=[(0.9, 10)],
        ours_stock_100=[(11.0, 100)],
    )
    assert {title: verdict["passed"] for title, verdict in verdicts.items()} == {
        "consumption / bare transfers": False,
        "one of 100 / one of 10: ours_stock": True,
    }


class Outcomes:
    """What came out of some ways of ten."""

    def __init__(self, **ways):
        self.outcomes = {(10, name): outcome for name, outcome in ways.items()}


def test_what_came_out_differently_is_told_where_both_say_it():
    bench = Outcomes(
        ours_stock={"moves": 5, "entries": 1},
        bare_stock={"moves": 4, "entries": 1},
        together_stock={"moves": 5},
    )
    assert find_differences(bench, [STOCK_WAYS.keys()]) == [
        "10 documents: moves: ours_stock made 5, bare_stock 4"
    ]
