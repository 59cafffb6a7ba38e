"""The contract of forwarding, for each lane."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.web.contract import Contract


class FastLane(Contract, SynchronousTestCase):
    """L{ProxySite}."""

    slow = False


class SlowLane(Contract, SynchronousTestCase):
    """L{twisted.web.server.Site}."""

    slow = True
