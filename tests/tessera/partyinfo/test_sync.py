"""Each party's newest post reaches every member; the members' tables stay alike."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import PartyInfoCaughtUp, PartyInfoDrift
from quorumha.pool.balancing import PrimaryFirst
from quorumha.pool.passive_health import HEALTHY
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Broken
from quorumha.tessera.partyinfo.ledger import POST_LIMIT, Ledger
from quorumha.testing import FactRecorder, RemoteParty
from quorumha.testing.http.plays import no_response, respond
from tests.http.server.proxied import PROXY, Proxied, get, post
from tests.tessera.ways import Tesseras, deliver, info, party_url

KEY = bytes([7]) * 32


class DeliveryCase(SynchronousTestCase):
    """A proxy before a pool, with a way for party infos and its delivery."""

    interval = 0.0

    def serve(self, proxied: Proxied, ledger: Ledger | None = None, timeout: float = 2) -> None:
        self.proxied = proxied
        self.facts = FactRecorder()
        proxied.pool.observers.add(self.facts)
        self.net = proxied.net
        self.delivery = deliver(proxied, self.interval, ledger, timeout)
        self.addCleanup(self.delivery.stop)

    def announce(self, number: int = 0, *fields: bytes, seconds: float = 0) -> int:
        """A party posts its info."""
        got = self.proxied.ask(post(info(number), *fields, target=b"/partyinfo"), seconds)
        return got.status

    def healed(self) -> int:
        """The listener's number."""
        return self.delivery._mirror.forwarder.numbers.parties_healed

    def member(self, name: str) -> Any:
        return next(member for member in self.proxied.pool.members if member.upstream.name == name)

    def back(self, name: str) -> Deferred[None]:
        """What health checks do when a member answers again."""
        preparing = self.delivery.prepare(self.member(name))
        self.net.run()
        return preparing


