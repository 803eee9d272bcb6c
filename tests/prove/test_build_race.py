"""Eight clerks build from the same thousand items, and some are killed."""

import random
import subprocess
import sys
import time
from pathlib import Path

from scratch import query, scratch_database

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("build_race_worker.py")
ITEMS, CLERKS, KILLS = 1000, 8, 6


def start(database, *arguments):
    return subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "tools/run_in_odoo.py"),
            database,
            str(WORKER),
            *map(str, arguments),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_eight_clerks_bill_each_item_once_though_some_are_killed():
    chooser = random.Random("race")
    with scratch_database("race") as database:
        made = start(database, "prepare", ITEMS)
        assert made.wait(300) == 0, made.stderr.read()
        clerks = [start(database, "race", seed) for seed in range(CLERKS)]
        outcomes, killed = [], 0
        for seed in range(CLERKS, CLERKS + KILLS):
            time.sleep(chooser.uniform(2, 4))
            victim = clerks.pop(chooser.randrange(len(clerks)))
            killed += victim.poll() is None
            victim.kill()
            outcomes += victim.communicate()[0].splitlines()
            # Somebody else sits down at the desk.
            clerks.append(start(database, "race", seed))
        for clerk in clerks:
            printed, complaints = clerk.communicate(timeout=600)
            assert clerk.returncode == 0, complaints
            outcomes += printed.splitlines()
        assert killed, "the race was over before anybody was killed"
        # Each item is on documents once, and no document is half of one.
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
        assert query(
            database,
            """
            SELECT count(*)
              FROM account_move move
             WHERE amount_total != (SELECT sum(price_total)
                                      FROM account_move_line
                                     WHERE move_id = move.id
                                       AND display_type = 'product')
            """,
        ) == [(0,)]
        refused = [line for line in outcomes if line.startswith("refused")]
        assert all("Nothing of this can be billed now" in line for line in refused)
