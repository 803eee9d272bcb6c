"""Where a way spends its time: the functions, and the queries."""

import cProfile
import io
import pstats
import re
import threading
from contextlib import AbstractContextManager

from .report import format_table


class Watch(AbstractContextManager):
    """Notes functions and queries while it is entered; may be entered often."""

    def __init__(self):
        self.profile = cProfile.Profile()
        # The beginning of a query to how often it ran, and how long in all.
        self.queries = {}

    def __enter__(self):
        thread = threading.current_thread()
        thread.query_hooks = [*getattr(thread, "query_hooks", ()), self._note]
        self.profile.enable()
        return self

    def __exit__(self, *_error):
        self.profile.disable()
        thread = threading.current_thread()
        thread.query_hooks = [h for h in thread.query_hooks if h != self._note]

    def _note(self, _cr, query, _params, _start, delay):
        number, seconds = self.queries.get(shorten(query), (0, 0.0))
        self.queries[shorten(query)] = number + 1, seconds + delay


def shorten(query):
    """Return what kind of query this is: without values, in one short line."""
    query = re.sub(r"\s+", " ", str(query)).replace('"', "").strip()
    query = re.sub(r"\(%s(, ?%s)*\)", "(...)", query)
    if query.startswith("SELECT") and " FROM " in query:
        # What is read says less than where from.
        return f"SELECT ... {query[query.index(' FROM ') + 1 :]}"[:100]
    return query[:100]


def format_profile(watch, size, rows=25):
    """Return the functions with most time, own and in all, and the queries."""
    text = io.StringIO()
    stats = pstats.Stats(watch.profile, stream=text)
    stats.strip_dirs()
    for order in ("cumulative", "tottime"):
        stats.sort_stats(order).print_stats(rows)
    functions = "\n".join(line for line in text.getvalue().splitlines() if line.strip())
    queries = sorted(watch.queries.items(), key=lambda entry: -entry[1][1])[:rows]
    table = format_table(
        [
            ["ms each", "queries each", "query"],
            *[
                [f"{1000 * seconds / size:.2f}", f"{number / size:.2f}", query]
                for query, (number, seconds) in queries
            ],
        ]
    )
    return f"{functions}\n\n{table}"
