"""The benchmark of consumption, as ``tools/run_in_odoo.py`` calls it: :func:`main`."""

from . import stock_data, stock_ways
from .arguments import LARGE, STOCK_WAYS, parse
from .measure import Bench
from .showing import measure, tell, tidy
from .stock_ways import Subject


def main(env, argv):
    """Measure how goods leave the stock, and print figures and verdicts.

    :return: the exit code: 1 when a target is missed
    :rtype: int
    """
    options = parse(argv)
    options.documents = [size for size in options.documents if size < LARGE] or [1000]
    if options.json:
        options.json = options.json.with_stem(f"{options.json.stem}-stock")
    tell(f"Making goods, and visits that used them, up to {max(options.documents)} ...")
    subject = prepare_subject(env, max(options.documents))
    bench = Bench(env.registry, subject, stock_ways)
    large = max(options.documents) if len(options.documents) > 1 else None
    return measure(bench, options, STOCK_WAYS, [STOCK_WAYS.keys()], large)


def prepare_subject(env, size):
    """Make what is measured with, and return what all measurements know of it."""
    user = stock_data.prepare(env, size)
    subject = Subject(
        visit_ids=stock_data.find_visits(env, size).ids,
        user_id=user.id,
        lines=len(stock_data.MATERIALS),
    )
    tidy(env)
    return subject
