"""Tests for L{quorumha.goquorum.decide.message}: one reading of a message, and it is the node's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.message import Message, read_call, read_message
from quorumha.testing.goquorum.go_json import RpcMessage, read_messages
from tests.vectors.jsonrpc.families import FAMILIES

CORPUS = Path(__file__).parents[2] / "testing" / "corpus" / "goquorum" / "envelope.json"


def body_of(line: dict[str, Any]) -> bytes:
    """What was sent: the corpus has each byte as a letter."""
    return bytes(line["request"]["body"], "latin-1")


def seen(message: Message) -> tuple[bytes | None, ...]:
    """Entries as vectors have them."""
    return tuple(
        b">" + one.envelope if isinstance(one, Call) else None if one is None else one.body()
        for one in message.entries
    )


class VectorTests(SynchronousTestCase):
    """The smuggling cases, and what else a message can be."""


def _add(family: str) -> None:
    def test(self: VectorTests) -> None:
        for vector in FAMILIES[family]:
            try:
                message = read_message(vector.raw)
            except OwnResponse as error:
                self.assertEqual(error.body(), vector.answer, vector.name)
                self.assertEqual(error.status, 200)
            else:
                self.assertIsNone(vector.answer, f"{vector.name}: {message}")
                self.assertEqual(seen(message), vector.entries, vector.name)
                self.assertEqual(message.batch, vector.raw.strip()[:1] == b"[", vector.name)

    setattr(VectorTests, f"test_{family}", test)


for _family in FAMILIES:
    _add(_family)


class CorpusTests(SynchronousTestCase):
    """What real nodes answer to things that are no call the proxy answers itself, word for word."""

    #: Their bodies are cut in the corpus; the vectors have them whole.
    CUT = ("deep-10001", "batch-1500")
    #: Real nodes see only the first value, and go deeper; these are refused.
    STRICTER = {"trailing-garbage": -32700, "two-values": -32700, "deep": -32600}
    #: And these keys are refused.
    AMBIGUOUS = ("key-case", "key-case-reversed", "key-fold")

    def setUp(self) -> None:
        lines = map(json.loads, CORPUS.read_text("utf-8").splitlines())
        self.lines = [line for line in lines if line["name"] not in self.CUT]
        self.assertGreater(len(self.lines), 50)

    def test_own_answers(self) -> None:
        """What the proxy says is what the node said, and what it does not say it asks."""
        own = 0
        for line in self.lines:
            name = line["name"]
            if name in self.STRICTER or name in self.AMBIGUOUS:
                continue
            raw, told = body_of(line), line["body"]
            try:
                message = read_message(raw)
            except OwnResponse as error:
                self.assertEqual(error.body().decode() + "\n", told, name)
                own += 1
                continue
            answered = [one for one in message.entries if one is not None]
            answered = [one for one in answered if isinstance(one, OwnResponse) or not one.is_notification]
            if not answered:
                self.assertEqual(told, "", name)
                continue
            answers = json.loads(told)
            answers = answers if message.batch else [answers]
            self.assertEqual(len(answers), len(answered), name)
            for entry, answer in zip(answered, answers, strict=True):
                if isinstance(entry, OwnResponse):
                    self.assertEqual(json.loads(entry.body()), answer, name)
                    own += 1
                else:
                    # An id as the client wrote it, and as this very text in what the node said.
                    self.assertEqual(json.loads(entry.id), answer["id"], name)
                    self.assertNotEqual(answer.get("error", {}).get("message"), "invalid request", name)
        self.assertGreater(own, 15)

    def test_stricter(self) -> None:
        """What follows the first value is not let through, nor what is too deep."""
        for line in self.lines:
            if line["name"] in self.STRICTER:
                error = self.assertRaises(OwnResponse, read_message, body_of(line))
                self.assertEqual(error.code, self.STRICTER[line["name"]])

    def test_ambiguous(self) -> None:
        """Of two keys that are one to a node, none is."""
        found = [line for line in self.lines if line["name"] in self.AMBIGUOUS]
        self.assertEqual(len(found), len(self.AMBIGUOUS))
        for line in found:
            (entry,) = read_message(body_of(line)).entries
            assert isinstance(entry, OwnResponse)
            self.assertEqual((entry.code, entry.reason, entry.id), (-32600, "ambiguous", b"1"))


class LimitTests(SynchronousTestCase):
    """C{batch_limit}."""

    def test_of_the_listener(self) -> None:
        self.assertEqual(len(read_message(b"[0,0]", 2).entries), 2)
        error = self.assertRaises(OwnResponse, read_message, b"[0,0,0]", 2)
        self.assertEqual(error.message, "batch too large (3 of at most 2)")
        self.assertEqual(error.reason, "batch-too-large")

    def test_large_entries(self) -> None:
        """Many commas are not many entries."""
        params = "[" + "0," * 100_000 + "0]"
        entry = f'{{"id":1,"method":"a_b","params":{params}}}'
        for more in ("", ',"x":1'):
            text = entry[:-1] + more + "}"
            for count in (1, 3):
                message = read_message(f"[{','.join([text] * count)}]".encode(), 3)
                self.assertEqual(
                    [one.method for one in message.entries if isinstance(one, Call)], ["a_b"] * count
                )
            self.assertRaises(OwnResponse, read_message, f"[{','.join([text] * 4)}]".encode(), 3)


KEYS = ["id", "method", "params", "jsonrpc", "result", "error", "ID", "Method", "param\u017f", "x", "i\u0064"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(["", "eth_call", "a_subscription", "é", "[{"]),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
PAIRS = st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=6)


def written(pairs: list[tuple[str, Any]]) -> str:
    """An object with these keys, in this order, twice where they are."""
    return "{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs) + "}"


def as_node(data: bytes) -> tuple[list[RpcMessage], bool]:
    """What a node reads of a call: whether it has a result, too, is not looked at."""
    messages, batch = read_messages(data)
    return [evolve(one, result=False) for one in messages], batch


class OneCallTests(SynchronousTestCase):
    """What is one call as clients write it is read at once; all else needs a closer look."""

    def test_as_clients_write_it(self) -> None:
        """Whatever its id, its parameters and the order of its keys; also one that is no ASCII."""
        for raw in (
            b'{"jsonrpc":"2.0","id":7,"method":"eth_call","params":[{},"latest"]}',
            b'{"method":"eth_call","params":["\xc3\xa4"],"id":"x"}',
            b'{"method":"eth_call"}',
        ):
            call = read_call(raw)
            assert call is not None
            self.assertEqual((b">" + call.envelope,), seen(read_message(b"[%b]" % raw)), raw)

    def test_what_needs_a_closer_look(self) -> None:
        """Batches, what is no call or may be none, what a node reads otherwise, and what is no JSON."""
        call = b'{"id":1,"method":"eth_call","params":%b}'
        for raw in (
            b"",
            b" " + call % b"[]",
            b"[%b]" % (call % b"[]"),
            call % b"[]" + b"x",
            call % b'["\xff"]',
            call % (b"[" * 200 + b"]" * 200),
            call % (b"[" * 100000 + b"]" * 100000),
            b'{"id":{},"method":"eth_call"}',
            b'{"id":1,"method":""}',
            b'{"ID":1,"method":"eth_call"}',
            b'{"method":"eth_subscription"}',
            b"null",
        ):
            self.assertIsNone(read_call(raw), raw[:80])


class OneReadingTests(SynchronousTestCase):
    """A node reads what is sent as the proxy does, and what came it would not have read otherwise."""

    @given(st.lists(PAIRS, min_size=1, max_size=3))
    @example([[("result", None), ("method", "eth_call")]])
    def test_as_the_node(self, entries: list[list[tuple[str, Any]]]) -> None:
        """Whatever is sent of a message is what a node would have done with it."""
        for raw in map(written, entries):
            (entry,) = read_message(raw.encode()).entries
            if isinstance(entry, Call):
                # As simulated nodes read, which share no code with the proxy.
                self.assertEqual(as_node(entry.envelope), as_node(raw.encode()))
                self.assertEqual(entry.method, json.loads(entry.envelope)["method"])
        batch = f"[{','.join(map(written, entries))}]".encode()
        singly = [read_message(written(one).encode()).entries[0] for one in entries]
        told = read_message(batch)
        self.assertEqual(seen(told), seen(Message(tuple(singly), False)))

    @given(
        st.binary(max_size=30), st.integers(0, 60), st.sampled_from([b"", b"[", b'"', b"\\", b"\xff", b"{}"])
    )
    def test_any_bytes(self, noise: bytes, at: int, more: bytes) -> None:
        """It raises nothing else, and what it lets through is JSON."""
        good = b'{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x"},"latest"]}'
        for raw in (noise, good[:at] + more + noise[:2] + good[at:]):
            try:
                entries = read_message(raw).entries
            except OwnResponse:
                continue
            for one in entries:
                if isinstance(one, Call):
                    self.assertEqual(json.loads(one.envelope)["method"], one.method)
