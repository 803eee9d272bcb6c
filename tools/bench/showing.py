"""Running the rounds, and showing what came of them."""

import json
import sys

from .arguments import LARGE, LARGE_WAYS, WAYS
from .profiling import Watch, format_profile
from .report import (
    format_figures,
    format_verdicts,
    get_figures,
    get_samples,
    get_verdicts,
)


def tell(text):
    sys.stderr.write(f"{text}\n")


def tidy(env):
    """Do as autovacuum does in time; it also drops the rows that were rolled back."""
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False


def measure(bench, options, ways, compared, large):
    """Measure those of some ways that were chosen, and print figures and verdicts.

    :param list compared: sets of ways that have to end in the same
    :param large: the number of documents that growth is looked at for, if any
    :return: the exit code: 1 when a target is missed
    :rtype: int
    """
    chosen = [name for name in options.only if name in ways]
    if options.profile:
        for name in chosen:
            show_profile(bench, options.documents[0], name)
        return 0
    cases = [
        (size, name)
        for size in options.documents
        for name in chosen
        if size < LARGE or name in LARGE_WAYS
    ]
    bench.run_rounds(cases, options.rounds, tell)
    return show(bench, options, compared, large)


def show_profile(bench, size, name):
    """Print where a way spends its time."""
    bench.measure(min(size, 20), name)
    watch = Watch()
    bench.measure(size, name, watch)
    print(f"\n{name}, {size} documents: {WAYS[name]}\n")
    print(format_profile(watch, size))


def find_differences(bench, compared):
    """Return what did not come out the same of two ways that are compared."""
    differences = []
    for size in {size for size, _name in bench.outcomes}:
        for names in compared:
            found = {
                name: outcome
                for (number, name), outcome in bench.outcomes.items()
                if number == size and name in names
            }
            first, *others = found or [None]
            # A way leaves out what it is known to do in another way.
            differences += [
                f"{size} documents: {key}: {first} made {found[first][key]}, "
                f"{other} {found[other][key]}"
                for other in others
                for key in found[first].keys() & found[other].keys()
                if found[other][key] != found[first][key]
            ]
    return differences


def show(bench, options, compared, large):
    """Print figures and verdicts; return the exit code."""
    figures = get_figures(bench)
    verdicts = get_verdicts(bench, options.documents, large)
    differences = find_differences(bench, compared)
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
