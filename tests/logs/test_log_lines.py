"""Each fact that an operator wants to see has one line, with plain values."""

from __future__ import annotations

import ast
import json
import string

from attrs import evolve, fields
from twisted.logger import LogLevel, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from quorumha import events
from quorumha.logs.log_lines import LINES, MANY, Line, line_of
from quorumha.pool.upstream import (
    AttemptResult,
    AttemptState,
    ConnectFailed,
    Phase,
    Responded,
    TimedOut,
    Upstream,
)
from tests.sources import sources

A, B = (Upstream(name, object()) for name in ("t1", "t2"))  # type: ignore[arg-type]  # never dialled
LATE = AttemptResult(A, TimedOut(Phase.FIRST_BYTE), AttemptState.SENT_ALL, 2.0, 2.00004)
REFUSED = AttemptResult(B, ConnectFailed("refused"), AttemptState.DIALLED, 0.0, 0.001)


def failed(
    *attempts: AttemptResult, pool: str = "q2t", error: str = "no member did", status: int = 504
) -> object:
    """A request that failed."""
    return events.RequestDone(
        "private", "/send", pool, "10.0.0.5", "POST", status, error, attempts, 10, 0, 2.00123, 0.0
    )


def text(fact: object) -> str:
    """What the log says."""
    line = line_of(fact)
    assert line is not None
    return formatEvent({**line.keys(fact), "log_format": line.text})


def keys(fact: object) -> dict[str, object]:
    """The keys of its event."""
    line = line_of(fact)
    assert line is not None
    return line.keys(fact)


class RequestTests(SynchronousTestCase):
    """A request that failed says who was asked, and what the client got."""

    def test_text(self) -> None:
        self.assertEqual(
            text(failed(LATE, REFUSED)),
            "private: /send of 10.0.0.5 failed after 2.001 s: t1 timed out (first byte); t2 could not connect"
            " (refused); it was told 504: no member did",
        )
        self.assertIn("s: no member was asked; it was told", text(failed()))

    def test_many_attempts(self) -> None:
        """They are counted."""
        said = text(failed(*[LATE] * 500, REFUSED))
        self.assertIn("t1 timed out (first byte), 500 times; t2 could not connect (refused); it", said)

    def test_keys(self) -> None:
        found = keys(failed(LATE, REFUSED))
        self.assertEqual(
            found["attempts"],
            [
                {"upstream": "t1", "outcome": "timed out (first byte)", "state": "sent all", "seconds": 2.0},
                {
                    "upstream": "t2",
                    "outcome": "could not connect (refused)",
                    "state": "dialled",
                    "seconds": 0.001,
                },
            ],
        )
        self.assertEqual((found["event"], found["failovers"], found["status"]), ("request-failed", 1, 504))
        json.dumps(found)

    def test_cause(self) -> None:
        """Neither the order of the members nor how often they were asked makes another cause."""
        one = keys(failed(LATE, REFUSED))["fold"]
        self.assertEqual(keys(failed(REFUSED, LATE, LATE))["fold"], one)
        for other in (failed(LATE), failed(LATE, REFUSED, pool="p2p"), failed()):
            self.assertNotEqual(keys(other)["fold"], one)
        self.assertNotEqual(keys(failed())["fold"], keys(failed(error="something else"))["fold"])

    def test_without_a_listener(self) -> None:
        """A program's own requests are told of by their pool."""
        fact = evolve(failed(REFUSED), listener="", call="")
        self.assertTrue(text(fact).startswith("pool q2t: POST of 10.0.0.5 failed after"), text(fact))

    def test_success(self) -> None:
        """It is no line."""
        done = AttemptResult(A, Responded(200), AttemptState.PASSED_DOWN)
        self.assertIsNone(line_of(failed(done, error="", status=200)))
        self.assertIsNone(line_of(events.ConnectionDone("rpc", "rpc", "c", "a", "", 1, 1, 1.0)))


#: What makes no facts, as it stands below or beside them, and says by itself what it does.
BY_THEMSELVES = ("net.", "process.", "logs.", "demo.", "cli", "endpoints.unix")


