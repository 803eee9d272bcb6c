"""Two processes take the last of something at the same moment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scratch import scratch_database

ROOT = Path(__file__).parents[1]
WORKER = Path(__file__).with_name("last_lot_worker.py")
ROUNDS = 6


class Medic:
    """A process that does what it is told, when it is told."""

    def __init__(self, database):
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tools/run_in_odoo.py"), database, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def begin(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def do(self, *words):
        self.begin(*words)
        return self.hear()

    def leave(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


@pytest.fixture(scope="module", params=["refuse", "negative"])
def race(request):
    """Let both sign at once, and return what each heard and what is left."""
    with scratch_database(f"last_lot_{request.param}") as database:
        medics = [Medic(database) for _number in range(2)]
        assert [medic.hear() for medic in medics] == ["ready", "ready"]
        outcomes = []
        for pair in medics[0].do("prepare", ROUNDS, request.param):
            for medic, visit in zip(medics, pair, strict=True):
                medic.begin("sign", visit)
            outcomes.append([medic.hear() for medic in medics])
        left = medics[0].do("tell")
        for medic in medics:
            medic.leave()
        yield request.param, list(zip(outcomes, left, strict=True))


def test_last_one_goes_to_one_and_the_other_is_told(race):
    policy, rounds = race
    for outcomes, left in rounds:
        if policy == "negative" and left["tracking"] == "none":
            assert outcomes == ["signed", "signed"]
            assert (left["on_hand"], left["taken"], left["signed"]) == (-1, 2, 2)
            continue
        assert sorted(outcomes)[1] == "signed", outcomes
        assert "There is not enough usable stock" in sorted(outcomes)[0], outcomes
        assert (left["on_hand"], left["taken"], left["signed"]) == (0, 1, 1)
