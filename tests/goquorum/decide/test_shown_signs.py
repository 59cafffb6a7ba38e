"""Tests for L{quorumha.goquorum.decide.shown_signs}."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.shown_signs import (
    PRIVATE_STATE,
    SIGNS,
    RaftSigns,
    ShownSigns,
    SignsVerdict,
    batch_of,
    entries_of,
    quantity_of,
    signs_verdict,
)
from tests.nightly import NIGHTLY

NO_METHOD = {"code": -32601, "message": "the method x does not exist/is not available"}


def member(role: str = "verifier", active: bool = True) -> dict[str, Any]:
    return {"raftId": 1, "hostname": "127.0.0.1", "role": role, "nodeActive": active}


JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(-9, 9),
    lambda inside: (
        st.lists(inside) | st.dictionaries(st.sampled_from(["id", "result", "error", "code", "role"]), inside)
    ),
)
CLUSTER = [member(), member(), member("minter")]


def answer(height: Any = "0x10", syncing: Any = False, peers: Any = "0x2", raft: Any = CLUSTER) -> bytes:
    """A batch's answer; a table with C{code} is an error."""
    entries = []
    for id, value in enumerate((height, syncing, peers, raft), 1):
        error = isinstance(value, dict) and "code" in value
        entries.append({"jsonrpc": "2.0", "id": id, "error" if error else "result": value})
    return json.dumps(entries).encode() + b"\n"


def shown(body: bytes) -> ShownSigns:
    verdict = signs_verdict(200, body)
    assert isinstance(verdict, SignsVerdict) and verdict.fault is None, verdict
    return verdict.shown


class SignsTests(SynchronousTestCase):
    """What a node shows."""

    def test_asked(self) -> None:
        calls = json.loads(batch_of(*((method, []) for method in SIGNS), (PRIVATE_STATE, ["0x0"])))
        self.assertEqual([call["method"] for call in calls], [*SIGNS, PRIVATE_STATE])
        self.assertEqual(calls[4], {"jsonrpc": "2.0", "id": 5, "method": PRIVATE_STATE, "params": ["0x0"]})

    def test_all(self) -> None:
        self.assertEqual(shown(answer()), ShownSigns(16, False, 2, RaftSigns(True, 3, 3)))

    def test_order_of_answers(self) -> None:
        """Answers are known by their ids."""
        entries = json.loads(answer())
        self.assertEqual(shown(json.dumps(entries[::-1]).encode()), shown(answer()))

    def test_syncing(self) -> None:
        """Whatever is not false."""
        self.assertIs(shown(answer(syncing={"currentBlock": "0x1"})).syncing, True)
        self.assertIs(shown(answer(syncing=NO_METHOD)).syncing, None)

    def test_not_exposed_is_not_known(self) -> None:
        """-32601 of each sign: never bad (plain geth, Besu)."""
        found = shown(answer(NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD))
        self.assertEqual(found, ShownSigns(missing=frozenset(SIGNS)))
        self.assertEqual(shown(answer(raft=NO_METHOD)).missing, {"raft_cluster"})

    def test_no_access_is_not_known(self) -> None:
        """A node behind an authentication plugin tells the check nothing."""
        refused = {"code": -32001, "message": "missing access token"}
        self.assertEqual(shown(answer(*[refused] * 4)), ShownSigns())

    def test_private_state_too(self) -> None:
        body = json.loads(answer())
        body.append({"jsonrpc": "2.0", "id": 5, "error": NO_METHOD})
        self.assertEqual(shown(json.dumps(body).encode()).missing, {PRIVATE_STATE})

    def test_not_json(self) -> None:
        """It is down."""
        for status, body, fault in (
            (200, b"<html>", "its check is answered with what is not JSON-RPC"),
            (200, b"", "its check is answered with what is not JSON-RPC"),
            (200, b"[]", "its check is answered with what is not JSON-RPC"),
            (200, b"[1]", "its check is answered with what is not JSON-RPC"),
            (403, b"invalid host specified\n", "its check is answered with 403"),
            (502, b"Bad Gateway", "its check is answered with 502"),
        ):
            verdict = signs_verdict(status, body)
            self.assertEqual((verdict.fault, isinstance(verdict, SignsVerdict)), (fault, False), body)

    def test_whole_batch_error(self) -> None:
        """One object in place of the list, or the same fault of every call."""
        fault = "its check is answered with the error -32000"
        error = {"code": -32000, "message": "database closed"}
        whole = {"jsonrpc": "2.0", "id": None, "error": error}
        self.assertEqual(shown(json.dumps(whole).encode()), ShownSigns(fault=fault))
        self.assertEqual(shown(answer(*[error] * 4)), ShownSigns(fault=fault))
        self.assertEqual(shown(answer(height=error)).fault, "")

    def test_quantities(self) -> None:
        for value, number in (("0x0", 0), ("0xff", 255), ("ff", None), ("0x", None), (5, None), (None, None)):
            self.assertEqual(quantity_of(value), number, value)

    @given(st.binary(max_size=60))
    def test_any_bytes(self, body: bytes) -> None:
        signs_verdict(200, body)

    @settings(max_examples=100 if NIGHTLY else 30)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.text() | st.integers(),
            lambda c: (
                st.lists(c) | st.dictionaries(st.sampled_from(["id", "result", "error", "code", "role"]), c)
            ),
        )
    )
    def test_any_json(self, value: Any) -> None:
        signs_verdict(200, json.dumps(value).encode())
        shown_raft = signs_verdict(200, answer(raft=value))
        self.assertIsInstance(shown_raft, SignsVerdict)

    def test_entries(self) -> None:
        self.assertIsNone(entries_of(b'[{"jsonrpc":"2.0","id":"x","result":1}]'))
        self.assertIsNone(entries_of(b'[{"id":1,"error":null}]'))
        self.assertIsNone(entries_of(b'[{"id":true,"result":1}]'))


