"""What is known to exist."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.knowledge.existence import LONGEST, ExistenceMemory

KEYS = tuple(sign * 86 + b"==" for sign in (b"A", b"B", b"C", b"/", b"+"))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "read", "forget"]),
        st.sampled_from([*KEYS, None]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=40,
)


def target(key: bytes, escaped: bool = True) -> bytes:
    """As GoQuorum asks for it; or as others do, who escape all that can be escaped."""
    return b"/transaction/" + quote(key, safe="+=" if escaped else "").encode()


class MemoryTests(SynchronousTestCase):
    """L{ExistenceMemory}."""

    @given(st.integers(0, 4), STEPS)
    def test_against_a_list(self, limit: int, steps: list[tuple[str, bytes | None, bool, bool]]) -> None:
        """A list, the one seen last at its end, says the same; asked now or later.

        Of those that it has no room for, some are remembered all the same, as many again at most.
        """
        memory = ExistenceMemory(limit)
        model: list[bytes] = []
        alive: set[bytes] = set()
        for step, key, escaped, asked in steps:
            if step == "add":
                memory.add(key)
            elif step == "forget":
                memory.forget(key)
            elif key is not None:
                memory.read(target(key, escaped) + b"?isRaw=false" * asked)
            if key is not None:
                alive = alive - {key} if step == "forget" else alive | {key}
                model = [one for one in model if one != key] + [key] * (step != "forget")
                model = model[-limit:] if limit else []
            if asked or step == "read":
                known = {one for one in KEYS if one in memory}
                self.assertEqual(len(memory), len(known))
                self.assertLessEqual(len(known), 2 * limit)
                self.assertLessEqual(set(model), known)
                self.assertLessEqual(known, alive)
                self.assertNotIn(None, memory)

    def test_bounded(self) -> None:
        """As many as it shall hold, the youngest, and not more than as many again."""
        memory = ExistenceMemory(1000)
        for number in range(5000):
            memory.add(b"%d" % number)
            self.assertLessEqual(len(memory._younger) + len(memory._elder), 2000)
        for number in range(4000, 5000):
            self.assertIn(b"%d" % number, memory)
        self.assertNotIn(b"2999", memory)

    def test_seen_again(self) -> None:
        """What is seen again is forgotten later."""
        memory = ExistenceMemory(2)
        for name in (b"a", b"b", b"c", b"a", b"d"):
            memory.add(name)
        self.assertIn(b"a", memory)
        self.assertNotIn(b"b", memory)

    def test_read(self) -> None:
        """What was read is known, whatever of it was read, and however its key was written."""
        for below in (b"", b"?isRaw=false", b"/isSender", b"/participants", b"/mandatory"):
            for escaped in (True, False):
                memory = ExistenceMemory()
                memory.read(target(KEYS[3], escaped) + below)
                self.assertIn(KEYS[3], memory)
                self.assertEqual(len(memory), 1)

    def test_many_reads(self) -> None:
        """Bounded, in number and in bytes."""
        memory = ExistenceMemory(10)
        keys = [b"%086d==" % number for number in range(100)]
        for key in keys:
            memory.read(target(key) + b"?isRaw=false" * (int(key[:86]) % 2))
        self.assertLessEqual(set(keys[-10:]), {key for key in keys if key in memory})
        self.assertLessEqual(len(memory), 20)
        memory.read(target(KEYS[0]) + b"?" + b"x" * LONGEST)
        self.assertNotIn(KEYS[0], memory)

    def test_read_before(self) -> None:
        """What was read before another came into being is older, though nobody asked."""
        memory = ExistenceMemory(1)
        memory.read(target(KEYS[0]))
        memory.add(KEYS[1])
        memory.add(KEYS[2])
        self.assertIn(KEYS[1], memory)
        self.assertNotIn(KEYS[0], memory)

    def test_deleted_after_it_was_read(self) -> None:
        memory = ExistenceMemory()
        memory.read(target(KEYS[0]))
        memory.forget(KEYS[0])
        self.assertNotIn(KEYS[0], memory)

    def test_what_is_no_transaction(self) -> None:
        """Raw payloads, reads as one recipient, other paths: of these nothing is known."""
        memory = ExistenceMemory()
        for other in (target(KEYS[0]) + b"?isRaw=true", target(KEYS[0]) + b"?to=x", b"/upcheck", b""):
            memory.read(other)
        self.assertEqual(len(memory), 0)

    def test_none(self) -> None:
        """With a limit of 0 nothing is remembered."""
        memory = ExistenceMemory(0)
        memory.add(b"a")
        memory.read(target(KEYS[0]))
        self.assertNotIn(b"a", memory)
        self.assertEqual(len(memory), 0)
