"""Tests for L{quorumha.tessera.kind}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import Config
from tests.app.explained import told
from tests.app.test_pools import config_of
from tests.config.told import POOL, ToldTestCase


def kind_of_check(config: Config) -> str | None:
    asked = config.pools["a"].check.asked
    return None if asked is None else asked.name


class CheckTests(SynchronousTestCase):
    """How pools are checked that Tessera's ports are served from."""

    def test_auto(self) -> None:
        """The best question that the nodes understand."""
        for serves, expected in [
            (("tcp",), "connect"),
            (("http",), "connect"),
            (("tessera-q2t",), "tessera"),
            (("tessera-q2t", "tcp"), "tessera"),
            (("tessera-p2p",), "http"),
            (("tessera-p2p", "tessera-thirdparty"), "http"),
            (("tessera-p2p", "tcp"), "connect"),
        ]:
            config = config_of(*serves)
            self.assertEqual(kind_of_check(config), expected, serves)

    def test_said(self) -> None:
        """What is said holds."""
        config = config_of("tessera-q2t", check="connect")
        self.assertEqual(kind_of_check(config), "connect")

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


class PartyTests(ToldTestCase):
    """Listeners of one party."""

    def test_party_of_one(self) -> None:
        """Shared with nobody: a name that was written in two ways."""
        text = POOL + "".join(
            f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "tessera-q2t"\npool = "a"\n'
            f'party = "{party}"\n'
            for name, port, party in (("x", 1, "ours"), ("y", 2, "{}"))
        )
        self.warns(text.format("ours"))
        self.warns(
            text.format("our"),
            "q.toml:7:1 listeners.x.party: no other listener has the party 'ours', so nothing is shared\n",
            "q.toml:12:1 listeners.y.party: no other listener has the party 'our', so nothing is shared\n",
        )