class RaftTests(SynchronousTestCase):
    """Whether blocks are made."""

    def test_majority(self) -> None:
        """More than half of those that are no learners are active, and somebody mints."""
        for cluster, fault in (
            (CLUSTER, ""),
            ([member("minter")], ""),
            ([member(active=False), member(), member("minter")], ""),
            # A minter that lost its majority says "minter" for ever.
            (
                [member(active=False), member(active=False), member("minter")],
                "raft has no majority: 1 of 3 are active",
            ),
            ([member(active=False), member("minter")], "raft has no majority: 1 of 2 are active"),
            ([member("learner"), member("learner", False), member("minter")], ""),
            (
                [member(active=False), member("minter"), member("learner")],
                "raft has no majority: 1 of 2 are active",
            ),
            ([member(), member(), member()], "raft has no minter"),
            ([member("", False), member("", False), member("")], "raft has no minter"),
            ([], "raft has no cluster with it"),
            (None, "raft has no cluster with it"),
            ({"code": -32000, "message": "no leader is currently elected"}, "raft has no minter"),
        ):
            raft = shown(answer(raft=cluster)).raft
            assert raft is not None
            self.assertEqual(raft.fault, fault, cluster)

    def test_a_learner(self) -> None:
        """It may take transactions: it is in the cluster like any other."""
        raft = shown(answer(raft=[member("minter"), member(), member("learner")])).raft
        self.assertEqual(raft, RaftSigns(True, 2, 2))

    def test_old_nodes(self) -> None:
        """They do not say who is active."""
        cluster = [{"raftId": 1, "role": "minter"}, {"raftId": 2, "role": "verifier"}]
        self.assertEqual(shown(answer(raft=cluster)).raft, RaftSigns(True, 2, 2))

    def test_not_known(self) -> None:
        """What cannot be read says nothing."""
        for value in ("x", [1], {"code": -32000, "message": "something else"}, NO_METHOD):
            self.assertIsNone(shown(answer(raft=value)).raft, value)
