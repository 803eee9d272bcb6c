"""Working in steps: each is committed as a whole, or leaves no trace."""

import time
from contextlib import contextmanager

from psycopg2 import DataError, IntegrityError

from odoo.exceptions import UserError

# Nobody follows what a load writes.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}
PHASES = ("load", "sign", "build", "post", "pay")
# How often progress is shown, in seconds.
PACE = 2


class Steps:
    """Does work in steps, shows how far it is, and adds up the time of each phase."""

    def __init__(self, env, size, show=print):
        self.env = env
        self.size = size
        self.show = show
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self.started = time.monotonic()
        self.shown = self.started
        self.refusals = []

    @contextmanager
    def timed(self, phase):
        """Add the time spent within to a phase."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[phase] += time.monotonic() - started

    def run(self, text, things, work, refused=None, weights=None):
        """Do work on a list of things, some at a time.

        When Odoo refuses some of them, each is tried alone.

        :param str text: what is being done, for the progress
        :param list things: what to work on
        :param work: called with a list of some of the things
        :param refused: called with a thing that is refused even alone, and the reason;
            when empty, the reason is shown and kept in ``refusals``
        :param list weights: how much each thing counts; one when empty
        """
        refused = refused or self.note_refusal
        done = 0
        for part in self.cut(things, weights or [1] * len(things)):
            if reason := self.attempt(work, part):
                self.one_by_one(work, part, refused, reason)
            done += len(part)
            self.progress(text, done, len(things))

    def cut(self, things, weights):
        """Yield parts of a list of about the size of a step."""
        part, weight = [], 0
        for thing, its_weight in zip(things, weights, strict=True):
            if part and weight + its_weight > self.size:
                yield part
                part, weight = [], 0
            part.append(thing)
            weight += its_weight
        if part:
            yield part

    def one_by_one(self, work, things, refused, reason):
        """Find out which of the things are refused, and do the others."""
        if len(things) == 1:
            refused(things[0], reason)
            return
        for thing in things:
            if reason := self.attempt(work, [thing]):
                refused(thing, reason)

    def note_refusal(self, _thing, reason):
        self.refusals.append(reason)
        self.show(f"refused: {reason}")

    def attempt(self, work, things):
        """Do work as one step; return why Odoo refuses it, or an empty text."""
        try:
            work(things)
            self.commit()
        except (UserError, DataError, IntegrityError) as error:
            self.env.cr.rollback()
            return " ".join(str(error).split())
        return ""

    def commit(self):
        """End a step. Odoo writes what is pending, and empties its cache."""
        self.env.cr.commit()

    def progress(self, text, done, total):
        """Show how far a phase is, now and then and at its end."""
        now = time.monotonic()
        if done == total or now - self.shown >= PACE:
            self.shown = now
            self.show(f"{now - self.started:6.1f} s  {text}: {done} of {total}")
