"""Pushes of one payload go to one member, one after the other."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.pool.candidates import AwakeCandidates
from quorumha.tessera.decide.push import PushPolicy
from quorumha.tessera.decide.transaction_lookup import NO_RESPONSES
from quorumha.tessera.forward.push_affinity import PushForwarder
from quorumha.testing import Recorder
from quorumha.testing.http.plays import no_response
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY, key_text
from tests.http.server.proxied import Proxied, fast_limits
from tests.tessera.ways import Tesseras, in_pieces, push, serve_way

SENDER = bytes(32)


def payload(number: int, recipients: int = 1, size: int = 300) -> Payload:
    """A payload of its own for each number; recipients change nothing about its key."""
    return Payload.seal(b"x" * size, SENDER, [OWN_KEY] * recipients, b"%d" % number)


class PushCase(SynchronousTestCase):
    def serve(self, proxied: Proxied, slow: bool = False, room: int = 256, **settings: Any) -> None:
        self.proxied = proxied
        self.net = proxied.net
        settings.setdefault("limits", fast_limits(total=3.375, first_byte=1.5))
        settings.setdefault("policy", RetryPolicy(statuses=NO_RESPONSES | {403}))
        forwarder = proxied.forwarder(**settings)
        waiting_room = WaitingRoom("p2p", room)
        self.route = PushForwarder(
            WaitingForwarder(
                forwarder, PushPolicy(), waiting_room, proxied.forwarder(), choose=AwakeCandidates
            )
        )
        serve_way(proxied, self.route, slow)

    def statuses(self, *clients: Recorder) -> list[list[int]]:
        return [[message.status for message in self.proxied.responses(client)] for client in clients]

    def quiet(self) -> None:
        """Nothing is left behind."""
        self.assertEqual((self.route.queue.going, self.route.queue.waiting), (0, 0))

    def first_for(self, one: Payload) -> str:
        """The member that a payload goes to; asked by a push of its own that fails everywhere."""
        self.proxied.client(push(one.encode()))
        (name,) = [name for name, seen in self.proxied.seen().items() if seen]
        self.proxied.nodes[name].requests.clear()
        return name

    def other(self, name: str) -> str:
        return "b" if name == "a" else "a"


class AffinityTests(PushCase):
    """To whom."""

    def test_pushes_of_one_payload_go_to_one_member_in_order(self) -> None:
        """The next begins when the one before it is settled; other payloads do not wait."""
        self.serve(Proxied("ab"))
        first = self.first_for(payload(0))
        node = self.proxied.nodes[first]
        node.script.append(no_response())
        clients = [self.proxied.client(push(payload(0, n).encode())) for n in (1, 2, 3)]
        self.assertEqual([len(r.body) for r in node.requests], [len(payload(0, 1).encode())])
        others = [self.proxied.client(push(payload(n).encode())) for n in range(1, 9)]
        self.assertEqual(self.statuses(*others), [[200]] * 8)
        self.assertEqual(self.statuses(*clients), [[], [], []])
        clients[0].close()
        self.net.run()
        self.assertEqual(self.statuses(*clients[1:]), [[200], [200]])
        mine = [r.body for r in node.requests if r.body[:200] == payload(0).encode()[:200]]
        self.assertEqual(mine, [payload(0, n).encode() for n in (1, 2, 3)])
        self.quiet()

    def test_payloads_are_spread(self) -> None:
        self.serve(Proxied("ab"))
        for number in range(40):
            self.proxied.client(push(payload(number).encode()))
        self.assertTrue(all(8 < seen < 32 for seen in self.proxied.seen().values()), self.proxied.seen())
        self.quiet()

    def test_another_takes_over(self) -> None:
        """While a member is away, its payloads go to the next; when it is back, to it again."""
        self.serve(Proxied("abc"))
        first = self.first_for(payload(0))
        self.net.kill(f"{first}:1")
        for _ in range(3):
            self.proxied.client(push(payload(0).encode()))
        (second,) = [name for name, seen in self.proxied.seen().items() if seen]
        self.assertEqual(self.proxied.seen()[second], 3)
        self.net.revive(f"{first}:1")
        self.net.advance(11)
        self.proxied.client(push(payload(0).encode()))
        self.assertEqual((self.proxied.seen()[first], self.proxied.seen()[second]), (1, 3))
        self.quiet()

    def test_no_payload(self) -> None:
        """What is no payload, or has no body, goes by the pool's own choice."""
        self.serve(Proxied("ab"))
        for body in (b"", b"what is this?", b"\xff" * 600):
            self.assertEqual(self.statuses(self.proxied.client(push(body))), [[200]])
        self.assertEqual(self.proxied.seen(), {"a": 3, "b": 0})
        self.quiet()

    def test_beginning_is_awaited(self) -> None:
        """However it comes; the rest of what is too large to be kept streams."""
        for limit, begun in ((1, 1), (100_000, 0)):
            self._beginning_is_awaited(limit, begun)

    def _beginning_is_awaited(self, replay_limit: int, begun: int) -> None:
        self.serve(Proxied("ab"), replay_limit=replay_limit)
        one = payload(0).encode()
        first = self.first_for(payload(0))
        client = in_pieces(self.proxied, push(one)[:-1], 7)
        self.assertEqual(len(self.proxied.nodes[first].requests), begun)
        client.write(push(one)[-1:])
        self.net.run()
        self.assertEqual(self.statuses(client), [[200]])
        self.assertEqual(self.proxied.nodes[first].requests[0].body, one)
        self.quiet()

    def test_short_payload_in_pieces(self) -> None:
        self.serve(Proxied("ab"))
        one = payload(0, 0, size=1).encode()
        client = in_pieces(self.proxied, push(one))
        self.assertEqual(self.statuses(client), [[200]])
        self.quiet()

    def test_slow_lane(self) -> None:
        """Under C{twisted.web} alone, too: the whole body is there then."""
        self.serve(Proxied("ab"), slow=True)
        first = self.first_for(payload(0))
        clients = [self.proxied.client(push(payload(0, n).encode())) for n in (1, 2)]
        self.assertEqual(self.statuses(*clients), [[200], [200]])
        self.assertEqual(self.proxied.seen()[first], 2)
        self.quiet()

    def test_chunked(self) -> None:
        self.serve(Proxied("ab"))
        one = payload(0).encode()
        head = b"POST /push HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
        client = self.proxied.client(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(one), one))
        self.assertEqual(self.statuses(client), [[200]])


