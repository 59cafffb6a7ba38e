"""Connections of a backup, once a primary is up again; and those of a member that its checks put down."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported

from quorumha.logs.fact_observer import LogObserver
from quorumha.relay.factory import RelayFactory
from quorumha.relay.failback import IDLE, LATEST, LOOK
from quorumha.testing import Recorder
from tests.logs.lines import lines
from tests.relay.relayed import RelayCase

SECONDS = 10.0


class FailBackCase(RelayCase):
    """The primary a is down, and clients are at b."""

    def set_up(self, **options: object) -> None:
        super().set_up(**options)
        self.relay = RelayFactory(self.pool, self.net.clock, close_down=True, fail_back=SECONDS)
        self.net.listen("other:1", self.relay)
        self.pool.checks_override = True
        self.primary, self.backup = self.pool.members
        self.down(self.primary)

    def down(self, member: object) -> None:
        self.pool.checked(member, "it is away", self.net.clock.seconds(), "")  # type: ignore[arg-type]

    def up(self, member: object) -> None:
        self.pool.checked(member, None, self.net.clock.seconds(), "")  # type: ignore[arg-type]

    def client(self) -> Recorder:
        return self.net.connect("other:1", half_close=True)

    def at_backup(self) -> tuple[Recorder, Recorder]:
        """A client, and the backup's end of its connection."""
        client = self.client()
        self.net.run()
        return client, self.b.taken[-1]

    def responded(self) -> Recorder:
        """A client that has its response."""
        client, node = self.at_backup()
        client.write(b"question")
        self.net.run()
        node.write(b"response")
        self.net.run()
        return client

    def waiting(self) -> tuple[Recorder, Recorder]:
        """A client that waits for its response."""
        client, node = self.at_backup()
        client.write(b"question")
        self.net.run()
        return client, node

    def ended(self, client: Recorder) -> bool:
        return client.read_ended or client.how_it_ended is not None


