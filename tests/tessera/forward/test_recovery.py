"""Recovery: who gets a batch, and what is never done twice."""

from __future__ import annotations

import json
from base64 import b64encode

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.contracts import Forwarder
from quorumha.tessera.decide.read import ReadPolicy
from quorumha.tessera.decide.send import SendOncePolicy
from quorumha.tessera.decide.transaction_lookup import NO_RESPONSES
from quorumha.tessera.forward.recovery import RESEND_LIMIT, ResendForwarder, StickyChoice
from quorumha.testing.http.plays import CLOSE, RESET, no_response, respond
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY, Party, key_text
from tests.http.server.proxied import Proxied, fast_limits, post
from tests.tessera.ways import Tesseras, in_pieces, serve_way

LASTING = Limits(total=0, first_byte=0, between=0, send=10)
JSON = st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
NOT_FOUND = respond(404, b"HTTP 404 Not Found")


def once(proxied: Proxied, waiting_room: WaitingRoom) -> WaitingForwarder:
    """What calls have that have an effect each time."""
    policy = RetryPolicy(statuses=frozenset({404}), repeat_within=0)
    forwarder = proxied.forwarder(policy=policy, limits=LASTING)
    return WaitingForwarder(forwarder, SendOncePolicy(), waiting_room, forwarder)


class PushBatchTests(SynchronousTestCase):
    """L{StickyChoice}."""

    def serve(self, proxied: Proxied) -> StickyChoice:
        self.proxied = proxied
        sticky = StickyChoice()
        waiting = evolve(once(proxied, WaitingRoom("p2p")), choose=sticky.candidates)
        proxied.serve(ProxyResource(waiting, on_complete=sticky.completed))
        return sticky

    def send(self, body: bytes = b"{}") -> list[int]:
        client = self.proxied.client(post(body, target=b"/pushBatch"))
        return [message.status for message in self.proxied.responses(client)]

    def test_push_batch_goes_to_who_asked(self) -> None:
        """Only the member run with C{--recover} has the path; it is found once, and then asked first."""
        tesseras = Tesseras("abc")
        sticky = self.serve(tesseras)
        tesseras.tesseras["c"].state.recover = True
        for number in range(6):
            payload = Payload.seal(b"x", bytes(32), [OWN_KEY], b"%d" % number)
            batch = {"encodedPayloads": [b64encode(payload.encode()).decode()]}
            self.assertEqual(self.send(json.dumps(batch).encode()), [200])
        assert sticky.taker is not None
        self.assertEqual(sticky.taker.upstream.name, "c")
        self.assertEqual(len(tesseras.store.transactions), 6)
        asked = {name: len(tesseras.paths(name)) for name in "abc"}
        self.assertEqual(asked["c"], 6)
        self.assertLessEqual(asked["a"] + asked["b"], 2)

    def test_the_next_recovery(self) -> None:
        """Who took the last batch recovers no more; another one does now."""
        tesseras = Tesseras("ab")
        sticky = self.serve(tesseras)
        for name in "abab":
            for other, node in tesseras.tesseras.items():
                node.state.recover = other == name
            self.assertEqual(self.send(b'{"encodedPayloads": []}'), [200])
            assert sticky.taker is not None
            self.assertEqual(sticky.taker.upstream.name, name)

    def test_nobody_recovers(self) -> None:
        """Then 404 is the truth; who took batches before is forgotten."""
        proxied = Proxied("ab")
        sticky = self.serve(proxied)
        self.assertEqual(self.send(), [200])
        proxied.script("a", NOT_FOUND)
        proxied.script("b", NOT_FOUND)
        self.assertEqual(self.send(), [404])
        self.assertIsNone(sticky.taker)

    def test_never_twice(self) -> None:
        """Only a 404 sends it to another member: neither a death, nor a silence, nor an error does."""
        for fault in (no_response(RESET), no_response(CLOSE), respond(500, b"x")):
            proxied = Proxied("ab")
            self.serve(proxied)
            proxied.script("a", fault)
            self.assertIn(self.send()[0], (500, 502))
            self.assertEqual(proxied.seen(), {"a": 1, "b": 0})
        proxied = Proxied("ab")
        self.serve(proxied)
        proxied.script("a", no_response())
        client = proxied.client(post(b"{}", target=b"/pushBatch"))
        proxied.net.advance(3600)
        self.assertEqual((client.received, proxied.seen()), (b"", {"a": 1, "b": 0}))

    def test_stale_connection(self) -> None:
        """Nothing goes over a kept connection: were it dead, nobody could tell what was done."""
        proxied = Proxied("ab")
        self.serve(proxied)
        for _ in range(3):
            self.assertEqual(self.send(), [200])
        self.assertEqual(proxied.net.accepted("a:1"), 3)

    def test_taker_away(self) -> None:
        """It is asked first even so: the others do not have the path."""
        proxied = Proxied("ab")
        sticky = self.serve(proxied)
        self.assertEqual(self.send(), [200])
        proxied.net.kill("a:1")
        for member in proxied.pool.members:
            self.assertTrue(member.enabled)
        proxied.script("b", NOT_FOUND, NOT_FOUND)
        self.assertEqual(self.send(), [404])
        proxied.net.revive("a:1")
        self.assertEqual(self.send(), [200])
        self.assertEqual(proxied.seen(), {"a": 2, "b": 1})
        assert sticky.taker is not None
        self.assertEqual(sticky.taker.upstream.name, "a")


