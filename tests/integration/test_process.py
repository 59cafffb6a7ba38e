"""The process: starting, stopping, its socket files; what it uses is in test_resources.py."""

from __future__ import annotations

import contextlib
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

from attrs import evolve
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.processes import LATE, free_port
from tests.integration.clients import Address, Client, ask
from tests.integration.nodes import Node
from tests.integration.proxies import Proxy, chosen_arm, why_not
from tests.integration.topology import Listener, Member, Topology, listener, pool, relay
from tests.vectors.faults import script


class ProcessCase(SynchronousTestCase):
    """Each test starts its own proxy before one node."""

    def setUp(self) -> None:
        if reason := why_not(chosen_arm()):
            raise SkipTest(reason)
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        self.node = Node("a", self.directory)
        self.addCleanup(self.node.kill)
        self.topology = Topology(
            (pool("http", self.node.port), pool("tcp", self.node.port)),
            (listener("http", "http"), relay("tcp", "tcp")),
        )

    def launch(
        self,
        topology: Topology | None = None,
        addresses: dict[str, Address] | None = None,
    ) -> Proxy:
        proxy = Proxy(topology or self.topology, self.directory / "proxy", None, addresses)
        self.addCleanup(proxy.kill)
        return proxy.wait()

    def works(self, proxy: Proxy, name: str = "http") -> None:
        self.assertEqual(ask(proxy.addresses[name], "GET", "/x").status, 200)


class Stopping(ProcessCase):
    def stops(self, proxy: Proxy) -> None:
        """By itself, when it is asked to: after how long by its clock, tests.test_service says."""
        proxy.stop()
        # Twisted ends by the signal it was sent, once all is done.
        self.assertIn(proxy.child.popen.returncode, (0, -signal.SIGTERM))

    def test_stops_and_starts_again(self) -> None:
        """A kept connection does not hold it; it starts on the same port at once, after a kill too."""
        proxy = self.launch()
        with Client(proxy.addresses["http"]) as client:
            client.ask("GET", "/x")
            self.stops(proxy)
            self.assertEqual(client.rest(), b"")
        proxy = self.launch(addresses=proxy.addresses)
        self.works(proxy)
        proxy.kill()
        self.works(self.launch(addresses=proxy.addresses))

    def test_interrupt_stops_it_too(self) -> None:
        proxy = self.launch()
        self.works(proxy)
        proxy.child.stop(signal.SIGINT)
        self.assertIn(proxy.child.popen.returncode, (0, -signal.SIGINT))

    def test_stops_with_connections_that_hang(self) -> None:
        proxy = self.launch(evolve(self.topology, stop_timeout=0.5))
        self.node.script(script("request", ["hang"]), times=-1)
        with Client(proxy.addresses["http"]) as one, Client(proxy.addresses["tcp"]) as two:
            for client in (one, two):
                client.request("GET", "/x")
            self.assertTrue(self.node.wait(count=2))
            self.stops(proxy)

    def test_answers_what_is_in_flight_and_refuses_new(self) -> None:
        proxy = self.launch()
        self.node.script(script("request", ["wait", 1.0], ["answer"]))
        with Client(proxy.addresses["http"]) as client:
            client.request("POST", "/x", b"hello")
            self.assertTrue(self.node.wait(count=1))
            proxy.child.popen.send_signal(proxy.drain_signal())
            self._refuses(proxy)
            answer = client.answer()
            self.assertEqual(answer.status, 200)
            self.assertIn(b"POST /x 5", answer.body)
            self.assertEqual(client.rest(), b"")
        proxy.child.popen.wait(LATE)

    def _refuses(self, proxy: Proxy) -> None:
        """As soon as the signal is taken, and before it ends."""

        def refused() -> bool:
            try:
                Client(proxy.addresses["http"]).close()
            except ConnectionError:
                return True
            return False

        proxy.child.wait_until(refused, "closed to new clients")


class Starting(ProcessCase):
    def test_port_taken_is_a_clear_failure(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            addresses: dict[str, Address] = {"http": free_port(), "tcp": port}
            proxy = Proxy(self.topology, self.directory / "proxy", None, addresses)
            self.addCleanup(proxy.kill)
            with contextlib.suppress(subprocess.TimeoutExpired):
                proxy.child.popen.wait(LATE)
            self.assertNotIn(proxy.child.popen.returncode, (0, None))
        said = "".join(one.read_text() for one in (self.directory / "proxy").glob("*.log"))
        self.assertIn(str(port), said)
        self.assertNotIn("Traceback", said)

    def test_name_that_does_not_resolve_is_one_dead_upstream(self) -> None:
        nameless = Member(self.node.port, host="no-such-name.invalid")
        topology = Topology((pool("http", nameless, self.node.port),), (listener("http", "http"),))
        proxy = self.launch(topology)
        for _ in range(3):
            self.works(proxy)


class UnixSockets(ProcessCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "tm.ipc"
        self.topology = Topology(
            (pool("http", self.node.port),), (Listener("http", "http", path=str(self.path)),)
        )

    def test_life(self) -> None:
        """It serves, not everyone; what a crash left is replaced, and a clean stop leaves nothing."""
        self.launch().kill()
        self.assertTrue(self.path.is_socket())
        proxy = self.launch()
        self.works(proxy)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode) & 0o007, 0)
        proxy.stop()
        self.assertFalse(self.path.exists())

    def test_live_one_is_not_stolen(self) -> None:
        proxy = self.launch()
        inode = self.path.stat().st_ino
        second = Proxy(self.topology, self.directory / "second")
        self.addCleanup(second.kill)
        self.fails(second)
        self.assertEqual(self.path.stat().st_ino, inode)
        self.works(proxy)

    def fails(self, proxy: Proxy) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            proxy.child.popen.wait(LATE)
        self.assertNotIn(proxy.child.popen.returncode, (0, None))

    def ends_and_leaves(self) -> None:
        proxy = Proxy(self.topology, self.directory / "proxy")
        self.addCleanup(proxy.kill)
        self.fails(proxy)

    def test_ordinary_file_is_never_deleted(self) -> None:
        self.path.write_text("precious")
        self.ends_and_leaves()
        self.assertEqual(self.path.read_text(), "precious")

    def test_symlink_is_never_followed(self) -> None:
        target = self.directory / "target"
        self.path.symlink_to(target)
        self.ends_and_leaves()
        self.assertTrue(self.path.is_symlink())
