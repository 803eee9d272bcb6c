"""Walks of a state machine of hypothesis through a clinic.

The rules of a walk are the steps that people take, its invariants count again what
must hold after each of them, in plain SQL and apart from the addons. What is drawn are
small numbers that choose among what is there, so that hypothesis can cut a failing
sequence down to a few steps. Each example begins with the same clinic.
"""

import functools
from collections import Counter
from types import SimpleNamespace

import psycopg2
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from odoo.exceptions import UserError
from odoo.tools import mute_logger

# What a clinic's user may be told instead of an outcome; anything else is a failure.
REFUSALS = (UserError, psycopg2.errors.CheckViolation, psycopg2.errors.UniqueViolation)

FLOAT8 = 701  # the number of the type in PostgreSQL

NUMBERS = st.integers(min_value=0, max_value=99)
SEVERAL = st.lists(NUMBERS, min_size=1, max_size=4)


def step(possible=None, **strategies):
    """Make a rule of a method, which is taken when something is there for it.

    :param possible: a function of what was seen last; whether the step makes sense
    :param strategies: what is drawn
    """

    def decorate(method):
        @functools.wraps(method)
        def take(self, **drawn):
            self.take(method, drawn)

        decorated = rule(**strategies)(take)
        if possible:
            decorated = precondition(lambda self: possible(self.seen))(decorated)
        decorated.is_step = True
        return decorated

    return decorate


def read_rows(cr, query, companies):
    """Return the rows of a query about some companies, with its columns as names."""
    cr.execute(query, [companies])
    names = [column.name for column in cr.description]
    is_number = [column.type_code == FLOAT8 for column in cr.description]
    return [
        SimpleNamespace(
            **{
                name: value or 0.0 if number else value
                for name, number, value in zip(names, is_number, row, strict=True)
            }
        )
        for row in cr.fetchall()
    ]


class EveryRule:
    def is_enabled(self, _name):
        return True


class Walk(RuleBasedStateMachine):
    """A walk: what each step sees, and what becomes of one that is refused.

    `clinic` is the test that runs it; it says which `companies` the walk is about.
    """

    clinic = None
    taken = None
    refused = None
    refusals = None

    def __init__(self):
        super().__init__()
        # Hypothesis leaves out many rules from each example. Here one thing must lead
        # to another, visit to document to credit, and such a walk gets nowhere.
        self._rules_strategy.enabled_rules_strategy = st.just(EveryRule())
        companies = self.clinic.companies
        self.env = self.clinic.env(
            context={
                "allowed_company_ids": companies.ids,
                "tracking_disable": True,
                "mail_notrack": True,
                "mail_create_nosubscribe": True,
            }
        )
        self.companies = companies.with_env(self.env)
        self.savepoint = self.env.cr.savepoint()
        self.must_work = False
        self.begin()
        self.look()

    def begin(self):
        """Prepare what each example begins with, besides its `initialize` rules."""

    def see(self):
        """Return what the database says now."""
        raise NotImplementedError

    @classmethod
    def run(cls, clinic, examples, steps, seed=None, is_reduced=True):
        """Walk through examples; return how often each rule was taken.

        :param clinic: the test that runs the walk
        :param int examples: how many sequences
        :param int steps: how many steps each of them has
        :param int seed: names the sequences; always the same ones when empty
        :param bool is_reduced: whether a failing sequence is made shorter, which takes
            up to five minutes
        :return: two counters by rule, of steps taken and steps refused
        """
        machine = type(cls.__name__, (cls,), {"clinic": clinic})
        machine.taken, machine.refused = Counter(), Counter()
        machine.refusals = clinic.refusals = Counter()
        machine._hypothesis_internal_use_seed = seed
        # The walk's savepoints are within the test's, which sets things back, too.
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                derandomize=seed is None,
                database=None,
                deadline=None,
                phases=[Phase.generate, *([Phase.shrink] if is_reduced else [])],
                print_blob=False,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
                verbosity=Verbosity.normal,
            ),
        )
        return machine.taken, machine.refused

    @classmethod
    def get_rules(cls):
        return {name for name in dir(cls) if hasattr(getattr(cls, name), "is_step")}

    def teardown(self):
        super().teardown()
        self.savepoint.close(rollback=True)
        self.env.cr.precommit.clear()
        self.env.cr.postcommit.clear()
        self.env.invalidate_all()
        # What was kept outside the transaction, such as decimal precisions.
        self.env.registry.clear_cache()

    # === STEPS, AND WHAT IS SEEN AFTER THEM === #

    def take(self, method, drawn):
        """Take one step; when it is refused, undo it as a request would be."""
        name, before = method.__name__, self.seen
        self.must_work = False
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                method(self, **drawn)
                self.env.flush_all()
            self.taken[name] += 1
        except REFUSALS as error:
            if self.must_work:
                raise AssertionError(f"refused: {error}") from error
            self.refused[name] += 1
            self.refusals[str(error)[:100]] += 1
            self.look()
            assert self.seen == before, "something stays of what was refused"
        self.look()

    def look(self):
        # Nothing that is only in memory counts.
        self.env.invalidate_all()
        self.seen = self.see()

    def must(self):
        """Say in a step that nobody may refuse it."""
        self.must_work = True

    def choose(self, rows, number):
        return rows[number % len(rows)]

    def choose_several(self, rows, numbers):
        return [rows[n] for n in sorted({number % len(rows) for number in numbers})]

    def visit_line(self, row):
        return self.env["medical.consultation.line"].browse(row.id)

    def visit(self, visit_id):
        return self.env["medical.consultation"].browse(visit_id)
