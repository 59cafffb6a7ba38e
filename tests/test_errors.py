"""The one tree of errors."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha import errors
from quorumha.errors import (
    REASONS,
    ConfigError,
    DownstreamError,
    ListenError,
    NoUpstream,
    QuorumhaError,
    UpstreamError,
    UpstreamTimeout,
)
from tests.vectors.model import REFUSALS


class TreeTests(SynchronousTestCase):
    """Who is whose, and what the client is told."""

    def test_one_root(self) -> None:
        found = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]
        self.assertGreater(len(found), 5)
        for one in found:
            self.assertTrue(issubclass(one, QuorumhaError), one)

    def test_statuses(self) -> None:
        self.assertEqual([e.status for e in (UpstreamError, UpstreamTimeout, NoUpstream)], [502, 504, 503])
        self.assertEqual(DownstreamError("x").status, 400)
        self.assertEqual(DownstreamError("x", 431).status, 431)
        for one in (UpstreamTimeout, NoUpstream):
            self.assertTrue(issubclass(one, UpstreamError))

    def test_every_status_has_its_phrase(self) -> None:
        """An answer of the proxy's own never goes out with a bare number."""
        used = {400, 405, 408, 413, 414, 415, 417, 431, 500, 501, 502, 503, 504, 505}
        self.assertEqual(used - REASONS.keys(), set())
        # Those that mean another request, and not that this one has no clear reading.
        others = {404, 405, 415}
        self.assertEqual({status for status in REASONS if status < 500} - REFUSALS - others, set())

    def test_config_error(self) -> None:
        error = ConfigError(["a.toml:1: first", "a.toml:2: second"])
        self.assertEqual(error.problems, ["a.toml:1: first", "a.toml:2: second"])
        self.assertEqual(str(error), "a.toml:1: first\na.toml:2: second")

    def test_listen_error(self) -> None:
        self.assertEqual(str(ListenError("port 80 is taken")), "port 80 is taken")
