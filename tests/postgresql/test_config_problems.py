"""Tests for L{quorumha.postgresql.config_problems}."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import ServerTLS
from quorumha.config.problems import Problems
from quorumha.postgresql.config_problems import check_postgresql, worst_case
from tests.postgresql.said_roles import LISTENER, POOL, config, problems_of


class RefusedTests(SynchronousTestCase):
    """What could make two databases be written to, or would not work."""

    def refused(self, text: str, *told: str) -> None:
        """These problems and no others, each by a part of it."""
        found = problems_of(text)
        self.assertEqual(len(found), len(told), found)
        for one, part in zip(found, told, strict=True):
            self.assertIn(part, one)

    def test_well(self) -> None:
        """Nothing is wrong with the plain pair, nor to be warned of."""
        self.assertEqual(config(POOL + LISTENER).warnings, ())

    def test_no_check_of_roles(self) -> None:
        """A port that takes connections, or a page, says nothing of who is the writer."""
        for check in ('"connect"', '"off"', '"auto"', '{ kind = "http" }'):
            text = POOL.replace('{ kind = "said-role", interval = "500ms", timeout = "1s" }', check)
            self.refused(text + LISTENER, "pools.db.check: must say which member is the writer")

    def test_nowhere_to_remember(self) -> None:
        """The highest timeline has to outlive a restart."""
        self.refused(POOL.partition("\n")[2] + LISTENER, "listeners.db: needs `state_directory`")

    def test_backup(self) -> None:
        """Who is used is not for the file to say."""
        text = POOL.replace("10.0.0.2:5432", '10.0.0.2:5432", backup = true, authority = "b')
        self.refused(text + LISTENER, "upstreams[1].backup: the databases say themselves which is used")

    def test_addresses(self) -> None:
        """TLS is negotiated inside, and there is no HTTP."""
        self.refused(
            POOL.replace("tcp:10.0.0.2", "tls:10.0.0.2").replace("tcp:10.0.0.1", "http://10.0.0.1")
            + LISTENER,
            "pools.db.upstreams[0]: http:// is for HTTP",
            "pools.db.upstreams[1]: 'tls:10.0.0.2:5432': PostgreSQL's clients and its server speak TLS",
        )

    def test_one_address_twice(self) -> None:
        """That is one database, and never two."""
        self.refused(
            POOL.replace("10.0.0.2", "10.0.0.1") + LISTENER,
            "upstreams[1].endpoint: 'tcp:10.0.0.1:5432' is the address of a, too: that is one database",
        )

    def test_tls_of_the_listener(self) -> None:
        """A client begins with PostgreSQL's own request for TLS."""
        found, problems = config(POOL + LISTENER), Problems()
        check_postgresql(evolve(found.listeners["db"], tls=ServerTLS("cert", "key")), found, problems)
        self.assertEqual([path for path, _ in problems.errors], [("listeners", "db", "tls")])

    def test_relayed_to_any_member_as_well(self) -> None:
        """A pool that somebody else uses is written to at two places."""
        for other in ("tcp", "http"):
            text = f'[listeners.o]\nlisten = "tcp:1"\nserve = "{other}"\npool = "db"\n'
            self.refused(POOL + LISTENER + text, "listeners.db.pool: listener o (serve = ")

    def test_no_pool(self) -> None:
        """Nobody would be written to."""
        self.refused(POOL + LISTENER.replace('pool = "db"\n', ""), "listeners.db: lacks `pool`")

    def test_values(self) -> None:
        """What is no lease, no identifier, no name of a group."""
        for lease in ("0", '"0s"', "-1", "-0.5"):
            self.refused(
                POOL + f"lease = {lease}\n" + LISTENER, "q.toml:5:1 pools.db.lease: must be more than"
            )
        self.refused(POOL + 'system_identifier = "x"\n' + LISTENER, "system_identifier: 'x' is not a system")
        self.refused(POOL + 'writer_group = "../x"\n' + LISTENER, "writer_group: '../x' is not a name")

    def test_lease_that_no_word_outlasts(self) -> None:
        """Where it is over before the next question is put, sessions would never be anything but held."""
        for lease in ("1ms", "500ms"):
            self.refused(
                POOL + f'lease = "{lease}"\n' + LISTENER,
                "q.toml:5:1 pools.db.lease: must be more than the 0.5 s from one question to the next",
            )
        self.refused(POOL + 'lease = "501ms"\n' + LISTENER)

    def test_elsewhere(self) -> None:
        """Keys of such pools mean nothing where nobody serves so."""
        self.refused(
            POOL + "lease = 5\n" + LISTENER.replace("postgresql", "tcp"),
            'pools.db.lease: means something only to a listener with serve = "postgresql"',
        )

    def test_one_group_one_lease(self) -> None:
        """Pools of one group have one decision, so one lease and one system."""
        second = POOL.partition("\n")[2].replace("pools.db", "pools.two")
        listener = LISTENER.replace("listeners.db", "listeners.two").replace("5432", "5433")
        listener = listener.replace('"db"', '"two"')
        group = 'writer_group = "tessera"\n'
        text = POOL + group + second + group + "lease = 5\n" + LISTENER + listener
        self.refused(text, "pools.two.lease: differs from that of pool db")
        text = POOL + group + "lease = 5\n" + second + group + "lease = 5\n" + LISTENER + listener
        self.refused(text)
        self.refused(POOL + second + "lease = 5\n" + LISTENER + listener)

    def test_one_group_one_kind_of_check(self) -> None:
        """A primary that has lost Patroni's lock is one to the one kind, and none to the other."""
        second = POOL.partition("\n")[2].replace("pools.db", "pools.two")
        second = second.replace('{ kind = "said-role", interval = "500ms", timeout = "1s" }', '"patroni"')
        listener = LISTENER.replace("listeners.db", "listeners.two").replace("5432", "5433")
        listener = listener.replace('"db"', '"two"')
        group = 'writer_group = "tessera"\n'
        text = POOL + group + second + group + LISTENER + listener
        self.refused(text, "pools.two.check: asks otherwise than that of pool db")

    def test_one_group_one_set_of_databases(self) -> None:
        """Two spellings of one address would be two databases, and a split."""
        second = POOL.partition("\n")[2].replace("pools.db", "pools.two").replace("10.0.0.2", "db2")
        listener = LISTENER.replace("listeners.db", "listeners.two").replace("5432", "5433")
        listener = listener.replace('"db"', '"two"')
        group = 'writer_group = "tessera"\n'
        self.refused(
            POOL + group + second + group + LISTENER + listener,
            "pools.two.upstreams: are not those of pool db",
        )


