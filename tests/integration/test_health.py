"""Members that die, hang and cannot be found, with checks on: nothing is lost, and it is told once."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from attrs import define
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.processes import LATE
from tests.integration.clients import Address, Client, Cut, Silent, ask
from tests.integration.nodes import BlackHole, Node
from tests.integration.proxies import Proxy, chosen_arm
from tests.integration.topology import Listener, Member, Pool, Topology, listener, pool, relay

#: What two Tesseras, or two servers behind a relay, are asked.
UPCHECK = {"kind": "http", "path": "/upcheck"}
#: A line of the log that tells of a member: its time is twistd's.
_TOLD = re.compile(r"(\w+): (\S+) (is down|is up|is ejected): (.*); (.*)$")


@define
class Told:
    """One event of the log."""

    pool: str
    upstream: str
    what: str
    cause: str
    what_next: str


class Traffic:
    """Clients that ask without a pause, one request after another, each on its own or a kept connection.

    @ivar answers: which node answered how often.
    @ivar lost: what was not answered as it should be: when it was begun, and how it ended.
    """

    def __init__(self, address: Address, method: str, *, kept: bool) -> None:
        self.answers: Counter[str] = Counter()
        self.lost: list[tuple[float, str]] = []
        self._address = address
        self._method = method
        self._kept = kept
        self._enough = threading.Event()
        self._changed = threading.Condition()
        self._body = os.urandom(1000) if method == "POST" else b""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        digest = hashlib.sha256(self._body).hexdigest()[:12]
        client: Client | None = None
        number = 0
        while not self._enough.wait(0.005):
            number += 1
            begun = time.monotonic()
            try:
                client = client or Client(self._address)
                answer = client.ask(self._method, f"/steady/{number}", self._body)
                expected = f"{self._method} /steady/{number} {len(self._body)} {digest}"
                if answer.status != 200 or answer.body.decode().split(" ", 1)[1] != expected:
                    self.lost.append((begun, f"{answer.status} {answer.body[:100]!r}"))
                with self._changed:
                    self.answers[answer.value("x-node") or ""] += 1
                    self._changed.notify_all()
            except (Cut, Silent, OSError, AssertionError) as problem:
                self.lost.append((begun, f"{type(problem).__name__}: {problem}"))
                client = None
            if client is not None and not self._kept:
                client.close()
                client = None
        if client is not None:
            client.close()

    def wait_for(self, node: str, more: int = 1, limit: float = LATE) -> bool:
        """Until a node has given so many more answers."""
        with self._changed:
            enough = self.answers[node] + more
            return self._changed.wait_for(lambda: self.answers[node] >= enough, limit)

    def stop(self) -> None:
        """Ask no more."""
        self._enough.set()
        self._thread.join(LATE)


class HealthCase(SynchronousTestCase):
    """Two nodes and a proxy that checks them, new for each test."""

    def setUp(self) -> None:
        if chosen_arm() != "quorumha":
            raise SkipTest("other proxies are not asked for this")
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        self.nodes = {name: Node(name, self.directory) for name in "ab"}
        for node in self.nodes.values():
            self.addCleanup(node.kill)

    def members(self, **keys: Any) -> tuple[Member, ...]:
        return tuple(Member(node.port, max_fails=1, **keys) for node in self.nodes.values())

    def launch(self, *served: tuple[Pool, Listener]) -> Proxy:
        topology = Topology(tuple(p for p, _ in served), tuple(one for _, one in served))
        self.proxy = Proxy(topology, self.directory / "proxy")
        self.addCleanup(self.proxy.kill)
        return self.proxy.wait()

    def log(self) -> str:
        return (self.directory / "proxy" / "quorumha.log").read_text()

    def told(self, pool: str, what: str) -> list[Told]:
        """The events of one kind, of one pool."""
        found = (_TOLD.search(line) for line in self.log().splitlines())
        return [t for t in (Told(*m.groups()) for m in found if m) if t.pool == pool and t.what == what]

    def wait_for_event(self, pool: str, what: str, count: int = 1) -> None:
        """Until it is in the log so many times."""
        self.proxy.child.wait_until(
            lambda: len(self.told(pool, what)) >= count, f"{count} times {what!r} of {pool}"
        )

    def traffic(self, name: str, method: str = "GET", *, kept: bool = True) -> Traffic:
        traffic = Traffic(self.proxy.addresses[name], method, kept=kept)
        self.addCleanup(traffic.stop)
        return traffic

    def name_of(self, node: str) -> str:
        return f"127.0.0.1:{self.nodes[node].port}"

    def changes(self, pool: str) -> list[tuple[str, str]]:
        """Every change that was told, in order."""
        found = (_TOLD.search(line) for line in self.log().splitlines())
        return [(m[2], m[3]) for m in found if m and m[1] == pool]


class Dying(HealthCase):
    """SIGKILL during steady traffic."""

    def test_killed_and_back_with_nothing_lost(self) -> None:
        """Out and back by its checks, over HTTP and TCP; POSTs too."""
        self.launch(
            (pool("http", *self.members(), check=UPCHECK), listener("http", "http")),
            (pool("tcp", *self.members(), check="connect"), relay("tcp", "tcp")),
        )
        gets, posts = self.traffic("http"), self.traffic("http", "POST")
        relayed = self.traffic("tcp", kept=False)
        everything = (gets, posts, relayed)
        for one in everything:
            self.assertTrue(one.wait_for("a", 5) and one.wait_for("b", 5))
        self.nodes["a"].kill()
        killed = time.monotonic()
        for name in ("http", "tcp"):
            self.wait_for_event(name, "is down")
        self.nodes["a"].revive()
        for one in everything:
            self.assertTrue(one.wait_for("a", 5), "it does not come back")
        for one in everything:
            one.stop()
        self.assertEqual((gets.lost, posts.lost), ([], []))
        # What was relayed to it when it died died with it; no later connection did.
        self.assertEqual([lost for lost in relayed.lost if lost[0] > killed], [])
        self.assertLessEqual(len(relayed.lost), 1)
        for name in ("http", "tcp"):
            self._told_once(name)

    def _told_once(self, name: str) -> None:
        """One event for each change: who, why, and what happens next."""
        (out,), (back,) = self.told(name, "is down"), self.told(name, "is up")
        self.assertEqual(out.upstream, self.name_of("a"))
        self.assertIn("could not connect (refused)", out.cause)
        self.assertEqual(out.what_next, "used again after 2 good checks, one every 0.4 s")
        self.assertEqual((back.cause, back.what_next), ("its checks are good", "has its share of requests"))
        changes = self.changes(name)
        self.assertEqual({who for who, _ in changes}, {self.name_of("a")})
        self.assertEqual(changes[-1][1], "is up")
        self.assertLessEqual(Counter(what for _, what in changes).most_common(1)[0][1], 1, changes)


class Hanging(HealthCase):
    """SIGSTOP: it takes connections and says nothing."""

    def test_out_within_two_seconds_and_back(self) -> None:
        """No request is lost, though some wait for the hung member's limit; a relay is told by checks."""
        self.launch(
            (pool("http", *self.members(), check=UPCHECK), listener("http", "http")),
            (pool("tcp", *self.members(), check=UPCHECK), relay("tcp", "tcp")),
        )
        gets, posts = self.traffic("http"), self.traffic("http", "POST")
        for one in (gets, posts):
            self.assertTrue(one.wait_for("a", 5) and one.wait_for("b", 5))
        child = self.nodes["a"].child
        assert child is not None
        with child.suspended():
            # Within two seconds by its clock: tests.health.
            for name in ("http", "tcp"):
                self.wait_for_event(name, "is down")
            for _ in range(3):
                self.assertEqual(ask(self.proxy.addresses["tcp"], "GET", "/x").status, 200)
        for name in ("http", "tcp"):
            self.wait_for_event(name, "is up")
        for one in (gets, posts):
            self.assertTrue(one.wait_for("a", 5), "it does not come back")
            one.stop()
            self.assertEqual(one.lost, [])
        (out,) = self.told("tcp", "is down")
        self.assertEqual(out.cause, "no answer within 0.75 s")
        self.assertIn("used again after 2 good checks", out.what_next)
        self.assertEqual(len(self.told("http", "is down")), 1)