class ScriptedTests(DeliveryCase):
    """What goes over the wire."""

    def bodies(self, name: str) -> list[bytes]:
        return [r.body for r in self.proxied.nodes[name].requests]

    def test_partyinfo_reaches_every_member(self) -> None:
        """Byte for byte with its headers, each once."""
        self.serve(Proxied("abc"))
        fields = (b"tesseraSupportedApiVersions: v1,v2", b"Content-Type: application/octet-stream")
        self.assertEqual(self.announce(0, *fields), 200)
        requests = [self.proxied.nodes[name].requests for name in "abc"]
        self.assertEqual([len(seen) for seen in requests], [1, 1, 1])
        for (request,) in requests:
            self.assertEqual((request.method, request.target, request.body), (b"POST", b"/partyinfo", info()))
            self.assertEqual(request.headers, requests[0][0].headers)
            self.assertEqual(request.all(b"tesserasupportedapiversions"), [b"v1,v2"])
        self.assertEqual(self.proxied.pool.counters.mirrored, 2)

    def test_posted_before_it_is_started(self) -> None:
        """A listener takes clients a moment earlier, and members may go in that moment."""
        self.proxied = Proxied("abc")
        self.net = self.proxied.net
        ledger = Ledger()
        self.delivery = deliver(self.proxied, ledger=ledger, begun=False)
        self.addCleanup(self.delivery.stop)
        self.assertEqual(self.announce(), 200)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1, "c": 1})
        pool, now = self.proxied.pool, self.net.clock.seconds()
        self.assertEqual(ledger.missing("c", now), [])
        pool.remove(pool.members[2])
        self.delivery.start()
        self.assertEqual(len(ledger.missing("c", now)), 1, "it is no member any more")

    def test_the_answer_waits_for_no_copy(self) -> None:
        """Whoever is dead or hangs among the others."""
        self.serve(Proxied("abc"))
        self.proxied.script("b", no_response())
        self.net.kill("c:1")
        client = self.proxied.client(post(info(), target=b"/partyinfo"))
        self.assertEqual([m.status for m in self.proxied.responses(client)], [200])
        self.net.advance(3)
        counters = self.proxied.pool.counters
        self.assertEqual((counters.mirrored, counters.mirror_failed, counters.failed), (0, 2, 0))

    def test_first_member_hangs(self) -> None:
        """A try leaves room for another; who hung gets no copy at once: it may still act on the first."""
        self.serve(Proxied("ab"))
        self.proxied.script("a", no_response())
        self.assertEqual(self.announce(seconds=1.6), 200)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1})
        self.net.advance(6)
        self.assertEqual(self.announce(1), 200)
        self.assertEqual(self.bodies("a"), [info(), info(), info(1)], "at the next post it is made good")

    def test_members_that_come_and_go(self) -> None:
        """Who is gone gets nothing; a new one is brought what there is, also under an old name."""
        self.serve(Proxied("abc"))
        pool = self.proxied.pool
        gone = pool.members[2].upstream
        pool.remove(pool.members[2])
        self.announce()
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1, "c": 0})
        (b,) = (member for member in pool.members if member.name == "b")
        pool.remove(b)
        pool.add(evolve(b.upstream, address="tcp:b:2"))
        pool.add(gone)
        self.net.run()
        self.assertEqual(self.bodies("c"), [b"", info()], "asked whom it knows, and told")
        self.assertEqual(self.bodies("b"), [info(), b"", info()])
        self.announce(1)
        self.assertEqual([self.bodies(name)[-1] for name in "abc"], [info(1)] * 3)

    def test_nobody_answers(self) -> None:
        """The client is told so; the post is kept for whoever comes back."""
        self.serve(Proxied("ab"))
        self.net.kill("a:1")
        self.net.kill("b:1")
        self.assertEqual(self.announce(seconds=4), 502)
        self.net.revive("b:1")
        self.proxied.script("b", respond(404))
        self.successResultOf(self.back("b"))
        self.assertEqual(self.bodies("b"), [b"", info()])

    def test_refused_post(self) -> None:
        """It is copied, as any, and not remembered."""
        self.serve(Proxied("ab"))
        self.proxied.script("a", respond(400))
        self.assertEqual(self.announce(), 400)
        self.assertEqual((self.bodies("b"), len(self.delivery.ledger)), ([info()], 0))

    def test_large_post(self) -> None:
        """Too large to be remembered, it is still copied once."""
        self.serve(Proxied("ab"))
        body = info() + bytes(POST_LIMIT)
        self.assertEqual(self.proxied.ask(post(body, target=b"/partyinfo")).status, 200)
        self.assertEqual((self.bodies("a"), self.bodies("b")), ([body], [body]))
        self.assertEqual(len(self.delivery.ledger), 0)

    def test_unreadable_post(self) -> None:
        """It goes by the client's address."""
        self.serve(Proxied("ab"))
        for body in (b"one", b"two"):
            self.proxied.ask(post(body, target=b"/partyinfo"))
        self.assertEqual(self.bodies("b"), [b"one", b"two"])
        (entry,) = self.delivery.ledger
        self.assertEqual(entry.party, b"client 127.0.0.1")

    def test_chunked_post(self) -> None:
        self.serve(Proxied("ab"))
        head = b"POST /partyinfo HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.proxied.client(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(info()), info()))
        self.assertEqual((self.bodies("a"), self.bodies("b")), ([info()], [info()]))

    def test_disabled_member_gets_none(self) -> None:
        self.serve(Proxied("ab"))
        self.member("b").enabled = False
        self.announce()
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0})

    def test_many_missed_posts_go_a_few_at_a_time(self) -> None:
        """Four at once, each party's once; and whoever does not answer is left alone."""
        self.serve(Proxied("ab"))
        self.net.kill("b:1")
        for number in range(20):
            self.announce(number)
        self.net.revive("b:1")
        self.proxied.script("b", respond(404), *[no_response()] * 20)
        preparing = self.back("b")
        self.assertNoResult(preparing)
        self.assertEqual(self.proxied.seen()["b"], 5, "a question, four posts")
        self.net.advance(4.1)
        self.successResultOf(preparing)
        self.assertEqual(self.proxied.seen()["b"], 8, "as four failed, only three more had begun")
        self.proxied.nodes["b"].script.clear()
        self.proxied.script("b", respond(404))
        self.successResultOf(self.back("b"))
        brought = self.bodies("b")[9:]
        self.assertEqual(brought, [info(number) for number in range(20)])

    def test_prepare_has_an_end(self) -> None:
        """A member that takes long for each is not kept from its traffic for ever."""
        self.serve(Proxied("ab"), timeout=0)
        self.net.kill("b:1")
        self.announce()
        self.net.revive("b:1")
        self.proxied.script("b", respond(404), no_response())
        preparing = self.back("b")
        self.net.advance(4.9)
        self.assertNoResult(preparing)
        self.net.advance(0.2)
        self.successResultOf(preparing)

    def test_stop_at_any_time(self) -> None:
        """Nothing is left on the clock, no connection, nobody who waits."""
        self.interval = 5.0
        for seconds in (0, 0.1, 4.9, 5.1, 6.0):
            self.serve(Proxied("ab"), timeout=0)
            self.net.kill("b:1")
            self.announce()
            self.net.revive("b:1")
            self.proxied.script("b", *[no_response()] * 9)
            preparing = self.back("b")
            self.net.advance(seconds)
            self.delivery.stop()
            self.successResultOf(preparing)
            self.net.run()
            self.assertEqual(self.net.connections("b:1"), [])
            self.announce()
            self.net.advance(30)
            asked = self.proxied.seen()["b"]
            self.net.advance(100)
            self.assertEqual(self.proxied.seen()["b"], asked)
            self.assertIsNone(self.successResultOf(self.delivery.prepare(self.member("b"))))

    def test_member_of_another_pool(self) -> None:
        self.serve(Proxied("ab"))
        other = UpstreamPool("o", [m.upstream for m in self.proxied.pool.members])
        self.assertIsNone(self.successResultOf(self.delivery.prepare(other.members[0])))


