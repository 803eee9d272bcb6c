"""Measuring: each way in a transaction of its own, one after the other, in turns."""

import gc
import statistics
import threading
import time
from dataclasses import dataclass

from odoo import api

# How many documents the dropped first time makes, at most.
WARM_UP = 20


@dataclass
class Sample:
    """One step of one way, measured once."""

    seconds: float
    cpu: float
    sql_seconds: float
    queries: int


class Bench:
    """Measures ways on a subject.

    :param registry: the registry of the database
    :param subject: what is worked on; its ``user_id`` is who does it
    :param ways: the module with the ways: their ``FUNCTIONS``, the ``Case`` that they
        get, what to ``prepare`` before all, and how to ``describe`` what came out
    """

    def __init__(self, registry, subject, ways):
        self.registry = registry
        self.subject = subject
        self.ways = ways
        # (size, way) to a list of a dict of step to sample, one for each round.
        self.samples = {}
        self.outcomes = {}
        with registry.cursor() as cr:
            env = self._get_env(cr)
            ways.prepare(env, subject)
            cr.rollback()
        # What stays in memory all the time is nobody's garbage.
        gc.collect()
        gc.freeze()

    def _get_env(self, cr):
        env = api.Environment(cr, self.subject.user_id, {})
        return env(context=env["res.users"].context_get())

    def run_rounds(self, cases, rounds, tell):
        """Measure each case once a round, in another order each time.

        :param list cases: pairs of a number of documents and the name of a way
        :param tell: called with a line of text when something is over
        """
        # The first time of all fills Odoo's caches.
        for name in dict.fromkeys(name for _size, name in cases):
            self.measure(WARM_UP, name)
        tell("warmed up")
        for number in range(rounds):
            # Each follows each other one about as often, and none is always first.
            turn = number * len(cases) // rounds
            order = cases[turn:] + cases[:turn]
            if number % 2:
                order.reverse()
            for size, name in order:
                sample = self.measure(size, name)
                self.samples.setdefault((size, name), []).append(sample)
                total = sum(step.seconds for step in sample.values())
                tell(f"round {number + 1}: {size} documents, {name}: {total:.2f} s")

    def measure(self, size, name, watch=None):
        """Run one way once, and roll it back.

        :param watch: a context manager to run it in
        :return: a sample for each step
        :rtype: dict[str, Sample]
        """
        result = {}
        thread = threading.current_thread()
        with self.registry.cursor() as cr:
            env = self._get_env(cr)
            # The user's rights and settings, which a request has read before.
            env.user.has_group("base.group_user")
            case = self.ways.Case(env, size, self.subject, name)
            steps = self.ways.FUNCTIONS[name](case)
            gc.collect()
            while True:
                thread.query_count, thread.query_time = 0, 0.0
                started, cpu = time.perf_counter(), time.process_time()
                if watch:
                    with watch:
                        step = next(steps, None)
                        env.flush_all()
                else:
                    step = next(steps, None)
                    env.flush_all()
                if step is None:
                    break
                result[step] = Sample(
                    seconds=time.perf_counter() - started,
                    cpu=time.process_time() - cpu,
                    sql_seconds=thread.query_time,
                    queries=thread.query_count,
                )
            if (size, name) not in self.outcomes:
                self.outcomes[size, name] = self.ways.describe(case, name)
            cr.rollback()
        return result

    # --- Figures --- #

    def get_values(self, size, name, steps=None, attribute="seconds"):
        """Return one figure for each round: the sum over some steps of a way."""
        return [
            sum(
                getattr(sample, attribute)
                for step, sample in samples.items()
                if not steps or step in steps
            )
            for samples in self.samples.get((size, name), [])
        ]

    def get_median(self, size, name, steps=None, attribute="seconds"):
        return statistics.median(self.get_values(size, name, steps, attribute))
