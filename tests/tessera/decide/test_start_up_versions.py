"""C{/version/api} says what all members know."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import Unavailable
from quorumha.events import Waiting, WaitingOver
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.pool.candidates import SingleCandidate
from quorumha.pool.upstream import Broken
from quorumha.tessera.decide.start_up import VersionPolicy
from quorumha.tessera.knowledge.saved_state import SavedState
from quorumha.testing import FactRecorder, Recorder
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import RESET, no_response, respond
from tests.http.server.proxied import Proxied, fast_limits, get

API = b"/version/api"


class VersionCase(SynchronousTestCase):
    """Scripted members, and a route with L{VersionPolicy} before them."""

    def setUp(self) -> None:
        self.saved_state = SavedState()

    def serve(
        self, total: float = 4.5, pinned: tuple[str, ...] = (), slow: bool = False, room: int = 9
    ) -> Proxied:
        self.proxied = proxied = Proxied("ab")
        self.facts = FactRecorder()
        self.waiting_room = WaitingRoom("l", room, observers=self.facts.observers)
        forwarder = proxied.forwarder(limits=fast_limits(total=total))
        policy = VersionPolicy(self.saved_state, pinned)
        route = WaitingForwarder(forwarder, policy, self.waiting_room, forwarder, choose=SingleCandidate)
        proxied.serve(ProxyResource(route), slow=slow)
        return proxied

    def say(self, name: str, *versions: str) -> None:
        """What a member knows; nothing: it has no such path, as old Tesseras have not."""
        said = (
            respond(200, json.dumps(versions).encode()) if versions else respond(404, b"HTTP 404 Not Found")
        )
        self.proxied.script(name, said)

    def dead(self, *names: str) -> None:
        for name in names:
            self.proxied.net.kill(f"{name}:1")

    def alive(self, *names: str) -> None:
        for name in names:
            self.proxied.net.revive(f"{name}:1")

    def told(self, client: Recorder) -> list[Message]:
        return self.proxied.responses(client)

    def ask(self, seconds: float = 0) -> list[str]:
        """The versions that a client is told, after so long."""
        got = self.proxied.ask(get(API), seconds)
        self.assertEqual((got.status, got.get(b"Content-Type")), (200, b"application/json"))
        versions = json.loads(got.body)
        self.assertEqual(
            got.body, json.dumps(versions, separators=(",", ":")).encode(), "as Tessera writes it"
        )
        return versions


class VersionTests(VersionCase):
    """C{/version/api}."""

    def test_intersection(self) -> None:
        """What every member can do: any of them may get the calls that follow."""
        self.serve()
        self.say("a", "1.0", "2.0", "2.1", "10.0")
        self.say("b", "10.0", "1.0", "2.1", "3.0")
        self.assertEqual(self.ask(), ["1.0", "2.1", "10.0"])
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1})
        self.assertEqual([m.target for m in self.proxied.nodes["b"].requests], [API])

    def test_nothing_in_common(self) -> None:
        self.serve()
        self.say("a", "2.0")
        self.say("b", "3.0")
        self.assertEqual(self.ask(), ["1.0"])

    def test_404_means_the_oldest(self) -> None:
        """A Tessera without that path knows 1.0; so does GoQuorum read it."""
        self.serve()
        self.say("a")
        self.say("b", "1.0", "2.0")
        self.assertEqual(self.ask(), ["1.0"])

    def test_dead_member_of_which_nothing_is_known(self) -> None:
        """The others are believed."""
        self.serve()
        self.dead("a")
        self.say("b", "1.0", "2.0")
        self.assertEqual(self.ask(), ["1.0", "2.0"])

    def test_dead_member_counts_with_what_it_said_last(self) -> None:
        """It may be back before GoQuorum's first call."""
        self.saved_state.learn_versions("a", frozenset({"1.0"}))
        self.serve()
        self.dead("a")
        self.say("b", "1.0", "2.0")
        self.assertEqual(self.ask(), ["1.0"])

    def test_what_a_member_says_now_counts(self) -> None:
        """Not what it said before it was upgraded."""
        self.saved_state.learn_versions("a", frozenset({"1.0"}))
        self.serve()
        self.say("a", "1.0", "2.0")
        self.say("b", "1.0", "2.0")
        self.assertEqual(self.ask(), ["1.0", "2.0"])

    def test_disabled_member_does_not_count(self) -> None:
        """It is not asked, and no call will go to it."""
        self.saved_state.learn_versions("a", frozenset({"1.0"}))
        self.serve()
        self.proxied.pool.members[0].enabled = False
        self.say("b", "1.0", "2.0")
        self.assertEqual(self.ask(), ["1.0", "2.0"])
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 1})

    def test_put_aside_members_are_asked(self) -> None:
        """Whatever is thought of their health: they will get calls again."""
        self.serve()
        for member in self.proxied.pool.members:
            self.proxied.pool.report(member, Broken("cut"), self.proxied.net.clock.seconds())
        self.say("a", "1.0", "2.0")
        self.say("b", "1.0")
        self.assertEqual(self.ask(), ["1.0"])

    def test_hung_member(self) -> None:
        """It costs the time of one try."""
        self.serve()
        self.proxied.script("a", no_response())
        self.say("b", "1.0", "2.0")
        client = self.proxied.client(get(API))
        self.proxied.net.advance(1.9)
        self.assertEqual(client.received, b"")
        self.proxied.net.advance(0.2)
        self.assertEqual(json.loads(self.told(client)[0].body), ["1.0", "2.0"])

    def test_slow_lane(self) -> None:
        self.serve(slow=True)
        self.say("a", "1.0", "2.0")
        self.say("b", "1.0")
        self.assertEqual(self.ask(), ["1.0"])

    def test_with_a_body(self) -> None:
        """A body means nothing here, and no member waits for it."""
        self.serve()
        self.say("a", "1.0", "2.0")
        self.say("b", "1.0")
        got = self.proxied.ask(get(API, b"Content-Length: 2") + b"xx")
        self.assertEqual((got.status, got.body), (200, b'["1.0"]'))

    def test_one_after_the_other(self) -> None:
        """The connection serves on."""
        self.serve()
        client = self.proxied.client(get(API))
        self.assertEqual(client.received, b"", "the scripted members' usual answers list no versions")
        for name in "ab":
            self.say(name, "1.0")
        self.proxied.net.advance(1)
        for name in "ab":
            self.say(name, "1.0", "2.0")
        client.write(get(API))
        self.proxied.net.run()
        self.assertEqual([m.body for m in self.told(client)], [b'["1.0"]', b'["1.0","2.0"]'])


