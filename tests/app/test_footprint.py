"""The most memory that a file allows."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app import footprint as module
from quorumha.app.footprint import PROGRAM, explain_memory, footprint, for_each, too_large, total
from quorumha.app.kinds import parse_config
from quorumha.config.model import Config

MIB = 1024**2
POOL = '[pools.p]\nupstreams = ["http://127.0.0.1:1"]\n'
HTTP = '[listeners.h]\nlisten = "tcp:1"\npool = "p"\n'
TCP = '[listeners.t]\nlisten = "tcp:2"\nserve = "tcp"\npool = "p"\n'


def config(listeners: str, more: str = "") -> Config:
    return parse_config(f"{more}\n{POOL}{listeners}", "q.toml", {})


def sizes(listeners: str, more: str = "", clients: int = 100) -> dict[str, int | None]:
    """By the key that each part names, or else its first words."""
    found = {}
    for part in footprint(config(listeners, more), clients):
        _, _, key = part.what.rpartition("(")
        found[key.removesuffix(")")] = part.size
    return found


class PartTests(SynchronousTestCase):
    """What counts."""

    def test_examples(self) -> None:
        self.assertEqual(doctest.testmod(module).failed, 0)

    def test_http(self) -> None:
        found = sizes(HTTP, 'replay_budget = "10MiB"\nmax_connections = 3')
        listener = config(HTTP).listeners["h"]
        self.assertEqual(found["replay_budget"], 10 * MIB)
        self.assertEqual(found["max_connections"], 3 * for_each(listener))
        self.assertEqual(found["the first 64 KiB of each body, beside that"], 64 * MIB)
        self.assertEqual(found["the program itself"], PROGRAM)
        self.assertNotIn("mirror_budget", found)

    def test_tcp_alone(self) -> None:
        """It keeps no bodies."""
        self.assertEqual(set(sizes(TCP)), {"the program itself", "max_connections"})

    def test_mirrors(self) -> None:
        routes = 'routes = [{ path = "/", mirror = "p" }]\n'
        self.assertEqual(sizes(HTTP + routes, 'mirror_budget = "5MiB"')["mirror_budget"], 5 * MIB)

    def test_tessera(self) -> None:
        """A party has one memory, however many listeners."""
        one = '[listeners.a]\nlisten = "tcp:3"\nserve = "tessera-q2t"\npool = "p"\nparty = "x"\n'
        two = one.replace("listeners.a", "listeners.b").replace("tcp:3", "tcp:4").replace("q2t", "p2p")
        alone, both = sizes(one), sizes(one + two)
        self.assertEqual(alone["existence_memory"], both["existence_memory"])
        apart = sizes(one + two.replace('"x"', '"y"'))
        assert alone["existence_memory"] is not None
        self.assertEqual(apart["existence_memory"], 2 * alone["existence_memory"])
        self.assertEqual(both["what other parties posted"], 16 * MIB)

    def test_goquorum(self) -> None:
        """What is kept of nodes' answers, once in the process."""
        one = '[listeners.a]\nlisten = "tcp:3"\nserve = "goquorum-rpc"\npool = "p"\n'
        two = one.replace("listeners.a", "listeners.b").replace("tcp:3", "tcp:4")
        self.assertEqual(sizes(one)["answers of nodes kept until they are whole"], 256 * MIB)
        self.assertEqual(sizes(one + two)["answers of nodes kept until they are whole"], 256 * MIB)

    def test_no_limit(self) -> None:
        """0 somewhere means that there is none in all."""
        for more in ("replay_budget = 0", "max_connections = 0"):
            self.assertIsNone(total(footprint(config(HTTP, more), 100)))

    def test_the_dearest_first(self) -> None:
        """As far as a listener's own maximum allows."""
        own = "max_connections = 10\n"
        each = {name: for_each(one) for name, one in config(HTTP + TCP).listeners.items()}
        self.assertGreater(each["t"], each["h"])
        found = sizes(HTTP + TCP + own, clients=30)["max_connections"]
        self.assertEqual(found, 10 * each["t"] + 20 * each["h"])

    @given(st.integers(1, 10**6), st.integers(1, 10**6))
    def test_more_clients_more_memory(self, one: int, other: int) -> None:
        more, less = max(one, other), min(one, other)
        found = [total(footprint(config(HTTP + TCP), clients)) or 0 for clients in (less, more)]
        self.assertLessEqual(*found)


class WarningTests(SynchronousTestCase):
    """Beside what the control group has."""

    def test_more_than_there_is(self) -> None:
        (warning,) = too_large(config(HTTP), 480, 512 * MIB)
        self.assertIn("512 MiB", warning)
        self.assertIn("max_connections", warning)

    def test_enough(self) -> None:
        self.assertEqual(too_large(config(HTTP, "max_connections = 50"), 480, 600 * MIB), [])

    def test_no_limit(self) -> None:
        self.assertEqual(len(too_large(config(HTTP, "max_connections = 0"), 480, 1 << 50)), 1)

    def test_explained(self) -> None:
        first, *lines = explain_memory(config(HTTP, "max_connections = 100"), 480).splitlines()
        self.assertRegex(first, r"^memory: \d+ MiB at most$")
        self.assertIn("  256 MiB  bodies kept to be sent again (replay_budget)", lines)
        self.assertTrue(any("100 connections" in line for line in lines))

    def test_explained_without_a_limit(self) -> None:
        """In words that are a sentence."""
        without = config(HTTP, "max_connections = 0")
        self.assertEqual(explain_memory(without, 480).splitlines()[0], "memory: no limit")
        self.assertIn("memory: what is used has no limit, and", too_large(without, 480, MIB)[0])