class FailBackTests(FailBackCase):
    """What ends when."""

    def test_log(self) -> None:
        """However many clients go back, two lines tell of them."""
        clients = [self.responded() for _ in range(20)]
        self.pool.observers.add(LogObserver())
        with capturedLogs() as logs:
            self.up(self.primary)
            self.net.advance(SECONDS + 1)
        self.assertTrue(all(map(self.ended, clients)))
        told = lines(one for one in logs if one.get("event") == "failed-back")
        self.assertEqual(len(told), 2)
        self.assertIn("(19 more of these", told[1])

    def test_idle(self) -> None:
        """As soon as the primary has been up for long enough, and not before."""
        client = self.responded()
        self.net.advance(60)
        self.up(self.primary)
        self.net.advance(SECONDS - 0.1)
        self.assertFalse(self.ended(client))
        self.net.advance(0.1)
        self.assertTrue(self.ended(client))
        self.assertEqual(client.received, b"response")
        client.close()
        self.net.run()
        again = self.client()
        self.net.run()
        again.write(b"hello")
        self.net.run()
        self.assertEqual(self.a.taken[-1].received, b"hello")
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_waits_for_the_response(self) -> None:
        """Who waits gets it first."""
        client, node = self.waiting()
        self.up(self.primary)
        self.net.advance(SECONDS + 20)
        self.assertFalse(self.ended(client))
        node.write(b"response")
        self.net.advance(IDLE - 0.1)
        self.assertFalse(self.ended(client))
        self.net.advance(0.1 + LOOK)
        self.assertTrue(self.ended(client))
        self.assertEqual(client.received, b"response")

    def test_at_the_latest(self) -> None:
        """However busy it is."""
        client, _ = self.waiting()
        self.up(self.primary)
        self.net.advance(SECONDS)
        for _ in range(int(LATEST) - 1):
            self.net.advance(1)
            client.write(b"more")
            self.net.run()
        self.assertFalse(self.ended(client))
        self.net.advance(1 + LOOK)
        self.assertTrue(self.ended(client))

    def test_primary_goes_down_again(self) -> None:
        """Then it is where it should be."""
        client = self.responded()
        for _ in range(3):
            self.up(self.primary)
            self.net.advance(SECONDS - 1)
            self.down(self.primary)
            self.net.advance(5)
        self.assertFalse(self.ended(client))
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
        self.up(self.primary)
        self.net.advance(SECONDS)
        self.assertTrue(self.ended(client))

    def test_one_that_comes_while_the_primary_is_up(self) -> None:
        """A dial of the primary failed once, and nobody holds it against it."""
        self.up(self.primary)
        self.net.advance(100)
        self.net.kill("a:1")
        client = self.responded()
        self.up(self.primary)
        self.net.advance(SECONDS + LOOK + IDLE)
        self.assertTrue(self.ended(client))

    def test_connections_of_the_primary_stay(self) -> None:
        self.up(self.primary)
        self.net.advance(100)
        client = self.client()
        self.net.run()
        self.net.advance(1000)
        self.assertFalse(self.ended(client))
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_stop(self) -> None:
        """A relay that drains ends nothing of its own accord, and leaves no delayed call."""
        client = self.responded()
        self.up(self.primary)
        drained = self.relay.drain()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
        self.net.advance(100)
        self.assertFalse(self.ended(client))
        client.close()
        self.b.taken[-1].close()
        self.net.run()
        self.successResultOf(drained)

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["connect", "ask", "respond", "up", "down", "wait", "leave"]),
                st.integers(0, 30),
            ),
            max_size=30,
        )
    )
    def test_any_order(self, steps: list[tuple[str, int]]) -> None:
        """Nobody stays at the backup beside a primary that is up for long; nobody is ended before."""
        self.set_up()
        up_since: float | None = None
        clients: list[tuple[Recorder, Recorder, float]] = []
        clock = self.net.clock
        for what, number in steps:
            one = clients[number % len(clients)] if clients else None
            if what == "connect" and up_since is None:
                clients.append((*self.at_backup(), clock.seconds()))
            elif what == "ask" and one is not None and not self.ended(one[0]):
                one[0].write(b"q")
            elif what == "respond" and one is not None and not self.ended(one[0]):
                one[1].write(b"r")
            elif what == "leave" and one is not None and not self.ended(one[0]):
                one[0].abort()
            elif what == "up" and up_since is None:
                up_since = clock.seconds()
                self.up(self.primary)
            elif what == "down" and up_since is not None:
                up_since = None
                self.down(self.primary)
            elif what == "wait":
                self.net.advance(number)
            self.net.run()
            up_for = 0.0 if up_since is None else clock.seconds() - up_since
            for client, _, _ in clients:
                if up_for > SECONDS + LATEST + 2 * LOOK:
                    self.assertTrue(self.ended(client))
        if up_since is None:
            # What was begun while it was up looks once more, and in vain.
            self.net.advance(SECONDS + LOOK)
            self.assertEqual(self.net.clock.getDelayedCalls(), [])


class DownTests(FailBackCase):
    """C{on_down = "close"}."""

    def test_its_connections_end(self) -> None:
        """Those of the member that is down, and no others; what was sent arrives."""
        self.up(self.primary)
        at_primary = self.client()
        self.net.run()
        at_primary.write(b"question")
        self.net.run()
        self.a.taken[-1].write(b"half")
        self.net.run()
        self.down(self.primary)
        self.net.run()
        self.assertTrue(self.ended(at_primary))
        self.assertEqual(at_primary.received, b"half")
        at_primary.close()
        self.net.run()
        client, _ = self.at_backup()
        self.down(self.primary)
        self.net.run()
        self.assertFalse(self.ended(client))

    def test_traffic_ends_nothing(self) -> None:
        """One refused dial says nothing of the connections that live."""
        self.up(self.primary)
        client = self.client()
        self.net.run()
        self.net.hang("a:1", accepts=False)
        others = [self.client() for _ in range(3)]
        self.net.advance(5)
        self.assertTrue(self.primary.health.ejected_until)
        self.assertFalse(self.ended(client))
        self.assertFalse(any(self.ended(one) for one in others))

    def test_keep(self) -> None:
        """Unless it is asked for, they stay."""
        relay = RelayFactory(self.pool, self.net.clock)
        self.net.listen("keeps:1", relay)
        self.up(self.primary)
        client = self.net.connect("keeps:1", half_close=True)
        self.net.run()
        self.down(self.primary)
        self.net.advance(1000)
        self.assertFalse(self.ended(client))
