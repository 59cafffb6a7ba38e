"""One WebSocket to a member, which does what it should, and what it should not."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from wsproto.utilities import generate_accept_token

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.websocket.alike import Alike
from quorumha.goquorum.websocket.frames import Frames
from quorumha.goquorum.websocket.member_socket import MemberSocket, SocketLost
from quorumha.goquorum.websocket.place import Place
from quorumha.goquorum.websocket.said import Notification
from quorumha.http.wire.headers import Client, HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing.http.recording import Recorder
from quorumha.testing.net.memory import MemoryTopology

CALL = Call(b'"<"', "eth_x", b"[]")


class MemberSocketTests(SynchronousTestCase):
    """The test is the member."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.node = Recorder()
        self.net.listen("a:1", Factory.forProtocol(lambda: self.node))
        self.pool = UpstreamPool("p", [Upstream("a", self.net.client_endpoint("a:1"), b"a:1")])
        (self.member,) = self.pool.members
        self.said: list[tuple[str, bytes]] = []
        self.lost: list[str] = []
        self.frames = Frames(10_000)
        self.alike = Alike()
        self.begin()

    def begin(self) -> None:
        place = Place(self.net.clock, HeaderRules(host="upstream"), 10.0, 1.0)
        caller = Caller(Client(b"192.0.2.1"), RequestHead.get(b"/?x=y", b"proxy", (b"A", b"b")), "key")
        self.socket = MemberSocket(
            place, self.member, caller, lambda *said: self.said.append(said), self.alike
        )
        self.socket.lost = self.lost.append
        self.opened = self.socket.open()
        self.net.run()

    def open(self, behind: bytes = b"") -> None:
        key = self.node.received.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        self.respond(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + generate_accept_token(key) + b"\r\n\r\n" + behind
        )
        self.successResultOf(self.opened)
        self.node.pieces.clear()

    def respond(self, data: bytes) -> None:
        self.node.write(data)
        self.net.run()

    def say(self, *texts: bytes) -> None:
        self.respond(b"".join(self.frames.message(text) for text in texts))

    def heard(self) -> list[Any]:
        self.net.run()
        self.frames.feed(self.node.received)
        self.node.pieces.clear()
        found = []
        while (one := self.frames.next()) is not None:
            found.append(one)
        return found

    def failure(self, failed: Deferred[Any]) -> SocketLost:
        failure: Failure = self.failureResultOf(failed, SocketLost)
        error: SocketLost = failure.value
        return error

    def test_calls_and_notifications(self) -> None:
        """In any order; behind the handshake at once."""
        self.open(
            self.frames.message(b'{"method":"eth_subscription","params":{"subscription":"0x1","result":[]}}')
        )
        self.assertEqual(self.said, [("0x1", b"[]")])
        first, second = self.socket.call("eth_a", b"[1]"), self.socket.call("eth_b", b"")
        self.assertEqual(
            self.heard(),
            [
                b'{"jsonrpc":"2.0","id":1,"method":"eth_a","params":[1]}',
                b'{"jsonrpc":"2.0","id":2,"method":"eth_b"}',
            ],
        )
        self.say(b'{"id":2,"result":"0x2"}\n', b'{"id":1,"error":{"code":1}}', b'{"id":7,"result":1}')
        said = self.successResultOf(second)
        self.assertEqual(said.response_to(CALL), b'{"jsonrpc":"2.0","id":"\\u003c","result":"0x2"}')
        said = self.successResultOf(first)
        self.assertEqual(said.response_to(CALL), b'{"jsonrpc":"2.0","id":"\\u003c","error":{"code":1}}')
        self.assertEqual(self.member.in_flight, 1)

    def test_what_another_socket_was_told(self) -> None:
        """It is told likewise, by its own id, whatever comes before and behind; in parts, too."""
        head = b'{"method":"eth_subscription","params":{"subscription":"%b","result":[]}}'
        for id in (b"0xa", b"0xb"):
            message = head % id
            self.alike.was_read(self.frames.message(message), Notification(id.decode(), b"[]"))
        self.open(self.frames.message(head % b"0xc"))
        whole = self.frames.message(head % b"0xd")
        self.respond(whole)
        self.respond(whole[:20])
        self.respond(whole[20:])
        self.respond(Frames(10).ping() + whole)
        self.say(head % b"0xe", head % b"0xf")
        self.say(head % b"0xc")
        self.respond(self.frames.part("[", last=False))
        self.respond(whole)
        self.assertEqual(self.said, [(id, b"[]") for id in ("0xc", "0xd", "0xd", "0xd", "0xe", "0xf", "0xc")])
        self.assertIn("a message begins", self.lost[0])

    def test_what_comes_at_once_with_the_end(self) -> None:
        """Who closes it when it is open hears nothing of it."""
        head = b'{"method":"eth_subscription","params":{"subscription":"%b","result":[]}}'
        for id in (b"0xa", b"0xb"):
            self.alike.was_read(self.frames.message(head % id), Notification(id.decode(), b"[]"))
        self.opened.addCallback(lambda _: self.socket.close())
        self.open(self.frames.message(head % b"0xc"))
        self.assertEqual(self.said, [])

    def test_a_cancelled_call(self) -> None:
        """What is said to it is nobody's."""
        self.open()
        call = self.socket.call("eth_a", b"[]")
        call.cancel()
        self.failureResultOf(call)
        self.say(b'{"id":1,"result":1}')

    def test_its_end(self) -> None:
        """Calls fail, and who has it is told, once."""
        self.open()
        call = self.socket.call("eth_a", b"[]")
        self.node.abort()
        self.net.run()
        self.failure(call)
        self.assertEqual((self.lost, self.member.in_flight), (["the connection ended"], 0))
        self.failure(self.socket.call("eth_a", b"[]"))
        self.socket.drop("again")
        self.assertEqual((len(self.lost), self.member.in_flight), (1, 0))

    def test_what_a_member_must_not_do(self) -> None:
        """It is as dead."""
        masked = Frames(100, client=True).message(b"{}")
        for wire in (masked, self.frames.message(b"{"), self.frames.message(b"[]"), self.frames.close(1001)):
            self.node = Recorder()
            self.begin()
            self.open()
            self.respond(wire)
            self.assertTrue(self.socket.is_over, wire)
            self.assertIsNotNone(self.node.how_it_ended)

    def test_pings(self) -> None:
        """Its own are answered; ours it has to answer."""
        self.open()
        self.respond(Frames(10).ping())
        self.assertEqual(len(self.heard()), 1)
        pinged: list[float] = []
        self.socket.pinged = lambda: pinged.append(self.net.clock.seconds())
        self.net.advance(10.5)
        self.assertEqual(len(pinged), 1)
        self.net.advance(10.0)
        self.assertEqual(self.lost, ["no pong"])

    def test_a_refusal(self) -> None:
        """With what it says to that."""
        self.respond(
            b"HTTP/1.1 403 Forbidden\r\nSec-Websocket-Version: 13\r\nX: y\r\nContent-Length: 3\r\n\r\nn"
        )
        self.assertNoResult(self.opened)
        self.respond(b"o\n")
        response = self.failure(self.opened).response
        assert response is not None
        self.assertEqual((response.head.status, response.body), (403, b"no\n"))
        self.assertEqual(response.head.fields, [(b"X", b"y")])
        self.assertEqual((self.lost[1:], self.member.in_flight), ([], 0))

    def test_no_handshake(self) -> None:
        """Whatever else comes, or does not."""
        self.opened.cancel()
        self.failure(self.opened)
        for wire in (b"SSH-2.0\r\n\r\n", b"x" * 70_000, b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n"):
            self.node = Recorder()
            self.begin()
            self.respond(wire)
            self.failure(self.opened)
            self.assertEqual(self.member.in_flight, 0)
        self.node = Recorder()
        self.begin()
        self.net.advance(1.5)
        self.assertIn("in time", self.failure(self.opened).reason)

    def test_no_connection(self) -> None:
        """Refused; given up; closed."""
        self.socket.close()
        self.net.run()
        self.failure(self.opened)
        self.net.kill("a:1")
        self.begin()
        self.assertIn("refused", self.failure(self.opened).reason)
        self.net.revive("a:1")
        self.node = Recorder()
        self.begin()
        self.opened.cancel()
        self.failure(self.opened)
        self.net.run()
        self.assertIsNotNone(self.node.how_it_ended)
        self.assertEqual(self.member.in_flight, 0)

    def test_close(self) -> None:
        """Said to the member; nobody is told."""
        self.open()
        self.socket.close()
        self.assertEqual(self.heard()[0].code, 1000)
        self.assertEqual((self.lost, self.member.in_flight), ([], 0))
        self.assertIsNotNone(self.node.how_it_ended)
