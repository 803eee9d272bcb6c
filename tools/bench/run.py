"""The benchmark of documents, as ``tools/run_in_odoo.py`` calls it: :func:`main`."""

from . import data, ways
from .arguments import DOCUMENT_WAYS, LARGE, parse
from .measure import Bench
from .showing import measure, tell, tidy
from .ways import RECEIPT_WAYS, Subject


def main(env, argv):
    """Measure documents, and print figures and verdicts.

    :return: the exit code: 1 when a target is missed
    :rtype: int
    """
    options = parse(argv)
    tell(f"Making patients, visits and orders up to {max(options.documents)} ...")
    subject = prepare_subject(env, max(options.documents))
    bench = Bench(env.registry, subject, ways)
    receipts = set(RECEIPT_WAYS)
    compared = [DOCUMENT_WAYS.keys() - receipts, receipts]
    large = max(options.documents) if LARGE in options.documents else None
    return measure(bench, options, DOCUMENT_WAYS, compared, large)


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
    tidy(env)
    return subject
