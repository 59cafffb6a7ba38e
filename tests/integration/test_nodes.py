"""Upstreams that fail, in every way of the catalogue: what the client gets."""

from __future__ import annotations

from bench.processes import Child
from tests.integration.case import FreshCase, generate
from tests.integration.clients import Client, Cut, ask
from tests.integration.nodes import BlackHole
from tests.integration.stage import Stage
from tests.integration.topology import Member, Topology, listener, pool
from tests.vectors.faults import CUT, NEXT, Script, script

_LIMITS = {"first_byte_timeout": 0.4, "read_timeout": 0.4, "send_timeout": 0.4, "total_timeout": 3.0}

#: A POST's body, and one that no socket buffer holds.
_BODY = b"payload " * 125
_LARGE = bytes(range(256)) * 16384


def _build(stage: Stage) -> None:
    a, b = stage.node("a").port, stage.node("b").port
    hole = BlackHole()
    stage.closing(hole.close)
    dead, dead_too = stage.refusing_port(), stage.refusing_port()
    quick = {"connect_timeout": 0.3}
    pools = (
        pool("pair", a, b, **quick),
        pool("solo", a, **quick),
        pool("refused", dead, a, **quick),
        pool("hole", hole.port, a, **quick),
        pool("hole_marked", Member(hole.port, max_fails=1), Member(a, max_fails=1), **quick),
        pool("hang_marked", Member(a, max_fails=1), Member(b, max_fails=1), **quick),
        pool("marked", Member(a, max_fails=1), Member(b, max_fails=1), **quick),
        pool("kept_marked", Member(a, max_fails=1), Member(b, max_fails=1), **quick),
        pool("all_dead", dead, dead_too, **quick),
        pool("all_holes", hole.port, **quick),
    )
    listeners = [listener(one.name, one.name, **_LIMITS) for one in pools]
    listeners.append(listener("careful", "pair", non_idempotent=False, **_LIMITS))
    listeners.append(listener("careful_refused", "refused", non_idempotent=False, **_LIMITS))
    stage.play(Topology(pools, tuple(listeners)))


class NodeCase(FreshCase):
    builder = (_build,)

    def served(self, listener: str, method: str = "GET", body: bytes = b"", target: str = "/x") -> str:
        """Ask, check the answer; the name of the node that gave it."""
        answer = ask(self.address(listener), method, target, body)
        self.answered(answer, method, target, body)
        return answer.value("x-node") or ""


class NextUpstream(NodeCase):
    """Nothing went down yet: the client sees nothing of it."""

    def check_get(self, fault: Script) -> None:
        """Whichever node is asked first misbehaves, once."""
        for name in ("a", "b"):
            self.node(name).script(fault)
            other = self.node("b" if name == "a" else "a")
            for _ in range(2):
                self.served("pair")
            self.node(name).clear()
            other.clear()

    def check_post(self, fault: Script) -> None:
        """As for GET; the body arrives whole at the other node."""
        for name in ("a", "b"):
            self.node(name).script(fault)
            for _ in range(2):
                self.served("pair", "POST", _BODY)
            self.node(name).clear()

    def check_post_careful(self, fault: Script) -> None:
        """Without non_idempotent a POST that may have been handled is not sent twice."""
        for node in self.stage.nodes.values():
            node.script(fault)
        answer = ask(self.address("careful"), "POST", "/x", _BODY)
        self.assertIn(answer.status, (502, 504))
        self.assertEqual(sum(len(node.records()) for node in self.stage.nodes.values()), 1)

    def test_refused_get(self) -> None:
        for _ in range(4):
            self.served("refused")

    def test_refused_post(self) -> None:
        for _ in range(4):
            self.served("refused", "POST", _BODY)

    def test_refused_post_that_may_not_be_repeated(self) -> None:
        """Nothing was sent, so any method may go on."""
        for _ in range(4):
            self.served("careful_refused", "POST", _BODY)

    def test_black_hole(self) -> None:
        for _ in range(2):
            self.served("hole", "POST", _BODY)

    def test_black_hole_is_remembered(self) -> None:
        for _ in range(8):
            self.served("hole_marked")
        proxy = self.stage.proxy.child
        # A node's line waits a moment for those of its other ports.
        proxy.wait_until(lambda: self._ejected(proxy) != [], "said that the node is ejected")
        self.assertEqual(len(self._ejected(proxy)), 1, self._ejected(proxy))

    def _ejected(self, proxy: Child) -> list[str]:
        lines = proxy.log.read_text().splitlines()
        return [line for line in lines if "hole_marked: 127" in line and "is ejected" in line]

    def test_hang_is_remembered(self) -> None:
        for one in ("a", "b"):
            self.node(one).clear()
        self.node("a").script(script("request", ["hang"]), times=-1)
        for _ in range(8):
            self.assertEqual(self.served("hang_marked"), "b")
        # Only the first was sent there.
        self.assertEqual(len(self.node("a").records()), 1)

    def test_hang_closes_the_old_connection(self) -> None:
        for name in ("a", "b"):
            self.node(name).script(script("request", ["hang"]))
        ask(self.address("pair"), "GET", "/x")
        self.assertTrue(self.node("a").wait(open=0))
        self.assertTrue(self.node("b").wait(open=0))

    def test_stops_reading_the_body(self) -> None:
        self.node("a").script(script("head", ["hang"]))
        for _ in range(2):
            self.served("pair", "POST", _LARGE)

    def test_all_stop_reading_the_body(self) -> None:
        for node in self.stage.nodes.values():
            node.script(script("head", ["hang"]))
        self.assertIn(ask(self.address("pair"), "POST", "/x", _LARGE).status, (502, 504))

    def test_each_node_once(self) -> None:
        for node in self.stage.nodes.values():
            node.script(script("request", ["close"]), times=-1)
        self.assertEqual(ask(self.address("pair"), "POST", "/x", _BODY).status, 502)
        self.assertEqual([len(node.records()) for node in self.stage.nodes.values()], [1, 1])


