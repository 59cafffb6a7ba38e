"""Sessions over a reload, a drain, and what else changes while they live."""

from __future__ import annotations

from twisted.internet.protocol import Factory

from quorumha.config.model import Config
from quorumha.errors import ListenError
from quorumha.postgresql.writer_facts import SessionsCut
from quorumha.testing import DatabaseClient
from tests.postgresql.session_case import TOML, SessionCase


class ReloadTests(SessionCase):
    """Another configuration: nobody who is there notices, and everybody still follows the writer."""

    def switch(self, *clients: DatabaseClient) -> None:
        """C{b} is promoted: all of these are cut."""
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual([client.lost for client in clients], ["ConnectionLost"] * len(clients))
        self.assertEqual(self.cluster.databases["a"].sessions, [])

    def works(self, client: DatabaseClient) -> None:
        """A row is written, and acknowledged."""
        client.insert("row")
        self.net.run()
        self.assertEqual((client.acknowledged, client.lost), (["row"], ""))

    def test_keys_of_the_listener(self) -> None:
        """Those who are there, and those who come, are cut together; who is left behind is no one."""
        (before,) = self.clients(1)
        self.proxy.apply(TOML + 'hold = "2s"\n')
        after = self.client()
        self.net.run()
        for client in (before, after):
            self.works(client)
        self.switch(before, after)

    def test_keys_of_the_pool(self) -> None:
        """A lease that changes, and checks that are made anew, lose nobody and forget nothing."""
        (before,) = self.clients(1)
        self.proxy.apply(TOML.replace('check = "patroni"', 'check = "patroni"\nlease = "5s"'))
        self.net.advance(1)
        self.works(before)
        self.net.hang("10.0.0.1:8008")
        # The last word is half a second old at most, and a tenth of that more.
        self.net.advance(4.4)
        self.assertFalse(self.state().paused)
        self.net.advance(0.7)
        self.assertTrue(self.state().paused)
        self.switch(before)

    def test_while_paused(self) -> None:
        """Who stands still goes on as before, whoever has come since."""
        (before,) = self.clients(1)
        self.pause()
        self.proxy.apply(TOML + 'hold = "2s"\n')
        waits = self.client()
        before.insert("row")
        self.net.advance(1)
        self.assertEqual((before.acknowledged, waits.ready), ([], False))
        self.net.revive("10.0.0.1:8008")
        self.net.advance(1)
        self.assertEqual((before.acknowledged, waits.ready), (["row"], True))

    def test_another_group(self) -> None:
        """The pool is of another group from now on: nobody knows any more where who is there writes."""
        (before,) = self.clients(1)
        self.proxy.apply(TOML.replace('check = "patroni"', 'check = "patroni"\nwriter_group = "h"'))
        self.assertEqual(before.lost, "ConnectionLost")
        (fact,) = self.facts.of(SessionsCut)
        self.assertEqual((fact.upstream, fact.cause), ("a", "its pool is of another writer_group now"))
        after = self.client()
        self.net.advance(2)
        self.works(after)
        self.switch(after)

    def test_another_group_and_back(self) -> None:
        """Before the first one's part has ended: what members say comes to the group that is in use."""
        (before,) = self.clients(1)
        self.proxy.apply(TOML.replace('check = "patroni"', 'check = "patroni"\nwriter_group = "h"'))
        self.proxy.apply(TOML)
        self.assertEqual(before.lost, "ConnectionLost")
        after = self.client()
        self.net.advance(2)
        self.assertEqual(self.state().group, "db")
        self.works(after)
        # Nothing is left of the other one by then.
        self.net.advance(60)
        self.switch(after)

    def test_another_group_behind_another_pool(self) -> None:
        """Its listener serves from another pool by then: who is there is at the one that goes, and ends."""
        (before,) = self.clients(1)
        pool = TOML[TOML.index("[pools.db]") : TOML.index("[listeners")]
        two = TOML.replace('pool = "db"', 'pool = "more"') + pool.replace("pools.db", "pools.more")
        kept = '[listeners.kept]\nlisten = "tcp:6000"\nserve = "postgresql"\npool = "db"\n'
        self.proxy.apply(two + kept)
        self.net.advance(1)
        self.works(before)
        there = 'check = "patroni"'
        self.proxy.apply(two.replace(there, f'{there}\nwriter_group = "h"', 1) + kept)
        self.assertEqual(before.lost, "ConnectionLost")

    def test_listener_that_goes(self) -> None:
        """Who is there finishes, and is still cut with the writer."""
        (before,) = self.clients(1)
        other = '[pools.x]\nupstreams = ["tcp:10.9.9.9:1"]\n[listeners.x]\nlisten = "tcp:1"\nserve = "tcp"\n'
        self.proxy.apply(f'state_directory = "/var/lib/quorumha"\n{other}pool = "x"\n')
        self.net.advance(5)
        self.works(before)
        self.switch(before)

    def test_relay_becomes_a_session_relay(self) -> None:
        """At the same address: who was relayed to any member stays, who comes goes to the writer."""
        before = self.clients(1)[0]
        self.proxy.apply(TOML.replace('"postgresql"', '"tcp"').replace('check = "patroni"\n', ""))
        relayed = self.client()
        self.net.advance(1)
        self.assertTrue(relayed.ready)
        self.works(before)
        self.proxy.apply(TOML)
        self.net.advance(1)
        again = self.client()
        self.net.advance(1)
        self.assertEqual((again.ready, relayed.lost), (True, ""))
        for client in (before, relayed, again):
            client.close()

    def test_member_that_goes(self) -> None:
        """The writer is removed: its sessions are cut, for nobody knows any more what it is."""
        (before,) = self.clients(1)
        without = TOML.replace('{ name = "a", endpoint = "tcp:10.0.0.1:5432" }, ', "")
        self.proxy.apply(without)
        self.net.advance(1)
        self.assertEqual((before.lost, self.state().upstream), ("ConnectionLost", ""))
        self.cluster.promote("b")
        self.net.advance(1)
        self.works(self.clients(1)[0])

    def test_member_that_is_drained(self) -> None:
        """An operator's word: who is silent behind its database's answer ends, and nobody new comes."""
        there = self.clients(1)[0]
        self.works(there)
        operations = self.proxy.service.operations
        operations.disable("db", "a", force=True)
        operations.drain_member("db", "a")
        self.net.advance(2)
        self.assertNotEqual(there.lost, "")
        waits = self.client()
        self.net.advance(1)
        self.assertEqual((waits.ready, self.waiting()), (False, 1))
        waits.transport.loseConnection()

    def test_refused(self) -> None:
        """Nothing is left of what was made for a configuration that cannot be used."""
        pool = self.proxy.service.pools["db"]
        self.net.listen("proxy:82", Factory())
        more = 'listen = "tcp:5433"\nserve = "postgresql"\npool = "db"\n'
        taken = '[listeners.taken]\nlisten = "tcp:82"\nserve = "postgresql"\npool = "db"\n'
        first = self.clients(1)[0]
        with self.assertRaises(ListenError):
            self.proxy.apply(f"{TOML}[listeners.more]\n{more}{taken}")
        first.close()
        self.proxy.apply(
            TOML.replace("pools.db", "pools.x").replace('"db"', '"x"').replace("listeners.db", "listeners.x")
        )
        self.net.advance(5)
        self.assertFalse(pool.watched)

    def test_equal(self) -> None:
        """Nothing changes where nothing changed."""
        part = self.proxy.service.parts["db"]
        config: Config = self.proxy.config
        self.proxy.apply(config)
        self.assertIs(self.proxy.service.parts["db"], part)
