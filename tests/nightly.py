"""The long proofs: what is run each night, by a command of its own, and not at each change.

C{QUORUMHA_NIGHTLY=1 python -m pytest -n auto --dist loadfile}; see docs/explanation/long-proofs.md.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from twisted.trial.unittest import SkipTest

from tests.measuring import unmeasured

NIGHTLY = bool(os.environ.get("QUORUMHA_NIGHTLY"))


def play(
    machine: type[RuleBasedStateMachine],
    usual: int = 200,
    steps: int = 30,
    night: int = 0,
    *,
    health_checks: bool = False,
) -> None:
    """Let a machine play random schedules: C{QUORUMHA_SCHEDULES}, or ten times the usual number at night.

    @param night: so many at night.
    @param health_checks: fail where Hypothesis finds that it draws too much or in vain; that a busy machine
        is slow is no finding.
    """
    count = int(os.environ.get("QUORUMHA_SCHEDULES", (night or usual * 10) if NIGHTLY else usual))
    chosen = settings(
        max_examples=count,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow] if health_checks else list(HealthCheck),
    )
    with unmeasured():
        run_state_machine_as_test(machine, settings=chosen)  # type: ignore[no-untyped-call]


def require_night() -> None:
    """@raise SkipTest: this run is not of the night."""
    if not NIGHTLY:
        raise SkipTest("a long proof, of the nightly run")
