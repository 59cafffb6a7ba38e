"""Tests for L{quorumha.config.same_node}."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.config.model import Config
from quorumha.config.same_node import Place, name_nodes

#: One member as it may be written: a given name or none, a host or none, its port.
Written = tuple[str, str, int]
#: One pool as it may be: its members, and what it is served as, with the party that is named.
Pool = tuple[list[Written], list[tuple[str, str]]]


def _upstream(name: str, host: str, port: int) -> str:
    endpoint = f"http://{host}:{port}" if host else f"unix:/run/{port}"
    return f'{{ endpoint = "{endpoint}", name = "{name}" }}' if name else f'"{endpoint}"'


def _text(pools: list[Pool]) -> str:
    lines = []
    port = 1
    for number, (members, served) in enumerate(pools):
        upstreams = ", ".join(_upstream(*member) for member in members)
        lines.append(f"[pools.p{number}]\nupstreams = [{upstreams}]")
        for serve, party in served:
            lines.append(f'[listeners.l{port}]\nlisten = "tcp:{port}"\nserve = "{serve}"\npool = "p{number}"')
            lines += [f'party = "{party}"'] if party and serve.startswith("tessera-") else []
            port += 1
    return "\n".join(lines)


def _others(config: Config) -> dict[Place, tuple[Place, ...]]:
    """For each member of a Tessera pool the others of its node."""
    tessera = {one.pool for one in config.listeners.values() if one.kind.family}
    return {
        place: tuple(other for other in places if other != place)
        for _, places in name_nodes(config)
        for place in places
        if place[0] in tessera
    }


def _found(*pools: Pool) -> dict[Place, tuple[Place, ...]]:
    config = parse_config(_text(list(pools)), "q.toml", {})
    for _, places in name_nodes(config):
        for place in places:
            assert len(places) == 1 or any(one.kind.family for one in config.listeners_of(place[0]))
    return _others(config)


def _q2t(*members: Written, party: str = "") -> Pool:
    return list(members), [("tessera-q2t", party)]


def _p2p(*members: Written, party: str = "") -> Pool:
    return list(members), [("tessera-p2p", party)]


A, B = ("p0", "a:1"), ("p0", "b:1")


class SameNodeTests(SynchronousTestCase):
    """The ports of one Tessera, in several pools."""

    def test_same_host(self) -> None:
        """Without a given name the host says it."""
        found = _found(_q2t(("", "a", 1), ("", "b", 1)), _p2p(("", "a", 2), ("", "b", 2)))
        self.assertEqual(
            found,
            {
                ("p0", "a:1"): (("p1", "a:2"),),
                ("p0", "b:1"): (("p1", "b:2"),),
                ("p1", "a:2"): (("p0", "a:1"),),
                ("p1", "b:2"): (("p0", "b:1"),),
            },
        )

    def test_three_ports(self) -> None:
        """A node may stand in any number of pools."""
        found = _found(_q2t(("", "a", 1)), _p2p(("", "a", 2)), ([("", "a", 3)], [("tessera-thirdparty", "")]))
        self.assertEqual(found[A], (("p1", "a:2"), ("p2", "a:3")))
        self.assertEqual(found["p2", "a:3"], (A, ("p1", "a:2")))

    def test_a_host_that_stands_twice(self) -> None:
        """Then nobody knows which of the two is meant; a third with a name of its own counts, too."""
        found = _found(_q2t(("", "a", 1), ("", "a", 2)), _p2p(("", "a", 3)))
        self.assertEqual(set(found.values()), {()})
        found = _found(_q2t(("", "a", 1), ("n", "a", 2)), _p2p(("", "a", 3)))
        self.assertEqual(set(found.values()), {()})

    def test_same_name(self) -> None:
        """A given name says it whatever the host is."""
        found = _found(_q2t(("n", "a", 1), ("m", "a", 2)), _p2p(("m", "a", 3), ("n", "x", 4)))
        self.assertEqual(found["p0", "n"], (("p1", "n"),))
        self.assertEqual(found["p0", "m"], (("p1", "m"),))

    def test_one_has_a_name(self) -> None:
        """Then they are different, though their hosts are the same, or the other's own name is that."""
        found = _found(_q2t(("n", "a", 1)), _p2p(("", "a", 2)))
        self.assertEqual(set(found.values()), {()})
        found = _found(_q2t(("a:2", "b", 1)), _p2p(("", "a", 2)))
        self.assertEqual(set(found.values()), {()})

    def test_spelling_of_hosts(self) -> None:
        """Case, the last dot, and how an IPv6 address is written say nothing."""
        for one, other in (("node.example", "NODE.example."), ("[::1]", "[0:0::1]")):
            found = _found(_q2t(("", one, 1)), _p2p(("", other, 2)))
            self.assertEqual([len(others) for others in found.values()], [1, 1], one)

    def test_unix_sockets(self) -> None:
        """They have no host: a given name says it, or nothing."""
        self.assertEqual(set(_found(_q2t(("", "", 1)), _p2p(("", "", 1))).values()), {()})
        found = _found(_q2t(("n", "", 1)), _p2p(("n", "a", 2)))
        self.assertEqual(found["p0", "n"], (("p1", "n"),))

    def test_parties(self) -> None:
        """Of one party, or of one process that names none; who is silent beside those who do is of none."""
        hosts = ("", "a", 1), ("", "a", 2)
        for first, second, same in (
            ("", "", True),
            ("x", "x", True),
            ("x", "y", False),
            ("x", "", False),
            ("", "x", False),
        ):
            found = _found(_q2t(hosts[0], party=first), _p2p(hosts[1], party=second))
            self.assertEqual([bool(others) for others in found.values()], [same, same], (first, second))
        found = _found(
            _q2t(hosts[0]), _p2p(hosts[1]), ([("", "c", 1)], [("tessera-thirdparty", "somebody else's")])
        )
        self.assertEqual(set(found.values()), {()})

    def test_a_goquorum(self) -> None:
        """What no listener serves as Tessera is in no case the same node, whatever it is called."""
        found = _found(
            _q2t(("n", "a", 1), ("", "b", 1)),
            ([("n", "a", 2), ("", "b", 2)], [("tcp", "")]),
            ([("n", "a", 3), ("", "b", 3)], [("http", "")]),
        )
        self.assertEqual(found, {("p0", "n"): (), ("p0", "b:1"): ()})

    def test_one_pool_for_two_listeners(self) -> None:
        """A member is not its own double."""
        found = _found(([("", "a", 1)], [("tessera-q2t", ""), ("tessera-p2p", "")]))
        self.assertEqual(found, {A: ()})


