"""Heads: what goes on, what is dropped, what is filled in."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.head_carry_over import SMALL, HeadCarryOver


def head(number: int, hash: str = "") -> bytes:
    return b'{"number":"%#x","hash":"%b"}' % (number, (hash or f"h{number}").encode())


class HeadCarryOverTests(SynchronousTestCase):
    """From block ten on."""

    def setUp(self) -> None:
        self.machine = HeadCarryOver(10)
        self.machine.begin(10)

    def fill(self) -> list[bytes]:
        first, last = self.machine.needs or (0, -1)
        return self.machine.filled(last, [head(n) for n in range(first, last + 1)])

    def test_heads_go_on_as_they_come(self) -> None:
        """Byte for byte; a repetition does not."""
        said = b'{"hash":"h11", "number":"0xb", "x":1}'
        self.assertEqual(self.machine.item(said), [said])
        self.assertEqual(self.machine.item(head(11)), [])
        self.assertEqual(self.machine.item(head(10)), [])
        self.assertEqual(self.machine.last, 11)

    def test_a_large_head(self) -> None:
        """It is read as any other, and not remembered."""
        said = b'{"hash":"h11","number":"0xb","x":"%b"}' % (b"x" * SMALL)
        self.assertEqual(self.machine.item(said), [said])
        self.assertEqual(self.machine.item(said), [])

    def test_what_cannot_be_read_goes_on(self) -> None:
        """The client may know what it is."""
        for said in (b"null", b'{"number":"x","hash":"h"}'):
            self.assertEqual(self.machine.item(said), [said])

    def test_a_chain_that_is_reorganised_at_one_member(self) -> None:
        """The client hears of it, as from a node."""
        for number in (11, 12, 13):
            self.machine.item(head(number))
        for number in (12, 13, 14):
            self.assertEqual(
                self.machine.item(head(number, f"other{number}")), [head(number, f"other{number}")]
            )
        self.assertEqual(self.machine.item(head(13, "other13")), [])

    def test_a_gap_is_filled_in(self) -> None:
        """What comes during the fill waits for it."""
        self.assertEqual(self.machine.item(head(13)), [])
        self.assertEqual(self.machine.needs, (11, 12))
        self.assertEqual(self.machine.item(head(14)), [])
        self.assertEqual(self.fill(), [head(11), head(12), head(13), head(14)])
        self.assertIsNone(self.machine.needs)

    def test_another_member(self) -> None:
        """What was missed, then what it says; what it says of blocks that were filled in is dropped."""
        self.machine.item(head(11))
        self.machine.lose(11)
        self.machine.attach()
        self.assertEqual(self.machine.item(head(14)), [])
        self.assertEqual(self.machine.item(head(15)), [])
        self.assertEqual(self.machine.reached(14), [])
        self.assertEqual((self.machine.needs, self.machine.missed), ((12, 14), 3))
        self.assertEqual(self.fill(), [head(n) for n in (12, 13, 14, 15)])

    def test_one_that_is_behind(self) -> None:
        """A head not above the last one told is dropped, whatever its hash."""
        self.machine.item(head(11))
        self.machine.item(head(12))
        self.machine.lose(12)
        self.machine.attach()
        self.assertEqual(self.machine.reached(9), [])
        self.assertIsNone(self.machine.needs)
        for number in (10, 11, 12):
            self.assertEqual(self.machine.item(head(number, "other")), [])
        self.assertEqual(self.machine.item(head(13)), [head(13)])

    def test_a_second_death_during_the_fill(self) -> None:
        """It starts over from the last item told."""
        self.machine.lose(10)
        self.machine.attach()
        self.machine.reached(14)
        self.assertEqual(self.machine.filled(12, [head(11), head(12)]), [head(11), head(12)])
        self.assertEqual(self.machine.needs, (13, 14))
        self.machine.lose(14)
        self.assertIsNone(self.machine.needs)
        self.machine.attach()
        self.machine.reached(15)
        self.assertEqual(self.fill(), [head(13), head(14), head(15)])

    def test_headers_become_heads(self) -> None:
        """Without C{size} and C{totalDifficulty}; null: it is not there yet."""
        self.assertEqual(self.machine.calls(10, 11)[1], ("eth_getHeaderByNumber", b'["0xb"]'))
        header = b'{"hash":"h","number":"0xb","size":"0x1","totalDifficulty":"0x2"}'
        found = self.machine.read([header])
        assert found is not None
        self.assertEqual(json.loads(found[0]), {"hash": "h", "number": "0xb"})
        self.assertIsNone(self.machine.read([header, b"null"]))
        self.assertIsNone(self.machine.read([b""]))

    def test_so_many_wait_at_most(self) -> None:
        """Those that are older are filled in, too."""
        machine = HeadCarryOver(2)
        machine.begin(0)
        machine.lose(0)
        machine.attach()
        for number in range(1, 8):
            machine.item(head(number))
        self.assertEqual(machine.reached(0), [])
        self.assertEqual(machine.needs, (1, 5))
        self.assertEqual(machine.filled(5, [head(n) for n in range(1, 6)]), [head(n) for n in range(1, 8)])
