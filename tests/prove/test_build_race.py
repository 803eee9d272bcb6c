"""Eight build from the same thousand items, and some are killed while they do.

Seven clerks press buttons and one server works on a job in the background. All of them
are processes. Those that are killed have made documents and not committed them, or are
in the midst of making them; somebody else takes their place.
"""

import random
import time
from functools import partial
from pathlib import Path

import processes
import pytest
from processes import kill_inside
from scratch import query, scratch_database

Worker = partial(processes.Worker, Path(__file__).with_name("build_race_worker.py"))
ITEMS, CLERKS = 1000, 7
# So many of the clerks are killed with all their documents made.
DOOMED = 3
READABLE = (
    "is being billed by somebody else at this moment",
    "has nothing left to bill",
)


@pytest.fixture(scope="module")
def race():
    """Run the race; give the database and who took part."""
    chooser = random.Random("race")
    with scratch_database("race") as database:
        Worker(database, "prepare", ITEMS).check_ended_well()
        Worker(database, "queue").check_ended_well()
        dead = []
        # The server is killed at its first batch, and the next one at its fifth.
        dead.append(kill_inside(Worker(database, "serve", 1)))
        server = Worker(database, "serve", 5)
        clerks = [Worker(database, "race", n, int(n < DOOMED)) for n in range(CLERKS)]
        for clerk in clerks:
            assert clerk.wait_until("ready".__eq__), clerk.complaints
        assert server.wait_until("inside".__eq__), server.complaints
        for clerk in clerks:
            clerk.go()
        # A clerk who is anywhere in the midst of it, whenever that is.
        victim = clerks.pop()
        assert victim.wait_until(lambda line: line.startswith(("built", "refused")))
        assert victim.wait_until("begins".__eq__), victim.said
        time.sleep(chooser.uniform(0.02, 0.2))
        victim.kill()
        dead += [kill_inside(worker) for worker in (server, *clerks[:DOOMED])]
        # Somebody else sits down at the desk, and the server starts again.
        others = [Worker(database, "race", 100 + n, 0) for n in range(4)]
        for clerk in others:
            assert clerk.wait_until("ready".__eq__), clerk.complaints
            clerk.go()
        server = Worker(database, "serve", 0)
        alive = [*clerks[DOOMED:], *others, server]
        for worker in alive:
            worker.check_ended_well()
        yield database, dead, victim, alive


def test_killed_processes_were_inside_their_work(race):
    _database, dead, victim, _alive = race
    assert len(dead) == DOOMED + 2
    assert [worker.said[-1] for worker in dead] == ["inside"] * len(dead)
    # This one was killed without waiting for it, wherever it was by then: after the
    # press at which all began together, and in the midst of its own (`kill` makes sure
    # that it had not ended by itself).
    assert victim.said.count("begins") >= 2, victim.said


def test_each_item_is_on_documents_exactly_once(race):
    database, *_workers = race
    assert query(
        database,
        """
        SELECT count(*), sum(quantity), sum(qty_drafted), sum(qty_to_bill),
               count(*) FILTER (WHERE state != 'drafted')
          FROM medical_billable_item
        """,
    ) == [(ITEMS, ITEMS, ITEMS, 0, 0)]
    assert query(
        database,
        """
        SELECT count(*), count(DISTINCT billable_item_id), sum(quantity)
          FROM account_move_line
         WHERE billable_item_id IS NOT NULL
        """,
    ) == [(ITEMS, ITEMS, ITEMS)]


def test_no_document_is_half_built(race):
    database, *_workers = race
    assert query(
        database,
        """
        SELECT count(*)
          FROM account_move move
          LEFT JOIN LATERAL (
              SELECT sum(price_total) FILTER (WHERE display_type = 'product') AS total,
                     sum(balance) AS balance,
                     count(*) FILTER (WHERE billable_item_id IS NOT NULL) AS items
                FROM account_move_line WHERE move_id = move.id
          ) line ON TRUE
         WHERE move.amount_total IS DISTINCT FROM line.total
            OR line.balance IS DISTINCT FROM 0
            OR line.items = 0
            OR move.medical_patient_id IS NULL
        """,
    ) == [(0,)]


def test_what_was_not_committed_left_no_document(race):
    """Those who lived say how many documents they built; the dead left none."""
    database, dead, victim, alive = race
    built = sum(
        int(line.split()[1])
        for worker in (*alive, *dead, victim)
        for line in worker.said
        if line.startswith("built")
    )
    ((of_job,),) = query(
        database,
        "SELECT count(DISTINCT move_id) FROM medical_build_job_line",
    )
    ((documents,),) = query(database, "SELECT count(*) FROM account_move")
    # Who was killed at any moment may have committed and had no time to say so: then
    # a press of up to sixty items.
    assert built + of_job <= documents
    if victim.said[-1] != "inside":
        assert documents == built + of_job


def test_losers_got_a_readable_answer(race):
    _database, dead, victim, alive = race
    workers = (*alive, *dead, victim)
    refused = [
        line
        for worker in workers
        for line in worker.said
        if line.startswith("refused: ")
    ]
    # All clerks began with the same items.
    assert refused
    for line in refused:
        assert line.startswith("refused: Nothing of this can be billed now:"), line
        assert any(words in line for words in READABLE), line
    for worker in alive:
        assert not [line for line in worker.complaints if "Traceback" in line]


def test_job_ended_and_says_what_became_of_each_item(race):
    database, *_workers = race
    assert query(database, "SELECT state FROM medical_build_job") == [("done",)]
    states = dict(
        query(database, "SELECT state, count(*) FROM medical_build_job_line GROUP BY 1")
    )
    assert set(states) <= {"done", "failed"}
    assert sum(states.values()) == ITEMS
    assert states.get("done"), "the background built nothing"
    # What it says that it built is what bills the items.
    assert query(
        database,
        """
        SELECT count(*)
          FROM medical_build_job_line job_line
         WHERE (state = 'done') != EXISTS (
                    SELECT 1 FROM account_move_line line
                     WHERE line.billable_item_id = job_line.item_id
                       AND line.move_id = job_line.move_id)
            OR (state = 'failed' AND message IS NULL)
        """,
    ) == [(0,)]
    messages = query(
        database,
        "SELECT DISTINCT message FROM medical_build_job_line WHERE state = 'failed'",
    )
    for (message,) in messages:
        assert any(words in message for words in READABLE), message
    assert query(
        database,
        "SELECT count(*) FROM mail_activity WHERE res_model = 'medical.build.job'",
    ) == [(1,)]
