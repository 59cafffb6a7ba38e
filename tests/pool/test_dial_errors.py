"""Words for what went wrong."""

from __future__ import annotations

from twisted.internet import error
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import NoUpstream, UpstreamError, UpstreamTimeout
from quorumha.pool.dial_errors import TLSFailed, connect_failed, no_response
from quorumha.pool.upstream import Broken, ConnectFailed, Phase, TimedOut, WentDown


class WordsTests(SynchronousTestCase):
    """Kinds of failures, never addresses."""

    def test_kinds(self) -> None:
        for kind, word in (
            (error.ConnectionRefusedError, "refused"),
            (error.NoRouteError, "no route"),
            (error.DNSLookupError, "name does not resolve"),
            (error.BadFileError, "no such socket"),
            (error.TCPTimedOutError, "timed out"),
            (error.SSLError, "TLS failed"),
        ):
            self.assertEqual(connect_failed(Failure(kind("10.1.2.3"))), ConnectFailed(word))

    def test_tls(self) -> None:
        """The reason that the handshake found is told; it is made of fixed words."""
        failed = TLSFailed(string="the certificate has expired")
        self.assertEqual(
            connect_failed(Failure(failed)), ConnectFailed("TLS failed: the certificate has expired")
        )

    def test_unknown_kind_tells_no_text(self) -> None:
        self.assertEqual(connect_failed(Failure(KeyError("secret"))), ConnectFailed("KeyError"))

    def test_errors(self) -> None:
        self.assertIsInstance(no_response("p", []), NoUpstream)
        refused = no_response("p", [ConnectFailed("refused"), Broken("cut")])
        self.assertIs(type(refused), UpstreamError)
        self.assertEqual(str(refused), "pool p: could not connect (refused); broke off (cut)")
        late = no_response("p", [ConnectFailed("refused"), TimedOut(Phase.FIRST_BYTE)])
        self.assertIsInstance(late, UpstreamTimeout)
        self.assertIsInstance(no_response("p", [WentDown(), ConnectFailed("refused")]), UpstreamTimeout)
        self.assertEqual([NoUpstream.status, UpstreamError.status, UpstreamTimeout.status], [503, 502, 504])

    def test_many_tries_are_counted(self) -> None:
        """A request that waited for members was tried in many rounds: each cause is told once."""
        outcomes = [ConnectFailed("refused"), TimedOut(Phase.FIRST_BYTE)] * 4 + [Broken("cut")]
        self.assertEqual(
            str(no_response("p", outcomes)),
            "pool p: could not connect (refused), 4 times; timed out (first byte), 4 times; broke off (cut)",
        )
