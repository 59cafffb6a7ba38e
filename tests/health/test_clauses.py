"""Each promise about the health of a pool, through a whole configuration: a test for each, named after it."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.logger import LogEvent, capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.app.pools import make_checks
from quorumha.endpoints.named import NamedEndpoint
from quorumha.events import Observers
from quorumha.logs.fact_observer import LogObserver
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.tessera.decide.health_check import database_of
from quorumha.testing import MemoryProxy, MemoryTopology, Recorder, ScriptedUpstream
from quorumha.testing.http.plays import Play, no_response, respond
from tests.served_party import ServedCase, request

#: Asked of a Tessera; that there is no such transaction is a true answer.
ABSENT = request(b"GET", b"/transaction/" + b"A" * 86 + b"==")
HTTP = 'check = { kind = "http", path = "/up" }\n'
GET = request(b"GET", b"/x")
#: A check so rare that the test sees none but the first.
RARELY = 'check = { interval = "600s" }\n'


def events(logs: list[LogEvent]) -> list[tuple[str, str, str]]:
    """What was told: event, cause and what is next."""
    return [(e["event"], e["cause"], e["next"]) for e in logs if str(e.get("event")).startswith("upstream-")]


class Served(MemoryProxy):
    """Scripted nodes C{10.0.0.1:1} and C{10.0.0.2:1}, one pool, one listener at C{pair:80}."""

    def __init__(self, pool: str = "", serve: str = "http", members: str = "", listener: str = "") -> None:
        members = members or '"tcp:10.0.0.1:1", "tcp:10.0.0.2:1"'
        super().__init__(
            f"[pools.p]\nupstreams = [{members}]\n{pool}\n"
            f'[listeners.l]\nlisten = "tcp:80"\nserve = "{serve}"\npool = "p"\n{listener}\n',
            host="pair",
        )
        self.nodes = [ScriptedUpstream(self.net.clock), ScriptedUpstream(self.net.clock)]
        for number, node in enumerate(self.nodes, 1):
            self.net.listen(f"10.0.0.{number}:1", node)
        self.start()

    @property
    def pool(self) -> UpstreamPool:
        return self.service.pools["p"]

    def usable(self) -> str:
        """Which members are used, by number."""
        now = self.net.clock.seconds()
        return "".join(str(n) for n, m in enumerate(self.pool.members, 1) if m.usable(now))

    def becomes(self, usable: str, within: float) -> float:
        """Seconds until just these are used."""
        begun = self.net.clock.seconds()
        while self.usable() != usable:
            assert self.net.clock.seconds() < begun + within, self.usable()
            self.net.advance(0.01)
        return self.net.clock.seconds() - begun

    def status(self, client: Recorder) -> int | None:
        response = self.response(client)
        return response and response.status


class HealthTests(ServedCase):
    """A pool and its members."""

    def served(self, pool: str = "", serve: str = "http", members: str = "", listener: str = "") -> Served:
        served = Served(pool, serve, members, listener)
        self.addCleanup(self.stop, served)
        return served

    def stop(self, served: Served) -> None:
        """And nothing lives on."""
        served.stop()
        served.net.advance(10)
        self.assertEqual(served.net.clock.getDelayedCalls(), [])

    # Active.

    def test_active_checks_tcp_connect(self) -> None:
        """The kind of a pool of which nothing more is known, TCP ones too."""
        for serve in ("tcp", "http"):
            served = self.served(serve=serve)
            served.net.kill("10.0.0.1:1")
            served.becomes("2", within=1)
            served.net.revive("10.0.0.1:1")
            served.becomes("12", within=1.5)
            self.assertEqual([len(node.requests) for node in served.nodes], [0, 0])

    def test_active_checks_http_status_and_body(self) -> None:
        """Both must be as they should."""
        check = 'check = { kind = "http", path = "/up", statuses = [200, 204], body = "fine" }\n'
        for told, well in [((200, b"all fine"), True), ((503, b"all fine"), False), ((200, b"bad"), False)]:
            served = self.served(check)
            good: Play = respond(200, b"fine")
            served.nodes[0].then, served.nodes[1].then = respond(*told), good
            served.net.advance(2)
            self.assertEqual(served.usable(), "12" if well else "2", told)
            self.assertEqual({seen.target for seen in served.nodes[0].requests}, {b"/up"})

    def test_active_checks_tessera_deep_check_404_is_healthy_and_500_a_dead_database(self) -> None:
        """C{/upcheck} says "I'm up!" all the time."""
        party = self.serve(serve=("q2t",))
        party.net.advance(2)
        self.assertTrue(party.member("a", "q2t").usable(party.net.clock.seconds()))
        party.nodes["a"].faults.database_dead = True
        with capturedLogs() as logs:
            party.net.advance(1)
        self.assertTrue(database_of(party.member("a", "q2t")).dead)
        self.assertFalse(party.member("a", "q2t").usable(party.net.clock.seconds()))
        (told,) = events(logs)
        self.assertEqual(told[:2], ("upstream-down", "its database does not answer"))
        for _ in range(4):
            self.assertEqual(party.ask(request(b"GET", b"/upcheck"), "q2t").status, 200)
        party.nodes["a"].faults.database_dead = False
        party.net.advance(1.5)
        self.assertTrue(party.member("a", "q2t").usable(party.net.clock.seconds()))

    def test_active_checks_well_under_a_second_apart(self) -> None:
        """By default; and not all at the same moment."""
        served = self.served(HTTP)
        times: list[float] = []
        for _ in range(1000):
            before = len(served.nodes[0].requests)
            served.net.advance(0.01)
            times += [served.net.clock.seconds()] * (len(served.nodes[0].requests) - before)
        apart = [later - earlier for earlier, later in pairwise(times)]
        self.assertGreater(min(apart), 0.34)
        self.assertLess(max(apart), 0.46)
        self.assertGreater(max(apart) - min(apart), 0.01)

    def test_a_hung_member_is_out_within_two_seconds_and_back_by_its_checks(self) -> None:
        """Whatever moment it hangs at."""
        for moment in range(10):
            served = self.served(HTTP)
            served.net.advance(1 + moment * 0.05)
            served.net.hang("10.0.0.1:1")
            self.assertLessEqual(served.becomes("2", within=3), 2.0)
            served.net.revive("10.0.0.1:1")
            served.becomes("12", within=3)

    # Passive.

    def test_passive_checks_traffic(self) -> None:
        """Failures of requests put a member aside, a 500 does not."""
        served = self.served(RARELY)
        served.nodes[0].then = respond(500)
        self.assertEqual([served.status(served.client(GET)) for _ in range(2)], [500, 200])
        self.assertEqual(served.usable(), "12")
        served.nodes[0].then = no_response()
        served.client(GET)
        served.client(GET)
        served.net.advance(3)
        self.assertEqual(served.usable(), "2")

    def test_passive_checks_a_client_that_gives_up_counts_against_the_node_that_kept_it_waiting(self) -> None:
        """And one that leaves at once counts against nobody."""
        for patience, left in (0.2, "12"), (1.1, "2"):
            served = self.served(RARELY)
            served.nodes[0].then = no_response()
            client = served.client(GET)
            self.assertEqual(len(served.nodes[0].requests), 1)
            served.net.advance(patience)
            client.close()
            served.net.run()
            self.assertEqual(served.usable(), left)

    # What follows.

    def test_rise_and_fall_counts(self) -> None:
        """So many in a row, as the operator says."""
        served = self.served('check = { kind = "http", path = "/up", fall = 4, rise = 3 }')
        node = served.nodes[0]
        served.net.advance(2)

        def asked_until(usable: str) -> int:
            before = len(node.requests)
            served.becomes(usable, within=9)
            return len(node.requests) - before

        node.then = respond(503)
        self.assertEqual(asked_until("2"), 4)
        node.then = respond(200)
        self.assertEqual(asked_until("12"), 3)
        node.script += [respond(503)] * 3
        served.net.advance(9)
        self.assertEqual((served.usable(), len(node.script)), ("12", 0), "three bad ones are forgiven")

    def test_back_off_with_jitter(self) -> None:
        """Each trial that fails doubles the time to the next, a tenth more or less; a minute at most."""
        served = self.served('check = "off"')
        served.nodes[0].then = no_response()
        away = []
        for _ in range(6):
            while len(served.nodes[0].requests) == len(away):
                served.client(GET)
                served.net.advance(0.05)
            served.net.advance(2.1)
            self.assertEqual(served.usable(), "2")
            away.append(served.becomes("12", within=90) + 0.1)
        for seconds, expected in zip(away, [10, 20, 40, 60, 60, 60], strict=True):
            self.assertGreater(seconds, 0.88 * expected)
            self.assertLess(seconds, 1.12 * expected)
        self.assertGreater(len({round(seconds, 1) for seconds in away}), 3)

    def test_half_open_trial(self) -> None:
        """One request tries it, whoever comes meanwhile goes elsewhere; its answer decides for all."""
        served = self.served('check = "off"')
        served.nodes[0].script += [no_response()] * 2
        for _ in range(2):
            served.client(GET)
        served.net.advance(2.1)
        self.assertEqual(served.usable(), "2")
        served.net.advance(12)
        served.nodes[0].then = no_response()
        before = len(served.nodes[0].requests)
        for _ in range(20):
            served.client(GET)
        self.assertEqual(len(served.nodes[0].requests) - before, 1)

    def test_slow_start(self) -> None:
        """The share of a member that came back grows."""
        served = self.served(HTTP + 'slow_start = "10s"\n')
        served.net.advance(1)
        served.net.kill("10.0.0.1:1")
        served.becomes("2", within=2)
        served.net.revive("10.0.0.1:1")
        with capturedLogs() as logs:
            served.becomes("12", within=2)
        self.assertIn("a little at first, all of it in 10 s", events(logs)[0][2])
        shares = []
        for _ in range(4):
            seen = [m.picked for m in served.pool.members]
            for _ in range(100):
                self.assertEqual(served.status(served.client(GET)), 200)
            first, second = (m.picked - was for m, was in zip(served.pool.members, seen, strict=True))
            shares.append(first / (first + second))
            served.net.advance(4)
        self.assertLess(shares[0], 0.1)
        self.assertLess(shares[0], shares[2])
        self.assertEqual(shares[3], 0.5)

    def test_retry_budget_against_storms(self) -> None:
        """A storm of requests does not beat on those that are left out."""
        served = self.served('check = "off"', listener='total_timeout = "1s"\nfirst_byte_timeout = "400ms"\n')
        for node in served.nodes:
            node.then = no_response()
        served.client(GET)
        served.net.advance(3)
        self.assertEqual(served.usable(), "")
        before = sum(m.picked for m in served.pool.members)
        for _ in range(1000):
            served.client(GET)
        served.net.advance(3)
        tries = sum(m.picked for m in served.pool.members) - before
        # One each, and 50 at once beside, 10 a second more: of the second tries over 900 are refused.
        self.assertGreater(tries, 1040)
        self.assertLess(tries, 1090)

    def test_never_ejecting_the_last_member(self) -> None:
        """With all of them out, requests try them all the same."""
        served = self.served(HTTP)
        for node in served.nodes:
            node.then = respond(503)
        served.becomes("", within=2)
        for node in served.nodes:
            node.then = respond(200)
        self.assertEqual(served.status(served.client(GET)), 200)

    def test_an_operators_disable_is_apart_from_health(self) -> None:
        """Checked, and never used, not even as the last; its health changes nothing of that."""
        member = '{ endpoint = "tcp:10.0.0.1:1", enabled = false }, "tcp:10.0.0.2:1"'
        served = self.served(HTTP, members=member)
        served.net.advance(2)
        checks = len(served.nodes[0].requests)
        self.assertGreater(checks, 2)
        served.net.kill("10.0.0.2:1")
        self.assertEqual(served.status(served.client(GET)), 502)
        self.assertEqual(len(served.nodes[0].requests), checks)
        (disabled, _) = served.pool.members
        with capturedLogs() as logs:
            served.net.kill("10.0.0.1:1")
            served.net.advance(1)
            served.net.revive("10.0.0.1:1")
            served.net.advance(2)
        told = [e for e in logs if e.get("upstream") == "10.0.0.1:1"]
        self.assertEqual([e["event"] for e in told], ["upstream-down", "upstream-up"])
        self.assertEqual((disabled.enabled, told[1]["next"]), (False, "not used: it is disabled"))
        with capturedLogs() as logs:
            disabled.enabled = True
            disabled.enabled = True
        (enabled,) = events(logs)
        self.assertEqual(enabled, ("upstream-enabled", "its operator says so", "used while it is healthy"))
        self.assertEqual(served.status(served.client(GET)), 200)

    def test_every_change_is_one_log_event_with_its_cause_and_what_happens_next(self) -> None:
        """And while nothing changes, nothing is told."""
        served = self.served(HTTP)
        served.net.advance(1)
        with capturedLogs() as logs:
            served.net.kill("10.0.0.1:1")
            for _ in range(100):
                self.assertEqual(served.status(served.client(GET)), 200)
                served.net.advance(0.1)
            served.net.revive("10.0.0.1:1")
            served.net.advance(10)
        aside, out, back = events(logs)
        self.assertEqual(aside[0], "upstream-ejected")
        self.assertRegex(
            aside[2], r"^used again when its checks are good, or tried with one request in [0-9.]+ s$"
        )
        self.assertEqual(
            (out[0], out[2]), ("upstream-down", "used again after 2 good checks, one every 0.4 s")
        )
        self.assertEqual(back, ("upstream-up", "its checks are good", "has its share of requests"))


class NameTests(SynchronousTestCase):
    """Upstreams given by name, with a resolver that the test plays."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.nodes = {address: ScriptedUpstream(self.net.clock) for address in ("10.0.0.1", "10.0.0.2")}
        for address, node in self.nodes.items():
            self.net.listen(f"{address}:1", node)
        #: What the name leads to now.
        self.address: str | None = "10.0.0.1"

    def look_up(self) -> Deferred[list[str]]:
        looking: Deferred[list[str]] = Deferred()
        found = [] if self.address is None else [self.address]
        self.net.clock.callLater(0, looking.callback, found)
        return looking

    def dial(self, address: str) -> IStreamClientEndpoint:
        return self.net.client_endpoint(f"{address}:1")

    def checked(self) -> Member:
        """The one member of a pool, checked by HTTP."""
        text = f'[pools.p]\nupstreams = ["tcp:node:1"]\n{HTTP}'
        config = parse_config(text + '[listeners.l]\nlisten = "tcp:1"\npool = "p"\n', "q.toml", {})
        endpoint = NamedEndpoint(self.look_up, self.dial)
        told = Observers(LogObserver())
        pool = UpstreamPool("p", [Upstream("node:1", endpoint, named=True)], observers=told)
        checks = make_checks(self.net.clock, pool, config.pools["p"], lambda member: succeed(None))
        checks.start()
        self.addCleanup(partial(self.net.advance, 10))
        self.addCleanup(checks.stop)
        return pool.members[0]

    def test_names_are_resolved_again(self) -> None:
        """A name that leads elsewhere is followed within seconds, though the old place lives on."""
        member = self.checked()
        self.net.advance(2)
        self.address = "10.0.0.2"
        self.nodes["10.0.0.2"].then = respond(503)
        self.net.advance(7)
        self.assertTrue(member.health.down, "what it leads to now is asked")
        self.nodes["10.0.0.2"].then = respond(200)
        self.net.advance(2)
        self.assertFalse(member.health.down)
        self.assertEqual(self.nodes["10.0.0.1"].live, [])

    def test_a_name_that_does_not_resolve_is_a_warning(self) -> None:
        """One, and it is used as soon as it resolves."""
        self.address = None
        member = self.checked()
        with capturedLogs() as logs:
            self.net.advance(30)
            self.address = "10.0.0.1"
            self.net.advance(2)
        out, back = events(logs)
        self.assertIn("could not connect (name does not resolve)", out[1])
        self.assertEqual((out[0], back[0]), ("upstream-down", "upstream-up"))
        self.assertFalse(member.health.down)
        self.assertEqual(self.flushLoggedErrors(DNSLookupError), [])
