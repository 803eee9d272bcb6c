"""A thousand installments are due, and the server is killed while it drafts them.

It is killed twice with the documents of a batch made and not committed, once at any
moment, and started again each time; in the end two servers run at once.
"""

import random
import time
from functools import partial
from pathlib import Path

import processes
import pytest
from processes import kill_inside
from scratch import query, scratch_database

Worker = partial(processes.Worker, Path(__file__).with_name("installment_worker.py"))
INSTALLMENTS = 1000


@pytest.fixture(scope="module")
def drafted():
    """Kill and start servers; give the database and those that were killed."""
    chooser = random.Random("installments")
    with scratch_database("installments") as database:
        Worker(database, "prepare", INSTALLMENTS).check_ended_well()
        dead = [
            kill_inside(Worker(database, "serve", 1)),
            kill_inside(Worker(database, "serve", 3)),
        ]
        victim = Worker(database, "serve", 0)
        assert victim.wait_until("inside".__eq__), victim.complaints
        time.sleep(chooser.uniform(0.1, 1.0))
        victim.kill()
        ((left,),) = query(
            database,
            "SELECT count(*) FROM medical_billable_item WHERE qty_to_bill != 0",
        )
        servers = [Worker(database, "serve", 0) for _server in range(2)]
        for server in servers:
            server.check_ended_well()
        yield database, dead, left


def test_servers_were_killed_with_work_left(drafted):
    _database, dead, left = drafted
    assert [worker.said[-1] for worker in dead] == ["inside", "inside"]
    # The second server had committed two batches of a hundred, and the third some.
    assert 0 < left <= INSTALLMENTS - 200


def test_each_installment_is_drafted_once(drafted):
    database, *_others = drafted
    assert query(
        database,
        """
        SELECT count(*), sum(quantity), sum(qty_drafted), sum(qty_to_bill)
          FROM medical_billable_item
         WHERE plan_id IS NOT NULL
        """,
    ) == [(INSTALLMENTS, INSTALLMENTS, INSTALLMENTS, 0)]
    assert query(
        database,
        """
        SELECT count(*), count(DISTINCT line.move_id),
               count(DISTINCT line.billable_item_id), sum(line.price_total)
          FROM account_move_line AS line
         WHERE line.billable_item_id IS NOT NULL
        """,
    ) == [(INSTALLMENTS, INSTALLMENTS, INSTALLMENTS, INSTALLMENTS * 100)]


def test_nothing_is_left_of_what_was_killed(drafted):
    database, *_others = drafted
    assert query(database, "SELECT count(*) FROM account_move") == [(INSTALLMENTS,)]
    assert query(
        database,
        """
        SELECT count(*), count(DISTINCT res_id)
          FROM mail_activity
         WHERE res_model = 'account.move'
        """,
    ) == [(INSTALLMENTS, INSTALLMENTS)]