class TesseraCase(DeliveryCase):
    """Simulated Tesseras."""

    def setUp(self) -> None:
        self.tesseras = Tesseras("ab")
        self.serve(self.tesseras)

    def knows(self, name: str) -> dict[str, str]:
        return self.tesseras.knows(name)

    def post_version(self, number: int, version: int, seconds: float = 0) -> int:
        return self.announce(number, b"tesseraSupportedApiVersions: v%d" % version, seconds=seconds)

    def kill(self, name: str) -> None:
        self.net.kill(f"{name}:1")
        self.tesseras.tesseras[name].restart()

    def posts(self, name: str) -> int:
        return self.tesseras.paths(name).count(b"/partyinfo") - self.questions(name)

    def questions(self, name: str) -> int:
        return sum(r.method == b"GET" for r in self.tesseras.tesseras[name].p2p.requests)


class MissedTests(TesseraCase):
    """A member that was away."""

    def test_a_member_that_missed_posts_gets_them_before_traffic(self) -> None:
        """The newest of each party, as soon as it answers: then it is ready."""
        for number in range(3):
            self.post_version(number, 1)
        self.kill("b")
        for version in (2, 3):
            for number in (0, 1):
                self.post_version(number, version)
        self.assertEqual(self.knows("b"), {})
        self.net.revive("b:1")
        self.successResultOf(self.back("b"))
        self.assertEqual(self.knows("b"), self.knows("a"))
        self.assertEqual(self.knows("b"), {party_url(0): "v3", party_url(1): "v3", party_url(2): "v1"})
        self.assertEqual(self.facts.of(PartyInfoCaughtUp), [PartyInfoCaughtUp("tesseras", "b", 3, 3)])
        self.assertEqual(self.healed(), 3)

    def test_what_it_has_is_skipped(self) -> None:
        """One that only hung a while knows the others still."""
        for number in range(3):
            self.post_version(number, 1)
        self.net.hang("b:1")
        self.post_version(1, 2, seconds=1.6)
        self.net.advance(3)
        self.net.revive("b:1")
        self.net.run()
        before = self.posts("b")
        self.successResultOf(self.back("b"))
        self.assertEqual(self.posts("b"), before + 1)
        self.assertEqual(self.knows("b"), self.knows("a"))

    def test_back_without_health_checks(self) -> None:
        """Traffic found out that it answers: it is told at once then."""
        self.post_version(0, 1)
        self.kill("b")
        self.proxied.pool.report(self.member("b"), Broken("test"), self.net.clock.seconds())
        self.post_version(1, 1)
        self.net.revive("b:1")
        self.net.advance(11)
        self.proxied.pool.succeeded(self.member("b"))
        self.net.run()
        self.assertIs(self.member("b").health, HEALTHY)
        self.assertEqual(self.knows("b"), self.knows("a"))

    def test_told_once_by_both(self) -> None:
        """Prepared a moment ago: being back then asks nothing again."""
        self.post_version(0, 1)
        self.kill("b")
        self.proxied.pool.report(self.member("b"), Broken("test"), self.net.clock.seconds())
        self.net.revive("b:1")
        self.successResultOf(self.back("b"))
        asked = self.questions("b")
        self.proxied.pool.succeeded(self.member("b"))
        self.net.run()
        self.assertEqual((self.questions("b"), self.posts("b")), (asked, 2))

    def test_next_post_brings_it_too(self) -> None:
        """Nobody noticed that it was away."""
        self.kill("b")
        self.post_version(0, 1)
        self.net.revive("b:1")
        self.net.advance(6)
        self.post_version(1, 1)
        self.assertEqual(self.knows("b"), self.knows("a"))

    def test_gone_parties_are_not_told(self) -> None:
        self.kill("b")
        self.post_version(0, 1)
        self.net.advance(601)
        self.net.revive("b:1")
        self.successResultOf(self.back("b"))
        self.assertEqual((self.knows("b"), self.questions("b")), ({}, 1))