class WaitingTests(PushCase):
    """One waits for another."""

    def hold(self) -> tuple[str, Recorder]:
        """The first push of a payload gets no answer yet."""
        first = self.first_for(payload(0))
        self.proxied.script(first, no_response())
        return first, self.proxied.client(push(payload(0).encode()))

    def test_who_leaves_is_forgotten(self) -> None:
        self.serve(Proxied("ab"))
        first, held = self.hold()
        second, third = (self.proxied.client(push(payload(0).encode())) for _ in range(2))
        second.close()
        self.net.run()
        held.close()
        self.net.run()
        self.assertEqual(self.statuses(third), [[200]])
        self.assertEqual(self.proxied.seen()[first], 2)
        self.quiet()

    def test_large_body_waits_outside(self) -> None:
        """A body too large to be kept does not come in while it waits, and then it streams."""
        budget = ReplayBudget(100_000)
        self.serve(Proxied("ab"), replay_limit=10_000, budget=budget)
        first, held = self.hold()
        large = payload(0).encode() + b"z" * 3_000_000
        client = self.proxied.client(push(large))
        self.assertGreater(self.net.buffered.now, 2_900_000, "what the client could not send yet")
        self.assertEqual(len(self.proxied.nodes[first].requests), 1)
        held.close()
        self.net.run()
        self.assertEqual(self.statuses(client), [[200]])
        self.assertEqual(self.proxied.nodes[first].requests[1].body, large)
        self.assertEqual(budget.used, 0)
        self.quiet()

    def test_rest_comes_while_it_waits(self) -> None:
        self.serve(Proxied("ab"))
        first, held = self.hold()
        data = push(payload(0).encode())
        client = self.proxied.client(data[:-40])
        client.write(data[-40:])
        self.net.run()
        held.close()
        self.net.run()
        self.assertEqual(self.statuses(client), [[200]])
        self.assertEqual(self.proxied.nodes[first].requests[1].body, payload(0).encode())

    def test_no_wait_without_end(self) -> None:
        """Half of its time is over: it goes all the same."""
        self.serve(Proxied("ab"), limits=fast_limits(total=3.0, first_byte=0))
        first, held = self.hold()
        client = self.proxied.client(push(payload(0).encode()))
        self.net.advance(1.4)
        self.assertEqual(self.statuses(client), [[]])
        self.net.advance(0.2)
        self.assertEqual(self.statuses(client), [[200]])
        self.assertEqual(self.proxied.seen()[first], 2)
        held.close()
        self.net.run()
        self.quiet()

    def test_bounded(self) -> None:
        """64 wait; more go at once, and all are answered."""
        self.serve(Proxied("ab"))
        _, held = self.hold()
        clients = [self.proxied.client(push(payload(0).encode())) for _ in range(70)]
        self.assertEqual(self.route.queue.waiting, 64)
        self.assertEqual([said for said in self.statuses(*clients) if said], [[200]] * 6)
        held.close()
        self.net.run()
        self.assertEqual(self.statuses(*clients), [[200]] * 70)
        self.quiet()

    def test_all_fail_at_once(self) -> None:
        """A long queue whose members fail one after the other ends, and no stack overflows."""
        self.serve(Proxied("ab"), policy=RetryPolicy(statuses=frozenset()), room=0)
        _, held = self.hold()
        clients = [self.proxied.client(push(payload(0).encode())) for _ in range(64)]
        for member in self.proxied.pool.members:
            member.enabled = False
        held.close()
        self.net.run()
        self.assertEqual(self.statuses(*clients), [[503]] * 64)
        self.quiet()


