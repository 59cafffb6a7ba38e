"""Malformed and ambiguous requests: refused, or passed on in the one reading there is."""

from __future__ import annotations

from tests.integration.case import ProxyCase, generate
from tests.integration.clients import Client, Cut
from tests.integration.stage import Stage
from tests.integration.topology import Topology, listener, pool
from tests.vectors.model import REFUSALS, Allowed, RequestVector
from tests.vectors.requests_ambiguous import FAMILIES


def _build(stage: Stage) -> None:
    pair = pool("pair", stage.node("a").port, stage.node("b").port)
    stage.play(Topology((pair,), (listener("main", "pair", header_timeout=1.0),)))


class RequestVectors(ProxyCase):
    """One test for each vector."""

    builder = (_build,)

    def check(self, vector: RequestVector) -> None:
        with Client(self.address("main"), 4.0) as client:
            client.send(vector.raw)
            try:
                answer = client.answer()
            except Cut:
                answer = None
            served = answer is not None and answer.status == 200
            if not served:
                rest = client.rest()
                self.assertEqual(rest, b"", "more than one answer")
        if served:
            self.assertNotEqual(vector.allowed, Allowed.REFUSED, "it was served")
        else:
            self.assertNotEqual(vector.allowed, Allowed.SERVED, answer)
            if answer is not None:
                self.assertIn(answer.status, REFUSALS)
        self.own("main")
        records = self.clean()
        if served:
            self._check_served(vector, records)
        else:
            self.assertEqual([one for one in records if one["complete"]], [], "an upstream got it whole")
            if b"Transfer-Encoding: chunked\r\n\r\n" not in vector.raw:
                self.assertEqual(records, [], "an upstream got a part of it")

    def _check_served(self, vector: RequestVector, records: list[dict[str, object]]) -> None:
        self.assertEqual(len(records), 1, records)
        (record,) = records
        self.assertTrue(record["complete"])
        self.assertEqual(record["body"], vector.body.decode())
        self.assertIn(str(record["target"]).encode("latin-1"), vector.targets)
        names = {name for name, _ in record["fields"]}  # type: ignore[attr-defined]
        self.assertEqual(names & set(vector.absent), set())


for _family, _vectors in FAMILIES.items():
    generate(RequestVectors, _family, {one.name: one for one in _vectors}, RequestVectors.check)