class WarnedTests(SynchronousTestCase):
    """What is risky."""

    def warned(self, text: str, *told: str) -> None:
        """These warnings and no others, each by a part of it."""
        found = config(text).warnings
        self.assertEqual(len(found), len(told), found)
        for one, part in zip(found, told, strict=True):
            self.assertIn(part, one)

    def test_late_words(self) -> None:
        """A lease that one late word uses up."""
        self.warned(POOL + 'lease = "1500ms"\n' + LISTENER, "pools.db.lease: 1.5 s, and a writer's next word")
        self.warned(POOL + 'lease = "1600ms"\n' + LISTENER)

    def test_name_with_more(self) -> None:
        """Only a name alone can be dialled at the address where its word came from."""
        self.warned(POOL.replace("10.0.0.1", "db1") + LISTENER)
        self.warned(
            POOL.replace("tcp:10.0.0.1:5432", "tcp:db1:5432:timeout=3") + LISTENER,
            "pools.db.upstreams[0]: 'tcp:db1:5432:timeout=3': its name is looked up by the check and by each",
        )
        self.warned(POOL.replace("tcp:10.0.0.1:5432", "tcp:10.0.0.1:5432:timeout=3") + LISTENER)

    def test_goquorum_gives_up(self) -> None:
        """GoQuorum tries Tessera five times for 5 s: one try at least has to be left."""
        self.assertEqual(worst_case(config(POOL + "lease = 18\n" + LISTENER).pools["db"]), 19.5)
        self.warned(POOL + "lease = 18\n" + LISTENER)
        self.warned(POOL + 'lease = "18600ms"\n' + LISTENER, "GoQuorum tries Tessera for 25 s")

    def test_one_member(self) -> None:
        """There is nobody to switch to."""
        text = POOL.replace(', { name = "b", endpoint = "tcp:10.0.0.2:5432" }', "")
        self.warned(text + LISTENER, "pools.db.upstreams: one member")

    def test_databases_of_two_groups(self) -> None:
        """Each decides for itself, one a moment later than the other."""
        second = POOL.partition("\n")[2].replace("pools.db", "pools.two").replace("10.0.0.2", "10.0.0.3")
        listener = LISTENER.replace("listeners.db", "listeners.two").replace("5432", "5433")
        listener = listener.replace('"db"', '"two"')
        text = POOL + second + LISTENER + listener
        self.warned(
            text,
            "pools.db.writer_group: tcp:10.0.0.1:5432 is a member of pool two, too, which is of writer_group"
            " two: after a promotion",
        )
        group = 'writer_group = "g"\n'
        self.warned((POOL + group + second + group + LISTENER + listener).replace("10.0.0.3", "10.0.0.2"))
        self.warned(text.replace("10.0.0.1:5432", "10.0.0.4:5432", 1).replace("10.0.0.2", "10.0.0.5", 1))

    def test_databases_that_are_relayed_to_as_well(self) -> None:
        """By a pool that is used member by member."""
        second = '[pools.two]\nupstreams = ["tcp:10.0.0.2:5432"]\n'
        listener = '[listeners.two]\nlisten = "tcp:5433"\nserve = "tcp"\npool = "two"\n'
        self.warned(
            POOL + LISTENER + second + listener,
            "pools.db.upstreams: tcp:10.0.0.2:5432 is a member of pool two, too, and listener two (serve ="
            " 'tcp') goes there whatever it is",
        )

    def test_no_limits(self) -> None:
        """What waits for ever."""
        self.warned(
            POOL + LISTENER + "hold = 0\nwaiting_sessions = 0\nidle_timeout = 0\n",
            "listeners.db.hold: no limit",
            "listeners.db.waiting_sessions: no limit",
            "listeners.db.idle_timeout: no limit",
        )

    def test_keys_of_other_relays(self) -> None:
        """What a relay to any member has comes to nothing."""
        self.warned(POOL + 'on_down = "close"\n' + LISTENER, "pools.db.on_down: comes to nothing")
        why = "comes to nothing: the databases say themselves which is used"
        member = 'weight = 2, max_fails = 0, fail_timeout = "5s", name = "b"'
        self.warned(
            POOL.replace('name = "b"', member)
            + 'balance = "primary-first"\nslow_start = 5\nkeepalive = 3\nkeepalive_idle = 9\n'
            + LISTENER,
            f"pools.db.upstreams[1].weight: {why}",
            f"pools.db.upstreams[1].max_fails: {why}",
            f"pools.db.upstreams[1].fail_timeout: {why}",
            f"pools.db.balance: {why}",
            f"pools.db.slow_start: {why}",
            "pools.db.keepalive: comes to nothing: a relayed connection is never used again",
            "pools.db.keepalive_idle: comes to nothing: a relayed connection is never used again",
        )

    def test_keys_that_hold(self) -> None:
        """How long a dial takes, and how many sessions a member has, are its pool's matter as ever."""
        member = 'max_in_flight = 50, name = "b"'
        self.warned(
            POOL.replace('name = "b"', member) + "connect_timeout = 2\nremoved_timeout = 9\n" + LISTENER
        )
