"""Tests for L{quorumha.goquorum.rpc_log_lines}, and for how kinds bring lines of the log."""

from __future__ import annotations

import inspect
import string

from attrs import fields, has
from twisted.logger import Logger, LogLevel
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import log_lines
from quorumha.events import MemberChanged
from quorumha.goquorum.decide import facts
from quorumha.goquorum.rpc_log_lines import LINES
from quorumha.logs.fact_observer import LogObserver
from quorumha.testing.fact_recorder import FactRecorder


class LineTests(SynchronousTestCase):
    """Each fact of GoQuorum listeners has a line."""

    def test_all(self) -> None:
        known = {kind for _, kind in inspect.getmembers(facts, inspect.isclass) if has(kind)}
        self.assertEqual({kind for kind, _ in LINES.lines}, known)

    def test_texts_use_keys_that_are_there(self) -> None:
        """And these are plain: text, a number or a truth."""
        for (kind, _), line in LINES.lines.items():
            known = {one.name for one in fields(kind)}
            for said in (line.text, line.fold or ""):
                used = {name for _, name, _, _ in string.Formatter().parse(said) if name}
                self.assertLessEqual(used, known, line)
            types = {one.type for one in fields(kind)}
            self.assertLessEqual(types, {"str", "int", "float", "bool"}, line)

    def test_several_lines(self) -> None:
        """Which one is told apart by a key."""
        recorder = FactRecorder()
        recorder(facts.MemberGraded("q", "a1", "behind", "at 3, when a2 was at 5"))
        recorder(facts.PrivateStateDiffers("q", 7, "a1 | a2"))
        recorder(facts.PrivateStateDiffers("q", 9, ""))
        self.assertEqual(
            recorder.lines(),
            [
                "upstream-behind: q: a1 is behind, and not read from while another one can be: at 3, when a2"
                " was at 5",
                "private-state-differs: q: the private state at block 7 is not the same everywhere: a1 | a2",
                "private-state-differs: q: the private state at block 9 is the same everywhere again",
            ],
        )

    def test_in_the_log(self) -> None:
        """The log of a process writes them, beside those of the house."""
        found: list[tuple[object, object]] = []
        observer = LogObserver(
            Logger("x", observer=lambda event: found.append((event["event"], event["log_level"]))),  # type: ignore[arg-type]
            lines=log_lines(),
        )
        observer(facts.SignMissing("q", "a1", "raft_cluster"))
        observer(MemberChanged("q", "a1", "down", "x", "y"))
        self.assertEqual(found, [("sign-missing", LogLevel.info), ("upstream-down", LogLevel.warn)])
