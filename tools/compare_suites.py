"""Compare two runs of the same tests: what fails in one of them only?

    compare_suites.py FOLDER

The folder holds JUnit reports of pytest, *-without.xml and *-with.xml. Prints the
failures that both have, those of one only, and ends with 1 if there are any of these,
or if a test ran in one run only.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def read(paths):
    """Return the outcome of each test of some reports: passed, skipped or failed."""
    outcomes = {}
    for case in (case for path in paths for case in ET.parse(path).iter("testcase")):
        name = f"{case.get('classname')}.{case.get('name')}"
        failed = case.find("failure") is not None or case.find("error") is not None
        skipped = case.find("skipped") is not None
        outcome = "failed" if failed else "skipped" if skipped else "passed"
        # A test with subtests has more than one entry.
        if outcomes.get(name) != "failed":
            outcomes[name] = outcome
    return outcomes


def show(title, names):
    print(f"{title}: {len(names)}")
    for name in sorted(names):
        print(f"  {name}")


def main(folder):
    without, with_addons = (
        read(sorted(Path(folder).glob(f"*-{variant}.xml")))
        for variant in ("without", "with")
    )
    failed_without = {name for name, said in without.items() if said == "failed"}
    failed_with = {name for name, said in with_addons.items() if said == "failed"}
    print(f"tests without the addons: {len(without)}, with them: {len(with_addons)}")
    show("fail in both runs", failed_without & failed_with)
    show("fail without the addons only", failed_without - failed_with)
    show("fail with the addons only", failed_with - failed_without)
    show("ran in one run only", without.keys() ^ with_addons.keys())
    return bool(failed_without ^ failed_with or without.keys() ^ with_addons.keys())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
