"""Real nodes on loopback: two Tesseras of one party behind quorumha, a third party, three GoQuorums.

Party A: geth 0 and 1, each at a socket of quorumha's; Tessera 0 and 1, one key pair, one database in an
H2 server of its own process, so that a Tessera's death is not the database's.
Party B: geth 2 and Tessera 2, without a proxy.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.arms import twistd_command
from bench.processes import Child, NotStarted, free_ports
from tests.e2e import files
from tests.integration.clients import Client, Cut, Silent, ask

#: Seconds that all of it may take together.
BOUND = 300.0


class TookTooLong(AssertionError):
    """What was waited for did not come."""


class Network:
    """The processes.

    @ivar tesseras: 0 and 1 are the pair.
    @ivar geths: 0 and 1 are beside the pair.
    @ivar keys: of party A and party B.
    """

    def __init__(self, folder: Path, geth: str, jar: str) -> None:
        self.tesseras: list[Child] = []
        self.geths: list[Child] = []
        self.keys = [files.KeyPair.fresh(), files.KeyPair.fresh()]
        self._folder, self._geth, self._jar = folder, geth, jar
        self._end = time.monotonic() + BOUND
        self._children: list[Child] = []
        ports = iter(free_ports(17))
        self._database, self._front = next(ports), next(ports)
        self._q2t, self._p2p, self._raft, self._eth, self._http = (
            [next(ports) for _ in range(3)] for _ in range(5)
        )
        self._sockets = [folder / f"tm{number}.ipc" for number in (0, 1)]

    def start(self) -> None:
        """Start everything, in the order in which each finds what it needs."""
        tools = ["java", "-cp", self._jar, "org.h2.tools.Server"]
        database = self._child("h2", [*tools, "-tcp", "-tcpPort", str(self._database), "-ifNotExists",
                                      "-baseDir", str(self._folder)])  # fmt: skip
        database.wait_listening(("127.0.0.1", self._database), 30)
        for number in range(3):
            self._start_tessera(number)
        config = self._write(
            "quorumha.toml", files.quorumha(self._sockets, self._front, self._q2t[:2], self._p2p[:2])
        )
        proxy = self._child("quorumha", twistd_command(config))
        for path in self._sockets:
            proxy.wait_listening(str(path))
        for number in (0, 1):
            self.until(
                lambda number=number: files.url(self._p2p[2]) in self._parties(number), "party B is known"
            )
        self._start_geths()

    def stop(self) -> None:
        """End everything."""
        for child in reversed(self._children):
            child.kill()

    def until(self, true: Callable[[], bool], what: str, limit: float = 60.0) -> None:
        """Ask again and again: real processes have no clock of ours.

        @raise TookTooLong: it did not become true.
        """
        end = min(self._end, time.monotonic() + limit)
        while time.monotonic() < end:
            with contextlib.suppress(OSError, Cut, Silent):
                if true():
                    return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._children[0].popen.wait(0.2)
        raise TookTooLong(f"{what}: not in time; processes said {[c.said()[-300:] for c in self._children]}")

    def call(self, number: int, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC call at a geth.

        @raise AssertionError: it answered with an error.
        """
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        kind = "Content-Type: application/json\r\n"
        with Client(self._http[number], limit=30.0) as client:
            said = json.loads(client.ask("POST", "/", body, kind).body)
        if "error" in said:
            raise AssertionError(f"geth {number}, {method}: {said['error']['message']}")
        return said["result"]

    def _start_tessera(self, number: int) -> None:
        pair = number < 2
        database = f"jdbc:h2:tcp://127.0.0.1:{self._database}/./{'a' if pair else 'b'}"
        advertised = self._front if pair else self._p2p[2]
        keys = self.keys[0 if pair else 1]
        others = [self._p2p[2] if pair else self._front]
        text = files.tessera(keys, database, self._q2t[number], self._p2p[number], advertised, others)
        config = self._write(f"tessera{number}.json", text)
        command = ["java", "-Xmx256M", "-jar", self._jar, "-configfile", str(config)]
        self.tesseras.append(self._child(f"tessera{number}", command))
        up = lambda: ask(self._q2t[number], "GET", "/upcheck").status == 200  # noqa: E731
        self.until(up, f"Tessera {number} is up")

    def _start_geths(self) -> None:
        secrets = [files.node_key() for _ in range(3)]
        nodes = [
            f"enode://{name}@127.0.0.1:{eth}?discport=0&raftport={raft}"
            for (_, name), eth, raft in zip(secrets, self._eth, self._raft, strict=True)
        ]
        first = self._write("genesis.json", files.genesis())
        empty = self._write("password", "")
        alone = {**os.environ, "PRIVATE_CONFIG": "ignore"}
        for number, (secret, _) in enumerate(secrets):
            home = self._folder / f"geth{number}"
            home.mkdir()
            (home / "static-nodes.json").write_text(json.dumps(nodes))
            key = self._write(f"nodekey{number}", secret)
            base = [self._geth, "--datadir", str(home)]
            for command in (["init", str(first)], ["account", "new", "--lightkdf", "--password", str(empty)]):
                subprocess.run([*base, *command], check=True, capture_output=True, timeout=60, env=alone)
            switches = {
                "nodekey": key, "networkid": 10, "raftport": self._raft[number], "port": self._eth[number],
                "http.port": self._http[number], "http.api": "eth,net,raft", "http.vhosts": "*",
                "unlock": 0, "password": empty, "raftblocktime": 50,
            }  # fmt: skip
            bare = ["--raft", "--http", "--nodiscover", "--ipcdisable", "--allow-insecure-unlock"]
            options = [part for name, value in switches.items() for part in (f"--{name}", str(value))]
            tessera = {"PRIVATE_CONFIG": str(self._sockets[number])} if number < 2 else {}
            direct = [] if number < 2 else ["--ptm.url", files.url(self._q2t[2])]
            self.geths.append(self._child(f"geth{number}", [*base, *bare, *options, *direct], tessera))
        for number in range(3):
            self.until(
                lambda number=number: self.call(number, "raft_role") != "", f"geth {number} is in the cluster"
            )

    def _parties(self, number: int) -> set[str]:
        said = json.loads(ask(self._p2p[number], "GET", "/partyinfo").body)
        return {key["url"].rstrip("/") for key in said["keys"]}

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text)
        return path

    def _child(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> Child:
        child = Child(command, self._folder / f"{name}.log", environment)
        self._children.append(child)
        if child.popen.poll() is not None:
            raise NotStarted(child.said())
        return child
