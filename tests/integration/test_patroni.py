"""C{check = "patroni"} before a real Patroni pair with its etcd, under load.

Opt-in, by C{QUORUMHA_PATRONI=1}: docs/explanation/long-proofs.md.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.integration.patroni_pair import PatroniNode, PatroniPair, why_no_patroni
from tests.integration.proxies import Proxy
from tests.integration.row_writer import TABLE, RowWriter
from tests.integration.topology import Listener, Member, Pool, Topology


class PatroniTests(SynchronousTestCase):
    """Two writers go on through the relay, whatever Patroni does; each row that was acknowledged is there."""

    def setUp(self) -> None:
        if reason := why_no_patroni():
            raise SkipTest(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="quorumha-test-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def begin(self, by: str = "etcd") -> PatroniNode:
        """All of it, with two writers that write.

        @param by: how Patroni asks etcd.
        @return: who leads.
        """
        self.pair = PatroniPair(by)
        self.addCleanup(self.pair.close)
        leader = self.pair.leader
        self.ask(leader, TABLE)
        check = {"kind": "patroni", "port": self.pair.api, "interval": 0.25, "timeout": 1.0}
        members = tuple(Member(one.port, host=one.host, name=one.name) for one in self.pair.nodes)
        pool = Pool("db", members, {"check": check, "lease": 2.0, "connect_timeout": 1.0})
        state = self.folder / "state"
        state.mkdir()
        listener = Listener("db", "db", "postgresql", keys={"hold": 40.0})
        topology = Topology((pool,), (listener,), keys={"state_directory": str(state)})
        self.proxy = Proxy(topology, self.folder / "q", "quorumha").wait()
        self.writers: list[RowWriter] = []
        # Cleanups run last first: the proxy ends before its writers, which may wait for it.
        self.addCleanup(lambda: [writer.end() for writer in self.writers])
        self.addCleanup(self.proxy.kill)
        where = f"host=127.0.0.1 port={self.proxy.addresses['db']} user=postgres dbname=postgres"
        self.writers += [RowWriter(name, where) for name in ("one", "two")]
        self.written_to(leader)
        return leader

    def ask(self, node: PatroniNode, text: str) -> list[tuple[Any, ...]]:
        """The rows of one statement at one database."""
        where = f"host={node.host} port={node.port} user=postgres dbname=postgres connect_timeout=10"
        with psycopg.connect(where, autocommit=True) as session:
            result = session.execute(text)
            return result.fetchall() if result.description is not None else []

    def written_to(self, node: PatroniNode) -> None:
        """Both writers write there."""
        for writer in self.writers:
            writer.more(node, 10)

    def moved(self, old: PatroniNode, new: PatroniNode) -> None:
        """Both went from one to the other once, at the same moment; all that was acknowledged is there."""
        everything = [one for writer in self.writers for one in writer.written]
        last = max(one.at for one in everything if one.port == old.port)
        first = min(one.at for one in everything if one.port == new.port)
        self.assertLess(last, first)
        acknowledged = {(writer.name, one.number) for writer in self.writers for one in writer.written}
        self.assertEqual(acknowledged - set(self.ask(new, "SELECT writer, number FROM rows")), set())
        for writer in self.writers:
            broken = [one.text for one in writer.troubles if one.session]
            # One, and perhaps one more of a session that began while the old one shut down.
            self.assertIn(len(broken), (1, 2), broken)

    def test_switchover(self) -> None:
        """A planned switch."""
        old = self.begin()
        new = self.pair.other(old)
        old.switch_to(new)
        self.written_to(new)
        self.moved(old, new)

    def test_killed(self) -> None:
        """The machine of the leader dies; once it is back it is a standby."""
        old = self.begin()
        new = self.pair.other(old)
        old.kill()
        self.written_to(new)
        self.moved(old, new)
        old.start()
        self.pair.synchronous()
        self.written_to(new)
        self.moved(old, new)

    def test_hung(self) -> None:
        """The machine of the leader hangs, and goes on as if nothing had been: nobody goes there."""
        old = self.begin()
        new = self.pair.other(old)
        old.hang()
        self.written_to(new)
        old.resume()
        self.written_to(new)
        old.wait_until("a standby", "/replica", state="running")
        self.written_to(new)
        self.moved(old, new)

    def test_lock_taken_back(self) -> None:
        """An older Patroni takes the lock back by etcd's API v3 as it goes on, and undoes the promotion.

        What the new primary acknowledged is gone then (a newer Patroni looks at timelines first: its pull
        request 2787).  Whatever Patroni does, nobody writes on a lower timeline.
        """
        old = self.begin("etcd3")
        new = self.pair.other(old)
        old.hang()
        self.written_to(new)
        old.resume()
        demoted = ("/replica", "running")
        self.proxy.child.wait_until(lambda: any(self.is_at(node, *demoted) for node in (old, new)), "over")
        if self.is_at(new, *demoted):
            self.proxy.child.wait_said("nobody is written to")
        everything = [one for writer in self.writers for one in writer.written]
        first = min(one.at for one in everything if one.port == new.port)
        self.assertEqual([one for one in everything if one.port == old.port and one.at > first], [])

    def is_at(self, node: PatroniNode, path: str, state: str) -> bool:
        """Whether its Patroni says so at a path."""
        return (node.ask(path) or {}).get("state") == state
