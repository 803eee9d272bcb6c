"""Steps of the loader: each wholly done or not at all, whatever Odoo refuses."""

from types import SimpleNamespace

import pytest
from synthea.steps import Steps

from odoo.exceptions import UserError


class Book:
    """Stands for a database: what is written counts once it is committed."""

    def __init__(self):
        self.pending = []
        self.commits = []

    def commit(self):
        self.commits.append(self.pending)
        self.pending = []

    def rollback(self):
        self.pending = []

    def write(self, numbers):
        """Write numbers; refuse those above one hundred, and break at zero."""
        for number in numbers:
            self.pending.append(number)
            if number > 100:
                raise UserError(f"{number}\nis too much")
            1 / number


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def steps(book):
    return Steps(SimpleNamespace(cr=book), size=3, show=lambda _text: None)


def test_each_part_is_committed(book, steps):
    steps.run("numbers", [1, 2, 3, 4], book.write)
    assert book.commits == [[1, 2, 3], [4]]


def test_heavy_things_make_small_parts(book, steps):
    steps.run("numbers", [1, 2, 3, 4, 5], book.write, weights=[1, 1, 2, 9, 1])
    assert book.commits == [[1, 2], [3], [4], [5]]


def test_only_what_is_refused_is_left_out(book, steps):
    refused = []
    numbers = [1, 200, 3, 4, 5, 6, 300]
    steps.run("numbers", numbers, book.write, lambda *what: refused.append(what))
    assert book.commits == [[1], [3], [4, 5, 6]]
    assert refused == [(200, "200 is too much"), (300, "300 is too much")]
    assert not steps.refusals


def test_refusals_are_kept_where_nobody_asks(book, steps):
    steps.run("numbers", [200], book.write)
    assert steps.refusals == ["200 is too much"]


def test_other_errors_end_the_work(book, steps):
    with pytest.raises(ZeroDivisionError):
        steps.run("numbers", [1, 2, 3, 4, 0, 6], book.write)
    assert book.commits == [[1, 2, 3]]
