"""Tests for L{quorumha.postgresql.listener}: sessions through hangs, promotions and returns, in memory."""

from __future__ import annotations

from quorumha.events import MemberChanged
from quorumha.postgresql.writer_facts import SessionsCut
from quorumha.testing.postgresql.pg_messages import GSS_REQUEST, SSL_REQUEST, message, start_up
from tests.postgresql.session_case import TOML, SessionCase


class SwitchTests(SessionCase):
    """Everybody moves at once, and nobody stays behind."""

    def test_writer_alone(self) -> None:
        """Whatever is next in turn, sessions go to the primary; none is at the standby."""
        clients = self.clients(6)
        for number, client in enumerate(clients):
            client.insert(f"row {number}")
        self.net.run()
        self.assertEqual([len(client.acknowledged) for client in clients], [1] * 6)
        self.assertEqual(self.cluster.databases["b"].sessions, [])
        self.assertEqual(self.rows("b"), self.rows("a"))

    def test_200_sessions_in_one_turn(self) -> None:
        """At a promotion all sessions of the old primary are cut before the first is at the new one."""
        clients = self.clients(200)
        seen: list[int] = []
        relay = self.proxy.service.parts["db"].factory
        build = self.cluster.databases["b"].buildProtocol

        def built(addr: object) -> object:
            seen.append(len(relay.connections))
            return build(addr)

        self.cluster.databases["b"].buildProtocol = built  # type: ignore[assignment,method-assign]
        self.pause()
        waits = [self.client() for _ in range(3)]
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual({client.lost for client in clients}, {"ConnectionLost"})
        self.assertEqual([client.ready for client in waits], [True] * 3)
        self.assertEqual(self.cluster.databases["a"].sessions, [])
        # Those who waited, and nobody else.
        self.assertEqual(seen, [3] * 3)

    def test_old_primary_that_goes_on(self) -> None:
        """Cut off, then promoted, then the old one is there again, writable: nobody writes there."""
        client = self.clients(1)[0]
        client.insert("before")
        self.net.run()
        self.proxy.hang("a")
        self.net.advance(1)
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual((client.lost, self.state().upstream), ("ConnectionLost", "b"))
        again = self.client()
        again.insert("after")
        self.net.run()
        self.proxy.revive("a")
        self.net.advance(10)
        last = self.client()
        last.insert("last")
        self.net.run()
        self.assertEqual(self.rows("a"), ["before"])
        self.assertEqual(self.rows("b"), ["before", "after", "last"])
        self.assertEqual((again.lost, self.state().upstream), ("", "b"))

    def test_up_is_not_a_share(self) -> None:
        """Of a member that is up again nobody says that it is sent anything: that follows from its role."""
        self.proxy.kill("b")
        self.net.advance(5)
        self.proxy.revive("b")
        self.net.advance(5)
        ups = [fact.next for fact in self.facts.of(MemberChanged) if fact.change == "up"]
        self.assertEqual(ups, ["gets sessions while it is the one that is written to"])

    def test_fail_back_is_a_promotion(self) -> None:
        """The old one follows, is promoted, and is written to: without anybody's word."""
        self.cluster.promote("b")
        self.net.advance(1)
        self.cluster.demote("a")
        self.net.advance(1)
        client = self.clients(1)[0]
        self.cluster.promote("a")
        self.net.advance(1)
        self.assertEqual((client.lost, self.state().upstream), ("ConnectionLost", "a"))

    def test_cut_is_said_once(self) -> None:
        """One line for all of them."""
        self.clients(7)
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual([fact.count for fact in self.facts.of(SessionsCut)], [7])
        self.assertEqual(self.state().cut, 7)

    def test_never_a_cancel(self) -> None:
        """A cancelled commit is acknowledged without a standby: a cut is a close."""
        self.clients(3)
        self.proxy.hang("a")
        self.net.advance(5)
        self.cluster.promote("b")
        self.net.advance(1)
        self.proxy.revive("a")
        self.net.advance(1)
        self.assertEqual(self.cluster.databases["a"].cancels, [])
        self.assertEqual(self.cluster.databases["a"].sessions, [])


