"""From the text of a cell to a number, a day or a time; or a `BrokenRow`."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Decimal

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
# Odoo adds up floating-point numbers: with larger ones, cents get lost in a document.
LARGEST = Decimal(10) ** 10


class BrokenRow(Exception):
    """A row that cannot be loaded; the message says why, and follows file and line."""


def shown(text):
    """Return a cell as a message shows it."""
    return repr(text if len(text) <= 40 else f"{text[:40]}...")


def to_text(row, column):
    """Return a cell that must not be empty."""
    text = row[column]
    if not text:
        raise BrokenRow(f"{column} is empty")
    return text


def to_decimal(row, column):
    """Return a cell as an exact number that is not negative."""
    text = to_text(row, column)
    if not NUMBER.fullmatch(text):
        raise BrokenRow(f"{column} is not a number: {shown(text)}")
    number = Decimal(text)
    if number < 0:
        raise BrokenRow(f"{column} is negative: {shown(text)}")
    if number >= LARGEST:
        raise BrokenRow(f"{column} is too large: {shown(text)}")
    return number


def to_quantity(row, column, digits):
    """Return a cell as a quantity above zero.

    :param int digits: how many decimals of a quantity the database keeps
    """
    quantity = to_decimal(row, column)
    if not quantity:
        raise BrokenRow(f"{column} is zero")
    if quantity != quantity.quantize(Decimal(1).scaleb(-digits), ROUND_DOWN):
        raise BrokenRow(
            f"{column} has more than the {digits} decimals that are kept of a "
            f"quantity: {shown(row[column])}"
        )
    return quantity


def to_datetime(row, column):
    """Return a cell as a time in UTC, without time zone as Odoo stores it.

    A day stands for its first moment.
    """
    text = to_text(row, column)
    if DAY.fullmatch(text) or TIME.fullmatch(text):
        # Not every text of that form is a time, nor does every time exist in UTC.
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(text)
            if moment.tzinfo:
                moment = moment.astimezone(UTC)
            return moment.replace(microsecond=0, tzinfo=None)
    raise BrokenRow(f"{column} is not a date: {shown(text)}")


def to_date(row, column, empty=False):
    """Return a cell as a day.

    :param bool empty: whether the cell may be empty; then `None` is returned
    :rtype: date
    """
    if empty and not row[column]:
        return None
    return to_datetime(row, column).date()


def parse_day(text):
    """Return the day of a command line argument.

    :raise ValueError: when it is none
    """
    if not DAY.fullmatch(text):
        raise ValueError(f"not a date: {text} (write YYYY-MM-DD)")
    return date.fromisoformat(text)
