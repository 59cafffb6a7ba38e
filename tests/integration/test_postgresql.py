"""C{serve = "postgresql"} before a real pair: whatever happens, one database is written to at a time."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psycopg

from tests.integration.database_case import INTERVAL, LEASE, SHORT_HOLD, TIMEOUT, DatabaseCase, pool, relay
from tests.integration.row_writer import RowWriter


class SwitchTests(DatabaseCase):
    """The primary dies, hangs or is cut off, and the standby is promoted."""

    def test_killed(self) -> None:
        """Sessions end with the primary, new ones wait for the promotion; nothing acknowledged is lost."""
        self.pair.synchronous()
        writer = self.writer()
        self.pair.primary.kill()
        writer.trouble()
        old, new, _ = self.promote()
        writer.more(new)
        self.moved_once(writer, old, new)
        self.accounted(writer, new)

    def test_hung_two_relays(self) -> None:
        """The primary hangs, and goes on after the promotion: the sessions of both pools of a group are cut
        by one decision, nobody writes to the old one once somebody did to the new, and it gets no row."""
        self.pair.synchronous()
        writers = [self.writer("db"), self.writer("other")]
        self.pair.primary.hang()
        self.paused()
        old, new, at = self.promote()
        for writer in writers:
            writer.more(new)
        old.resume()
        for writer in writers:
            writer.more(new, 20)
            self.moved_once(writer, old, new)
            self.accounted(writer, new)
        everything = [one for writer in writers for one in writer.written]
        last = max(one.at for one in everything if one.port == old.port)
        first = min(one.at for one in everything if one.port == new.port)
        self.assertLess(last, first)
        self.assertEqual(self.late_rows(old, at), [])

    def test_hung_alone(self) -> None:
        """Without a synchronous standby: what a primary that hung acknowledged is accounted for, and it
        acknowledges no more."""
        writer = self.writer()
        self.pair.primary.hang()
        self.paused()
        old, new, at = self.promote()
        writer.more(new)
        old.resume()
        writer.more(new, 20)
        self.moved_once(writer, old, new)
        # One row may have lain in its buffers when it was stopped: nobody was told that it is written.
        late = self.late_rows(old, at)
        self.assertLessEqual(len(late), 1)
        self.assertEqual(set(late) & {(writer.name, one.number) for one in writer.written}, set())

    def test_cut_off_and_back(self) -> None:
        """A primary that is cut off acknowledges nothing; once it is back nobody goes there."""
        self.pair.synchronous()
        writer = self.writer("links")
        self.pair.primary.link.cut()
        self.paused("links")
        old, new, at = self.promote()
        writer.more(new)
        old.link.mend()
        # It responds again, as a primary.
        self.proxy.child.lives_for(TIMEOUT + 3 * INTERVAL)
        writer.more(new, 20)
        self.assertTrue(old.primary)
        self.moved_once(writer, old, new)
        self.accounted(writer, new)
        self.assertEqual(self.late_rows(old, at), [])

    def test_proxy_stood_still(self) -> None:
        """The proxy is stopped for longer than the lease, and the other database promoted meanwhile: of what
        clients sent in that time nothing goes to the old primary, though that works."""
        writers = [self.writer(listener) for listener in ("db", "other") for _ in range(4)]
        child = self.proxy.child
        child.popen.send_signal(signal.SIGSTOP)
        self.addCleanup(child.popen.send_signal, signal.SIGCONT)
        old, new, at = self.promote()
        child.lives_for(LEASE + 2 * INTERVAL)
        child.popen.send_signal(signal.SIGCONT)
        for writer in writers:
            writer.more(new)
            self.moved_once(writer, old, new)
        self.assertTrue(old.primary)
        # What was between its look at the clock and the kernel when it was stopped: nobody was told that it
        # is written.
        late = self.late_rows(old, at)
        self.assertLessEqual(len(late), 1)
        told = {(writer.name, one.number) for writer in writers for one in writer.written}
        self.assertEqual(set(late) & told, set())

    def test_machine_was_suspended(self) -> None:
        """The proxy's machine sleeps for an hour, by whose clock but one no time passes meanwhile, and the
        other database is promoted: the old word is an hour old, and nothing goes by before it is renewed."""
        writers = [self.writer("patient") for _ in range(4)]
        child = self.proxy.child
        child.popen.send_signal(signal.SIGSTOP)
        self.addCleanup(child.popen.send_signal, signal.SIGCONT)
        old, new, at = self.promote()
        self.clock.sleep(3600.0)
        child.popen.send_signal(signal.SIGCONT)
        for writer in writers:
            writer.more(new)
            self.moved_once(writer, old, new)
        self.assertTrue(old.primary)
        self.assertEqual(self.late_rows(old, at), [])

    def test_old_primary_returns(self) -> None:
        """It comes back writable: nobody goes there, also when the proxy starts anew and only it is there."""
        writer = self.writer()
        self.pair.primary.kill()
        old, new, at = self.promote()
        writer.more(new)
        old.start()
        writer.more(new, 20)
        self.proxy.kill()
        new.kill()
        self.restart()
        self.assertIn("the primary is an old one", self.refused(self.where("short")))
        new.start()
        writer.more(new)
        self.assertEqual(self.late_rows(old, at), [])

    def test_proxy_restarted_in_the_midst(self) -> None:
        """The proxy dies with the primary, and comes back after the promotion: sessions go to the new one."""
        self.pair.synchronous()
        writer = self.writer()
        self.pair.primary.hang()
        self.proxy.kill()
        old, new, at = self.promote()
        self.restart()
        writer.more(new)
        old.resume()
        writer.more(new, 20)
        self.moved_once(writer, old, new)
        self.accounted(writer, new)
        self.assertEqual(self.late_rows(old, at), [])


class NobodyTests(DatabaseCase):
    """Nobody is promoted."""

    def test_standby_only(self) -> None:
        """Clients wait, and are then refused in PostgreSQL's words, with the cause."""
        writer = self.writer("short")
        self.pair.primary.demote()
        self.assertTrue(writer.trouble().session)
        self.says("short: nobody is written to")
        begun = time.monotonic()
        text = self.refused(self.where("short"))
        self.assertGreaterEqual(time.monotonic() - begun, SHORT_HOLD)
        self.assertIn("no member says that it is a primary", text)

    def test_primary_dead(self) -> None:
        """The primary is dead and nobody takes its place: the same, with another cause."""
        self.writer("short")
        self.pair.primary.kill()
        self.paused("short")
        self.assertIn("has said nothing for", self.refused(self.where("short")))

    def test_blip(self) -> None:
        """The primary says nothing for less than the lease: its session goes on, and nobody hears of it."""
        writer = self.writer("patient")
        with self.pair.primary.hung():
            self.proxy.child.lives_for(2 * TIMEOUT)
        writer.more(self.pair.primary)
        self.assertEqual(writer.troubles, [])
        self.assertNotIn("patient: the sessions of", self.said)

    def test_silent_and_back(self) -> None:
        """The primary says nothing for longer than the lease, and comes back: its session goes on."""
        writer = self.writer()
        with self.pair.primary.hung():
            self.paused()
            self.proxy.child.lives_for(LEASE / 2)
        writer.more(self.pair.primary)
        self.says(f"party: the sessions of {self.pair.primary.name} go on")
        self.assertEqual(writer.troubles, [])

    def test_held_too_long(self) -> None:
        """The primary says nothing: its sessions end after C{hold}, and new ones are refused."""
        writer = self.writer("short")
        with self.pair.primary.hung():
            self.assertTrue(writer.trouble().session)
            self.assertIn("has said nothing for", self.refused(self.where("short")))
        writer.more(self.pair.primary)


