"""Round policies, retry policies and limits before scripted members: what clients and members see."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.tessera.decide.call_class import Known
from quorumha.tessera.decide.call_plan import Planned, plan_calls
from quorumha.tessera.decide.health_check import database_of
from quorumha.tessera.knowledge.calls import PORTS
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.saved_state import SavedState
from quorumha.testing.http.plays import RESET, Wait, no_response, respond
from tests.http.server.proxied import Proxied, get, post
from tests.tessera.facts import KEY, LOOKUP

LOST = no_response(RESET)
#: Where members are not asked for their database after a 500.
Q2T = evolve(PORTS["tessera-q2t"], has_transactions=False)
NOT_FOUND = respond(404, b"not found")
BROKEN = respond(500, b"no database")
MADE = b'{"key":"%b"}' % KEY
HASH = b'{"hash":"%b","to":[]}' % KEY
JSON = b"Content-Type: application/json"
DELETE = get(LOOKUP).replace(b"GET", b"DELETE")


class ServedCase(SynchronousTestCase):
    """Two members and a GoQuorum that waits for 5 s."""

    def serve(self, method: str, path: str, replicated: bool = False) -> Proxied:
        self.memory = ExistenceMemory()
        planned = {(p.call.method, p.call.path): p for p in plan_calls(Q2T, replicated=replicated)}
        call = planned[method, path]
        known = Known(memory=self.memory, saved_state=SavedState(), replicated=replicated, looks=call.looks)
        self.proxied = proxied = Proxied("ab")

        def forwarder(one: Planned) -> PoolForwarder:
            return proxied.forwarder(policy=one.policy, limits=one.limits(2))

        line = WaitingForwarder(
            forwarder(call),
            call.call_class.round_policy(known),
            WaitingRoom("l"),
            forwarder(planned["GET", "/groups"]),
        )
        proxied.serve(ProxyResource(line))
        return proxied

    def sent(self, name: str) -> list[bytes]:
        """The methods of what a member got."""
        return [message.start_line.partition(b" ")[0] for message in self.proxied.nodes[name].requests]

    def answered(self, request: bytes, seconds: float = 0) -> tuple[int, bytes]:
        got = self.proxied.ask(request, seconds)
        return got.status, got.body


class LookupTests(ServedCase):
    def test_shared(self) -> None:
        """A dead, and then a hung member beside one that says 404."""
        self.serve("GET", "/transaction")
        self.proxied.script("b", NOT_FOUND)
        self.proxied.net.kill("a:1")
        self.assertEqual(self.answered(get(LOOKUP)), (404, b"not found"))
        self.serve("GET", "/transaction")
        self.proxied.script("a", no_response())
        self.proxied.script("b", NOT_FOUND)
        self.assertEqual(self.answered(get(LOOKUP), 2.01), (404, b"not found"))

    def test_replicated(self) -> None:
        """A copy that comes late is waited for."""
        self.serve("GET", "/transaction", replicated=True)
        self.proxied.net.kill("b:1")
        self.proxied.script("a", NOT_FOUND, NOT_FOUND, respond(200, b"here"))
        client = self.proxied.client(get(LOOKUP))
        self.assertEqual(client.received, b"")
        self.proxied.net.advance(0.6)
        self.assertEqual(self.proxied.responses(client)[0].body, b"here")
        self.assertIn(KEY, self.memory)

    def test_replicated_at_last(self) -> None:
        """503 inside the client's 5 s, and no 404."""
        self.serve("GET", "/transaction", replicated=True)
        self.proxied.net.kill("b:1")
        self.proxied.script("a", *[NOT_FOUND] * 100)
        client = self.proxied.client(get(LOOKUP))
        self.proxied.net.advance(4.4)
        self.assertEqual(client.received, b"")
        self.proxied.net.advance(0.2)
        self.assertEqual(self.proxied.responses(client)[0].status, 503)

    def test_known(self) -> None:
        """Once read, it is never not found."""
        self.serve("GET", "/transaction")
        self.proxied.script("a", respond(200, b"here"), *[NOT_FOUND] * 100)
        self.proxied.script("b", *[NOT_FOUND] * 3, respond(200, b"here"))
        self.assertEqual(self.answered(get(LOOKUP)), (200, b"here"))
        self.assertEqual(self.answered(get(LOOKUP), 1), (200, b"here"))

    def test_database_is_gone(self) -> None:
        """It waits for the database."""
        self.serve("GET", "/transaction")
        self.proxied.script("a", BROKEN, BROKEN)
        self.proxied.script("b", BROKEN, respond(200, b"here"))
        self.assertEqual(self.answered(get(LOOKUP), 0.6), (200, b"here"))

    def test_all_dead_for_a_while(self) -> None:
        self.serve("GET", "/transaction")
        for name in "ab":
            self.proxied.net.kill(f"{name}:1")
        client = self.proxied.client(get(LOOKUP))
        self.proxied.net.advance(3.4)
        self.assertEqual(client.received, b"")
        self.proxied.net.revive("b:1")
        self.proxied.net.advance(0.5)
        self.assertEqual(self.proxied.responses(client)[0].status, 200)