generate(NextUpstream, "get", NEXT, NextUpstream.check_get)
generate(NextUpstream, "post", NEXT, NextUpstream.check_post)
generate(
    NextUpstream,
    "post_careful",
    {name: fault for name, fault in NEXT.items() if fault["at"] == "request" and name != "answers_404"},
    NextUpstream.check_post_careful,
)


class CutResponses(NodeCase):
    """The answer was under way: never tried again, never looks whole."""

    def check(self, fault: Script) -> None:
        for node in self.stage.nodes.values():
            node.script(fault)
        with self.assertRaises(Cut):
            ask(self.address("pair"), "GET", "/x")
        self.assertEqual(sum(len(node.records()) for node in self.stage.nodes.values()), 1)

    def check_http_1_0(self, fault: Script) -> None:
        """A client that reads until the end sees a reset, or a short length."""
        self.node("a").script(fault)
        with Client(self.address("solo")) as client:
            client.send(b"GET /x HTTP/1.0\r\nHost: a\r\n\r\n")
            self.assertRaises(Cut, client.answer)

    def test_slow_drip_is_served(self) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        for node in self.stage.nodes.values():
            node.script(script("request", ["send", head], ["drip", "hello", 0.2]))
        self.assertEqual(ask(self.address("pair"), "GET", "/x").body, b"hello")

    def test_answer_before_the_body_was_read(self) -> None:
        early = script("head", ["send", "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno"], ["hang"])
        self.node("a").script(early)
        with Client(self.address("solo")) as client:
            # More than two kernels take for a node that does not read: not all of it can be sent.
            client.request("POST", "/x", bytes(80 << 20))
            answer = client.answer()
        self.assertEqual((answer.status, answer.body), (413, b"no"))
        # The connection is not used again: the node would take the rest of the body for a request.
        self.own("solo")
        self.clean()

    def test_client_left_in_mid_answer(self) -> None:
        with Client(self.address("solo")) as client:
            client.request("GET", "/big/50000000")
            client.exactly(1000)
        self.own("solo", 4)
        self.assertTrue(self.node("a").wait(open=4))


generate(CutResponses, "cut", CUT, CutResponses.check)
generate(CutResponses, "cut_http_1_0", CUT, CutResponses.check_http_1_0)


class BestResponse(NodeCase):
    """An answer in hand beats an error."""

    def held(self, listener: str) -> None:
        for _ in range(4):
            answer = ask(self.address(listener), "GET", "/status/404")
            self.assertEqual(answer.status, 404)
            self.assertIn(b"GET /status/404", answer.body)

    def test_404_of_all(self) -> None:
        self.held("pair")

    def test_404_and_the_other_refuses(self) -> None:
        self.held("refused")

    def test_404_and_the_other_is_a_black_hole(self) -> None:
        self.held("hole")

    def test_404_and_the_other_was_killed(self) -> None:
        self.node("b").kill()
        self.held("pair")

    def test_404_and_the_other_hangs(self) -> None:
        self.node("b").script(script("request", ["hang"]), times=-1)
        self.held("pair")

    def test_404_and_the_other_closes(self) -> None:
        self.node("b").script(script("request", ["close"]), times=-1)
        self.held("pair")

    def test_404_and_the_other_speaks_nonsense(self) -> None:
        self.node("b").script(script("request", ["send", "wonders\r\n\r\n"], ["close"]), times=-1)
        self.held("pair")

    def test_404_is_not_a_failure(self) -> None:
        """The node that said 404 goes on being asked."""
        for _ in range(4):
            ask(self.address("marked"), "GET", "/status/404")
        for node in self.stage.nodes.values():
            node.clear()
        names = {self.served("marked") for _ in range(4)}
        self.assertEqual(names, {"a", "b"})


