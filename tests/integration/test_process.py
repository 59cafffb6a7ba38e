"""The process: starting, stopping, its socket files, running out of descriptors, being idle."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.processes import LATE, free_port
from tests.integration.clients import Address, Client, Cut, Silent, ask
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
        limit_files: int | None = None,
    ) -> Proxy:
        proxy = Proxy(topology or self.topology, self.directory / "proxy", None, addresses, limit_files)
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

    def test_stops(self) -> None:
        proxy = self.launch()
        self.works(proxy)
        self.stops(proxy)

    def test_stops_with_connections_that_hang(self) -> None:
        proxy = self.launch()
        self.node.script(script("request", ["hang"]), times=-1)
        with Client(proxy.addresses["http"]) as one, Client(proxy.addresses["tcp"]) as two:
            for client in (one, two):
                client.request("GET", "/x")
            self.assertTrue(self.node.wait(count=2))
            self.stops(proxy)

    def test_kept_connections_do_not_hold_it(self) -> None:
        proxy = self.launch()
        with Client(proxy.addresses["http"]) as client:
            client.ask("GET", "/x")
            self.stops(proxy)
            self.assertEqual(client.rest(), b"")

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

    def test_starts_again_on_the_same_port_at_once(self) -> None:
        proxy = self.launch()
        with Client(proxy.addresses["http"]) as client:
            client.ask("GET", "/x")
            proxy.stop()
        self.works(self.launch(addresses=proxy.addresses))

    def test_starts_again_after_a_kill(self) -> None:
        proxy = self.launch()
        self.works(proxy)
        proxy.kill()
        self.works(self.launch(addresses=proxy.addresses))


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

    def test_serves(self) -> None:
        self.works(self.launch())

    def test_is_not_open_to_all(self) -> None:
        self.launch()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode) & 0o007, 0)

    def test_is_removed_on_a_clean_stop(self) -> None:
        proxy = self.launch()
        self.works(proxy)  # it listens before its reactor runs, and minds no signal until then
        proxy.stop()
        self.assertFalse(self.path.exists())

    def test_stale_one_is_replaced_after_a_crash(self) -> None:
        self.launch().kill()
        self.assertTrue(self.path.is_socket())
        self.works(self.launch())

    def test_live_one_is_not_stolen(self) -> None:
        proxy = self.launch()
        inode = self.path.stat().st_ino
        second = Proxy(self.topology, self.directory / "second")
        self.addCleanup(second.kill)
        with contextlib.suppress(subprocess.TimeoutExpired):
            second.child.popen.wait(LATE)
        self.assertNotIn(second.child.popen.returncode, (0, None))
        self.assertEqual(self.path.stat().st_ino, inode)
        self.works(proxy)

    def ends_and_leaves(self) -> None:
        proxy = Proxy(self.topology, self.directory / "proxy")
        self.addCleanup(proxy.kill)
        with contextlib.suppress(subprocess.TimeoutExpired):
            proxy.child.popen.wait(LATE)
        self.assertNotIn(proxy.child.popen.returncode, (0, None))

    def test_ordinary_file_is_never_deleted(self) -> None:
        self.path.write_text("precious")
        self.ends_and_leaves()
        self.assertEqual(self.path.read_text(), "precious")

    def test_symlink_is_never_followed(self) -> None:
        target = self.directory / "target"
        self.path.symlink_to(target)
        self.ends_and_leaves()
        self.assertTrue(self.path.is_symlink())


class Descriptors(ProcessCase):
    def test_64_descriptors_and_150_clients(self) -> None:
        """It lives, and serves again once they are gone."""
        proxy = self.launch(limit_files=64)
        clients = []
        for _ in range(150):
            try:
                clients.append(Client(proxy.addresses["http"], 0.2))
            except OSError:
                break
        for client in clients:
            client.request("GET", "/x")
        for client in clients:
            with contextlib.suppress(Silent, Cut, AssertionError, OSError):
                client.answer()
            client.close()
        self._recovers(proxy)
        self.assertIsNone(proxy.child.popen.poll())

    def _everyone_is_answered(self, name: str) -> None:
        """150 clients at once, each with one request: who does not get in waits, and no node is blamed."""
        proxy = self.launch(limit_files=64)
        clients = [Client(proxy.addresses[name]) for _ in range(150)]
        for client in clients:
            client.request("GET", "/x", fields="Connection: close\r\n")
        for client in clients:
            self.assertEqual(client.answer().status, 200)
            client.close()
        self.assertNotIn("upstream-", proxy.child.said())
        self.assertNotRegex(proxy.child.said(), "is ejected|is down|could not be asked")

    def test_everyone_is_answered(self) -> None:
        self._everyone_is_answered("http")

    def test_everyone_is_relayed(self) -> None:
        self._everyone_is_answered("tcp")

    def test_idle_clients_make_room(self) -> None:
        """150 that say nothing take no service from one that asks."""
        proxy = self.launch(limit_files=64)
        idle = [Client(proxy.addresses["http"]) for _ in range(150)]
        self.assertEqual(ask(proxy.addresses["http"], "GET", "/x").status, 200)
        for client in idle:
            client.close()

    def _recovers(self, proxy: Proxy) -> None:
        def serves() -> bool:
            with contextlib.suppress(Silent, Cut, OSError):
                return ask(proxy.addresses["http"], "GET", "/x", limit=1).status == 200
            return False

        proxy.child.wait_until(serves, "serving again")


class Idle(ProcessCase):
    def cpu_while_idle(self, proxy: Proxy) -> float:
        before = proxy.child.cpu_seconds()
        proxy.child.lives_for(1.0)
        return proxy.child.cpu_seconds() - before

    def test_no_cpu_when_nothing_happens(self) -> None:
        proxy = self.launch()
        with Client(proxy.addresses["http"]) as one, Client(proxy.addresses["tcp"]) as two:
            one.ask("GET", "/x")
            two.ask("GET", "/x")
            self.assertLess(self.cpu_while_idle(proxy), 0.02)

    def test_no_cpu_when_all_upstreams_are_dead(self) -> None:
        proxy = self.launch()
        self.works(proxy)
        self.node.kill()
        for _ in range(3):
            self.assertIn(ask(proxy.addresses["http"], "GET", "/x").status, (502, 503))
        self.assertLess(self.cpu_while_idle(proxy), 0.02)

    def test_no_descriptor_leaks(self) -> None:
        proxy = self.launch()
        self.works(proxy)
        held = len(os.listdir(f"/proc/{proxy.child.pid}/fd"))
        for _ in range(100):
            self.works(proxy)
        self.node.kill()
        for _ in range(100):
            ask(proxy.addresses["http"], "GET", "/x")
        self.assertLessEqual(len(os.listdir(f"/proc/{proxy.child.pid}/fd")), held + 4)

    def test_interrupt_stops_it_too(self) -> None:
        proxy = self.launch()
        self.works(proxy)
        proxy.child.stop(signal.SIGINT)
        self.assertIn(proxy.child.popen.returncode, (0, -signal.SIGINT))
