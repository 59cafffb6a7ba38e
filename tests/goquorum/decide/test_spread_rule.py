"""The rule of spreading, without members."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.own_calls import NO_ENTRY, OwnCall, OwnEntry
from quorumha.goquorum.decide.spread_rule import (
    AT_MOST,
    BY_HASH,
    MOST_CARRIED,
    MOST_READ,
    NOTED_FOR,
    RAW_BY_HASH,
    SEND_RAW,
    SpreadRule,
)
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.decide.verdict import Verdict

A, B = "0x" + "a" * 64, "0x" + "b" * 64
NULL, THERE = OwnEntry(b"null"), OwnEntry(b"{}")
LOW = OwnEntry(b"", Verdict.NONCE_TOO_LOW, "nonce too low")
KNOWN = OwnEntry(b"", Verdict.KNOWN, "already known")
UNDERPRICED = OwnEntry(b"", Verdict.DELIVER, "replacement transaction underpriced")
FULL = OwnEntry(b"", Verdict.NODE, "txpool is full")


class SpreadRuleTests(SynchronousTestCase):
    """What members say makes it of each."""

    def rule(self, *hashes: str, raw: dict[str, bytes] | None = None) -> SpreadRule:
        return SpreadRule(hashes or (A,), raw or {}, 10.0)

    def test_each_hash_is_asked_for_in_one_request(self) -> None:
        """Those of a batch together."""
        self.assertEqual(self.rule(A, B).calls(), [OwnCall(BY_HASH, A), OwnCall(BY_HASH, B)])

    def test_seen(self) -> None:
        """In the pool, the queue or the chain: not null."""
        rule = self.rule(A, B)
        rule.second_said(rule.calls(), [NULL, THERE], 10.0)
        self.assertEqual(rule.found, {B: Spreading.SEEN})
        self.assertEqual(list(rule.open), [A])
        rule.second_said(rule.calls(), [THERE], 10.0)
        self.assertTrue(rule.is_over(10.0))

    def test_bytes_in_hand_are_sent_first(self) -> None:
        """Then its hash is asked for."""
        rule = self.rule(raw={A: b"\x01\x02"})
        self.assertEqual(rule.calls(), [OwnCall(SEND_RAW, "0x0102"), OwnCall(BY_HASH, A)])

    def test_taken_or_already_known_is_enough(self) -> None:
        """Whatever its hash finds."""
        for entry in (OwnEntry(b'"0x1"'), KNOWN):
            rule = self.rule(raw={A: b"\x01"})
            rule.second_said(rule.calls(), [entry, NO_ENTRY], 10.0)
            self.assertEqual(rule.found, {A: Spreading.SEEN})

    def test_nonce_too_low_but_found_is_seen(self) -> None:
        """It is in a block already."""
        rule = self.rule(raw={A: b"\x01"})
        rule.second_said(rule.calls(), [LOW, THERE], 10.0)
        self.assertEqual(rule.found, {A: Spreading.SEEN})

    def test_another_ones_nonce_is_lost_a_little_later(self) -> None:
        """It may be on its way to a block."""
        for entry in (LOW, UNDERPRICED):
            rule = self.rule(raw={A: b"\x01"})
            rule.second_said(rule.calls(), [entry, NULL], 10.0)
            self.assertEqual(rule.found, {})
            rule.second_said(rule.calls(), [entry, NULL], 10.01 + NOTED_FOR)
            self.assertEqual(rule.found, {A: Spreading.LOST})

    def test_another_ones_nonce_as_the_time_ends_is_lost(self) -> None:
        """Nobody knows which of the two takes place."""
        rule = self.rule(raw={A: b"\x01"})
        rule.second_said(rule.calls(), [UNDERPRICED, NULL], 10.0)
        self.assertEqual(rule.end(), [])
        self.assertEqual(rule.found, {A: Spreading.LOST})

    def test_one_that_takes_nothing_is_asked_until_the_end(self) -> None:
        """Then it is kept."""
        rule = self.rule(raw={A: b"\x01"})
        rule.second_said(rule.calls(), [FULL, NULL], 10.4)
        self.assertFalse(rule.is_over(10.4))
        self.assertTrue(rule.is_over(10.0 + AT_MOST))
        self.assertEqual(rule.end(), [A])
        self.assertEqual(rule.found, {A: Spreading.KEPT})

    def test_bytes_are_read_at_its_member(self) -> None:
        """Those that are not in hand."""
        rule = self.rule(A, B, raw={A: b"\x01"})
        calls = rule.source_calls()
        self.assertEqual(calls, [OwnCall(RAW_BY_HASH, B)])
        rule.source_said(calls, [OwnEntry(b'"0x0203"')])
        self.assertEqual(rule.raw[B], b"\x02\x03")
        self.assertEqual(rule.source_calls(), [OwnCall(BY_HASH, A), OwnCall(BY_HASH, B)])

    def test_its_member_does_not_have_it_any_more(self) -> None:
        """It was started anew, without its journal."""
        rule = self.rule()
        rule.source_said(rule.source_calls(), [OwnEntry(b'"0x"')])
        self.assertEqual(rule.end(), [])
        self.assertEqual(rule.found, {A: Spreading.LOST})

    def test_its_member_may_not_be_asked(self) -> None:
        """An error says nothing of the transaction."""
        rule = self.rule()
        rule.source_said(rule.source_calls(), [FULL])
        self.assertEqual(rule.end(), [A])

    def test_what_is_no_hex_is_no_bytes(self) -> None:
        """A node of another kind."""
        for result in (b'"0xzz"', b"5", b'"\xff"', b'"0x"'):
            rule = self.rule()
            rule.source_said(rule.source_calls(), [OwnEntry(result)])
            self.assertEqual(rule.raw, {})

    def test_its_member_is_gone(self) -> None:
        """What it told others may be on its way: a little later it is lost."""
        rule = self.rule()
        rule.source_gone(10.01)
        self.assertFalse(rule.is_over(10.05))
        self.assertTrue(rule.is_over(10.01 + NOTED_FOR))
        self.assertEqual(rule.end(), [])
        self.assertEqual(rule.found, {A: Spreading.LOST})

    def test_its_member_is_gone_and_the_bytes_are_in_hand(self) -> None:
        """All of the time is there to carry them over."""
        rule = self.rule(raw={A: b"\x01"})
        rule.source_gone(10.01)
        self.assertFalse(rule.is_over(10.4))
        rule.second_said(rule.calls(), [KNOWN, NULL], 10.4)
        self.assertEqual(rule.found, {A: Spreading.SEEN})

    def test_everything_is_bounded(self) -> None:
        """What is read and what is carried at once."""
        hashes = [f"0x{n:064x}" for n in range(100)]
        rule = self.rule(*hashes)
        self.assertEqual(len(rule.source_calls()), MOST_READ)
        rule.raw = dict.fromkeys(hashes, bytes(MOST_CARRIED // 4))
        self.assertEqual(sum(call.method == SEND_RAW for call in rule.calls()), 4)
        self.assertEqual(sum(call.method == BY_HASH for call in rule.calls(3)), 3)
