import os
import secrets
import sys
import time
from collections import Counter

import pytest
from ledger_machine import LedgerClinic

from odoo.tests import tagged

STEPS = int(os.environ.get("CLINIC_PROVE_STEPS", "10000"))
# The walks of a seed printed before are repeated with it.
SEED = int(os.environ.get("CLINIC_PROVE_SEED", secrets.randbelow(10**6)))


@tagged("post_install", "-at_install")
class TestLedgerMachineLong(LedgerClinic):
    """Long walks over the ledger, other ones each time."""

    @pytest.fixture(autouse=True)
    def _say_aloud(self, capsys):
        self.capsys = capsys

    def _say(self, text):
        with self.capsys.disabled():
            sys.stdout.write(f"{text}\n")

    def test_ledger_is_true_on_long_walks(self):
        taken, refused = Counter(), Counter()
        seed, started = SEED, time.monotonic()
        self._say("")
        while taken.total() < STEPS:
            for total, counts in zip(
                (taken, refused),
                self._walk(seed),
                strict=True,
            ):
                total.update(counts)
            self._say(
                f"seed {seed}: {taken.total()} steps taken, {refused.total()} refused, "
                f"{time.monotonic() - started:.0f} s"
            )
            seed += 1
        for name in sorted(taken | refused):
            self._say(f"{name:24}{taken[name]:6} taken{refused[name]:6} refused")
        self.assert_every_rule_succeeded(taken)

    def _walk(self, seed):
        try:
            return self.run_machine(examples=10, steps=60, seed=seed)
        except BaseException:
            self._say(f"broken with CLINIC_PROVE_SEED={seed}")
            raise
