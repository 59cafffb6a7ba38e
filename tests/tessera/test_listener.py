"""A Tessera listener, put together: simulated nodes behind it, a client before it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import http_request
from tests.tessera_world import World

SEND = b'{"payload":"aGVsbG8=","to":[]}'
UNKNOWN = b"/transaction/" + b"A" * 86 + b"=="


def request(method: bytes, target: bytes, body: bytes | None = None) -> bytes:
    """As GoQuorum writes it."""
    return http_request(method, target, body, b"Content-Type: application/json")


class Q2TTests(SynchronousTestCase):
    """The local socket."""

    def test_send_and_receive(self) -> None:
        """What was sent is found; its Location is the client's own address, whoever answered."""
        pair = World()
        made = pair.ask(request(b"POST", b"/send", SEND))
        self.assertEqual(made.status, 201)
        where = made.get(b"location")
        assert where is not None
        self.assertTrue(where.startswith(b"http://proxy/transaction/"))
        self.assertEqual(len(pair.site.state.memory), 1)
        self.assertEqual(pair.ask(request(b"GET", where.removeprefix(b"http://proxy"))).status, 200)

    def test_404_while_the_other_is_dead(self) -> None:
        """A held authoritative answer is never replaced by an error."""
        for dead in "ab":
            pair = World()
            pair.net.kill(f"{dead}:1")
            self.assertEqual(pair.ask(request(b"GET", UNKNOWN)).status, 404)

    def test_hold_the_line(self) -> None:
        """While nobody can answer a request waits, and is served the moment a member is back."""
        pair = World()
        for name in "ab":
            pair.net.kill(f"{name}:1")
        clients = [
            pair.client(request(b"GET", UNKNOWN)),
            pair.client(request(b"POST", b"/send", SEND)),
            pair.client(request(b"GET", b"/version/api")),
            pair.client(request(b"GET", b"/upcheck")),
        ]
        pair.net.advance(3)
        self.assertEqual([pair.response(client) for client in clients], [None] * 4)
        pair.net.revive("b:1")
        pair.net.advance(0.6)
        answers = [pair.response(client) for client in clients]
        self.assertEqual([answer and answer.status for answer in answers], [404, 201, 200, 200])

    def test_held_to_just_under_the_clients_limit(self) -> None:
        """When the time is over, the client hears it before it gives up."""
        pair = World()
        for name in "ab":
            pair.net.kill(f"{name}:1")
        client = pair.client(request(b"GET", UNKNOWN))
        pair.net.advance(4.4)
        self.assertIsNone(pair.response(client))
        pair.net.advance(0.2)
        answer = pair.response(client)
        assert answer is not None
        self.assertEqual(answer.status, 502)
