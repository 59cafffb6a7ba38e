"""A real process takes its file again, while clients are served: nobody notices."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from attrs import define, field
from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE, Child, free_port, free_ports
from bench.upstreams import TcpUpstream
from tests.integration.clients import Client, Cut, Silent
from tests.integration.nodes import Node

#: Clients, each with a connection that it keeps, and the requests of all of them in a second.
CLIENTS, RATE = 40, 200
#: Each client's every so many requests is one on a connection of its own.
NEW = 10
#: Requests that are answered between two reloads.
BETWEEN = 40


@define(eq=False)
class Traffic:
    """Clients that send POSTs, each once.

    @ivar sent: how many were; C{lost}: what became of those without a response of a node.
    @ivar closed: how often a kept connection was ended by the proxy.
    """

    port: int
    sent: int = 0
    closed: int = 0
    lost: list[str] = field(factory=list)
    _stop: threading.Event = field(factory=threading.Event)
    _lock: threading.Condition = field(factory=threading.Condition)
    _threads: list[threading.Thread] = field(factory=list)
    _answered: int = 0

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._client, args=(one,)) for one in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(LATE)

    def wait_for(self, count: int) -> None:
        """Return when so many more were answered."""
        with self._lock:
            goal = self._answered + count
            assert self._lock.wait_for(lambda: self._answered >= goal or self.lost, LATE), (
                "nothing is answered"
            )

    def _client(self, number: int) -> None:
        kept, count = Client(self.port), 0
        # Not all in the same moment.
        self._stop.wait(number / RATE)
        while not self._stop.is_set():
            count += 1
            target, new = f"/{number}/{count}", count % NEW == 0
            client = Client(self.port) if new else kept
            if not self._ask(client, target):
                return
            if new:
                client.close()
            self._stop.wait(CLIENTS / RATE)
        kept.close()

    def _ask(self, client: Client, target: str) -> bool:
        """Send one; whether the connection is still there."""
        with self._lock:
            self.sent += 1
        try:
            answer = client.ask("POST", target, b"a body")
        except (Cut, Silent, OSError) as error:
            with self._lock:
                self.closed += 1
                self.lost.append(f"{target}: {error!r}")
                self._lock.notify_all()
            return False
        ends = (answer.value("connection") or "").lower() == "close"
        with self._lock:
            self._answered += 1
            self.closed += ends
            if answer.status != 200 or f"POST {target} 6".encode() not in answer.body:
                self.lost.append(f"{target}: {answer}")
            self._lock.notify_all()
        return not ends


class ReloadCase(SynchronousTestCase):
    """C{quorumha run} with a file that the test writes."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.file = self.folder / "quorumha.toml"

    def run_proxy(self, text: str, port: int) -> None:
        self.file.write_text(text)
        command = [sys.executable, "-m", "quorumha", "run", str(self.file)]
        self.proxy = Child(command, self.folder / "log", limit_files=8192)
        self.addCleanup(self.proxy.kill)
        self.proxy.wait_listening(("127.0.0.1", port))
        self.proxy.wait_said("serves")

    def reload(self, text: str, said: str) -> None:
        """Write the file, and let it be taken; return when the log has C{said}."""
        self.file.write_text(text)
        self.proxy.popen.send_signal(signal.SIGHUP)
        self.proxy.wait_said(said)

    def counted(self, event: str) -> int:
        return self.proxy.log.read_text(errors="replace").count(event)


class TrafficTests(ReloadCase):
    """200 requests a second over 40 kept connections, and new ones, through 20 reloads."""

    def text(self, number: int, *nodes: str, more: str = "", end: str = "") -> str:
        upstreams = ", ".join(f'"http://127.0.0.1:{self.nodes[name].port}"' for name in nodes)
        return (
            f'stop_timeout = "{number}s"\n[pools.p]\nupstreams = [{upstreams}]\ncheck = "connect"\n{more}'
            f'[listeners.l]\nlisten = "tcp:{self.ports[0]}:interface=127.0.0.1"\nserve = "http"\npool = "p"\n'
            f"total_timeout = 60\nfirst_byte_timeout = 60\n{end}"
        )

    def test_nobody_notices(self) -> None:
        self.nodes = {name: Node(name, self.folder) for name in "abc"}
        for node in self.nodes.values():
            self.addCleanup(node.kill)
        self.ports = free_ports(2)
        other = (
            f'[listeners.m]\nlisten = "tcp:{self.ports[1]}:interface=127.0.0.1"\nserve = "http"\npool = "p"\n'
        )
        self.run_proxy(self.text(100, "a", "b"), self.ports[0])
        traffic = Traffic(self.ports[0])
        self.addCleanup(traffic.stop)
        traffic.start()
        number = 100
        for _ in range(4):
            for text, wrong in (
                (self.text(number + 1, "a", "b", "c"), False),
                (self.text(number + 2, "b", "c"), False),
                (
                    self.text(
                        number + 3,
                        *("a", "b"),
                        more='connect_timeout = "2s"\nkeepalive = 8\n',
                        end="max_connections = 500\nbody_limit = 9000\n",
                    ),
                    False,
                ),
                (self.text(number + 4, "a", "b", end=other), False),
                (self.text(number + 5, "c", end=f"nonsense{number} = 1\n"), True),
            ):
                traffic.wait_for(BETWEEN)
                number += not wrong
                self.reload(text, f"nonsense{number - 4}" if wrong else f"-> {shown(number)}")
        traffic.wait_for(BETWEEN)
        traffic.stop()
        self.assertEqual((traffic.lost, traffic.closed), ([], 0))
        asked = Counter(one["target"] for node in self.nodes.values() for one in node.records())
        self.assertEqual([target for target, times in asked.items() if times > 1], [], "repeated")
        self.assertEqual(asked.total(), traffic.sent)
        self.assertGreaterEqual(traffic.sent, 21 * BETWEEN)
        self.assertEqual((self.counted("was taken: "), self.counted("was not taken")), (16, 4))
        self.assertNotIn("Traceback", self.proxy.said())


