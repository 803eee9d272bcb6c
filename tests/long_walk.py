import os
import secrets
import sys
import time
from collections import Counter

import pytest

STEPS = int(os.environ.get("CLINIC_PROVE_STEPS", "10000"))
# The walks of a seed printed before are repeated with it.
SEED = int(os.environ.get("CLINIC_PROVE_SEED", secrets.randbelow(10**6)))


class LongWalk:
    """Walks until enough steps were taken, and says aloud how far it got."""

    @pytest.fixture(autouse=True)
    def _say_aloud(self, capsys):
        self.capsys = capsys

    def _say(self, text):
        with self.capsys.disabled():
            sys.stdout.write(f"{text}\n")

    def walk_long(self, machine):
        """Take as many steps as asked for, other ones each time.

        :param machine: a class of `walk.Walk`
        """
        taken, refused = Counter(), Counter()
        seed, started = SEED, time.monotonic()
        self._say("")
        while taken.total() < STEPS:
            try:
                counts = machine.run(self, examples=10, steps=60, seed=seed)
            except BaseException:
                self._say(f"broken with CLINIC_PROVE_SEED={seed}")
                raise
            for total, count in zip((taken, refused), counts, strict=True):
                total.update(count)
            self._say(
                f"seed {seed}: {taken.total()} steps taken, {refused.total()} refused, "
                f"{time.monotonic() - started:.0f} s"
            )
            seed += 1
        for name in sorted(taken | refused):
            self._say(f"{name:24}{taken[name]:6} taken{refused[name]:6} refused")
        self.assertFalse(
            machine.get_rules() - taken.keys(), "rules that never succeeded"
        )