class Nameless(HealthCase):
    """A name under .invalid, which never resolves (RFC 6761)."""

    def test_starts_warns_once_and_serves(self) -> None:
        """A warning, not a refusal to start, and no flood; the other one has a name that does resolve."""
        nameless = Member(self.nodes["a"].port, max_fails=1, host="no-such-name.invalid")
        named = Member(self.nodes["b"].port, max_fails=1, host="localhost")
        self.launch((pool("http", nameless, named, check="auto"), listener("http", "http")))
        self.wait_for_event("http", "is down")
        traffic = self.traffic("http", "POST")
        self.assertTrue(traffic.wait_for("b", 200))
        traffic.stop()
        # Both are asked as often: the one without a name, too, was asked some times more.
        seen = self.nodes["b"].seen()["accepted"]
        self.assertTrue(self.nodes["b"].wait(accepted=seen + 3))
        self.assertEqual(traffic.lost, [])
        upstream = f"no-such-name.invalid:{nameless.port}"
        (told,) = [line for line in self.log().splitlines() if "no-such-name" in line and "is down" in line]
        self.assertIn(
            f"http: {upstream} is down: could not connect (name does not resolve); used again after 2 good",
            told,
        )
        self.assertNotIn("Traceback", self.log())


class Stopping(HealthCase):
    """A stop, whatever the checks are doing."""

    def test_ends_at_once(self) -> None:
        """With questions to a node that hangs, one that is gone, one that takes no connection, and a name."""
        hole = BlackHole()
        self.addCleanup(hole.close)
        members = (
            *self.members(),
            Member(hole.port, max_fails=1),
            Member(9, max_fails=1, host="no-such-name.invalid"),
        )
        self.launch(
            (pool("http", *members, check=UPCHECK), listener("http", "http")),
            (pool("tcp", *members, check="connect"), relay("tcp", "tcp")),
        )
        # By then what launch() tried at the relay is over, too: it could last as long as a node hangs.
        self.wait_for_event("tcp", "is down", 2)
        child = self.nodes["a"].child
        assert child is not None
        with child.suspended():
            self.wait_for_event("http", "is down", 3)
            self.proxy.stop()
        self.assertEqual(self.proxy.child.tree()[1:], [])
        self.assertIn(self.proxy.child.popen.returncode, (0, -signal.SIGTERM))
        self.assertNotIn("Traceback", self.log())
        self.assertNotIn("Unhandled", self.log())
