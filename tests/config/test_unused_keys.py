"""Tests for L{quorumha.config.unused_keys}."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.kind import ListenerKind, PoolUse
from quorumha.config.model import Config, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.config.problems import Problems
from quorumha.config.unused_keys import check_unused_keys, unused_keys


class One(ListenerKind):
    """Looks at no weight, and keeps nothing."""

    name = "one"
    unused_keys = {"keepalive": "it keeps nothing", "weight": "all are alike"}


class Other(ListenerKind):
    """Weighs its members; a listener of it that has no pool copies to the pool C{p}."""

    name = "other"
    unused_keys = {"keepalive": "it keeps nothing either"}

    def uses(self, listener: ListenerConfig) -> Iterable[PoolUse]:
        return [PoolUse(listener.pool)] if listener.pool else [PoolUse("q", mirror="p")]


def config(*listeners: ListenerConfig) -> Config:
    """A pool C{p} with these keys, and whoever uses it."""
    members = (UpstreamConfig("a", "tcp:a:1", "a"), UpstreamConfig("b", "tcp:b:1", "b", weight=2))
    pool = PoolConfig("p", members, keepalive=3)
    return Config(pools={"p": pool}, listeners={one.name: one for one in listeners})


ONE = ListenerConfig("one", "tcp:1", pool="p", kind=One())
OTHER = ListenerConfig("other", "tcp:2", pool="p", kind=Other())


class UnusedKeysTests(SynchronousTestCase):
    """Which keys nobody looks at."""

    def test_of_one_listener(self) -> None:
        """All that its kind does not look at."""
        self.assertEqual(unused_keys("p", config(ONE)), One.unused_keys)

    def test_of_several(self) -> None:
        """What one of them looks at is used; the reason is the first one's."""
        self.assertEqual(unused_keys("p", config(ONE, OTHER)), {"keepalive": "it keeps nothing"})
        self.assertEqual(unused_keys("p", config(OTHER, ONE)), {"keepalive": "it keeps nothing either"})

    def test_copies(self) -> None:
        """Who only sends copies there looks at its keys, too."""
        self.assertEqual(
            unused_keys("p", config(ONE, evolve(OTHER, pool=None))), {"keepalive": "it keeps nothing"}
        )

    def test_of_nobody(self) -> None:
        """That nobody uses the pool is said elsewhere."""
        self.assertEqual(unused_keys("p", config()), {})

    def test_noted(self) -> None:
        """Of the pool and of the member that has it; nothing of what is as it is unless given."""
        problems = Problems()
        check_unused_keys(config(ONE), problems)
        self.assertEqual(
            problems.warnings,
            [
                (("pools", "p", "keepalive"), "comes to nothing: it keeps nothing"),
                (("pools", "p", "upstreams", 1, "weight"), "comes to nothing: all are alike"),
            ],
        )
        self.assertEqual(problems.errors, [])