class TakeOverTests(PushCase):
    """On simulated Tesseras."""

    def setUp(self) -> None:
        self.tesseras = Tesseras("ab")
        self.serve(self.tesseras)

    def first_for(self, one: Payload) -> str:
        for node in self.tesseras.tesseras.values():
            node.p2p.requests.clear()
        self.proxied.client(push(one.encode()))
        (name,) = (name for name in "ab" if self.tesseras.paths(name))
        del self.tesseras.store.transactions[one.hash]
        return name

    def test_another_member_takes_over_in_mid_flight(self) -> None:
        """A member that dies before it has kept the payload, or after, or hangs: the sender sees 201."""
        for number, fault in enumerate(("die_before_commit", "die_after_commit", "hang")):
            one = payload(number)
            node = self.tesseras.tesseras[self.first_for(one)]
            setattr(node.faults, fault, True)
            client = self.proxied.client(push(one.encode()))
            self.net.advance(1.6)
            (got,) = self.proxied.responses(client)
            self.assertEqual((got.status, got.body), (201, key_text(one.hash).encode()), fault)
            self.assertIn(one.hash, self.tesseras.store.transactions)
            node.faults.hang = False
            self.net.advance(20)
        self.quiet()

    def test_both_away(self) -> None:
        """It is parked until one is back."""
        self.net.kill("a:1")
        self.net.kill("b:1")
        client = self.proxied.client(push(payload(0).encode()))
        self.net.advance(2)
        self.assertEqual(self.statuses(client), [[]])
        self.net.revive("b:1")
        self.net.advance(1)
        self.assertEqual(self.statuses(client), [[201]])
        self.quiet()

    def test_second_recipient(self) -> None:
        """Two recipients here: one process sees both.  (This one takes only the first, as Tessera 20.)"""
        one, other = payload(0, 1), payload(0, 2)
        clients = [self.proxied.client(push(each.encode())) for each in (one, other)]
        self.assertEqual(self.statuses(*clients), [[201], [500]])
        taken = {name: len(self.tesseras.tesseras[name].p2p.handled) for name in "ab"}
        self.assertEqual(sorted(taken.values()), [1, 2], "the other one was asked after the 500 alone")
