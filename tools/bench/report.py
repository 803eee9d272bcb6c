"""What is printed: figures and verdicts."""

import statistics
from dataclasses import asdict, dataclass

from .arguments import WAYS


@dataclass
class Target:
    """How a way of ours has to compare with one of Odoo's."""

    title: str
    ours: str
    other: str
    # Nothing to reach where it is None: the figure is printed for comparison.
    limit: float | None
    # Steps that are compared; all of them when empty.
    steps: tuple = ()
    # How many queries more a document may take, where that is asked.
    extra_queries: float | None = None


TARGETS = [
    Target("build / bare create", "ours", "bare", 1.10, ("build",), 1.0),
    Target("build / bare create without links", "ours", "unlinked", None, ("build",)),
    Target("build + post / Odoo Sales", "ours", "sale", 0.7),
    Target("receipts / Odoo's own", "ours_receipt", "odoo_receipt", 0.6),
    Target("consumption / bare transfers", "ours_stock", "bare_stock", 1.1),
    Target("consumption / one entry for all", "ours_stock", "together_stock", None),
]
# The ways, and their steps, of which the time of one may not grow with their number.
GROWTH = [("ours", ("build",)), ("ours", ()), ("ours_receipt", ()), ("ours_stock", ())]
# How much longer one document of the most may take than one of the fewest.
GROWTH_LIMIT = 1.15


def get_verdicts(bench, sizes, large):
    """Compare what was measured with the targets.

    A ratio is the median of the ratios of each round: what slowed the machine down for
    a while slowed down both.

    :param int large: the number of documents that growth is looked at for, if any
    :return: a dict for each comparison
    :rtype: list[dict]
    """
    verdicts = []
    for target in TARGETS:
        for size in sizes:
            ours, other = (size, target.ours), (size, target.other)
            if not {ours, other} <= bench.samples.keys():
                continue
            ratios = [
                mine / theirs
                for mine, theirs in zip(
                    bench.get_values(*ours, target.steps),
                    bench.get_values(*other, target.steps),
                    strict=True,
                )
            ]
            extra = (
                bench.get_median(*ours, target.steps, "queries")
                - bench.get_median(*other, target.steps, "queries")
            ) / size
            verdicts.append(
                _judge(target.title, size, ratios, target.limit)
                | {
                    "extra_queries": round(extra, 2),
                    "extra_queries_limit": target.extra_queries,
                }
            )
            if target.extra_queries is not None and extra > target.extra_queries:
                verdicts[-1]["passed"] = False
    small = min(sizes)
    for name, steps in GROWTH:
        if large and {(small, name), (large, name)} <= bench.samples.keys():
            ratios = [
                mine / large / (theirs / small)
                for mine, theirs in zip(
                    bench.get_values(large, name, steps),
                    bench.get_values(small, name, steps),
                    strict=True,
                )
            ]
            title = f"one of {large} / one of {small}: {' '.join([name, *steps])}"
            verdicts.append(_judge(title, large, ratios, GROWTH_LIMIT))
    return verdicts


def _judge(title, size, ratios, limit):
    ratio = statistics.median(ratios)
    return {
        "title": title,
        "documents": size,
        "ratio": round(ratio, 3),
        "lowest": round(min(ratios), 3),
        "highest": round(max(ratios), 3),
        "limit": limit,
        "passed": None if limit is None else ratio <= limit,
    }


def get_figures(bench):
    """Return the medians of each case and step.

    :rtype: list[dict]
    """
    figures = []
    for (size, name), samples in bench.samples.items():
        steps = list(samples[0])
        for step in [*steps, None] if len(steps) > 1 else steps:
            chosen = (step,) if step else ()

            def median(attribute, case=(size, name), chosen=chosen):
                return bench.get_median(*case, chosen, attribute)

            figures.append(
                {
                    "documents": size,
                    "way": name,
                    "step": step or "in all",
                    "seconds": round(median("seconds"), 3),
                    "cpu_seconds": round(median("cpu"), 3),
                    "sql_seconds": round(median("sql_seconds"), 3),
                    "queries": median("queries"),
                    "rounds": len(samples),
                }
            )
    return sorted(
        figures, key=lambda row: (row["documents"], list(WAYS).index(row["way"]))
    )


def get_samples(bench):
    """Return everything that was measured, for a program to read."""
    return [
        {
            "documents": size,
            "way": name,
            "round": number,
            "step": step,
            **asdict(sample),
        }
        for (size, name), rounds in bench.samples.items()
        for number, samples in enumerate(rounds, start=1)
        for step, sample in samples.items()
    ]


def format_figures(figures):
    """Return a table with a row for each case and step."""
    rows = [
        [
            "documents",
            "way",
            "step",
            "seconds",
            "ms each",
            "Python",
            "SQL",
            "queries each",
        ]
    ]
    for figure in figures:
        size, seconds = figure["documents"], figure["seconds"]
        rows.append(
            [
                str(size),
                figure["way"],
                figure["step"],
                f"{seconds:.2f}",
                f"{1000 * seconds / size:.1f}",
                f"{1000 * figure['cpu_seconds'] / size:.1f}",
                f"{1000 * figure['sql_seconds'] / size:.1f}",
                f"{figure['queries'] / size:.2f}",
            ]
        )
    return format_table(rows)


def format_verdicts(verdicts):
    """Return a table with a row for each comparison."""
    rows = [["", "documents", "ratio", "(from - to)", "at most", "more queries", ""]]
    for verdict in verdicts:
        extra = verdict.get("extra_queries")
        extra_limit = verdict.get("extra_queries_limit")
        rows.append(
            [
                verdict["title"],
                str(verdict["documents"]),
                f"{verdict['ratio']:.2f}",
                f"{verdict['lowest']:.2f} - {verdict['highest']:.2f}",
                f"{verdict['limit']:.2f}" if verdict["limit"] else "",
                ("" if extra is None else f"{extra:+.2f}")
                + (f" (at most {extra_limit:g})" if extra_limit is not None else ""),
                {None: "for comparison", True: "reached", False: "MISSED"}[
                    verdict["passed"]
                ],
            ]
        )
    return format_table(rows)


def format_table(rows):
    """Return rows of text as columns, as wide as they need to be.

    Figures are to the right, and what stands in the first columns to the left.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if _is_figure(rows, column) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
        if not number:
            lines.append("  ".join("-" * width for width in widths))
    return "\n".join(f"  {line}" for line in lines)


def _is_figure(rows, column):
    return all(row[column][:1].isdigit() for row in rows[1:])
