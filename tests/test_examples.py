"""docs/examples/: each is a configuration that can be used, and says what it should."""

from __future__ import annotations

import atexit
import re
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import load_config
from quorumha.config.model import Config
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.tessera.decide.call_class import LOOKUP, PARTY_INFO
from quorumha.tessera.decide.call_plan import Planned
from quorumha.tessera.listener import planned_calls
from tests.documents import ROOT

EXAMPLES = ROOT / "docs" / "examples"
#: Those of databases, and what each asks.
DATABASES = {"database": "patroni", "database-by-hand": "postgresql"}


def password_file() -> Path:
    """A file with a password that is there as long as this process; no example can bring one."""
    folder = tempfile.TemporaryDirectory(prefix="quorumha-test-")
    atexit.register(folder.cleanup)
    path = Path(folder.name, "password")
    path.touch(0o600)
    path.write_text("of-a-test\n")
    return path


#: What has to be there before an example can be used.
NEEDED = {"DATABASE_PASSWORD_FILE": str(password_file())}


def example(name: str, **environ: str) -> Config:
    """Read one."""
    return load_config(EXAMPLES / f"{name}.toml", {**NEEDED, **environ})


class EveryExampleTests(SynchronousTestCase):
    """What holds for all."""

    def setUp(self) -> None:
        self.names = sorted(p.stem for p in EXAMPLES.glob("*.toml"))

    def test_all_are_there(self) -> None:
        """The set-ups that the documentation speaks of."""
        self.assertEqual(
            self.names,
            [
                "beside-goquorum",
                "database",
                "database-by-hand",
                "ha-setup-1",
                "json-rpc",
                "small",
                "standalone",
                "tessera-ha",
            ],
        )

    def test_accepted_without_a_warning(self) -> None:
        """Each can be used as it stands, with no variable set."""
        for name in self.names:
            self.assertEqual(example(name).warnings, (), name)

    def test_every_address_is_a_variable(self) -> None:
        """So that each can be tried on another machine without being changed."""
        for name in self.names:
            text = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
            plain = [
                line
                for line in text.splitlines()
                if re.search(r"\d+\.\d+\.\d+\.\d+|unix:|tcp:\d", line) and not line.startswith("#")
            ]
            self.assertEqual([line for line in plain if "${" not in line], [], name)

    def test_substituted_text_is_text(self) -> None:
        """Endpoints that came from variables are ordinary text, as Twisted's parsers want them."""
        for name in self.names:
            config = example(name)
            endpoints = [u.endpoint for p in config.pools.values() for u in p.upstreams]
            endpoints += [one.listen for one in config.listeners.values()]
            self.assertEqual({type(text) for text in endpoints}, {str}, name)

    def test_every_example_is_in_a_howto(self) -> None:
        """And so explained."""
        pages = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "howto").glob("*.md"))
        for name in self.names:
            self.assertIn(f"../examples/{name}.toml", pages)


class JsonRpcTests(SynchronousTestCase):
    """json-rpc.toml; tests/goquorum/test_listener_page serves it."""

    def test_members(self) -> None:
        """Each has a name, and a WebSocket; what is asked of them need not be said."""
        config = example("json-rpc")
        pool = config.pools["quorum"]
        self.assertTrue(all(one.name_given for one in pool.upstreams))
        self.assertEqual([list(one.places) for one in pool.upstreams], [["websocket"]] * 2)
        self.assertEqual(pool.check.kind, "auto")

    def test_patience(self) -> None:
        """web3.py has 30 s."""
        self.assertLess(example("json-rpc").listeners["rpc"].settings.longest_wait, 30)


class RpcExamplesTests(SynchronousTestCase):
    """What is relayed to GoQuorum."""

    def test_a_node_that_hangs_is_seen(self) -> None:
        """By its checks; its connections end, and clients return once it is up again."""
        for name in ("small", "standalone"):
            pool = example(name).pools["quorum-rpc"]
            self.assertEqual((pool.check.kind, pool.check.keys), ("http", {"path": "/"}))
            self.assertEqual((pool.on_down, pool.fail_back), ("close", 10.0))

    def test_not_for_a_database(self) -> None:
        """Its sessions follow the one writer, and nothing else ends them."""
        for name in DATABASES:
            pool = example(name).pools["database"]
            self.assertEqual((pool.on_down, pool.fail_back), ("keep", 0.0))


