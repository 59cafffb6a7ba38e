"""Whose calls these are, and what goes up for them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.wire.headers import MADE, Client
from quorumha.http.wire.messages import Fields, RequestHead


def caller(*fields: tuple[bytes, bytes], target: bytes = b"/", method: bytes = b"POST") -> Caller:
    """One with these fields."""
    forwarded: Fields = []
    head = RequestHead(method, target, 1, b"proxy", list(fields), forwarded, 5, True)
    return Caller(Client(b"192.0.2.7"), head, b"192.0.2.7")


class CallerTests(SynchronousTestCase):
    """Everything that is asked for a client has its token."""

    def test_fields_that_go_on(self) -> None:
        """All but what says what answers it takes, and of what type its body was."""
        one = caller(
            (b"Authorization", b"Bearer x"),
            (b"Accept-Encoding", b"gzip"),
            (b"content-type", b"application/json; charset=utf-8"),
            (b"Quorum-PSI", b"psi"),
            (b"Origin", b"https://dapp"),
        )
        head = one.request(17)
        self.assertEqual(
            head.fields,
            [
                (b"Authorization", b"Bearer x"),
                (b"Quorum-PSI", b"psi"),
                (b"Origin", b"https://dapp"),
                (b"Content-Type", b"application/json"),
            ],
        )
        self.assertEqual((head.method, head.length), (b"POST", 17))

    def test_the_query_goes_on(self) -> None:
        """It may hold the PSI; the path does not."""
        for target, upward in (
            (b"/", b"/"),
            (b"/?PSI=a", b"/?PSI=a"),
            (b"/ws", b"/"),
            (b"/ws?PSI=a?b", b"/?PSI=a?b"),
        ):
            self.assertEqual(caller(target=target).target, upward)

    def test_of_a_handshake(self) -> None:
        """Calls over a WebSocket are posted."""
        self.assertEqual(caller(method=b"GET").request(3).method, b"POST")

    def test_made_once_for_each_length(self) -> None:
        """And so many are kept."""
        one = caller()
        self.assertIs(one.request(5), one.request(5))
        for length in range(3 * MADE):
            self.assertEqual(one.request(length).length, length)
        self.assertLessEqual(len(one.head.made), MADE)
