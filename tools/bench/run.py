"""The benchmark, as ``tools/run_in_odoo.py`` calls it: see :func:`main`."""

import json
import sys

from . import data
from .arguments import LARGE, LARGE_WAYS, WAYS, parse
from .measure import Bench, Subject
from .profiling import Watch, format_profile
from .report import (
    format_figures,
    format_verdicts,
    get_figures,
    get_samples,
    get_verdicts,
)
from .ways import RECEIPT_WAYS


def tell(text):
    sys.stderr.write(f"{text}\n")


def main(env, argv):
    """Measure, and print figures and verdicts.

    :return: the exit code: 1 when a target is missed
    :rtype: int
    """
    options = parse(argv)
    tell(f"Making patients, visits and orders up to {max(options.documents)} ...")
    subject = prepare_subject(env, max(options.documents))
    bench = Bench(env.registry, subject)
    if options.profile:
        for name in options.only:
            show_profile(bench, options.documents[0], name)
        return 0
    cases = [
        (size, name)
        for size in options.documents
        for name in options.only
        if size < LARGE or name in LARGE_WAYS
    ]
    bench.run_rounds(cases, options.rounds, tell)
    return show(bench, options)


def prepare_subject(env, size):
    """Make what is measured with, and return what all measurements know of it."""
    user = data.prepare(env, size)
    visits = data.find_visits(env, size)
    subject = Subject(
        item_ids=visits.line_ids.billable_item_ids.sorted("consultation_id").ids,
        order_ids=data.find_orders(env, visits).ids,
        journal_id=data.find_journal(env).id,
        user_id=user.id,
        lines=len(data.LINES),
    )
    env.cr.commit()
    # As autovacuum does in time; it also drops the rows that were rolled back.
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    return subject


def show_profile(bench, size, name):
    """Print where a way spends its time."""
    bench.measure(min(size, 20), name)
    watch = Watch()
    bench.measure(size, name, watch)
    print(f"\n{name}, {size} documents: {WAYS[name]}\n")
    print(format_profile(watch, size))


def find_differences(bench):
    """Return what did not come out the same of two ways that are compared."""
    differences = []
    for size in {size for size, _name in bench.outcomes}:
        for is_receipt in (False, True):
            found = {
                name: outcome
                for (number, name), outcome in bench.outcomes.items()
                if number == size and (name in RECEIPT_WAYS) == is_receipt
            }
            first, *others = found or [None]
            differences += [
                f"{size} documents: {first} made {found[first]}, {other} {found[other]}"
                for other in others
                if found[other] != found[first]
            ]
    return differences


def show(bench, options):
    """Print figures and verdicts; return the exit code."""
    large = max(options.documents) if LARGE in options.documents else None
    figures = get_figures(bench)
    verdicts = get_verdicts(bench, options.documents, large)
    differences = find_differences(bench)
    print(f"\n{format_figures(figures)}\n")
    for name in dict.fromkeys(figure["way"] for figure in figures):
        print(f"  {name}: {WAYS[name]}")
    print(f"\n{format_verdicts(verdicts)}\n")
    for difference in differences:
        print(f"NOT THE SAME: {difference}")
    result = {
        "rounds": options.rounds,
        "lines_each": bench.subject.lines,
        "figures": figures,
        "verdicts": verdicts,
        "differences": differences,
    }
    if options.json:
        with options.json.open("w") as file:
            json.dump(result | {"samples": get_samples(bench)}, file, indent=1)
    print(json.dumps(result))
    missed = [verdict for verdict in verdicts if verdict["passed"] is False]
    return 1 if missed or differences else 0