class PinnedTests(VersionCase):
    """What the operator wants told."""

    def test_pinned_without_asking(self) -> None:
        self.serve(pinned=("2.0", "1.0"))
        self.dead("a", "b")
        self.assertEqual(self.ask(), ["1.0", "2.0"])
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})


class WaitingTests(VersionCase):
    """While no member can answer."""

    def test_waits_and_answers_when_one_is_back(self) -> None:
        self.serve()
        self.dead("a", "b")
        client = self.proxied.client(get(API))
        self.proxied.net.advance(3)
        self.assertEqual(client.received, b"")
        self.alive("b")
        self.say("b", "1.0", "2.0")
        self.proxied.net.advance(0.6)
        self.assertEqual([m.body for m in self.told(client)], [b'["1.0","2.0"]'])
        self.proxied.net.advance(60)
        self.assertEqual(len(self.told(client)), 1)

    def test_what_is_no_answer(self) -> None:
        """A 5xx, a page, a broken connection, an empty list."""
        for bad in (
            respond(500, b'["9.0"]'),
            respond(503),
            respond(200, b"<html>"),
            respond(200, b"[]"),
            respond(403, b'["9.0"]'),
            no_response(RESET),
        ):
            self.serve()
            self.proxied.script("a", bad)
            self.proxied.script("b", bad)
            client = self.proxied.client(get(API))
            self.proxied.net.advance(0.4)
            self.assertEqual(client.received, b"", bad)
            self.say("a", "1.0")
            self.proxied.net.advance(0.6)
            self.assertEqual([m.body for m in self.told(client)], [b'["1.0"]'], bad)
            self.saved_state = SavedState()

    def test_remembered_answer_at_last(self) -> None:
        """Inside the client's limit, what was said before is said again."""
        self.saved_state.learn_versions("a", frozenset({"1.0", "2.0"}))
        self.saved_state.learn_versions("b", frozenset({"1.0", "2.0", "3.0"}))
        self.serve(total=2)
        self.dead("a", "b")
        client = self.proxied.client(get(API))
        self.proxied.net.advance(1.4)
        self.assertEqual(client.received, b"", "one may still come back")
        self.proxied.net.advance(0.2)
        self.assertEqual([m.body for m in self.told(client)], [b'["1.0","2.0"]'])

    def test_remembered_answer_when_all_hang(self) -> None:
        self.saved_state.learn_versions("a", frozenset({"1.0", "2.0"}))
        self.serve()
        for name in "ab":
            self.proxied.script(name, *[no_response()] * 9)
        client = self.proxied.client(get(API))
        self.proxied.net.advance(4.6)
        self.assertEqual([m.body for m in self.told(client)], [b'["1.0","2.0"]'])

    def test_hung_to_the_end(self) -> None:
        """The last question ends with the client's limit, not with its own."""
        self.saved_state.learn_versions("a", frozenset({"1.0"}))
        self.serve(total=3)
        for name in "ab":
            self.proxied.script(name, *[no_response()] * 9)
        client = self.proxied.client(get(API))
        self.proxied.net.advance(2.9)
        self.assertEqual((client.received, self.proxied.seen()), (b"", {"a": 2, "b": 2}))
        self.proxied.net.advance(0.2)
        self.assertEqual([m.body for m in self.told(client)], [b'["1.0"]'])

    def test_503_when_nothing_is_known(self) -> None:
        self.serve(total=2)
        self.dead("a", "b")
        client = self.proxied.client(get(API))
        self.proxied.net.advance(2.1)
        (told,) = self.told(client)
        self.assertEqual(told.status, Unavailable.status)
        self.assertEqual(told.body, b"pool nodes: no member has ever said which versions it knows\n")

    def test_without_limit(self) -> None:
        """It waits as long as it takes."""
        self.serve(total=0)
        self.dead("a", "b")
        client = self.proxied.client(get(API))
        self.proxied.net.advance(3600)
        self.assertEqual(client.received, b"")
        self.alive("a")
        self.say("a", "1.0")
        self.proxied.net.advance(0.6)
        self.assertEqual([m.status for m in self.told(client)], [200])

    def test_member_enabled_meanwhile(self) -> None:
        """It counts from then on."""
        self.serve()
        a, b = self.proxied.pool.members
        a.enabled = b.enabled = False
        client = self.proxied.client(get(API))
        b.enabled = True
        self.say("b", "1.0", "2.0")
        self.proxied.net.advance(0.6)
        self.assertEqual([m.body for m in self.told(client)], [b'["1.0","2.0"]'])