class BesideGoQuorumTests(SynchronousTestCase):
    """beside-goquorum.toml."""

    def test_socket_to_two_nodes(self) -> None:
        """A private socket; two members; the calls are GoQuorum's."""
        config = example("beside-goquorum")
        listener = config.listeners["q2t"]
        self.assertEqual(listener.listen, "unix:/var/lib/quorum/tm.ipc:mode=600")
        self.assertEqual(listener.serve, "tessera-q2t")
        self.assertEqual(len(config.pools["tessera-q2t"].upstreams), 2)
        self.assertEqual(listener.settings.store, "shared")

    def test_two_nodes_fit_into_the_patience(self) -> None:
        """GoQuorum waits for 5 s (WIRE A1, fact 2)."""
        config = example("beside-goquorum")
        for planned in planned_calls(config.listeners["q2t"], config):
            if planned.call_class is LOOKUP:
                self.assertLess(planned.limits(2).total, 5)
                self.assertLess(2 * planned.limits(2).first_byte, planned.limits(2).total)

    def test_variables(self) -> None:
        """Addresses come from the environment where it has them."""
        config = example("beside-goquorum", TESSERA_2_Q2T="http://127.0.0.1:7", Q2T_LISTEN="unix:/run/q")
        self.assertEqual(config.pools["tessera-q2t"].upstreams[1].authority, "127.0.0.1:7")
        self.assertEqual(config.listeners["q2t"].listen, "unix:/run/q")


class TopologyTests(SynchronousTestCase):
    """ha-setup-1.toml and tessera-ha.toml; the other machines have files that are tested above and below."""

    def test_own_tessera_first(self) -> None:
        """A pair on one machine goes to the other machine's Tessera only while its own is away."""
        config = example("ha-setup-1")
        self.assertEqual(config.listeners["q2t"].serve, "tessera-q2t")
        members = config.pools["tessera-q2t"].upstreams
        self.assertEqual([(m.name, m.backup) for m in members], [("own", False), ("other", True)])

    def test_its_database_is_that_of_the_others(self) -> None:
        """What stands beside each Tessera is in its machine's file, word for word."""
        found, alone = example("ha-setup-1"), example("database")
        self.assertEqual(found.pools["database"], alone.pools["database"])
        self.assertEqual(found.listeners["database"], alone.listeners["database"])
        text = (EXAMPLES / "ha-setup-1.toml").read_text(encoding="utf-8")
        (url,) = re.findall(r'"url": "[^"]+"', text)
        for name in DATABASES:
            self.assertIn(url, (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))

    def test_all_of_tessera_in_one_process(self) -> None:
        """One party, as in the small set-up, and no port for JSON-RPC: there is one GoQuorum."""
        found, small = example("tessera-ha"), example("small")
        self.assertEqual(set(found.listeners), set(small.listeners) - {"rpc"})
        for name, listener in found.listeners.items():
            self.assertEqual(listener, small.listeners[name])


