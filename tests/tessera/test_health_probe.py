"""The deep question where a port has its path."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.verdicts import GOOD, Verdict
from quorumha.pool.member import Member
from quorumha.tessera.decide.health_check import DEAD, DEEP_PATH, database_of
from quorumha.tessera.health_probe import DeepProbe, WhereServedProbe
from quorumha.testing.http.plays import RESET, Play, no_response, respond
from tests.http.server.proxied import Proxied

HERE = respond(404, b"Message with hash AAAA was not found")
NOT_HERE = respond(404, b"HTTP 404 Not Found")
UP = respond(200, b"I'm up!")


class WhereServedTests(SynchronousTestCase):
    """Two scripted members; C{a} is asked."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.net = self.proxied.net
        self.probe = WhereServedProbe(self.net.clock, 0.75, lambda member: member.name == "b")
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
        self.assertEqual(self.says(HERE), (GOOD, [DEEP_PATH]))
        self.assertEqual(self.says(respond(500)), (DEAD, [DEEP_PATH]))
        self.assertEqual(self.says(HERE), (GOOD, [DEEP_PATH]))
        self.assertTrue(self.says(no_response())[0].silent)

    def test_has_not(self) -> None:
        """Then it is asked whether it is up, until it comes back from having been away."""
        self.assertEqual(self.says(NOT_HERE, UP), (GOOD, [DEEP_PATH, b"/upcheck"]))
        self.assertEqual(self.says(UP), (GOOD, [b"/upcheck"]))
        self.assertEqual(self.says(no_response(RESET), no_response(RESET))[0].of_node, False)
        self.assertEqual(self.says(HERE), (GOOD, [DEEP_PATH]))

    def test_any_other_answer(self) -> None:
        """Says nothing of the database."""
        for status in (200, 401, 403, 405, 503):
            self.setUp()
            self.assertEqual(self.says(respond(status), UP), (GOOD, [DEEP_PATH, b"/upcheck"]))

    def test_dead_from_the_beginning(self) -> None:
        """Of whom it is not known whether it has the path, a 500 says nothing; it is asked again."""
        for _ in range(2):
            self.assertEqual(self.says(respond(500), UP), (GOOD, [DEEP_PATH, b"/upcheck"]))
        self.assertEqual(self.says(HERE), (GOOD, [DEEP_PATH]))

    def test_database_unavailable(self) -> None:
        """Until 21.10 that is what it says, with status 200."""
        self.says(NOT_HERE, UP)
        self.assertEqual(self.says(respond(200, b"Database unavailable")), (DEAD, [b"/upcheck"]))

    def test_another_port_says_it(self) -> None:
        """Then it is never asked for a transaction."""
        self.assertEqual(self.says(UP, member="b"), (GOOD, [b"/upcheck"]))

    def test_forgotten(self) -> None:
        """Who is asked no more leaves nothing, and what is not looked for any more is not known."""
        self.says(NOT_HERE, UP)
        a, b = self.proxied.pool.members
        for member in (a, b):
            database_of(member).dead = True
            self.probe.forget(member)
        self.net.run()
        self.assertEqual(self.proxied.nodes["a"].live, [])
        self.assertEqual([database_of(member).dead for member in (a, b)], [False, True])
        self.assertEqual(self.says(HERE), (GOOD, [DEEP_PATH]))

    def test_noted(self) -> None:
        """At the node, unless another port says it."""
        deep = DeepProbe(self.net.clock, 0.75)
        a, b = self.proxied.pool.members

        def noted(verdict: Verdict, member: Member, probe: DeepProbe | WhereServedProbe) -> bool:
            probe.note(member, verdict)
            return database_of(member).dead

        self.assertTrue(noted(DEAD, a, self.probe))
        self.assertFalse(noted(GOOD, a, self.probe))
        self.assertTrue(noted(DEAD, b, deep))
        self.assertTrue(noted(GOOD, b, self.probe))
        self.assertFalse(noted(GOOD, b, deep))
        deep.stop()
