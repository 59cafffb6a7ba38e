"""A simulated GoQuorum's start: what poisons it, and what stops it."""

from __future__ import annotations

from quorumha.testing import GethGone, MemoryTopology, ScriptedUpstream, SimulatedGeth
from quorumha.testing.http.plays import Play, no_response, respond
from tests.testing.geth_case import GethCase

UP = respond(200, b"I'm up!")
VERSION = respond(200, b"24.4.1")
BAD = respond(502, b"Bad Gateway")


class StartTests(GethCase):
    def test_asks_and_chooses_the_highest(self) -> None:
        self.nodes[0].state.api_versions = ("1.0", "10.0", "2.1")
        starting = self.geth.start()
        self.net.run()
        self.successResultOf(starting)
        self.geth.assert_alive()
        self.assertEqual((self.geth.api, self.geth.constellation), ("10.0", False))
        asked = [request.target for request in self.nodes[0].q2t.requests]
        self.assertEqual(asked, [b"/upcheck", b"/version", b"/version/api"])

    def started(self, *script: Play) -> SimulatedGeth:
        net = MemoryTopology()
        net.listen("a:1", ScriptedUpstream(net.clock, *script))
        geth = SimulatedGeth(net.clock, net.client_endpoint("a:1"))
        starting = geth.start()
        net.advance(10)
        if geth.refused is None:
            self.successResultOf(starting)
        else:
            self.failureResultOf(starting, GethGone)
            self.assertEqual(geth.caller.connections, [])
        return geth

    def test_refuses_to_start_where_upcheck_fails(self) -> None:
        for play in (BAD, no_response()):
            geth = self.started(play)
            self.assertIn("/upcheck", geth.refused or "")
            self.assertRaises(AssertionError, geth.assert_alive)
            self.failureResultOf(geth.send(b"x"), GethGone)

    def test_takes_a_bad_version_for_constellation(self) -> None:
        for play in (BAD, no_response()):
            geth = self.started(UP, play)
            self.assertEqual((geth.constellation, geth.api), (True, "1.0"))
            geth.assert_alive()

    def test_falls_back_to_the_oldest_api(self) -> None:
        for play in (BAD, no_response(), respond(200, b"{}"), respond(200, b"[]"), respond(200, b"oops")):
            geth = self.started(UP, VERSION, play)
            self.assertEqual((geth.constellation, geth.api), (False, "1.0"))

    def test_a_node_without_the_path(self) -> None:
        self.nodes[0].state.api_versions = None
        self.geth.start()
        self.net.run()
        self.assertEqual(self.geth.api, "1.0")
