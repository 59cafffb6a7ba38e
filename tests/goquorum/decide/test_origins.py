"""Which fields let a page of some origin read an answer."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.origins import LENGTH, Origins, origin_of
from quorumha.http.wire.messages import RequestHead

DAPP = b"http://dapp.example"
ALLOWED = (b"Access-Control-Allow-Origin", DAPP)
VARY = (b"Vary", b"Origin")


class OriginsTests(SynchronousTestCase):
    """What members said last."""

    def test_allow_origin_and_vary_are_remembered(self) -> None:
        """And nothing else."""
        origins = Origins()
        origins.note(DAPP, [ALLOWED, (b"Content-Type", b"x"), VARY, (b"Set-Cookie", b"secret")])
        self.assertEqual(origins.fields(DAPP), [ALLOWED, VARY])

    def test_the_last_one_counts(self) -> None:
        """A node may have been configured otherwise."""
        origins = Origins()
        origins.note(DAPP, [ALLOWED, VARY])
        origins.note(DAPP, [VARY])
        self.assertEqual(origins.fields(DAPP), [VARY])

    def test_nothing_is_known_of_others(self) -> None:
        """Nor of those that give none."""
        self.assertEqual((Origins().fields(DAPP), Origins().fields(b"")), ([], []))

    def test_memory_is_bounded(self) -> None:
        """Clients may make them up."""
        origins = Origins(10)
        for number in range(100):
            origins.note(b"http://%d.example" % number, [VARY])
        self.assertEqual(len(origins), 10)
        self.assertEqual(origin_of(RequestHead.get(b"/", b"x", (b"Origin", b"x" * LENGTH))), b"x" * LENGTH)
        self.assertEqual(origin_of(RequestHead.get(b"/", b"x", (b"Origin", b"x" * (LENGTH + 1)))), b"")
