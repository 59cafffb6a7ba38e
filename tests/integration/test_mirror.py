"""A mirror cannot hurt: whatever it does, the client's answer and the next are as without it."""

from __future__ import annotations

from tests.integration.case import FreshCase, generate
from tests.integration.clients import Client, ask
from tests.integration.nodes import BlackHole
from tests.integration.stage import Stage
from tests.integration.topology import Listener, Member, Route, Topology, pool
from tests.vectors.faults import MIRROR, Script, script

_BODY = b'{"key": "value"}' * 10


def _build(stage: Stage) -> None:
    a, b, m = stage.node("a").port, stage.node("b").port, stage.node("m").port
    hole = BlackHole()
    stage.closing(hole.close)
    pools = (
        pool("primary", a),
        pool("marked", Member(a, max_fails=1)),
        pool("copies", m),
        pool("dead", stage.refusing_port()),
        pool("hole", hole.port, connect_timeout=0.5),
        pool("pair", Member(a), Member(b)),
    )
    routes = tuple(
        Route(f"/{mirror}", "primary", mirror=mirror, keys={"mirror_timeout": 1.0})
        for mirror in ("copies", "dead", "hole")
    )
    others = (
        Route("/pair", "pair", mirror="others", keys={"mirror_timeout": 1.0}),
        Route("/marked", "marked", mirror="copies", keys={"mirror_timeout": 1.0}),
    )
    stage.play(Topology(pools, (Listener("main", routes=(*routes, *others)),)))


class Mirrors(FreshCase):
    builder = (_build,)

    def unhurt(self, path: str, body: bytes = _BODY) -> None:
        """Answers come at once: this one, the next on the connection, another client's."""
        for times in range(2):
            with Client(self.address("main")) as client:
                for number in range(2):
                    target = f"{path}/{times}/{number}"
                    self.answered(client.ask("POST", target, body), "POST", target, body)
        for record in self.node("a").records():
            self.assertTrue(record["complete"])

    def check(self, fault: Script) -> None:
        self.node("m").script(fault, times=-1)
        self.unhurt("/copies")
        self.node("m").order("drop")

    def test_refused(self) -> None:
        self.unhurt("/dead")

    def test_black_hole(self) -> None:
        self.unhurt("/hole")

    def test_does_not_read_8_mb(self) -> None:
        self.node("m").script(script("head", ["hang"]), times=-1)
        self.unhurt("/copies", bytes(8_000_000))
        self.node("m").order("drop")

    def test_copy_is_exact_and_once(self) -> None:
        body = bytes(range(256)) * 100
        for method in ("POST", "PUT"):
            self.answered(
                ask(self.address("main"), method, "/copies/a%2Fb?c=%2e", body),
                method,
                "/copies/a%2Fb?c=%2e",
                body,
            )
        self.assertTrue(self.node("m").wait(count=2, complete=True))
        ours = [(one["method"], one["target"], one["digest"]) for one in self.node("a").records()]
        copies = [(one["method"], one["target"], one["digest"]) for one in self.node("m").records()]
        self.assertEqual(sorted(ours), sorted(copies))

    def test_is_let_go_after_its_own_limit(self) -> None:
        self.node("m").script(script("request", ["hang"]))
        self.assertEqual(ask(self.address("main"), "POST", "/copies/x", _BODY).status, 200)
        self.assertTrue(self.node("m").wait(count=1))
        self.assertTrue(self.node("m").wait(open=0))

    def test_primary_is_not_marked(self) -> None:
        self.node("m").kill()
        for _ in range(3):
            self.assertEqual(ask(self.address("main"), "POST", "/marked/x", _BODY).status, 200)

    def test_primary_down_is_an_error(self) -> None:
        self.node("a").kill()
        self.assertIn(ask(self.address("main"), "POST", "/copies/x", _BODY).status, (502, 503))

    def test_others_get_it_once_each(self) -> None:
        for number in range(6):
            self.assertEqual(ask(self.address("main"), "POST", f"/pair/{number}", _BODY).status, 200)
        for name in ("a", "b"):
            self.assertTrue(self.node(name).wait(count=6, complete=True), f"{name} did not get every request")
            targets = [one["target"] for one in self.node(name).records()]
            self.assertEqual(sorted(targets), [f"/pair/{number}" for number in range(6)])

    def test_others_are_not_sent_what_they_answered(self) -> None:
        """The first node refuses, the second answers: it is not sent a copy too."""
        self.node("a").kill()
        for number in range(4):
            answer = ask(self.address("main"), "POST", f"/pair/{number}", _BODY)
            self.assertEqual(answer.value("x-node"), "b")
        targets = [one["target"] for one in self.node("b").records()]
        self.assertEqual(sorted(targets), [f"/pair/{number}" for number in range(4)])


generate(Mirrors, "copy", MIRROR, Mirrors.check)
