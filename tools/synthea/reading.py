"""Reading CSV files row by row, with the identity of each row."""

import csv
import hashlib
import re
import sys
from collections import Counter
from dataclasses import dataclass

from .files import FILES
from .values import BrokenRow, to_text

csv.field_size_limit(2**20)
UNPRINTABLE = re.compile(r"[\0\ud800-\udfff]")
PLAIN_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class UnusableExport(Exception):
    """Files or columns are missing; nothing can be loaded."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of a file.

    ``key`` is its identity within the file, for ever: its own Id or, for a file
    without Ids, its content and which occurrence of that content it is.
    """

    file: str
    line: int
    key: str
    cells: dict

    def __getitem__(self, column):
        return self.cells[column]

    def get(self, column):
        return self.cells.get(column, "")

    @property
    def name(self):
        """What other rows call this one: its Id, where the file has Ids."""
        return self.cells["Id"] if "Id" in FILES[self.file].columns else self.key


class Rejects:
    """Tells of broken rows at once, and counts them."""

    def __init__(self, out=None):
        self.out = out or sys.stderr
        self.rows = set()

    def __len__(self):
        return len(self.rows)

    def add(self, file, line, message):
        if (file, line) not in self.rows:
            self.rows.add((file, line))
            self.out.write(f"{file}.csv:{line}: {message}\n")


def check_files(folder):
    """Raise `UnusableExport` when a file or a column that is needed is missing.

    :param Path folder: the folder of the export
    """
    problems = []
    if not folder.is_dir():
        raise UnusableExport(f"no such folder: {folder}")
    for file in FILES.values():
        path = folder / file.name
        if not path.is_file():
            if file.needed:
                problems.append(
                    f"{file.name} is missing; it is needed, with the columns "
                    f"{', '.join(file.columns)}"
                )
            continue
        try:
            with open_csv(path) as lines:
                header = read_header(lines)
        except OSError as error:
            problems.append(f"{file.name} cannot be read: {error.strerror}")
            continue
        if missing := [name for name in file.columns if name not in header]:
            problems.append(
                f"{file.name} has no column {', '.join(missing)}; needed are "
                f"{', '.join(file.columns)}"
            )
    if problems:
        raise UnusableExport("\n".join([f"cannot load {folder}:", *problems]))


def read(folder, stem, rejects):
    """Yield the well-formed rows of a file; there are none when it is absent.

    :param Path folder: the folder of the export
    :param str stem: the name of the file, without .csv
    :param Rejects rejects: gets the rows that are not well-formed
    :rtype: Iterator[Row]
    """
    path = folder / FILES[stem].name
    if not path.is_file():
        return
    seen = Counter()
    with open_csv(path) as lines:
        reader = csv.reader(lines, strict=True)
        header = [name.strip() for name in next(reader)]
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
                if cells is None:
                    return
                if cells:
                    yield make_row(stem, line, header, cells, seen)
            except BrokenRow as error:
                rejects.add(stem, line, error)
            except csv.Error as error:
                rejects.add(stem, line, f"cannot be read: {error}")


def make_row(stem, line, header, cells, seen):
    """Return the cells of one line as a `Row`.

    :param Counter seen: how often each identity was seen in this file
    :raise BrokenRow: when it does not fit the header, or repeats an Id
    """
    if len(cells) != len(header):
        raise BrokenRow(f"has {len(cells)} columns instead of {len(header)}")
    if UNPRINTABLE.search("".join(cells)):
        raise BrokenRow("is not text in UTF-8")
    row = Row(
        stem, line, "", {k: v.strip() for k, v in zip(header, cells, strict=True)}
    )
    if "Id" in FILES[stem].columns:
        own_id = to_text(row, "Id")
        seen[own_id] += 1
        if seen[own_id] > 1:
            raise BrokenRow(f"Id {own_id} was there before")
        key = own_id if PLAIN_ID.fullmatch(own_id) else digest(own_id)
    else:
        content = digest("\0".join(cells))
        seen[content] += 1
        key = f"{content}_{seen[content]}"
    return Row(stem, line, key, row.cells)


def digest(text):
    return hashlib.sha1(text.encode()).hexdigest()


def open_csv(path):
    # What is no UTF-8 is found row by row, see `make_row`.
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def read_header(lines):
    try:
        return [name.strip() for name in next(csv.reader(lines), [])]
    except csv.Error:
        return []