class PausedTests(SessionCase):
    """The writer says nothing: its sessions stand still."""

    def test_blip(self) -> None:
        """Below the lease nothing happens; a row waits for the database, as without a proxy."""
        client = self.clients(1)[0]
        self.proxy.hang("a")
        client.insert("row")
        self.net.advance(2)
        self.proxy.revive("a")
        self.net.advance(2)
        self.assertEqual((client.acknowledged, client.lost), (["row"], ""))

    def test_paused_both_ways(self) -> None:
        """Not a byte passes, either way; all of them when it goes on, in order."""
        client, other = self.clients(2)
        session = self.cluster.databases["a"].sessions[0]
        self.pause()
        client.insert("one")
        client.insert("two")
        session.transport.write(b"N\0\0\0\5\0")
        self.net.advance(1)
        self.assertEqual((self.rows("a"), client.acknowledged), ([], []))
        self.net.revive("10.0.0.1:8008")
        self.net.advance(1)
        self.assertEqual((self.rows("a"), client.acknowledged), (["one", "two"], ["one", "two"]))
        self.assertEqual(other.lost, "")

    def test_client_leaves(self) -> None:
        """That is seen at once, also behind bytes that nobody has read, and its database knows."""
        quiet, busy, stays = self.clients(3)
        self.pause()
        busy.insert("row")
        self.net.run()
        quiet.transport.loseConnection()
        busy.transport.loseConnection()
        self.net.run()
        self.assertEqual(len(self.cluster.databases["a"].sessions), 1)
        self.assertEqual((self.rows("a"), stays.lost), ([], ""))

    def test_database_leaves(self) -> None:
        """Likewise; what it said last is not passed on: nobody knows whether it counts."""
        client = self.clients(1)[0]
        self.pause()
        session = self.cluster.databases["a"].sessions[0]
        session.transport.write(b"N\0\0\0\5\0")
        session.transport.loseConnection()
        self.net.run()
        self.assertEqual(client.lost, "ConnectionLost")

    def test_hold(self) -> None:
        """Who is paused for longer is cut."""
        client = self.clients(1)[0]
        self.pause()
        self.net.advance(9.8)
        self.assertEqual(client.lost, "")
        self.net.advance(0.3)
        self.assertEqual(client.lost, "ConnectionLost")
        (fact,) = self.facts.of(SessionsCut)
        self.assertEqual((fact.upstream, fact.count), ("a", 1))
        self.net.revive("10.0.0.1:8008")
        self.net.advance(1)
        self.assertTrue(self.clients(1)[0].ready)

    def test_promotion_while_paused(self) -> None:
        """Nothing of what waits goes anywhere."""
        client = self.clients(1)[0]
        self.pause()
        client.insert("row")
        self.net.run()
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual(client.lost, "ConnectionLost")
        self.assertEqual((self.rows("a"), self.rows("b")), ([], []))


class WaitTests(SessionCase):
    """New sessions while there is no writer."""

    def no_writer(self) -> None:
        """The primary is one no more, and nobody was promoted."""
        self.net.advance(1)
        self.cluster.databases["a"].primary = False
        self.net.advance(1)
        self.assertEqual(self.state().upstream, "")

    def test_waits(self) -> None:
        """Nothing of it is read; it is let in when there is a writer."""
        self.no_writer()
        client = self.client()
        client_end = self.net.connections(self.proxy.place_of("db"))
        self.net.advance(5)
        self.assertEqual([one.unread > 0 for one in self.net.connections("proxy:5432")], [True])
        self.assertEqual((self.waiting(), len(client_end)), (1, 0))
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual((client.ready, self.waiting()), (True, 0))
        self.assertEqual(len(self.cluster.databases["b"].sessions), 1)

    def test_refused(self) -> None:
        """After C{hold} it is told so in PostgreSQL's words, whatever it asked for first."""
        self.no_writer()
        clients = [self.client(*asks) for asks in ((), (SSL_REQUEST,), (GSS_REQUEST, SSL_REQUEST))]
        self.net.advance(9.9)
        self.assertEqual([client.errors for client in clients], [[], [], []])
        self.net.advance(0.2)
        text = "quorumha: no writable database (no member says that it is a primary (a, b))"
        self.assertEqual([client.errors for client in clients], [[("57P03", text)]] * 3)
        self.assertEqual([client.refused for client in clients], [0, 1, 2])
        self.assertEqual([client.lost for client in clients], ["ConnectionDone"] * 3)

    def test_leaves(self) -> None:
        """Who goes while it waits is forgotten at once, though what it sent was not read."""
        self.no_writer()
        client = self.client()
        self.net.run()
        client.transport.loseConnection()
        self.net.run()
        self.assertEqual((self.waiting(), self.net.connections("proxy:5432")), (0, []))

    def test_says_nothing(self) -> None:
        """Who does not say what it wants is closed 5 s later; so is one that speaks anything else."""
        self.no_writer()
        silent, other = self.net.connect("proxy:5432"), self.net.connect("proxy:5432")
        other.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        self.net.advance(10.2)
        self.assertEqual((other.received, other.how_it_ended), (b"", "ConnectionDone"))
        self.assertIsNone(silent.how_it_ended)
        self.net.advance(5)
        self.assertEqual(silent.how_it_ended, "ConnectionLost")

    def test_stop(self) -> None:
        """A process that ends lets nobody wait."""
        self.no_writer()
        client = self.client()
        self.net.run()
        stopping = self.proxy.service.stopService()
        self.net.run()
        self.assertEqual(client.errors, [("57P03", "quorumha: the proxy stops")])
        self.net.advance(1)
        self.successResultOf(stopping)

    def test_dial_that_fails(self) -> None:
        """The writer's port refuses for a moment, and it says still that it is one: tried again."""
        self.net.advance(1)
        self.net.kill("10.0.0.1:5432")
        client = self.client()
        self.net.advance(1)
        self.assertEqual((client.lost, self.waiting()), ("", 1))
        self.net.revive("10.0.0.1:5432")
        self.net.advance(0.3)
        self.assertTrue(client.ready)

    def test_disabled(self) -> None:
        """A writer that its operator disables gets nobody new; who is there stays."""
        there = self.clients(1)[0]
        member = self.proxy.service.pools["db"].member("a")
        member.enabled = False
        client = self.client()
        self.net.advance(1)
        there.insert("row")
        self.net.run()
        self.assertEqual((there.acknowledged, client.ready), (["row"], False))
        member.enabled = True
        self.net.run()
        self.assertTrue(client.ready)


