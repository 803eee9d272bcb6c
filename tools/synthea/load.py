"""The loader, as ``tools/run_in_odoo.py`` calls it: see :func:`main`."""

import sys

from odoo.exceptions import UserError

from . import names
from .arguments import parse
from .catalog import Catalog
from .company import prepare_company
from .documents import Documents
from .export import read_export
from .external_ids import ExternalIds
from .figures import Figures
from .lock import lock_database
from .people import People
from .reading import Rejects, UnusableExport
from .report import format_json, format_table
from .signing import sign
from .steps import QUIET, Steps
from .stock import Stock
from .visits import Visits


def main(env, argv):
    """Load an export into the database, and print the figures.

    :return: the exit code: 1 when anything was rejected, refused or is left to bill
    :rtype: int
    """
    options = parse(argv)
    env = env(context={**env.context, **QUIET})
    loader = Loader(env, options)
    try:
        figures = loader.run()
    except UnusableExport as error:
        raise UserError(str(error)) from error
    sys.stdout.write(f"\n{format_table(figures)}\n\n{format_json(figures)}\n")
    failed = loader.rejects or loader.steps.refusals or figures["left_to_bill"]
    return 1 if failed else 0


class Loader:
    """Takes an export through the whole house, phase by phase.

    Each phase looks at what is in the database and does the rest; so it does not
    matter when, or how often, the work was stopped before.
    """

    def __init__(self, env, options):
        self.env = env
        self.options = options
        self.steps = Steps(env, options.batch)
        self.rejects = Rejects()

    def run(self):
        """Do all phases, and return the figures."""
        timed = self.steps.timed
        with timed("load"):
            export = self.read()
            lock_database(self.env, self.steps.show)
            prepare_company(self.env)
            self.steps.commit()
            external_ids = ExternalIds(self.env)
            self.load(export, external_ids)
            figures = Figures(self.env, external_ids, export)
            visit_ids = figures.visit_ids
            Stock(self.env, self.steps).receive(visit_ids)
        with timed("sign"):
            self.sign(export, external_ids)
        documents = Documents(self.env, self.steps, self.options)
        with timed("build"):
            documents.build(visit_ids)
        with timed("post"):
            documents.post(visit_ids)
        if self.options.document == "receipt":
            with timed("pay"):
                documents.pay(visit_ids)
        return {
            **figures.count(),
            "rejected": len(self.rejects),
            "seconds": {
                phase: round(seconds, 1)
                for phase, seconds in self.steps.seconds.items()
            },
        }

    def read(self):
        """Read and check the files, before anything is written."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return read_export(
            self.options.folder,
            self.rejects,
            limit=self.options.patients,
            digits=digits,
        )

    def load(self, export, external_ids):
        """Load people, what acts refer to, and the visits."""
        common = (self.env, external_ids, self.steps, self.rejects)
        People(*common).load(export)
        catalog = Catalog(self.env, external_ids, self.steps)
        catalog.load(export)
        Visits(*common, catalog).load(export)

    def sign(self, export, external_ids):
        """Sign the visits; one that cannot be signed counts as a rejected row."""
        rows = {}
        for visit in export.visits.values():
            for visit_id in external_ids.find([names.of_row(visit.row)]):
                rows[visit_id] = visit.row
        sign(
            self.env,
            self.steps,
            list(rows),
            lambda visit_id, reason: self.rejects.add(
                rows[visit_id].file,
                rows[visit_id].line,
                f"cannot be signed: {reason}",
            ),
        )