class DriftTests(TesseraCase):
    """What each knows is compared."""

    interval = 5.0

    def drifts(self) -> list[tuple[str, int]]:
        return [(fact.upstream, fact.drift) for fact in self.facts.of(PartyInfoDrift)]

    def test_drift_is_told_and_healed(self) -> None:
        """A restart between two checks, seen by nobody: one event, then the other."""
        for number in range(3):
            self.post_version(number, 1)
        self.net.advance(5.1)
        self.assertEqual(self.delivery.drift, {"a": 0, "b": 0})
        self.tesseras.tesseras["b"].restart()
        self.net.advance(5)
        self.assertEqual(self.delivery.drift, {"a": 0, "b": 3})
        self.assertEqual(self.knows("b"), self.knows("a"))
        self.net.advance(20)
        self.assertEqual(self.delivery.drift, {"a": 0, "b": 0})
        self.assertEqual(self.drifts(), [("b", 3), ("b", 0)])
        self.assertEqual(self.healed(), 3)
        self.assertEqual(self.posts("b"), 6, "the three once more")

    def test_all_restarted_at_once(self) -> None:
        """Nobody knows the party then, but the proxy."""
        self.post_version(0, 1)
        for node in self.tesseras.tesseras.values():
            node.restart()
        self.net.advance(10.1)
        self.assertEqual((self.knows("a"), self.knows("b")), ({party_url(0): "v1"},) * 2)

    def test_old_posts_are_not_brought_again(self) -> None:
        """Of a party that posts no more the drift is told, and that is all."""
        self.post_version(0, 1)
        self.net.advance(61)
        self.tesseras.tesseras["b"].restart()
        self.net.advance(60)
        self.assertEqual((self.delivery.drift, self.posts("b")), ({"a": 0, "b": 1}, 1))
        self.assertEqual(self.drifts(), [("b", 1)])

    def test_what_does_not_help_is_not_repeated_for_ever(self) -> None:
        """A member that takes the post and still does not know the party."""
        url = party_url(0)
        self.post_version(0, 1)
        self.tesseras.tesseras["a"].state.parties[url].keys.add(KEY)
        more = []
        for _ in range(8):
            before = self.posts("b")
            self.net.advance(5)
            more.append(self.posts("b") - before)
            self.post_version(0, 1)
        self.assertEqual(more, [1, 1, 1, 0, 0, 0, 0, 0], "brought again between two posts")
        self.assertEqual(self.delivery.drift, {"a": 0, "b": 1})
        self.tesseras.tesseras["b"].state.parties[url].keys.add(KEY)
        self.net.advance(5)
        self.assertEqual(self.delivery.drift, {"a": 0, "b": 0})

    def test_restarts_between_any_two_comparisons(self) -> None:
        """What was brought did help each time, though no comparison saw it."""
        self.post_version(0, 1)
        for _ in range(5):
            self.tesseras.tesseras["b"].restart()
            self.net.advance(5.1)
            self.assertEqual(self.knows("b"), self.knows("a"))
        self.assertEqual(self.healed(), 5)

    def test_member_that_takes_and_never_knows(self) -> None:
        """It is asked after each time, and brought it three times only."""
        self.serve(Proxied("ab"))
        table = b'{"url":"http://pair:9001/","peers":[],"keys":[]}'
        self.proxied.script("b", *[respond(200, table)] * 40)
        self.post_version(0, 1)
        self.net.advance(50)
        bodies = [request.body for request in self.proxied.nodes["b"].requests]
        self.assertEqual(bodies.count(info()), 4)
        self.assertEqual(bodies[:7], [info(), b"", info(), b"", b"", info(), b""])
        self.assertEqual(self.healed(), 0)

    def test_copy_that_failed_is_made_good(self) -> None:
        """The member counted as usable all the time."""
        self.tesseras.tesseras["b"].faults.refuse = True
        self.post_version(0, 1)
        self.tesseras.tesseras["b"].faults.refuse = False
        self.net.advance(10.1)
        self.assertEqual(self.knows("b"), self.knows("a"))

    def test_member_that_does_not_answer(self) -> None:
        """It is asked again the next time; the others are compared all the same."""
        self.post_version(0, 1)
        self.tesseras.tesseras["b"].faults.hang = True
        self.net.advance(30)
        self.assertEqual(self.delivery.drift, {"a": 0})
        self.tesseras.tesseras["b"].faults.hang = False
        self.net.advance(8)
        self.assertEqual(self.delivery.drift, {"a": 0, "b": 0})

    def test_older_post_that_comes_after_the_newest(self) -> None:
        """A member that hung works on the question, on the newest post, then on one it was sent before."""
        self.tesseras = Tesseras("ab", fail_timeout=3)
        self.tesseras.pool.balancing = PrimaryFirst()
        self.serve(self.tesseras)
        self.post_version(0, 1)
        self.net.hang("a:1")
        self.assertEqual(self.post_version(0, 2, seconds=1.6), 200)
        self.net.advance(3.9)
        field = b"tesseraSupportedApiVersions: v3"
        client = self.proxied.client(post(info(), field, target=b"/partyinfo"))
        self.net.revive("a:1")
        self.net.run()
        self.assertEqual([m.status for m in self.proxied.responses(client)], [200])
        versions = [
            request.all(b"tesseraSupportedApiVersions")[0]
            for request in self.tesseras.tesseras["a"].p2p.requests
            if request.method == b"POST"
        ]
        self.assertEqual(versions, [b"v1", b"v3", b"v2", b"v3"])
        self.assertEqual(self.knows("a"), {party_url(0): "v3"})

    def test_disabled_member_is_not_asked(self) -> None:
        self.member("b").enabled = False
        self.net.advance(20)
        self.assertEqual((self.questions("a"), self.questions("b")), (4, 0))

    def test_get_reaches_one_member_by_itself(self) -> None:
        """The proxy's own question goes to each, a client's to none of them here: it is not this way's."""
        self.net.advance(5.1)
        self.assertEqual((self.questions("a"), self.questions("b")), (1, 1))
        counters = self.proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (0, 0, 0))


class RemotePartyTests(TesseraCase):
    """Another party's Tessera posts by itself."""

    interval = 5.0

    def test_known_everywhere_whoever_restarts(self) -> None:
        party = RemoteParty(
            self.net.clock, self.net.client_endpoint(PROXY), party_url(0), KEY, host="pair:9001"
        )
        self.addCleanup(party.stop)
        party.start()
        for number in range(12):
            self.net.advance(5)
            name = "ab"[number % 2]
            self.kill(name)
            self.net.advance(1)
            self.net.revive(f"{name}:1")
            self.successResultOf(self.back(name))
            self.net.advance(1)
            self.assertEqual([list(self.knows(n)) for n in "ab"], [[party_url(0)]] * 2)
        self.assertEqual((party.drops, party.refused), ([], []))
        self.assertGreater(party.posts, 12)


class GetTests(DeliveryCase):
    def test_get_is_answered_by_one(self) -> None:
        """Even if a table sent it this way: nothing is remembered of it but for its client."""
        self.serve(Proxied("ab"))
        self.proxied.pool.members[1].enabled = False
        self.assertEqual(self.proxied.ask(get(b"/partyinfo")).status, 200)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0})