class LinesTests(SynchronousTestCase):
    """The table as a whole."""

    def test_nobody_else_writes_lines(self) -> None:
        """Whatever else happens is a fact; only bugs are logged where they are found."""
        found = [
            f"{source.module}:{node.lineno}"
            for source in sources("quorumha")
            if not source.module.startswith(tuple(f"quorumha.{one}" for one in BY_THEMSELVES))
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "log"
            if node.attr in ("debug", "info", "warn", "error", "critical", "emit")
        ]
        self.assertEqual(found, [])

    def test_texts_use_keys_that_are_there(self) -> None:
        for (kind, _), line in LINES.items():
            known = {one.name for one in fields(kind)} | {"tried", "call", "said", "cause", "where"}
            for said in (line.text, line.fold or ""):
                used = {name for _, name, _, _ in string.Formatter().parse(said) if name}
                self.assertLessEqual(used, known, line)

    def test_members(self) -> None:
        """Each change has its event, and is told a few times before it is counted."""
        expected = {
            "down": ("upstream-down", LogLevel.warn),
            "ejected": ("upstream-ejected", LogLevel.warn),
            "up": ("upstream-up", LogLevel.info),
            "enabled": ("upstream-enabled", LogLevel.info),
            "disabled": ("upstream-disabled", LogLevel.info),
            "unprepared": ("upstream-unprepared", LogLevel.warn),
            "backup in use": ("backup-in-use", LogLevel.warn),
            "back from backup": ("back-from-backup", LogLevel.info),
        }
        for change, (event, level) in expected.items():
            fact = events.MemberChanged("q2t", "t1", change, "refused", "tried again in 10 s")
            line = line_of(fact)
            assert line is not None
            self.assertEqual((line.event, line.level, line.first), (event, level, 5))
            self.assertTrue(text(fact).startswith("q2t: ") and "t1" in text(fact), text(fact))
        self.assertIsNone(line_of(events.MemberChanged("q2t", "t1", "something new")))

    def test_plain(self) -> None:
        """A log in JSON can say each key: what a fact has is text, a number or a truth, or is made so."""
        for (kind, _), line in LINES.items():
            made = {
                events.RequestDone: {"attempts"},
                events.Started: {"listeners", "members"},
                events.ReloadTaken: {"changes", "warnings"},
                events.ReloadRefused: {"problems"},
            }.get(kind, set())
            types = {one.name: one.type for one in fields(kind) if one.name not in made}
            self.assertLessEqual(set(types.values()), {"str", "int", "float", "bool"}, (line.event, types))

    def test_seconds(self) -> None:
        """No more of them than one can read."""
        self.assertEqual(keys(events.WaitingOver("q2t", 1, 0.012157151999417692, 0))["seconds"], 0.012)

    def test_which(self) -> None:
        """Where a kind of fact has several lines."""
        found = [
            keys(events.Refused("q2t", "c", 400, "malformed head"))["event"],
            keys(events.Refused("q2t", "c", 0, "it showed no certificate"))["event"],
            keys(events.PartyInfoDrift("p2p", "t1", 2))["event"],
            keys(events.Full("waiting", "q2t"))["event"],
        ]
        self.assertEqual(
            found,
            [
                "request-refused",
                "client-refused",
                "partyinfo-drift",
                "waiting-full",
            ],
        )

    def test_started(self) -> None:
        fact = events.Started(
            "1.0", "/etc/q.toml", {"rpc": "127.0.0.1:8545"}, {"rpc": {"a": "up", "b": "down (refused)"}}
        )
        self.assertEqual(
            text(fact),
            "quorumha 1.0 serves /etc/q.toml: rpc on 127.0.0.1:8545; rpc: a up, b down (refused)",
        )
        json.dumps(keys(fact))

    def test_reloads(self) -> None:
        """What changed, or why not; of very many the rest is counted, and stands in the keys."""
        fact = events.ReloadTaken("/q.toml", ("max_connections: 5 -> 7", "added pools.p"), ("no limit: x",))
        self.assertEqual(
            text(fact),
            "/q.toml was taken: max_connections: 5 -> 7; added pools.p; warning: no limit: x",
        )
        self.assertEqual(text(events.ReloadTaken("/q.toml", ())), "/q.toml was taken: nothing changed")
        refused = events.ReloadRefused("/q.toml", tuple(f"/q.toml:{n}:1: wrong" for n in range(MANY + 2)))
        self.assertTrue(
            text(refused).startswith(
                "/q.toml was not taken, and nothing has changed: /q.toml:0:1: wrong; /q.toml:1:1: wrong;"
            )
        )
        self.assertTrue(text(refused).endswith(f"{MANY - 1}:1: wrong; and 2 more"), text(refused))
        self.assertEqual(len(json.loads(json.dumps(keys(refused)))["problems"]), MANY + 2)
        located = "/q.toml:1:1 a: wrong\n    a = 1\n    ^"
        self.assertEqual(
            text(events.ReloadRefused("/q.toml", (located, located))),
            f"/q.toml was not taken, and nothing has changed: {located}\n{located}",
        )
        self.assertEqual(
            text(events.ReloadRefused("", ("no file",))),
            "a configuration was not taken, and nothing has changed: no file",
        )

    def test_others(self) -> None:
        """What is no fact of ours is no line."""
        self.assertIsNone(line_of(object()))
        self.assertIsNone(line_of(Line("x", "y")))
