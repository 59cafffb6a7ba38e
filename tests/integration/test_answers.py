"""Malformed answers: a broken upstream, so the next one, or 502; never passed on as good."""

from __future__ import annotations

from tests.integration.case import ProxyCase, generate
from tests.integration.clients import Client, Cut
from tests.integration.stage import Stage
from tests.integration.topology import Listener, Member, Topology, listener, pool
from tests.vectors.answers_malformed import FAMILIES
from tests.vectors.faults import script
from tests.vectors.model import Ending, ResponseVector


def _build(stage: Stage) -> None:
    bad, good = stage.node("bad").port, stage.node("good").port
    limits = {"first_byte_timeout": 1.5, "read_timeout": 1.5, "total_timeout": 4.0}
    pools = (
        pool("solo", bad),
        pool("pair", Member(bad), Member(good, backup=True)),
    )
    listeners: tuple[Listener, ...] = (listener("solo", "solo", **limits), listener("pair", "pair", **limits))
    stage.play(Topology(pools, listeners))


class ResponseVectors(ProxyCase):
    """One test for each vector, and one more where a second upstream can make it good."""

    builder = (_build,)

    def _order(self, vector: ResponseVector) -> None:
        bad = self.node("bad")
        bad.order("drop")
        bad.wait(open=0)
        steps = [["send", vector.raw.decode("latin-1")]]
        if not vector.keep:
            steps.append(["close"])
        # For ever: a fresh try on the same upstream must not find it mended.
        bad.script(script("request", *steps), times=-1)

    def check_alone(self, vector: ResponseVector) -> None:
        """The only upstream answers so."""
        self._order(vector)
        with Client(self.address("solo"), 5.0) as client:
            client.request(vector.method, "/vector")
            try:
                answer = client.answer(vector.method)
            except Cut:
                answer = None
            if vector.ending is Ending.SERVED:
                assert answer is not None, "it was cut"
                self.assertEqual((answer.status, answer.body), (vector.status, vector.body))
                if vector.keep:
                    self.node("bad").clear()
                    mine = client.ask("GET", "/mine")
                    self.answered(mine, "GET", "/mine")
            elif vector.ending is Ending.REFUSED:
                assert answer is not None, "the client was told nothing"
                self.assertIn(answer.status, (502, 504))
                self.assertNotIn(b"hello", answer.body)
            elif answer is not None:
                self.assertIn(answer.status, (502, 504), "it looks whole")
        self.node("bad").clear()
        self.own("solo")

    def check_next(self, vector: ResponseVector) -> None:
        """Another upstream answers well, and nothing of the bad answer is seen."""
        self._order(vector)
        with Client(self.address("pair"), 5.0) as client:
            answer = client.ask(vector.method, "/vector")
            self.answered(answer, vector.method, "/vector")
            self.assertTrue(answer.body.startswith(b"good "))
            self.answered(client.ask("GET", "/mine"), "GET", "/mine")


for _vectors in FAMILIES.values():
    generate(ResponseVectors, "alone", {one.name: one for one in _vectors}, ResponseVectors.check_alone)
    _refused = {one.name: one for one in _vectors if one.ending is Ending.REFUSED}
    generate(ResponseVectors, "next", _refused, ResponseVectors.check_next)
