"""Targets byte for byte, no climbing out of a route, and which fields go on."""

from __future__ import annotations

from tests.integration.case import ProxyCase, generate
from tests.integration.clients import ask
from tests.integration.stage import Stage
from tests.integration.topology import Listener, Route, Topology, listener, pool
from tests.vectors.faults import script
from tests.vectors.targets import CLIMBING, EXACT


def _build(stage: Stage) -> None:
    port = stage.node("a").port
    routes = (Route("/open", "solo"), Route("/exact", "solo", "exact"))
    stage.play(
        Topology(
            (pool("solo", port),),
            (
                listener("plain", "solo"),
                listener("append", "solo", forwarded="append"),
                listener("off", "solo", forwarded="off"),
                listener("upgrade", "solo", upgrade=True),
                Listener("routes", routes=routes),
            ),
        )
    )


class Targets(ProxyCase):
    builder = (_build,)

    def check_exact(self, target: bytes) -> None:
        """As sent, so received."""
        text = target.decode("latin-1")
        self.answered(ask(self.address("plain"), "GET", text), "GET", text)
        (record,) = self.clean()
        self.assertEqual(record["target"], text)

    def check_climbing(self, target: bytes) -> None:
        """Refused on a listener with routes."""
        answer = ask(self.address("routes"), "GET", target.decode("latin-1"))
        self.assertIn(answer.status, (400, 404) if not target.startswith(b"/open/") else (400,))
        self.assertEqual(self.clean(), [])

    def test_route_prefix(self) -> None:
        self.answered(ask(self.address("routes"), "GET", "/open/a?b=..%2f"), "GET", "/open/a?b=..%2f")

    def test_route_exact(self) -> None:
        self.answered(ask(self.address("routes"), "GET", "/exact"), "GET", "/exact")

    def test_route_exact_is_not_a_prefix(self) -> None:
        self.assertEqual(ask(self.address("routes"), "GET", "/exact/a").status, 404)
        self.assertEqual(self.clean(), [])

    def test_route_unknown(self) -> None:
        self.assertEqual(ask(self.address("routes"), "GET", "/other").status, 404)
        self.assertEqual(self.clean(), [])


generate(Targets, "exact", EXACT, Targets.check_exact)
generate(Targets, "climbing", CLIMBING, Targets.check_climbing)

#: What a client sends, and the names that must not reach a node with it.
_STAYS = {
    "named_in_connection": ("Connection: X-One, x-two\r\nX-One: 1\r\nX-Two: 2\r\n", ("x-one", "x-two")),
    "keep_alive": ("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", ("keep-alive",)),
    "te": ("Connection: TE\r\nTE: trailers\r\n", ("te",)),
    "proxy_connection": ("Proxy-Connection: keep-alive\r\n", ("proxy-connection",)),
    "proxy_authorization": ("Proxy-Authorization: Basic eA==\r\n", ("proxy-authorization",)),
    "upgrade_unasked": ("Connection: Upgrade\r\nUpgrade: websocket\r\n", ("upgrade",)),
}


class Fields(ProxyCase):
    builder = (_build,)

    def sent(self, listener: str, fields: str) -> list[tuple[str, str]]:
        """The fields that the node gets where a client sends C{fields}."""
        self.assertEqual(ask(self.address(listener), "GET", "/fields", fields=fields).status, 200)
        (record,) = self.node("a").records()
        return [(name, value) for name, value in record["fields"]]

    def check_stays(self, vector: tuple[str, tuple[str, ...]]) -> None:
        """A field between two hops goes no further."""
        fields, absent = vector
        got = self.sent("plain", fields)
        self.assertEqual({name for name, _ in got} & set(absent), set())

    def test_own_field_cannot_be_named_away(self) -> None:
        got = self.sent("plain", "Connection: X-Forwarded-For, Host\r\n")
        self.assertIn(("x-forwarded-for", "127.0.0.1"), got)
        self.assertIn(("host", "a"), got)

    def test_forwarded_replaced(self) -> None:
        got = self.sent("plain", "X-Forwarded-For: 10.9.8.7\r\nX-Forwarded-For: 10.9.8.6\r\n")
        self.assertEqual([v for n, v in got if n == "x-forwarded-for"], ["127.0.0.1"])

    def test_forwarded_appended(self) -> None:
        got = self.sent("append", "X-Forwarded-For: 10.9.8.7\r\n")
        values = ", ".join(v for n, v in got if n == "x-forwarded-for")
        self.assertEqual(values, "10.9.8.7, 127.0.0.1")

    def test_forwarded_off(self) -> None:
        got = self.sent("off", "")
        self.assertEqual([v for n, v in got if n == "x-forwarded-for"], [])

    def test_repeated_fields_stay_repeated(self) -> None:
        got = self.sent("plain", "X-A: 1\r\nX-B: 2\r\nx-a: 3\r\n")
        self.assertEqual([v for n, v in got if n == "x-a"], ["1", "3"])

    def test_repeated_fields_of_an_answer_stay_repeated(self) -> None:
        head = "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"
        self.node("a").script(script("request", ["send", head]))
        answer = ask(self.address("plain"), "GET", "/fields")
        self.assertEqual([v for n, v in answer.fields if n == "set-cookie"], ["a", "b"])

    def test_fields_of_an_answer_between_two_hops_stay_behind(self) -> None:
        fields = "Connection: X-One\r\nX-One: 1\r\nKeep-Alive: timeout=9\r\n"
        head = f"HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n"
        self.node("a").script(script("request", ["send", head]))
        names = {name for name, _ in ask(self.address("plain"), "GET", "/fields").fields}
        self.assertEqual(names & {"x-one", "keep-alive"}, set())


generate(Fields, "stays_behind", _STAYS, Fields.check_stays)