def shown(seconds: int) -> str:
    """As the log has it."""
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


class OpenTests(ReloadCase):
    """What is under way when the pool of it changes."""

    RELAYED, WAITING = 1000, 100

    def text(self, echoes: str, waits: str) -> str:
        return (
            f'[pools.echo]\nupstreams = [{echoes}]\ncheck = "off"\n'
            f'[pools.wait]\nupstreams = [{waits}]\ncheck = "off"\n'
            f'[listeners.relay]\nlisten = "tcp:{self.relay}:interface=127.0.0.1"\n'
            'serve = "tcp"\npool = "echo"\n'
            f'[listeners.wait]\nlisten = "tcp:{self.waiting}:interface=127.0.0.1"\nserve = "tessera-q2t"\n'
            'pool = "wait"\nclient_timeout = "none"\n'
        )

    def test_they_live(self) -> None:
        """1,000 relayed connections at a member that is removed, and 100 requests that wait for one."""
        echo = TcpUpstream(self.folder / "echo")
        self.addCleanup(echo.child.stop)
        node = Node("a", self.folder)
        self.addCleanup(node.kill)
        dead, self.relay, self.waiting = free_ports(3)
        at_echo, at_dead = f'"tcp:127.0.0.1:{echo.port}"', f'"http://127.0.0.1:{dead}"'
        self.run_proxy(self.text(at_echo, at_dead), self.relay)
        relayed = [Client(self.relay) for _ in range(self.RELAYED)]
        asking = [Client(self.waiting) for _ in range(self.WAITING)]
        for client in (*relayed, *asking):
            self.addCleanup(client.close)
        self.echoed(relayed, b"before")
        for client in asking:
            client.request("GET", "/upcheck")
        self.proxy.wait_said("requests wait")
        self.reload(
            self.text(f'"tcp:127.0.0.1:{free_port()}"', f'{at_dead}, "http://127.0.0.1:{node.port}"'),
            "removed pools.echo.upstreams",
        )
        self.echoed(relayed, b"behind")
        for client in asking:
            self.assertEqual(client.answer().status, 200)
        self.assertNotIn("Traceback", self.proxy.said())

    def echoed(self, clients: list[Client], data: bytes) -> None:
        for client in clients:
            client.send(data)
        for client in clients:
            found = b""
            while len(found) < len(data):
                piece = client.socket.recv(len(data) - len(found))
                self.assertNotEqual(piece, b"", "it was closed")
                found += piece
            self.assertEqual(found, data)


class SentenceTests(ReloadCase):
    """What a reload cannot change, and signals in a row."""

    def test_what_cannot_change(self) -> None:
        """Each is refused as a whole, with a sentence; what serves goes on."""
        port = free_port()
        text = (
            f'state_directory = "{self.folder}"\n[pools.p]\nupstreams = ["http://127.0.0.1:9"]\n'
            f'check = "off"\n[listeners.l]\nlisten = "tcp:{port}:interface=127.0.0.1"\nserve = "http"\n'
            'pool = "p"\n'
        )
        self.run_proxy(text, port)
        other = '[listeners.m]\nlisten = "systemd:domain=INET:name=m"\nserve = "http"\npool = "p"\n'
        self.reload(text + other, "systemd gave this process no socket")
        self.reload(
            text.replace(f'"{self.folder}"', f'"{self.folder}/other"'),
            "state_directory: cannot be changed while the process runs; restart it, or leave it as it was",
        )
        self.reload("x" + text, "unknown key")
        self.assertEqual((self.counted("was taken: "), self.counted("was not taken")), (0, 3))
        self.reload(text, "was taken: nothing changed")
        with Client(port) as client:
            self.assertEqual(client.ask("GET", "/").status, 502)

    def test_ten_signals(self) -> None:
        """However many come, the file is taken as it is in the end."""
        node = Node("a", self.folder)
        self.addCleanup(node.kill)
        port = free_port()
        text = (
            f'[pools.p]\nupstreams = ["http://127.0.0.1:{node.port}"]\ncheck = "off"\n'
            f'[listeners.l]\nlisten = "tcp:{port}:interface=127.0.0.1"\nserve = "http"\npool = "p"\n'
        )
        self.run_proxy(text, port)
        for number in range(10):
            self.file.write_text(text + f"body_limit = {number + 1001}\n")
            self.proxy.popen.send_signal(signal.SIGHUP)
        self.proxy.wait_said("-> 1010")


del ReloadCase
