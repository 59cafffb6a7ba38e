"""Payloads that no transaction will ever refer to."""

from __future__ import annotations

import json

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Orphan
from quorumha.tessera.decide.send import orphan_of
from tests.tessera.facts import KEY, a_response, pool_of, request

ORPHAN = Orphan("q2t", "POST /send", "a", KEY.decode())


class OrphanTests(SynchronousTestCase):
    def test_from_a_response(self) -> None:
        """Of each of the three calls."""
        (member,) = pool_of("a")
        for path, body in (
            (b"/send", json.dumps({"key": KEY.decode()}).encode()),
            (b"/storeraw?x=y", json.dumps({"key": KEY.decode()}).encode()),
            (b"/sendraw", KEY),
        ):
            made = orphan_of("q2t", request(path, b"POST"), member, a_response(201, body))
            call = f"POST {path.partition(b'?')[0].decode()}"
            self.assertEqual(made, evolve(ORPHAN, call=call))

    def test_without_a_key(self) -> None:
        (member,) = pool_of("a")
        self.assertIsNone(orphan_of("q2t", request(b"/send", b"POST"), member, a_response(201, b"?")))
