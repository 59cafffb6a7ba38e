"""What happens to connections while nobody uses them, and to dials that come to nothing."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.upstream.connection_pool import Connections
from quorumha.pool.pool import Member
from quorumha.pool.upstream import ConnectFailed, Outcome, Phase, TimedOut, Upstream
from quorumha.testing import MemoryTopology, Recorder
from tests.http.stage import User

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class FaultTests(SynchronousTestCase):
    """One member, whose bytes the test writes."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.nodes: list[Recorder] = []
        self.net.listen("a:1", Factory.forProtocol(self.node))
        self.member = Member(Upstream("a", self.net.client_endpoint("a:1")))
        self.connections = Connections(self.net.clock, keepalive=4, idle=20)

    def node(self) -> Recorder:
        self.nodes.append(Recorder())
        return self.nodes[-1]

    def dial(self) -> UpstreamConnection:
        made: list[UpstreamConnection] = []
        self.connections.dial(self.member, made.append, self.fail)
        self.net.run()
        (connection,) = made
        return connection

    def used_once(self) -> UpstreamConnection:
        """A connection that gave one answer and was given back."""
        connection = self.dial()
        self.ask(connection)
        self.connections.give_back(connection)
        return connection

    def ask(self, connection: UpstreamConnection, answer: bytes = OK) -> User:
        user = User()
        connection.begin(user, b"GET", 3)
        connection.writer.write(b"ASK")
        connection.limit.wait(Phase.FIRST_BYTE, 2)
        self.net.run()
        self.nodes[-1].write(answer)
        self.net.run()
        return user

    def kept(self) -> UpstreamConnection | None:
        return self.connections.kept(self.member)

    def test_used_again(self) -> None:
        """The limit of its rest does not hold for its next request."""
        connection = self.used_once()
        self.net.advance(19)
        self.assertIs(self.kept(), connection)
        user = self.ask(connection, OK[:-5])
        for letter in b"hello":
            self.net.advance(2)
            self.nodes[0].write(bytes([letter]))
            self.net.run()
        self.assertEqual((user.body, user.ended), (b"hello", True))
        self.assertEqual(len(self.nodes), 1)

    def test_first_byte_limit_holds_on_a_kept_one(self) -> None:
        connection = self.used_once()
        self.assertIs(self.kept(), connection)
        user = self.ask(connection, b"")
        self.net.advance(2)
        self.assertEqual(user.outcome, TimedOut(Phase.FIRST_BYTE))
        self.assertFalse(connection.responded)

    def test_reset_while_it_rests(self) -> None:
        self.used_once()
        self.nodes[0].abort()
        self.net.run()
        self.assertIsNone(self.kept())

    def test_bytes_while_it_rests(self) -> None:
        """An answer that nobody asked for must not become the next client's."""
        for late in (b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", b"\r\n", b"\0"):
            self.used_once()
            self.nodes[-1].write(late)
            self.net.run()
            self.assertIsNone(self.kept(), late)
            self.assertEqual(self.nodes[-1].how_it_ended, "ConnectionLost")

    def test_bytes_behind_the_answer(self) -> None:
        """The same, in one piece with the answer before."""
        connection = self.dial()
        user = self.ask(connection, OK + OK)
        self.assertEqual((user.body, user.ended), (b"hello", True))
        self.connections.give_back(connection)
        self.assertIsNone(self.kept())
        self.net.run()
        self.assertEqual(self.net.connections("a:1"), [])

    def test_ended_before_it_is_given_back(self) -> None:
        connection = self.dial()
        self.ask(connection)
        self.nodes[0].close()
        self.net.run()
        self.connections.give_back(connection)
        self.assertIsNone(self.kept())

    def test_rest_ends_politely(self) -> None:
        """A node that reads its end gets one, not a reset."""
        self.used_once()
        self.net.advance(20)
        self.assertEqual(self.nodes[0].how_it_ended, "ConnectionDone")
        self.assertIsNone(self.kept())
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_killed_with_all_that_rest(self) -> None:
        first = self.used_once()
        other = self.dial()
        self.ask(other)
        self.connections.give_back(other)
        self.assertIsNot(first, other)
        self.net.kill("a:1")
        self.net.run()
        self.assertIsNone(self.kept())

    def test_refused(self) -> None:
        self.net.kill("a:1")
        outcomes: list[Outcome] = []
        self.connections.dial(self.member, self.fail, lambda outcome, _: outcomes.append(outcome))
        self.net.run()
        self.assertEqual(outcomes, [ConnectFailed("refused")])

    def test_given_up(self) -> None:
        """A dial that is cancelled leaves no connection behind."""
        self.net.black_hole("a:1")
        dial = self.connections.dial(self.member, self.fail, self.fail)
        self.net.run()
        dial.cancel()
        self.net.run()
        self.net.revive("a:1")
        self.net.advance(100)
        self.assertEqual(self.net.accepted("a:1"), 0)

    def test_members_do_not_share(self) -> None:
        self.used_once()
        twin = Member(self.member.upstream)
        self.assertIsNone(self.connections.kept(twin))
        self.assertIsNotNone(self.kept())
