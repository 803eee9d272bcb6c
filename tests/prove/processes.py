"""Processes that work at the same time, and are killed as a power cut would."""

import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Worker:
    """A process that works on a database, and what it has said so far."""

    def __init__(self, script, database, *arguments):
        """Start it.

        :param Path script: is run with the arguments, see `tools/run_in_odoo.py`
        """
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "tools/run_in_odoo.py"),
                database,
                str(script),
                *map(str, arguments),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = []
        self.complaints = []
        self.readers = [
            threading.Thread(target=self.said.extend, args=(self._read("stdout"),)),
            threading.Thread(
                target=self.complaints.extend, args=(self._read("stderr"),)
            ),
        ]
        for reader in self.readers:
            reader.start()

    def _read(self, name):
        for line in getattr(self.process, name):
            yield line.rstrip("\n")

    @property
    def is_running(self):
        return self.process.poll() is None

    def wait_until(self, condition, seconds=240):
        """Wait until what it said last fits; return whether it does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.is_running:
            if self.said and condition(self.said[-1]):
                return True
            time.sleep(0.002)
        return False

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def kill(self):
        """Kill it as a power cut would; return what it was doing."""
        self.process.kill()
        self.join()
        assert self.process.returncode == -9
        return self.said[-1]

    def join(self, seconds=900):
        self.process.wait(seconds)
        for reader in self.readers:
            reader.join()

    def check_ended_well(self):
        self.join()
        assert self.process.returncode == 0, "\n".join(self.complaints)


def kill_inside(worker, seconds=300):
    """Kill a process that waits with its documents made and nothing committed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and worker.is_running:
        count = len(worker.said)
        if count and worker.said[-1] == "inside":
            # Others pass on at once; it waits there.
            time.sleep(3)
            if len(worker.said) == count:
                worker.kill()
                return worker
        time.sleep(0.05)
    raise AssertionError((worker.said, worker.complaints))
