"""Where an account is at home."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.home import home_order


@frozen
class Place:
    """As much of an upstream as counts."""

    name: str
    weight: int = 1
    backup: bool = False


@frozen
class Member:
    """As much of a member as counts."""

    upstream: Place


def members(*places: Place) -> list[Member]:
    """Of these places."""
    return [Member(place) for place in places]


names = st.text("abcdefgh0123456789.-:", min_size=1, max_size=12)
places = st.lists(
    st.builds(Place, names, st.integers(1, 5), st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=lambda p: p.name,
)
addresses = st.binary(min_size=20, max_size=20)


class HomeTests(SynchronousTestCase):
    """The home of an account."""

    @given(places, addresses, st.randoms(use_true_random=False))
    def test_two_proxies_with_the_same_names_agree(
        self, found: list[Place], account: bytes, random: object
    ) -> None:
        """In whatever order their configurations name the members."""
        order = home_order(account, members(*found))
        random.shuffle(found)  # type: ignore[attr-defined]
        self.assertEqual(home_order(account, members(*found)), order)
        self.assertEqual({m.upstream for m in order}, set(found))

    @given(places, addresses, st.data())
    def test_a_member_that_goes_moves_only_its_own_accounts(
        self, found: list[Place], account: bytes, data: st.DataObject
    ) -> None:
        """All others keep their places."""
        order = home_order(account, members(*found))
        gone = data.draw(st.sampled_from(order))
        left = [member for member in order if member != gone]
        self.assertEqual(home_order(account, left[::-1]), left)

    @given(places, addresses, st.data())
    def test_backups_only_when_no_other_can(
        self, found: list[Place], account: bytes, data: st.DataObject
    ) -> None:
        """Whatever their weight."""
        backups = [member.upstream.backup for member in home_order(account, members(*found))]
        self.assertEqual(backups, sorted(backups))

    def test_weight(self) -> None:
        """A member has so many accounts as its weight says."""
        found = members(Place("a1", 3), Place("a2"))
        count = Counter(home_order(n.to_bytes(20, "big"), found)[0].upstream.name for n in range(4000))
        self.assertTrue(0.72 < count["a1"] / 4000 < 0.78, count)

    def test_equal_weights_are_plain_rendezvous(self) -> None:
        """BLAKE2b, 8 bytes, of the 20 address bytes and the name: the highest wins."""
        found = members(Place("a1"), Place("a2"), Place("a3"))
        for n in range(200):
            account = n.to_bytes(20, "big")
            by_hash = sorted(
                found,
                key=lambda m: blake2b(account + m.upstream.name.encode(), digest_size=8).digest(),
                reverse=True,
            )
            self.assertEqual(home_order(account, found), by_hash)

    def test_what_it_was(self) -> None:
        """Two releases beside each other agree, too: these never change."""
        found = members(Place("a1"), Place("a2"), Place("a3", 2))
        homes = "".join(home_order(n.to_bytes(20, "big"), found)[0].upstream.name[1] for n in range(24))
        self.assertEqual(homes, "323221213311333332333333")

    def test_address_counts_for_nothing(self) -> None:
        """Only the name does: an address may change."""
        one = Place("a1", weight=2)
        self.assertEqual(home_order(bytes(20), members(evolve(one))), members(one))