class RoomTests(VersionCase):
    """Those that wait for versions wait where all wait."""

    def test_bounded(self) -> None:
        """The oldest is told 503 when there is no room, and only one asks for all."""
        self.serve(total=0, room=3)
        self.dead("a", "b")
        clients = [self.proxied.client(get(API)) for _ in range(5)]
        self.assertEqual([[m.status for m in self.told(c)] for c in clients], [[503], [503], [], [], []])
        self.assertEqual(len(self.waiting_room), 3)
        counters = self.proxied.pool.counters
        failed = [member.failed for member in self.proxied.pool.members]
        self.proxied.net.advance(10.2)
        tried = [member.failed - f for member, f in zip(self.proxied.pool.members, failed, strict=True)]
        self.assertEqual(tried, [20, 20], "as if one waited")
        self.assertEqual((counters.requests, counters.failed), (5, 2))
        self.alive("a")
        self.proxied.script("a", *[respond(200, b'["1.0"]')] * 3)
        self.proxied.net.advance(1.6)
        self.assertEqual([len(self.told(c)) for c in clients], [1] * 5)
        self.assertEqual(len(self.waiting_room), 0)

    def test_no_room_at_all(self) -> None:
        self.serve(room=0)
        self.dead("a", "b")
        self.assertEqual([m.status for m in self.told(self.proxied.client(get(API)))], [503])

    def test_woken(self) -> None:
        """Whoever is woken asks at once."""
        self.serve()
        self.dead("a", "b")
        client = self.proxied.client(get(API))
        self.alive("a")
        self.say("a", "1.0")
        self.waiting_room.wake()
        self.proxied.net.run()
        self.proxied.net.advance(60)
        self.assertEqual([m.status for m in self.told(client)], [200])
        self.assertEqual(len(self.waiting_room), 0)