class AllDown(NodeCase):
    """No upstream can answer, and later one can."""

    def test_all_refuse(self) -> None:
        for method in ("GET", "POST"):
            self.assertIn(ask(self.address("all_dead"), method, "/x").status, (502, 503))

    def test_all_are_black_holes(self) -> None:
        self.assertEqual(ask(self.address("all_holes"), "GET", "/x").status, 504)

    def test_all_hang(self) -> None:
        for node in self.stage.nodes.values():
            node.script(script("request", ["hang"]), times=-1)
        self.assertEqual(ask(self.address("pair"), "GET", "/x").status, 504)

    def test_recovers_by_itself(self) -> None:
        for node in self.stage.nodes.values():
            node.kill()
        for _ in range(3):
            self.assertIn(ask(self.address("pair"), "POST", "/x", _BODY).status, (502, 503))
        for node in self.stage.nodes.values():
            node.revive()
        for _ in range(3):
            self.served("pair", "POST", _BODY)

    def test_recovers_by_itself_where_failures_are_counted(self) -> None:
        for node in self.stage.nodes.values():
            node.kill()
        for _ in range(3):
            self.assertIn(ask(self.address("marked"), "GET", "/x").status, (502, 503))
        for node in self.stage.nodes.values():
            node.revive()
        for _ in range(3):
            self.served("marked")

    def test_all_restarted_at_once(self) -> None:
        for _ in range(4):
            self.served("pair")
        for node in self.stage.nodes.values():
            node.kill()
        for node in self.stage.nodes.values():
            node.revive()
        for _ in range(6):
            self.served("pair", "POST", _BODY)

    def test_flapping(self) -> None:
        for _ in range(4):
            self.node("a").kill()
            for _ in range(5):
                self.assertEqual(self.served("pair", "POST", _BODY), "b")
            self.node("a").revive()
            for _ in range(5):
                self.served("pair", "POST", _BODY)


class KeptConnections(NodeCase):
    """Connections kept for the next request die; the client does not see it."""

    def test_closed_while_idle(self) -> None:
        for _ in range(3):
            for _ in range(4):
                self.served("pair", "POST", _BODY)
            for node in self.stage.nodes.values():
                node.order("drop")
                node.wait(open=0)

    def dies(self, *last: list[object]) -> None:
        """The kept connection of every node ends as the next request comes."""
        for _ in range(3):
            for _ in range(4):
                self.served("pair")
            for node in self.stage.nodes.values():
                node.clear()
                node.script(script("head", *last))
            for _ in range(4):
                self.served("pair", "POST", _BODY)

    def test_closes_as_the_request_is_sent(self) -> None:
        self.dies(["close"])

    def test_resets_as_the_request_is_sent(self) -> None:
        self.dies(["reset"])

    def test_is_not_held_against_the_node(self) -> None:
        for _ in range(4):
            self.served("kept_marked")
        self.node("a").script(script("head", ["close"]))
        names = [self.served("kept_marked") for _ in range(4)]
        self.assertEqual(set(names), {"a", "b"})

    def test_is_kept(self) -> None:
        for _ in range(20):
            self.served("solo")
        self.assertLessEqual(self.node("a").seen()["open"], 2)
        self.assertEqual(len({one["connection"] for one in self.node("a").records()}), 1)

    def test_is_not_kept_where_the_node_says_close(self) -> None:
        head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.node("a").script(script("request", ["send", head]))
        ask(self.address("solo"), "GET", "/x")
        self.assertTrue(self.node("a").wait(open=0))


class Silence(NodeCase):
    """What no time limit should touch, and what one must."""

    def test_answer_within_the_limit(self) -> None:
        steps = (["wait", 0.2], ["answer"])
        for node in self.stage.nodes.values():
            node.script(script("request", *steps))
        self.served("pair")

    def test_whole_request_is_bounded(self) -> None:
        for node in self.stage.nodes.values():
            node.script(script("accept", ["hang"]), times=-1)
        self.assertEqual(ask(self.address("pair"), "POST", "/x", _BODY).status, 504)