_MEMBER = st.tuples(
    st.sampled_from(("", "", "n", "m")), st.sampled_from(("", "a", "b", "A")), st.integers(1, 9)
)
_SERVED = st.tuples(
    st.sampled_from(("tessera-q2t", "tessera-p2p", "tessera-thirdparty", "tcp", "http")),
    st.sampled_from(("", "", "x", "y")),
)


def _called(member: Written) -> str:
    name, host, port = member
    return name or (f"{host.lower()}:{port}" if host else f"/run/{port}")


_POOL = st.tuples(
    st.lists(_MEMBER, min_size=1, max_size=4, unique_by=_called),
    st.lists(_SERVED, min_size=1, max_size=2),
)


class AnyConfigurationTests(SynchronousTestCase):
    """What holds whatever is written."""

    @settings(deadline=None)
    @given(st.lists(_POOL, min_size=1, max_size=4))
    def test_relation(self, pools: list[Pool]) -> None:
        """Each member in one node, never two of one pool, and Tessera's pools alone; no name twice."""
        config = parse_config(_text(pools), "q.toml", {})
        found = name_nodes(config)
        self.assertEqual(
            sorted(place for _, places in found for place in places),
            sorted((pool.name, one.name) for pool in config.pools.values() for one in pool.upstreams),
        )
        self.assertEqual(len({name for name, _ in found}), len(found))
        for _, places in found:
            pools_of_it = [pool for pool, _ in places]
            self.assertEqual(len(set(pools_of_it)), len(pools_of_it))
            for pool in pools_of_it[1:]:
                self.assertTrue(any(one.kind.family for one in config.listeners_of(pool)))