class FactTests(VersionCase):
    """What is told of waiting."""

    def test_told_when_it_is_over(self) -> None:
        """Once a member has responded, or the last client has left."""
        self.serve(total=0)
        self.dead("a", "b")
        first, second = (self.proxied.client(get(API)) for _ in range(2))
        self.proxied.net.advance(2)
        second.close()
        self.proxied.net.run()
        self.assertEqual(self.facts.facts, [Waiting("l")])
        self.alive("b")
        self.say("b", "1.0")
        self.proxied.net.advance(0.6)
        self.assertEqual(len(self.told(first)), 1)
        (over,) = self.facts.of(WaitingOver)
        self.assertEqual((over.count, over.served), (2, 1))

    def test_not_served(self) -> None:
        self.serve(total=2)
        self.dead("a", "b")
        self.proxied.client(get(API))
        self.proxied.net.advance(3)
        (over,) = self.facts.of(WaitingOver)
        self.assertEqual((over.count, over.served), (1, 0))


class LeavingTests(VersionCase):
    """A client that leaves takes its request with it."""

    def leave(self, client: Recorder) -> None:
        assert client.transport is not None
        client.transport.abortConnection()
        self.proxied.net.run()

    def nothing_left(self) -> None:
        """Nobody is asked, and nothing is on the clock."""
        seen = self.proxied.seen()
        for name in "ab":
            self.assertEqual(self.proxied.nodes[name].live, [], name)
        self.assertEqual(self.proxied.net.clock.getDelayedCalls(), [])
        self.proxied.net.advance(60)
        self.assertEqual(self.proxied.seen(), seen)
        self.assertEqual([m.in_flight for m in self.proxied.pool.members], [0, 0])

    def test_between_questions(self) -> None:
        for total in (4.5, 0):
            self.serve(total=total)
            self.dead("a", "b")
            client = self.proxied.client(get(API))
            self.proxied.net.advance(1.2)
            self.leave(client)
            self.nothing_left()

    def test_while_members_are_asked(self) -> None:
        for total in (4.5, 0):
            self.serve(total=total)
            for name in "ab":
                self.proxied.script(name, *[no_response()] * 9)
            client = self.proxied.client(get(API))
            self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1})
            self.leave(client)
            self.nothing_left()

    def test_while_one_is_asked(self) -> None:
        """The other has answered."""
        self.serve()
        self.say("a", "1.0")
        self.proxied.script("b", no_response())
        client = self.proxied.client(get(API))
        self.leave(client)
        self.assertEqual(self.proxied.nodes["b"].live, [])
        self.proxied.net.advance(600)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1})
        self.nothing_left()
