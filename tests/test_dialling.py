"""Words for what went wrong."""

from __future__ import annotations

from twisted.internet import error
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.dialling import connect_failed, no_answer
from quorumha.errors import NoUpstream, UpstreamError, UpstreamTimeout
from quorumha.upstream import Broken, ConnectFailed, Phase, TimedOut


class WordsTests(SynchronousTestCase):
    """Kinds of failures, never addresses."""

    def test_kinds(self) -> None:
        for kind, word in (
            (error.ConnectionRefusedError, "refused"),
            (error.NoRouteError, "no route"),
            (error.DNSLookupError, "name does not resolve"),
            (error.BadFileError, "no such socket"),
        ):
            self.assertEqual(connect_failed(Failure(kind("10.1.2.3"))), ConnectFailed(word))

    def test_unknown_kind_tells_no_text(self) -> None:
        self.assertEqual(connect_failed(Failure(KeyError("secret"))), ConnectFailed("KeyError"))

    def test_errors(self) -> None:
        self.assertIsInstance(no_answer("p", []), NoUpstream)
        refused = no_answer("p", [ConnectFailed("refused"), Broken("cut")])
        self.assertIs(type(refused), UpstreamError)
        self.assertEqual(str(refused), "pool p: could not connect (refused); broke off (cut)")
        late = no_answer("p", [ConnectFailed("refused"), TimedOut(Phase.FIRST_BYTE)])
        self.assertIsInstance(late, UpstreamTimeout)
        self.assertEqual([NoUpstream.status, UpstreamError.status, UpstreamTimeout.status], [503, 502, 504])
