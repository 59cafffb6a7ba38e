"""What the process uses: descriptors when it has few, none for good, and no CPU when it is idle."""

from __future__ import annotations

import contextlib
import os

from tests.integration.case import FreshCase
from tests.integration.clients import Client, Cut, Silent, ask
from tests.integration.stage import Stage
from tests.integration.topology import Topology, listener, pool, relay

#: Descriptors of a process that has few, clients that are more than it can have, and than it needs.
FEW, CROWD, IDLE = 64, 150, 80


def _topology(stage: Stage) -> Topology:
    port = stage.node("a").port
    return Topology((pool("http", port), pool("tcp", port)), (listener("http", "http"), relay("tcp", "tcp")))


def _short(stage: Stage) -> None:
    stage.play(_topology(stage), limit_files=FEW)


def _plain(stage: Stage) -> None:
    stage.play(_topology(stage))


class Short(FreshCase):
    """It has few descriptors."""

    builder = (_short,)

    def setUp(self) -> None:
        super().setUp()
        self.child = self.stage.proxy.child
        self._before = self.child.log.stat().st_size

    def said(self) -> str:
        """What it printed in this test."""
        return self.child.log.read_text(errors="replace")[self._before :]

    def test_more_clients_than_descriptors(self) -> None:
        """It lives, and serves again once they are gone."""
        clients = []
        for _ in range(CROWD):
            try:
                clients.append(Client(self.address("http"), 0.2))
            except OSError:
                break
        for client in clients:
            client.request("GET", "/x")
        for client in clients:
            with contextlib.suppress(Silent, Cut, AssertionError, OSError):
                client.answer()
            client.close()
        self.child.wait_until(self._serves, "serving again")
        self.assertIsNone(self.child.popen.poll())

    def _serves(self) -> bool:
        with contextlib.suppress(Silent, Cut, OSError):
            return ask(self.address("http"), "GET", "/x", limit=1).status == 200
        return False

    def _everyone_is_answered(self, name: str) -> None:
        """All at once, each with one request: who does not get in waits, and no node is blamed."""
        clients = [Client(self.address(name)) for _ in range(CROWD)]
        for client in clients:
            client.request("GET", "/x", fields="Connection: close\r\n")
        for client in clients:
            self.assertEqual(client.answer().status, 200)
            client.close()
        self.assertNotIn("upstream-", self.said())
        self.assertNotRegex(self.said(), "is ejected|is down|could not be asked")

    def test_everyone_is_answered(self) -> None:
        self._everyone_is_answered("http")

    def test_everyone_is_relayed(self) -> None:
        self._everyone_is_answered("tcp")

    def test_idle_clients_make_room(self) -> None:
        """More than it can have, who say nothing, take no service from one that asks."""
        idle = [Client(self.address("http")) for _ in range(IDLE)]
        self.assertEqual(ask(self.address("http"), "GET", "/x").status, 200)
        for client in idle:
            client.close()


class Idle(FreshCase):
    """It has all it needs, and nobody asks it for anything."""

    builder = (_plain,)

    def setUp(self) -> None:
        super().setUp()
        self.child = self.stage.proxy.child

    def cpu_while_idle(self) -> float:
        """Seconds of CPU in one second."""
        before = self.child.cpu_seconds()
        self.child.lives_for(1.0)
        return self.child.cpu_seconds() - before

    def test_no_cpu_when_nothing_happens(self) -> None:
        with Client(self.address("http")) as one, Client(self.address("tcp")) as two:
            one.ask("GET", "/x")
            two.ask("GET", "/x")
            self.assertLess(self.cpu_while_idle(), 0.02)

    def test_no_cpu_when_all_upstreams_are_dead(self) -> None:
        self.own("http")
        self.node("a").kill()
        for _ in range(3):
            self.assertIn(ask(self.address("http"), "GET", "/x").status, (502, 503))
        self.assertLess(self.cpu_while_idle(), 0.02)

    def test_no_descriptor_leaks(self) -> None:
        self.own("http")
        held = self.descriptors()
        self.own("http", 100)
        self.node("a").kill()
        for _ in range(100):
            ask(self.address("http"), "GET", "/x")
        self.assertLessEqual(self.descriptors(), held + 4)

    def descriptors(self) -> int:
        """How many it has."""
        return len(os.listdir(f"/proc/{self.child.pid}/fd"))
