"""Tests for L{quorumha.tessera.explained_calls}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.explain import explain
from quorumha.app.kinds import parse_config
from quorumha.tessera.decide.call_class import CALL_CLASSES
from quorumha.tessera.knowledge.calls import PORTS
from tests.app.explained import POOLS, told


class ExplainedCallsTests(SynchronousTestCase):
    """Every call, and what is done with it."""

    def test_every_call_is_visible(self) -> None:
        """Each call of each port has its line, with class, limits and when the next is asked."""
        for serve, port in PORTS.items():
            lines = told(f'[listeners.l]\nlisten = "tcp:1"\nserve = "{serve}"\npool = "t"\n')
            for call in port.calls:
                where = call.path if call.exact else f"{call.path.rstrip('/')}/..."
                (line,) = [one for one in lines if one.startswith(f"  {call.method} {where}  ")]
                self.assertIn(f" {CALL_CLASSES[call.call_class].treat_as} ", line)

    def test_a_send(self) -> None:
        """One line as it is printed."""
        lines = told('[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n')
        (line,) = [one for one in lines if one.startswith("  POST /send ")]
        self.assertEqual(
            " ".join(line.split()),
            "POST /send N new 4.5 s 4.5 s refused error within 2 s 401 403 404 410 500 503 "
            "again only if nothing was done or the member died at once",
        )

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
            listener.format("q2t") + 'hedge = "300ms"\nexistence_memory = 0\nwaiting_bytes = 10000\n'
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
