"""What all black-box tests share: the stage, and the questions asked after each."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from typing import Any, ClassVar

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.integration.clients import Address, Answer, ask
from tests.integration.nodes import Node
from tests.integration.proxies import chosen_arm, why_not
from tests.integration.stage import Builder, Stage, shared

_numbers = itertools.count(1)


class ProxyCase(SynchronousTestCase):
    """A test against a proxy that runs in another process.

    @cvar builder: sets the stage; given as a one-tuple, so that it is not taken for a method.
    """

    builder: ClassVar[tuple[Builder]]
    stage: Stage

    def setUp(self) -> None:
        if reason := why_not(chosen_arm()):
            raise SkipTest(reason)
        self.stage = shared(self.builder[0])
        self.stage.reset()

    def node(self, name: str) -> Node:
        return self.stage.nodes[name]

    def address(self, listener: str) -> Address:
        return self.stage.address(listener)

    def answered(self, answer: Answer, method: str, target: str, body: bytes = b"") -> None:
        """The answer is a node's, to exactly this request."""
        digest = hashlib.sha256(body).hexdigest()[:12]
        self.assertEqual(answer.status, 200, answer)
        said = answer.body.decode("latin-1").split(" ", 1)
        self.assertEqual(said[1:], [f"{method} {target} {len(body)} {digest}"], answer)

    def own(self, listener: str, times: int = 2) -> None:
        """New clients of the pool get their own answers."""
        for _ in range(times):
            target = f"/own/{next(_numbers)}"
            self.answered(ask(self.address(listener), "GET", target), "GET", target)

    def clean(self) -> list[dict[str, Any]]:
        """No node saw a hidden request or what is not HTTP, and every request was the proxy's own.

        @return: the requests that the nodes saw, but for L{own} ones.
        """
        found: list[dict[str, Any]] = []
        for node in self.stage.nodes.values():
            seen = node.seen()
            self.assertEqual(seen["hidden"], 0, f"node {node.name} saw the hidden request")
            self.assertEqual(seen["garbage"], [], f"node {node.name} was sent what is not HTTP")
            for record in seen["records"]:
                fields = record["fields"]
                self.assertEqual([v for n, v in fields if n == "x-forwarded-for"], ["127.0.0.1"], record)
                self.assertEqual(len([v for n, v in fields if n == "host"]), 1, record)
                if not record["target"].startswith("/own/"):
                    found.append(record)
        return found


class FreshCase(ProxyCase):
    """A L{ProxyCase} whose nodes have no connection when a test begins."""

    def setUp(self) -> None:
        super().setUp()
        self.stage.drop_connections()


def generate(
    case: type[ProxyCase], prefix: str, named: dict[str, Any], run: Callable[[Any, Any], None]
) -> None:
    """Give C{case} one test method for each vector: C{test_<prefix>_<name>}."""

    def method(vector: Any, name: str) -> Callable[[Any], None]:
        def test(self: Any) -> None:
            run(self, vector)

        test.__name__ = name
        test.__qualname__ = f"{case.__qualname__}.{name}"
        return test

    for name, vector in named.items():
        full = f"test_{prefix}_{name}"
        assert not hasattr(case, full), full
        setattr(case, full, method(vector, full))
