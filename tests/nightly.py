"""The long proofs: what is run each night, by a command of its own, and not at each change.

C{QUORUMHA_NIGHTLY=1 python -m pytest -n auto --dist loadfile}; see docs/explanation/long-proofs.md.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SkipTest

NIGHTLY = bool(os.environ.get("QUORUMHA_NIGHTLY"))


def schedules(usual: int) -> int:
    """How many random schedules a machine plays: C{QUORUMHA_SCHEDULES}, or ten times as many at night."""
    return int(os.environ.get("QUORUMHA_SCHEDULES", usual * 10 if NIGHTLY else usual))


def require_night() -> None:
    """@raise SkipTest: this run is not of the night."""
    if not NIGHTLY:
        raise SkipTest("a long proof, of the nightly run")
