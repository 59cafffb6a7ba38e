"""Connections that wait to be used again."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.upstream.connection_pool import Connections
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Upstream
from quorumha.testing import MemoryTopology, ScriptedUpstream


class KeepaliveTests(SynchronousTestCase):
    """Kept, used, forgotten."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.node = ScriptedUpstream(self.net.clock)
        self.net.listen("a:1", self.node)
        self.member = Member(Upstream("a", self.net.client_endpoint("a:1")))
        self.connections = Connections(self.net.clock, keepalive=2, idle=20)

    def dial(self) -> UpstreamConnection:
        made: list[UpstreamConnection] = []
        self.connections.dial(self.member, made.append, self.fail)
        self.net.run()
        (connection,) = made
        connection.reusable = True
        return connection

    def test_youngest_first(self) -> None:
        first, second = self.dial(), self.dial()
        self.connections.give_back(first)
        self.connections.give_back(second)
        self.assertIs(self.connections.kept(self.member), second)
        self.assertIs(self.connections.kept(self.member), first)
        self.assertIsNone(self.connections.kept(self.member))

    def test_so_many(self) -> None:
        for connection in [self.dial() for _ in range(3)]:
            self.connections.give_back(connection)
        self.net.run()
        self.assertEqual(len(self.node.live), 2)

    def test_not_reusable(self) -> None:
        connection = self.dial()
        connection.reusable = False
        self.connections.give_back(connection)
        self.net.run()
        self.assertIsNone(self.connections.kept(self.member))
        self.assertEqual(self.node.live, [])

    def test_idle(self) -> None:
        self.connections.give_back(self.dial())
        self.net.advance(19.9)
        self.assertEqual(len(self.node.live), 1)
        self.net.advance(0.2)
        self.assertEqual(self.node.live, [])
        self.assertIsNone(self.connections.kept(self.member))

    def test_given_by_name(self) -> None:
        """Not kept for ever, however busy: the name may lead elsewhere by then."""
        for named, expected in (True, [2, 1]), (False, [1, 1]):
            self.setUp()
            self.member = Member(Upstream("a", self.net.client_endpoint("a:1"), named=named))
            connection = self.dial()
            for _ in range(7):
                self.connections.give_back(connection)
                self.net.advance(10)
                connection = self.connections.kept(self.member) or self.dial()
            self.assertEqual([len(self.node.connections), len(self.node.live)], expected)

    def test_ended_by_the_node(self) -> None:
        self.connections.give_back(self.dial())
        self.node.close_kept()
        self.net.run()
        self.assertIsNone(self.connections.kept(self.member))

    def test_ending_is_not_used(self) -> None:
        """It was aborted, but its transport has not said so yet."""
        connection = self.dial()
        self.connections.give_back(connection)
        connection.abort()
        self.assertIsNone(self.connections.kept(self.member))

    def test_removed_member(self) -> None:
        """Those that wait are ended; those in use are not kept afterwards."""
        first, second = self.dial(), self.dial()
        self.connections.give_back(first)
        self.member.remove()
        self.connections.drop(self.member)
        self.connections.give_back(second)
        self.net.run()
        self.assertIsNone(self.connections.kept(self.member))
        self.assertEqual(self.node.live, [])

    def test_stop(self) -> None:
        waiting, used = self.dial(), self.dial()
        self.connections.give_back(waiting)
        self.connections.stop()
        self.net.run()
        self.assertEqual(len(self.node.live), 1)
        self.connections.give_back(used)
        self.net.run()
        self.assertEqual(self.node.live, [])