class ProxiedTests(SessionCase):
    """Behind a load balancer that says who its client is: bytes come before anybody could stop reading."""

    toml = TOML.replace('listen = "tcp:5432"', 'listen = "haproxy:tcp:5432"')

    def test_waits(self) -> None:
        """What came with the header is passed on when there is a writer, before all else."""
        client = self.net.connect("proxy:5432")
        client.write(b"PROXY TCP4 10.1.1.1 10.1.1.2 1 2\r\n" + start_up(user="tessera"))
        self.net.run()
        self.assertEqual(self.waiting(), 1)
        client.write(message(b"Q", b"insert into rows values ('row')\0"))
        self.net.advance(1)
        self.assertEqual(self.rows("a"), ["row"])
        client.close()

    def test_refused(self) -> None:
        """Or it is what the refusal answers to."""
        self.cluster.databases["a"].primary = False
        client = self.net.connect("proxy:5432")
        client.write(b"PROXY TCP4 10.1.1.1 10.1.1.2 1 2\r\n" + SSL_REQUEST)
        client.write(start_up(user="tessera"))
        self.net.advance(11)
        self.assertTrue(client.received.startswith(b"NE"), client.received)
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_pauses(self) -> None:
        """The socket below stands still, and its end is seen."""
        client = self.net.connect("proxy:5432")
        client.write(b"PROXY TCP4 10.1.1.1 10.1.1.2 1 2\r\n" + start_up(user="tessera"))
        self.net.advance(1)
        self.pause()
        client.write(message(b"Q", b"insert into rows values ('row')\0"))
        self.net.run()
        self.assertEqual((self.rows("a"), len(self.cluster.databases["a"].sessions)), ([], 1))
        client.close()
        self.net.run()
        self.assertEqual((self.rows("a"), self.cluster.databases["a"].sessions), ([], []))


class FewTests(SessionCase):
    """C{waiting_sessions = 2}."""

    toml = TOML + "waiting_sessions = 2\n"

    def test_more_than_may_wait(self) -> None:
        """The newcomer is refused at once, and told why."""
        self.net.advance(1)
        self.cluster.databases["a"].primary = False
        self.net.advance(1)
        first, second, third = (self.client() for _ in range(3))
        self.net.run()
        self.assertEqual(self.waiting(), 2)
        ((code, text),) = third.errors
        self.assertEqual(code, "57P03")
        self.assertIn("2 sessions wait already (waiting_sessions)", text)
        self.assertEqual((first.lost, second.lost), ("", ""))


class GroupTests(SessionCase):
    """Two pools of one group, as for two Tesseras that have a relay each."""

    toml = TOML.replace('check = "patroni"\n', 'check = "patroni"\nwriter_group = "g"\n') + (
        TOML.partition("\n")[2]
        .replace("pools.db", "pools.two")
        .replace('check = "patroni"\n', 'check = "patroni"\nwriter_group = "g"\n')
        .replace("listeners.db", "listeners.two")
        .replace("tcp:5432", "tcp:5433")
        .replace("0.1:5433", "0.1:5432")
        .replace("0.2:5433", "0.2:5432")
        .replace('pool = "db"', 'pool = "two"')
    )

    def test_one_decision(self) -> None:
        """Both are cut in the turn of the first word, whoever has it; then both are let in."""
        one, two = self.clients(1)[0], self.client(listener="two")
        self.net.advance(1)
        self.assertTrue(two.ready)
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual((one.lost, two.lost), ("ConnectionLost", "ConnectionLost"))
        self.assertEqual((self.state("db").upstream, self.state("two").upstream), ("b", "b"))
        again = [self.client(), self.client(listener="two")]
        self.net.advance(1)
        self.assertEqual([client.ready for client in again], [True, True])
        self.assertEqual(len(self.cluster.databases["b"].sessions), 2)
