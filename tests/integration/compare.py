"""The same black-box cases against nginx and quorumha, side by side.

C{python -m tests.integration.compare [--all] [MODULE ...]} prints a Markdown table of the cases
where the two differ (C{--all}: of every case), and how many each passes.  Nothing is asserted: nginx's
results are for the reader.
"""

from __future__ import annotations

import argparse
import os
import sys
import unittest
from collections import Counter
from collections.abc import Iterator

from tests.integration.proxies import ARM_VARIABLE, why_not
from tests.integration.stage import end_current

MODULES = (
    "test_requests",
    "test_answers",
    "test_targets",
    "test_upgrades",
    "test_nodes",
    "test_clients",
    "test_relay",
    "test_mirror",
    "test_kill",
    "test_memory",
    "test_process",
    "test_resources",
)
ARMS = ("nginx", "quorumha")


class _Outcomes(unittest.TestResult):
    """What came of each test, in a word."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.outcomes[_name(test)] = "holds"

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        self.outcomes[_name(test)] = "fails"

    def addError(self, test: unittest.TestCase, err: object) -> None:
        self.outcomes[_name(test)] = "fails"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.outcomes[_name(test)] = "skipped"


def _flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from _flat(one)
        else:
            yield one


def _name(test: unittest.TestCase) -> str:
    return test.id().removeprefix("tests.integration.test_").replace(".test_", ": ").replace("_", " ")


def run(arm: str, modules: list[str]) -> dict[str, str]:
    """Every case of C{modules} against one arm."""
    os.environ[ARM_VARIABLE] = arm
    loader = unittest.TestLoader()
    loader.testMethodPrefix = "test_"
    found = unittest.TestSuite(loader.loadTestsFromName(f"tests.integration.{one}") for one in modules)
    # An imported base class counts as a case to unittest, not to trial.
    suite = unittest.TestSuite(one for one in _flat(found) if not one.id().endswith(".runTest"))
    outcomes = _Outcomes()
    try:
        suite.run(outcomes)
    finally:
        end_current()
    return outcomes.outcomes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.compare", description=__doc__)
    parser.add_argument("--all", action="store_true", help="show the cases where both agree too")
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("modules", nargs="*", default=MODULES)
    chosen = parser.parse_args()
    results: dict[str, dict[str, str]] = {}
    for arm in chosen.arms.split(","):
        if reason := why_not(arm):
            print(f"{arm}: {reason}", file=sys.stderr)
            continue
        print(f"running {arm}", file=sys.stderr)
        results[arm] = run(arm, list(chosen.modules))
    arms = list(results)
    print(f"| case | {' | '.join(arms)} |\n|---|{'---|' * len(arms)}")
    for case in next(iter(results.values()), {}):
        row = [results[arm].get(case, "-") for arm in arms]
        if chosen.all or len(set(row)) > 1 or (len(arms) == 1 and row[0] != "holds"):
            print(f"| {case} | {' | '.join(row)} |")
    for arm in arms:
        counts = Counter(results[arm].values())
        print(f"\n{arm}: " + ", ".join(f"{count} {word}" for word, count in sorted(counts.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