class ResendTests(SynchronousTestCase):
    """L{ResendForwarder}."""

    def serve(self, proxied: Proxied) -> None:
        self.proxied = proxied
        waiting_room = WaitingRoom("p2p")
        policy = RetryPolicy(statuses=NO_RESPONSES)
        reads = proxied.forwarder(policy=policy, limits=fast_limits(total=3.375, first_byte=1.5))
        individual: Forwarder = WaitingForwarder(reads, ReadPolicy(), waiting_room, reads)
        serve_way(proxied, ResendForwarder(individual, once(proxied, waiting_room)))

    def send(self, body: bytes, seconds: float = 0) -> list[int]:
        client = self.proxied.client(post(body, target=b"/resend"))
        self.proxied.net.advance(seconds)
        return [message.status for message in self.proxied.responses(client)]

    def test_individual_is_a_read(self) -> None:
        """A member that hangs, dies or fails: the next one is asked."""
        body = json.dumps({"type": "INDIVIDUAL", "publicKey": "k", "key": "k"}).encode()
        for fault in (no_response(), no_response(RESET), respond(500)):
            self.serve(Proxied("ab"))
            self.proxied.script("a", fault)
            self.assertEqual(self.send(body, 1.6), [200])
            self.assertEqual([r.body for r in self.proxied.nodes["b"].requests], [body])

    def test_resend_all_is_never_repeated(self) -> None:
        """It takes hours if it must; when the member dies, the client is told so."""
        for body in (b'{"type": "ALL"}', b"{not json", b"", b'{"type": "INDIVIDUAL"}' + b" " * RESEND_LIMIT):
            self.serve(Proxied("ab"))
            self.proxied.script("a", no_response(RESET))
            self.assertEqual(self.send(body), [502])
            self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0})
            self.assertEqual(self.proxied.nodes["a"].requests[0].body, body)
        self.serve(Proxied("ab"))
        self.proxied.script("a", no_response())
        self.assertEqual(self.send(b'{"type": "ALL"}', 7200), [])
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0})

    def test_all_waits_for_a_member(self) -> None:
        """While nobody was reached nothing was done: it is parked."""
        self.serve(Proxied("ab"))
        for name in "ab":
            self.proxied.net.kill(f"{name}:1")
        client = self.proxied.client(post(b'{"type": "ALL"}', target=b"/resend"))
        self.proxied.net.advance(30)
        self.assertEqual(client.received, b"")
        self.proxied.net.revive("b:1")
        self.proxied.net.advance(1)
        self.assertEqual([m.status for m in self.proxied.responses(client)], [200])
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 1})

    def test_in_pieces(self) -> None:
        self.serve(Proxied("ab"))
        body = b'{"type": "INDIVIDUAL"}'
        client = in_pieces(self.proxied, post(body, target=b"/resend"))
        self.assertEqual([m.status for m in self.proxied.responses(client)], [200])
        self.assertEqual(self.proxied.nodes["a"].requests[0].body, body)

    def test_what_is_kept_of_it_is_counted(self) -> None:
        """A body that never ends is kept where all bodies are, within the replay budget."""
        proxied = Proxied("a")
        waiting = once(proxied, WaitingRoom("p2p"))
        serve_way(proxied, ResendForwarder(waiting, waiting))
        body = post(b"x" * 60_000, target=b"/resend")[:-1]
        chunks = b"POST /resend HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\nEA60\r\n"
        for sent in (body, chunks + bytes(50_000)):
            client = proxied.client(sent)
            self.assertGreater(waiting.forwarder.budget.used, 49_999)
            self.assertEqual(proxied.seen(), {"a": 0})
            client.abort()
            proxied.net.run()
            self.assertEqual(waiting.forwarder.budget.used, 0)

    def test_client_leaves_before_its_end(self) -> None:
        self.serve(Proxied("ab"))
        client = in_pieces(self.proxied, post(b'{"type": "ALL"}', target=b"/resend")[:-3], 5)
        client.close()
        self.proxied.net.advance(100)
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})

    @given(
        st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
    )
    def test_any_body(self, body: bytes) -> None:
        """Whatever it is, it arrives whole, once."""
        self.serve(Proxied("ab"))
        self.assertEqual(self.send(body), [200])
        self.assertEqual([r.body for r in self.proxied.nodes["a"].requests], [body])

    def test_on_tesseras(self) -> None:
        tesseras = Tesseras("ab")
        self.serve(tesseras)
        payload = Payload.seal(b"x", bytes(32), [OWN_KEY], b"1")
        tesseras.store.insert(payload)
        for node in tesseras.tesseras.values():
            node.state.parties["http://b:9001/"] = Party({OWN_KEY})
        asked = {"type": "INDIVIDUAL", "publicKey": key_text(OWN_KEY), "key": key_text(payload.hash)}
        client = tesseras.client(post(json.dumps(asked).encode(), target=b"/resend"))
        (got,) = tesseras.responses(client)
        self.assertEqual((got.status, got.body), (200, payload.encode()))
        everything = json.dumps({"type": "ALL", "publicKey": key_text(OWN_KEY)}).encode()
        self.assertEqual(self.send(everything), [200])
        resent = [kind for node in tesseras.tesseras.values() for kind, _ in node.state.resends]
        self.assertEqual(sorted(resent), ["ALL", "INDIVIDUAL"])