class StandaloneTests(SynchronousTestCase):
    """standalone.toml, and small.toml, which has all of it."""

    names = ("standalone", "small")

    def test_listeners(self) -> None:
        """The ports that the set-up is known by."""
        for name in self.names:
            listeners = example(name).listeners
            self.assertEqual(listeners["rpc"].listen, "tcp:22000")
            self.assertEqual(listeners["rpc"].serve, "tcp")
            self.assertEqual(listeners["third-party"].listen, "tcp:9081")
            self.assertEqual(listeners["p2p"].listen, "tcp:9001")

    def test_small_has_the_socket_too(self) -> None:
        """Both in one."""
        self.assertEqual(set(example("small").listeners), {"q2t", *example("standalone").listeners})

    def test_the_second_rpc_node_is_a_backup(self) -> None:
        """Nonces are counted by each node for itself (WIRE A6)."""
        for name in self.names:
            members = example(name).pools["quorum-rpc"].upstreams
            self.assertEqual([m.backup for m in members], [False, True])

    def test_what_they_serve(self) -> None:
        """Tessera's ports are known as such; so each call has its own treatment."""
        for name in self.names:
            listeners = example(name).listeners
            self.assertEqual(listeners["p2p"].serve, "tessera-p2p")
            self.assertEqual(listeners["third-party"].serve, "tessera-thirdparty")
            self.assertEqual(
                [
                    listeners[name].settings.routes
                    for name in ("p2p", "third-party")
                    if listeners[name].settings.routes
                ],
                [],
                "nothing overridden",
            )

    def planned(self, name: str, path: str) -> Planned:
        """How a POST at the peer-to-peer port is treated."""
        config = example(name)
        planned = planned_calls(config.listeners["p2p"], config)
        (found,) = [p for p in planned if (p.call.method, p.call.path) == ("POST", path)]
        return found

    def test_partyinfo_reaches_all(self) -> None:
        """Each node keeps its own table of the network (WIRE A4)."""
        for name in self.names:
            self.assertIs(self.planned(name, "/partyinfo").call_class, PARTY_INFO)

    def test_resend_is_never_asked_for_twice(self) -> None:
        """It starts a job of hours (WIRE A3, class S): no limit, and no second node once a byte was sent."""
        for name in self.names:
            for job in (self.planned(name, "/resendBatch"), self.planned(name, "/resend").resend_all()):
                limits = job.limits(2)
                self.assertEqual((limits.first_byte, limits.total, limits.between), (0, 0, 0))
                policy = job.policy
                assert isinstance(policy, RetryPolicy)
                self.assertEqual((policy.repeat_within, policy.statuses), (0, frozenset()))

    def test_limits_fit_a_tessera(self) -> None:
        """Another Tessera gives up after 3.75 s and forgets this one (WIRE A4)."""
        for name in self.names:
            for path in ("/partyinfo", "/partyinfo/validate", "/push"):
                limits = self.planned(name, path).limits(2)
                self.assertLess(limits.total, 3.75)
                self.assertLess(2 * limits.first_byte, limits.total)

    def test_one_party(self) -> None:
        """In one process what is pushed to one listener is known to the other."""
        listeners = example("small").listeners
        self.assertEqual(listeners["q2t"].serve, "tessera-q2t")
        names = {listeners[name].settings.party for name in ("q2t", "third-party", "p2p")}
        self.assertEqual(names, {"ours"})


class DatabaseTests(SynchronousTestCase):
    """database.toml: each database has a Patroni; database-by-hand.toml: each is asked itself."""

    def test_one_writer(self) -> None:
        """Both sites alike: they say themselves who is written to, and it is remembered."""
        for name, check in DATABASES.items():
            config = example(name)
            pool, listener = config.pools["database"], config.listeners["database"]
            self.assertEqual([one.backup for one in pool.upstreams], [False, False])
            self.assertEqual((listener.serve, pool.check.kind), ("postgresql", check))
            self.assertEqual(config.state_directory, "/var/lib/quorumha")

    def test_they_differ_in_the_check_alone(self) -> None:
        """So that one becomes the other by one line."""
        one, other = (example(name) for name in DATABASES)
        self.assertEqual(one.listeners, other.listeners)
        self.assertEqual(one.pools["database"].upstreams[0].endpoint, "tcp:10.0.0.31:5432")
        endpoints = [[up.endpoint for up in c.pools["database"].upstreams] for c in (one, other)]
        self.assertEqual(endpoints[0], endpoints[1])

    def test_jdbc_string_fits(self) -> None:
        """It leads to the listener, its driver refuses a standby, and its login outlasts C{hold}."""
        for name in DATABASES:
            text = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
            (found,) = re.findall(r'"url": "jdbc:postgresql://([^:]+):(\d+)/\w+\?([^"]+)"', text)
            host, port, query = found
            listener = example(name).listeners["database"]
            self.assertEqual(listener.listen, f"tcp:{port}:interface={host}")
            parameters = dict(pair.split("=") for pair in query.split("&"))
            self.assertEqual(parameters["targetServerType"], "primary")
            self.assertGreater(float(parameters["loginTimeout"]), listener.settings.hold)
            # A session that is held, or whose row waits for a standby, is not to be given up by the driver.
            self.assertNotIn("socketTimeout", parameters)
