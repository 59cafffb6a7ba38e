"""The newest party info of each party, and which member has got it."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.tessera.partyinfo.ledger import LIFETIME, PARTIES, POST_LIMIT, SIZE, Entry, Ledger
from tests.nightly import play
from tests.tessera.facts import request

PARTY, OTHER = b"http://p/", b"http://q/"


def a_post(body: bytes = b"body") -> tuple[RequestHead, Client, bytes]:
    return request(b"/partyinfo", b"POST"), Client(), body


class LedgerTests(SynchronousTestCase):
    """L{Ledger}."""

    def setUp(self) -> None:
        self.ledger = Ledger()

    def add(self, party: bytes = PARTY, now: float = 0.0, body: bytes = b"body") -> Entry:
        entry = self.ledger.add(party, *a_post(body), now)
        assert entry is not None
        return entry

    def missing(self, now: float = 0.0, max_age: float | None = None) -> list[Entry]:
        return self.ledger.missing("a", now, max_age)

    def test_newest_of_each_oldest_first(self) -> None:
        self.add()
        other = self.add(OTHER)
        newest = self.add()
        self.assertEqual(self.missing(), [other, newest])
        self.assertEqual(list(self.ledger), [other, newest])

    def test_what_a_member_got(self) -> None:
        first = self.add()
        self.ledger.took("a", first)
        self.assertEqual(self.missing(), [])
        self.assertEqual(self.ledger.missing("b", 0.0), [first])
        second = self.add()
        self.ledger.took("a", first)
        self.assertEqual(self.missing(), [second])
        self.ledger.took("a", second)
        self.ledger.took("a", first)
        self.assertEqual(self.missing(), [], "a late word of an older one")

    def test_what_a_member_lost(self) -> None:
        entry, other = self.add(), self.add(OTHER)
        for one in (entry, other):
            self.ledger.took("a", one)
        self.assertEqual(self.ledger.lost("a", [PARTY, b"never heard of"]), 1)
        self.assertEqual(self.missing(), [entry])

    def test_recent_ones(self) -> None:
        self.add()
        young = self.add(OTHER, now=50)
        self.assertEqual(self.missing(60.0, 60.0), [young])
        self.assertEqual(len(self.missing(60.0)), 2)

    def test_gone_parties_are_forgotten(self) -> None:
        entry = self.add()
        self.add(OTHER, now=LIFETIME - 1)
        self.ledger.took("a", entry)
        self.ledger.expire(LIFETIME - 0.1)
        self.assertIn(PARTY, self.ledger)
        self.ledger.expire(LIFETIME)
        self.assertEqual([entry.party for entry in self.ledger], [OTHER])

    def test_bounds(self) -> None:
        """1,000 parties, 256 KiB for one, 16 MiB for all; the oldest are forgotten."""
        for number in range(PARTIES + 5):
            self.add(b"%d" % number)
        self.assertEqual((len(self.ledger), b"4" in self.ledger, b"5" in self.ledger), (PARTIES, False, True))
        for number in range(70):
            self.add(b"large %d" % number, body=bytes(POST_LIMIT))
        self.assertLessEqual(self.ledger.used, SIZE)
        self.assertEqual(len(self.ledger), SIZE // POST_LIMIT)

    def test_too_large(self) -> None:
        """What it said before is not the newest either."""
        self.add()
        self.assertIsNone(self.ledger.add(PARTY, *a_post(bytes(POST_LIMIT + 1)), 0.0))
        self.assertEqual((len(self.ledger), self.ledger.used), (0, 0))


PARTIES_HERE = [b"p", b"q", b"r"]
MEMBERS = ["a", "b"]


class LedgerMachine(RuleBasedStateMachine):
    """Against a model that remembers all: every post, and what each member got."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(parties=2, post_limit=8, size=12, lifetime=10)
        self.now = 0.0
        self.posts: list[Entry] = []
        self.got: set[tuple[str, int]] = set()

    def newest(self) -> list[Entry]:
        """What must be there: the newest of each party, as far as the bounds allow."""
        latest = {entry.party: entry for entry in self.posts}
        kept = [entry for entry in self.posts if latest[entry.party] is entry]
        return [entry for entry in kept if self.now - entry.at < 10]

    @rule(party=st.sampled_from(PARTIES_HERE), size=st.integers(0, 8))
    def post(self, party: bytes, size: int) -> None:
        entry = self.ledger.add(party, *a_post(bytes(size)), self.now)
        assert entry is not None
        self.posts = [*(one for one in self.newest() if one.party != party), entry]
        while len(self.posts) > 2 or sum(len(one.body) for one in self.posts) > 12:
            del self.posts[0]

    @rule(member=st.sampled_from(MEMBERS), index=st.integers(0, 3))
    def take(self, member: str, index: int) -> None:
        missing = self.ledger.missing(member, self.now)
        if index < len(missing):
            self.ledger.took(member, missing[index])
            self.got.add((member, missing[index].number))

    @rule(member=st.sampled_from(MEMBERS), party=st.sampled_from(PARTIES_HERE))
    def lose(self, member: str, party: bytes) -> None:
        self.ledger.lost(member, [party])
        self.got -= {(member, entry.number) for entry in self.posts if entry.party == party}

    @rule(seconds=st.floats(0.1, 6))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def agrees(self) -> None:
        for member in MEMBERS:
            wanted = [one for one in self.newest() if (member, one.number) not in self.got]
            assert self.ledger.missing(member, self.now) == wanted
        assert list(self.ledger) == self.newest()
        assert self.ledger.used == sum(len(one.body) for one in self.newest()) <= 12


class LedgerMachineTests(SynchronousTestCase):
    def test_any_order(self) -> None:
        play(LedgerMachine, 100, steps=50, night=2000, health_checks=True)
