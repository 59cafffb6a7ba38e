"""What C{quorumha check --explain} says."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.explain import explain
from quorumha.config import parse_config
from quorumha.tessera.knowledge.calls import PROFILES

POOLS = """
[pools.t]
upstreams = ["http://a:9101", { endpoint = "http://b:9101", backup = true }]
"""


def told(text: str) -> list[str]:
    return explain(parse_config(POOLS + text, "q.toml", {})).splitlines()


class ExplainTests(SynchronousTestCase):
    """Every call, and what is done with it."""

    def test_every_call_is_visible(self) -> None:
        """Each call of each profile has its line, with class, limits and when the next is asked."""
        for serve, calls in PROFILES.items():
            lines = told(f'[listeners.l]\nlisten = "tcp:1"\nserve = "{serve}"\npool = "t"\n')
            for call in calls:
                where = call.path if call.exact else f"{call.path.rstrip('/')}/..."
                (line,) = [one for one in lines if one.startswith(f"  {call.method} {where}  ")]
                self.assertIn(f" {call.call_class.value} ", line)

    def test_a_send(self) -> None:
        """One line as it is printed."""
        lines = told('[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n')
        (line,) = [one for one in lines if one.startswith("  POST /send ")]
        self.assertEqual(
            " ".join(line.split()),
            "POST /send N new 4.5 s 4.5 s refused error within 2 s 401 403 404 410 500 503 "
            "again only if nothing was done or the member died at once",
        )

    def test_relayed_connections(self) -> None:
        """What ends them is told of a pool that a relay uses, and of no other."""
        relay = '[listeners.l]\nlisten = "tcp:1"\nserve = "tcp"\npool = "r"\n'
        pool = '[pools.r]\nupstreams = ["tcp:a:1", { endpoint = "tcp:b:1", backup = true }]\n'
        other = '[listeners.m]\nlisten = "tcp:2"\npool = "t"\n'
        on_down = "  relayed connections of a member that its checks put down {}"
        fail_back = "  relayed connections of a backup {}"
        lines = told(pool + relay + other)
        self.assertEqual(
            [line for line in lines if "relayed connections" in line],
            [on_down.format("go on"), fail_back.format("stay")],
        )
        lines = told(f'{pool}check = {{ kind = "http" }}\non_down = "close"\nfail_back = "10s"\n{relay}')
        self.assertIn(on_down.format("end [changed: on_down]"), lines)
        self.assertIn(fail_back.format("end once another has been up for 10 s [changed: fail_back]"), lines)

    def test_most_at_once(self) -> None:
        """Of a listener and of a member, where a file says so."""
        pool = '[pools.r]\nupstreams = [{ endpoint = "tcp:a:1", max_in_flight = 7 }]\n'
        lines = told(f'{pool}[listeners.l]\nlisten = "tcp:1"\npool = "r"\nmax_connections = 9\n')
        self.assertIn("l: tcp:1, serve = 'http'; 9 clients at most", lines)
        self.assertIn("  at once, a:1: 7 at most (max_in_flight)", lines)

    def test_clients_that_wait_for_ever(self) -> None:
        """What waits with them, and what does not."""
        listener = '[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n'
        line = (
            "  reads and start-up questions wait without end;"
            " a write that finds no member is told 503 after 5 s"
        )
        self.assertIn(line, told(f'{listener}client_timeout = "none"\n'))
        self.assertNotIn(line, told(listener))

    def test_writes_at_who_hangs(self) -> None:
        """Where somebody says that it hangs."""
        line = (
            "  when its checks put down the member that a new or signed call waits for,"
            " the next one is asked, too"
        )
        listener = '[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-{}"\npool = "t"\n'
        for serve, said in (("q2t", True), ("thirdparty", True), ("p2p", False)):
            self.assertEqual(line in told(listener.format(serve)), said, serve)
        self.assertNotIn(line, told('check = "off"\n' + listener.format("q2t")))

    def test_disabled_members(self) -> None:
        """The limits are those of the listener: the fewer may answer, the longer each try."""
        disabled = POOLS.replace("backup = true", "enabled = false")
        listener = '[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-p2p"\npool = "t"\n'
        for pools, first in ((POOLS, "1.519 s"), (disabled, "2 s")):
            lines = explain(parse_config(pools + listener, "q.toml", {})).splitlines()
            (line,) = [one for one in lines if one.startswith("  POST /push ")]
            self.assertEqual(" ".join(line.split())[:28], f"POST /push D push {first} 3.375 s"[:28])

    def test_a_resend(self) -> None:
        """By the type in its body: one is a read, all are a job."""
        lines = told('[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-p2p"\npool = "t"\n')
        (at,) = [at for at, one in enumerate(lines) if one.startswith("  POST /resend ")]
        one, everything = (" ".join(line.split()) for line in lines[at : at + 2])
        self.assertEqual(
            one,
            "POST /resend R/S resend 1.519 s 3.375 s error timeout 401 500 502 503 504 "
            "INDIVIDUAL as read: any member; waits while none can answer",
        )
        self.assertEqual(
            everything,
            "with type ALL S job no limit no limit refused ALL as job: never again once a byte was sent",
        )

    def test_start_up(self) -> None:
        """What was said before is said again, but for C{/upcheck}."""
        lines = told('[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n')
        says = {line.split()[1]: line for line in lines if " start-up " in line}
        self.assertTrue(says["/upcheck"].endswith("waits for a 200; never made up"))
        self.assertTrue(says["/version"].endswith("waits for a 200; at last what was said before"))

    def test_clients(self) -> None:
        """How long they wait, what the databases are, and whose they are."""
        listener = '[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n'
        self.assertIn("  clients wait 5 s (client_timeout); store = 'shared'", told(listener))
        self.assertIn(
            "  clients wait for ever (client_timeout); store = 'shared'; party = 'ours'",
            told(listener + 'client_timeout = "none"\nparty = "ours"\n'),
        )

    def test_what_is_done_beside_forwarding(self) -> None:
        """What is remembered, what waits, who is asked twice, and how often members are compared."""
        listener = '[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-{}"\npool = "t"\n'
        usual = told(listener.format("q2t"))
        self.assertIn(
            "  while no member can answer, up to 256 requests wait (waiting_requests)"
            " with 64 MiB of bodies (waiting_bytes)",
            usual,
        )
        self.assertIn("  100000 transactions are known to exist, at least (existence_memory)", usual)
        self.assertFalse([line for line in usual if "(hedge)" in line or "party_info_interval" in line])
        changed = told(
            listener.format("q2t") + 'hedge = "300ms"\nexistence_memory = 0\nparked_bytes = 10000\n'
        )
        self.assertIn(
            "  a read without an answer after 0.3 s is asked of a second member, too (hedge)", changed
        )
        self.assertIn("  nothing is known to exist (existence_memory)", changed)
        self.assertTrue([line for line in changed if "with 10000 bytes of bodies (waiting_bytes)" in line])
        self.assertIn(
            "  whom the members know is compared every 5 s (party_info_interval)",
            told(listener.format("p2p")),
        )
        self.assertIn(
            "  whom the members know is not compared (party_info_interval)",
            told(listener.format("p2p") + "party_info_interval = 0\n"),
        )

    def test_what_was_overridden(self) -> None:
        """Open to being overridden: and then it says so."""
        lines = told(
            '[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\nclient_timeout = "none"\n'
            'api_versions = ["1.0"]\nroutes = [\n'
            '  { path = "/send", treat_as = "once", first_byte_timeout = "9s" },\n'
            '  { path = "/receive", next_upstream = ["error"] },\n]\n'
        )
        (send,) = [one for one in lines if one.startswith("  POST /send ")]
        self.assertIn("S      once", send)
        self.assertIn("9 s         no limit  refused", send)
        self.assertIn("[changed: first_byte_timeout]", send)
        (receive,) = [one for one in lines if one.startswith("  GET /receive ")]
        self.assertIn("-      plain", receive)
        self.assertTrue(any("/version/api says 1.0" in one for one in lines))
        self.assertTrue(any("clients wait for ever" in one for one in lines))

    def test_other_listeners(self) -> None:
        """Plain ones, too."""
        lines = told(
            '[listeners.r]\nlisten = "tcp:1"\nserve = "tcp"\npool = "t"\n'
            '[listeners.h]\nlisten = "tcp:2"\npool = "t"\n'
            '[listeners.i]\nlisten = "tcp:3"\npool = "t"\n'
            'routes = [{ path = "/p", match = "exact", mirror = "others" }]\n'
        )
        self.assertIn("  relayed byte by byte; idle_timeout 3600 s", lines)
        self.assertIn("  every path: next_upstream error, timeout, 404; first byte 2 s, in all 4.5 s", lines)
        self.assertIn(
            "  /p -> t, copies to others: next_upstream error, timeout, 404; first byte 2 s, in all 4.5 s",
            lines,
        )
        self.assertIn("  pool t: a:9101, b:9101 (backup); round-robin", lines)

    def test_a_pool(self) -> None:
        """As it is without a word of the operator: the whole block, as it is printed."""
        lines = told('[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n')
        aside = "for 10 s, twice that after each trial that fails, 60 s at most"
        self.assertEqual(
            lines[lines.index("") + 1 :],
            [
                "pool t: a:9101, b:9101 (backup); round-robin",
                "  check tessera (auto): GET of a transaction that does not exist;"
                " good is 404, and 500 is a dead database",
                "  every 0.4 s, timeout 0.75 s; out after 2 bad (fall), back after 2 good (rise)",
                f"  traffic, a:9101: put aside after 1 failure within 10 s: {aside}",
                f"  traffic, b:9101: put aside after 1 failure within 10 s: {aside}",
                "  slow start: who is back has its whole share at once",
                "  retry budget: after a failure 50 tries at those left out at once,"
                " then 10 a second; at those that are well without limit",
            ],
        )

    def test_what_checks_cannot_see(self) -> None:
        """That a database is away, where only ports are checked that do not look at it."""
        pools = (
            '[pools.p]\nupstreams = ["http://a:9001", "http://c:9001"]\n'
            '[listeners.p]\nlisten = "tcp:2"\nserve = "tessera-p2p"\npool = "p"\n'
        )
        cannot = (
            "a database that is away is not seen unless the port has GET /transaction, as Tessera's own has"
            " not (from Tessera 21.10 on /upcheck does not look at it)"
        )
        known = "whether the database answers is known from the deep check of another port of the same node"
        good = "good is 200, and a database that it calls unavailable is dead"
        checks = f"  check http (auto): GET /upcheck; {good}; "
        self.assertIn(checks + cannot, told(pools))
        q2t = '[listeners.q]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n'
        self.assertIn(f"{checks}{known}; of c:9001 {cannot}", told(pools + q2t))
        both = pools.replace(', "http://c:9001"', "")
        self.assertIn(checks + known, told(both + q2t))
        said = both.replace('9001"]', '9001"]\ncheck = { path = "/up" }')
        self.assertIn("  check http (auto): GET /up; good is 200 [changed: path]", told(said + q2t))

    def test_which_members_are_one_node(self) -> None:
        """Of which Tessera each member is a port; nothing where there is one pool of Tesseras alone."""
        pools = (
            '[pools.p]\nupstreams = ["http://a:9001", { endpoint = "http://b:9001", name = "b" }]\n'
            '[pools.rpc]\nupstreams = ["tcp:a:22000"]\n'
            '[listeners.rpc]\nlisten = "tcp:4"\nserve = "tcp"\npool = "rpc"\n'
            '[listeners.q]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n'
        )
        alone = told(pools + '[listeners.p]\nlisten = "tcp:2"\npool = "p"\n')
        self.assertFalse([line for line in alone if "one node" in line])
        lines = told(pools + '[listeners.p]\nlisten = "tcp:2"\nserve = "tessera-p2p"\npool = "p"\n')
        self.assertEqual(
            [line for line in lines if "one node" in line],
            [
                "  one node, a:9101: a:9001 of p",
                "  one node, b:9101: no member of another pool",
                "  one node, a:9001: a:9101 of t",
                "  one node, b: no member of another pool",
            ],
        )

    def test_what_was_overridden_of_a_pool(self) -> None:
        """Each value that holds, and that somebody said so."""
        config = parse_config(
            """
            [pools.h]
            upstreams = [
              { endpoint = "http://a:1", enabled = false },
              { endpoint = "http://b:1", max_fails = 3, fail_timeout = "90s" },
              { endpoint = "http://c:1", max_fails = 0, backup = true, enabled = false },
            ]
            slow_start = "10s"
            [pools.h.check]
            kind = "http"
            path = "/up"
            statuses = [200, 204]
            body = "fine"
            interval = 2
            rise = 5
            [pools.o]
            upstreams = ["tcp:a:1"]
            check = "off"
            [pools.c]
            upstreams = ["tcp:a:1"]
            [listeners.h]
            listen = "tcp:1"
            pool = "h"
            [listeners.o]
            listen = "tcp:2"
            serve = "tcp"
            pool = "o"
            [listeners.c]
            listen = "tcp:3"
            serve = "tcp"
            pool = "c"
            """,
            "q.toml",
            {},
        )
        lines = explain(config).splitlines()
        for expected in (
            "pool h: a:1 (disabled), b:1, c:1 (backup, disabled); round-robin",
            "  check http: GET /up; good is 200 or 204 with 'fine' in it"
            " [changed: kind, path, statuses, body, interval, rise]",
            "  every 2 s, timeout 0.75 s; out after 2 bad (fall), back after 5 good (rise)",
            "  traffic, b:1: put aside after 3 failures within 90 s:"
            " for 90 s, twice that after each trial that fails, 90 s at most"
            " [changed: max_fails, fail_timeout]",
            "  traffic, c:1: never put aside [changed: max_fails]",
            "  slow start: who is back has its whole share in 10 s [changed: slow_start]",
            "  check off: traffic alone tells who is well [changed: kind]",
            "  check connect (auto): a connection; good is who takes it, also a process that hangs",
        ):
            self.assertIn(expected, lines)