class SendTests(ServedCase):
    def test_died_at_once(self) -> None:
        """The next member makes it."""
        self.serve("POST", "/send")
        self.proxied.script("a", LOST)
        location = b"http://c" + LOOKUP.replace(b"+", b"%2B").replace(b"=", b"%3D")
        self.proxied.script("b", respond(201, MADE, [(b"Location", location)]))
        self.assertEqual(self.answered(post(b"{}")), (201, MADE))
        self.assertIn(KEY, self.memory)

    def test_slept(self) -> None:
        """It will act on what it got: nobody else is asked, and the client hears before it gives up."""
        for asleep in (no_response(), no_response(Wait(2.5), RESET)):
            self.serve("POST", "/send")
            self.proxied.net.advance(1)
            self.proxied.script("a", asleep)
            got = self.answered(post(b"{}"), 4.6)
            self.assertIn(got[0], (502, 504))
            self.assertEqual((self.sent("a"), self.sent("b")), ([b"POST"], []))

    def test_recipient_unknown_here(self) -> None:
        """404 and 410 are one member's view."""
        for status in (404, 410, 403, 500):
            self.serve("POST", "/send")
            self.proxied.script("a", respond(status, b"mine"))
            self.proxied.script("b", respond(201, MADE))
            self.assertEqual(self.answered(post(b"{}")), (201, MADE), status)

    def test_recipient_unknown_everywhere(self) -> None:
        self.serve("POST", "/send")
        for name in "ab":
            self.proxied.script(name, respond(404, b"Recipient not found"))
        self.assertEqual(self.answered(post(b"{}")), (404, b"Recipient not found"))

    def test_once(self) -> None:
        """What has an effect each time goes to the next only if the first could not be reached."""
        self.serve("POST", "/createPrivacyGroup")
        self.proxied.net.kill("a:1")
        self.assertEqual(self.answered(post(b"{}"))[0], 200)
        self.serve("POST", "/createPrivacyGroup")
        self.proxied.script("a", LOST)
        self.assertEqual(self.answered(post(b"{}"))[0], 502)
        self.assertEqual(self.sent("b"), [])


class UnknownTests(ServedCase):
    def test_it_was_made(self) -> None:
        """A died after it had stored it: B knows, and is not sent a second."""
        self.serve("POST", "/sendsignedtx")
        self.proxied.script("a", LOST)
        self.proxied.script("b", respond(200, b'{"payload":""}'))
        self.assertEqual(self.answered(post(HASH, JSON)), (201, MADE))
        self.assertEqual((self.sent("a"), self.sent("b")), ([b"POST"], [b"GET"]))
        self.assertEqual(self.proxied.nodes["b"].requests[0].body, b"")
        self.assertIn(KEY, self.memory)

    def test_it_was_not_made(self) -> None:
        """B does not know it: B makes it."""
        self.serve("POST", "/sendsignedtx")
        self.proxied.script("a", LOST)
        self.proxied.script("b", NOT_FOUND, respond(201, MADE))
        self.assertEqual(self.answered(post(HASH, JSON), 0.5), (201, MADE))
        self.assertEqual((self.sent("a"), self.sent("b")), ([b"POST"], [b"GET", b"POST"]))
        self.assertEqual(self.proxied.nodes["b"].requests[1].body, HASH)

    def test_duplicate_key(self) -> None:
        """The 500 of a second insert is not what became of it."""
        self.serve("POST", "/sendsignedtx")
        for name in "ab":
            self.proxied.script(name, respond(500, b"duplicate key"), respond(200, b"{}"))
        self.assertEqual(self.answered(post(HASH, JSON)), (201, MADE))

    def test_nobody_can_say(self) -> None:
        """Both die: once one is back it is asked, before anything is sent again."""
        self.serve("POST", "/sendsignedtx")
        self.proxied.script("a", *[LOST] * 100)
        self.proxied.script("b", respond(200, b"{}"))
        self.proxied.net.kill("b:1")
        client = self.proxied.client(post(HASH, JSON))
        self.proxied.net.advance(3)
        self.assertEqual(client.received, b"")
        self.proxied.net.revive("b:1")
        self.proxied.net.advance(0.6)
        self.assertEqual([m.body for m in self.proxied.responses(client, b"POST")], [MADE])
        self.assertEqual((self.sent("a").count(b"POST"), self.sent("b")), (1, [b"GET"]))

    def test_deleted(self) -> None:
        """A died after it had deleted: 404 from B means done."""
        self.serve("DELETE", "/transaction")
        self.proxied.script("a", LOST)
        self.proxied.script("b", NOT_FOUND)
        self.assertEqual(self.answered(DELETE), (204, b""))

    def test_nothing_to_delete(self) -> None:
        self.serve("DELETE", "/transaction")
        for name in "ab":
            self.proxied.script(name, NOT_FOUND)
        self.assertEqual(self.answered(DELETE), (404, b"not found"))


class ReadTests(ServedCase):
    def test_a_503_for_ever(self) -> None:
        """It is told at once where the database lives, and waited out where it does not."""
        self.serve("GET", "/groups")
        for name in "ab":
            self.proxied.script(name, *[respond(503, b"no such groups")] * 20)
        self.assertEqual(self.answered(get(b"/groups/resident")), (503, b"no such groups"))
        for member in self.proxied.pool.members:
            database_of(member).dead = True
        client = self.proxied.client(get(b"/groups/resident"))
        self.proxied.net.advance(4.4)
        self.assertEqual(client.received, b"")
        self.proxied.net.advance(0.2)
        self.assertEqual(self.proxied.responses(client)[0].body, b"no such groups")
