"""Tests for L{quorumha.endpoints.shared_look_up}."""

from __future__ import annotations

import errno

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import DNSLookupError
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.shared_look_up import SharedLookUp, lack_of_descriptors


class SharedLookUpTests(SynchronousTestCase):
    """One name, and a resolver that the test plays."""

    def setUp(self) -> None:
        self.lookups: list[Deferred[list[str]]] = []
        self.names = SharedLookUp(self.look_up)

    def look_up(self) -> Deferred[list[str]]:
        self.lookups.append(Deferred())
        return self.lookups[-1]

    def test_once_at_a_time(self) -> None:
        """All who want it wait for one, and the next one asks anew."""
        waiting = [self.names.addresses() for _ in range(3)]
        waiting[1].cancel()
        self.failureResultOf(waiting[1], CancelledError)
        self.lookups[0].callback(["10.0.0.1"])
        self.assertEqual([self.successResultOf(waiting[n]) for n in (0, 2)], [["10.0.0.1"]] * 2)
        self.names.addresses()
        self.assertEqual(len(self.lookups), 2)

    def test_not_found(self) -> None:
        """Whatever the resolver says, it is the name; what this process lacks is not."""
        for found in ([], DNSLookupError(), ValueError()):
            waiting = self.names.addresses()
            if isinstance(found, list):
                self.lookups[-1].callback(found)
            else:
                self.lookups[-1].errback(found)
            self.failureResultOf(waiting, DNSLookupError)
        waiting = self.names.addresses()
        self.lookups[-1].errback(OSError(errno.EMFILE, ""))
        self.failureResultOf(waiting, OSError)

    def test_lack(self) -> None:
        """There is none here."""
        self.assertIsNone(lack_of_descriptors())