class LackTests(DatabaseCase):
    """Something else is lacking, and the primary is well."""

    def test_no_disk(self) -> None:
        """What must not be forgotten cannot be kept: sessions go to the promoted one all the same, and an
        operator is told.  It is kept once that can be done."""
        writer = self.writer()
        state = self.proxy.directory / "state"
        away = state.rename(state.with_name("away"))
        self.addCleanup(lambda: away.exists() and away.rename(state))
        _, new, _ = self.promote()
        writer.more(new)
        self.says("party: who is written to cannot be kept in")
        kept = away / "party.writer.json"
        self.assertNotIn(f':{new.port}"', kept.read_text())
        away.rename(state)
        self.says(f"party: who is written to is kept in {state}")
        self.assertIn(f':{new.port}"', (state / kept.name).read_text())

    def test_two_processes(self) -> None:
        """Two processes have one folder: the second one relays, overwrites nothing, and says so.  Once the
        first one is gone it takes over, and what it wrote is what the next one begins with."""
        state = self.proxy.directory / "state"
        kept = state / "party.writer.json"
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        also = pool(self.pair, folder, "second", writer_group="party")
        second = relay(folder / "q", also, state_directory=str(state))
        self.addCleanup(second.kill)
        second.child.wait_said(f"cannot be kept in {kept}: another process writes it")
        writer = RowWriter("second", f"{self.where()} port={second.addresses['second']}")
        self.writers.append(writer)
        writer.more(self.pair.primary)
        self.proxy.kill()
        second.child.wait_said(f"party: who is written to is kept in {kept}")
        _, new, _ = self.promote()
        writer.more(new)
        self.assertIn(f":{new.port}", kept.read_text())
        second.kill()
        self.restart()
        self.writer()

    def test_no_room(self) -> None:
        """The database takes no more sessions: who asks for one is told so in its own words, and does not
        wait here.  That the check's own session goes on: test_pq_probe."""
        ask = self.pair.primary.ask
        ask("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0")
        self.addCleanup(ask, "DROP ROLE crowd")
        with self.assertRaises(psycopg.OperationalError) as caught:
            psycopg.connect(self.where().replace("user=postgres", "user=crowd"))
        self.assertIn('FATAL:  too many connections for role "crowd"', str(caught.exception))


class SplitTests(DatabaseCase):
    """Two databases claim one timeline: what each has the other lacks."""

    def test_split(self) -> None:
        """Sessions end, and nobody is written to until a person decides; or until one is promoted again."""
        decided, waits = self.writer("short"), self.writer("db")
        self.pair.split()
        old, new = self.pair.standby, self.pair.primary
        self.says("short: nobody is written to: several")
        self.says("party: nobody is written to: several")
        cause = f"several databases claim timeline {new.timeline}"
        self.assertIn(cause, self.refused(self.where("short")))
        self.assertIn(cause, self.ran("status", "short"))
        written = [len(decided.written), len(waits.written)]
        self.ran("use", old.name, "--pool", "short", "--yes")
        decided.more(old)
        self.assertEqual(len(waits.written), written[1])
        self.pair.promote_again(old)
        for writer, count in zip((decided, waits), written, strict=True):
            writer.more(old)
            self.assertEqual({one.port for one in writer.written[count:]}, {old.port})
        self.assertTrue(new.primary)
