"""Tests for L{quorumha.health.kind}; C{check} of a pool: L{tests.config.test_pool_checks}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import CheckConfig
from quorumha.health.kind import CONNECT, HTTP_CHECK, status


class HttpCheckTests(SynchronousTestCase):
    """C{check.kind = "http"}."""

    def test_statuses(self) -> None:
        """Those that HTTP has."""
        self.assertEqual([status(100), status(599)], [100, 599])
        for wrong in (99, 600, True, "200"):
            self.assertRaises(ValueError, status, wrong)

    def test_what_is_asked(self) -> None:
        """As it is told, and as it tells two questions apart."""
        usual, other = CheckConfig(), CheckConfig(keys={"path": "/x", "statuses": (200, 204), "body": "ok"})
        self.assertEqual(HTTP_CHECK.explain(usual, (), ()), "GET /upcheck; good is 200")
        self.assertEqual(HTTP_CHECK.explain(other, (), ()), "GET /x; good is 200 or 204 with 'ok' in it")
        self.assertNotEqual(HTTP_CHECK.probe_key(usual), HTTP_CHECK.probe_key(other))
        self.assertEqual(CONNECT.probe_key(usual), CONNECT.probe_key(other))
