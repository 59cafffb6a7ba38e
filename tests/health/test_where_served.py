"""The deep question where a port has its path."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.verdicts import DEAD, DEEP_PATH, WELL, Verdict
from quorumha.health.where_served import where_served
from quorumha.testing.http.plays import RESET, Play, answer, no_response
from tests.http.server.proxied import Proxied

HERE = answer(404, b"Message with hash AAAA was not found")
NOT_HERE = answer(404, b"HTTP 404 Not Found")
UP = answer(200, b"I'm up!")


class WhereServedTests(SynchronousTestCase):
    """Two scripted members; C{a} is asked."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.net = self.proxied.net
        self.probe = where_served(self.proxied.pool, self.net.clock, 0.75, ["b"])
        self.addCleanup(self.probe.stop)

    def says(self, *plays: Play, member: str = "a") -> tuple[Verdict, list[bytes]]:
        """The verdict, and what was asked for to get it."""
        node = self.proxied.nodes[member]
        before = len(node.requests)
        self.proxied.script(member, *plays)
        asking = self.probe.ask(self.proxied.pool.members["ab".index(member)])
        self.net.run()
        self.net.advance(1)
        return self.successResultOf(asking), [seen.target for seen in node.requests[before:]]

    def test_has_the_path(self) -> None:
        """Then it is asked for nothing else, and a 500 is a dead database."""
        self.assertEqual(self.says(HERE), (WELL, [DEEP_PATH]))
        self.assertEqual(self.says(answer(500)), (DEAD, [DEEP_PATH]))
        self.assertEqual(self.says(HERE), (WELL, [DEEP_PATH]))
        self.assertTrue(self.says(no_response())[0].silent)

    def test_has_not(self) -> None:
        """Then it is asked whether it is up, until it comes back from having been away."""
        self.assertEqual(self.says(NOT_HERE, UP), (WELL, [DEEP_PATH, b"/upcheck"]))
        self.assertEqual(self.says(UP), (WELL, [b"/upcheck"]))
        self.assertEqual(self.says(no_response(RESET), no_response(RESET))[0].database_dead, False)
        self.assertEqual(self.says(HERE), (WELL, [DEEP_PATH]))

    def test_any_other_answer(self) -> None:
        """Says nothing of the database."""
        for status in (200, 401, 403, 405, 503):
            self.setUp()
            self.assertEqual(self.says(answer(status), UP), (WELL, [DEEP_PATH, b"/upcheck"]))

    def test_dead_from_the_beginning(self) -> None:
        """Of whom it is not known whether it has the path, a 500 says nothing; it is asked again."""
        for _ in range(2):
            self.assertEqual(self.says(answer(500), UP), (WELL, [DEEP_PATH, b"/upcheck"]))
        self.assertEqual(self.says(HERE), (WELL, [DEEP_PATH]))

    def test_database_unavailable(self) -> None:
        """Until 21.10 that is what it says, with status 200."""
        self.says(NOT_HERE, UP)
        self.assertEqual(self.says(answer(200, b"Database unavailable")), (DEAD, [b"/upcheck"]))

    def test_another_port_says_it(self) -> None:
        """Then it is never asked for a transaction."""
        self.assertEqual(self.says(UP, member="b"), (WELL, [b"/upcheck"]))
