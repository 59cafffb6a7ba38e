"""L{Processes}: real geths, and whatever else a network consists of, started, asked and ended."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.processes import Child, NotStarted
from tests.e2e import files
from tests.integration.clients import Client, Cut, Silent

#: Without a private transaction manager.
ALONE = {"PRIVATE_CONFIG": "ignore"}


class TookTooLong(AssertionError):
    """What was waited for did not come."""


class Refused(AssertionError):
    """A geth answered with an error."""


class Processes:
    """What was started, with its files in one folder.

    @param geth: the path of GoQuorum's executable.
    @param bound: seconds that all of it may take together.
    """

    def __init__(self, folder: Path, geth: str, bound: float) -> None:
        self.folder = folder
        self._geth = geth
        self._end = time.monotonic() + bound
        self._children: list[Child] = []

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

    def write(self, name: str, text: str) -> Path:
        """A file of the folder."""
        path = self.folder / name
        path.write_text(text)
        return path

    def child(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
        """A new process, that has not ended at once.

        @raise NotStarted: it has.
        """
        child = Child(command, self.folder / f"{name}.log", environment)
        self._children.append(child)
        if child.popen.poll() is not None:
            raise NotStarted(child.said())
        return child

    def run_geth(self, *arguments: str) -> None:
        """One of its commands that ends by itself."""
        environment = {**os.environ, **ALONE}
        command = [self._geth, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment)

    def raft_homes(self, eth: Sequence[int], raft: Sequence[int], chain: int = 10) -> list[list[str]]:
        """Data folders of one raft network with a genesis block.

        @param eth: ports of each node for blocks and transactions; C{raft}: for raft.
        @return: how each node's process is started, up to what is its own.
        """
        secrets = [files.node_key() for _ in eth]
        nodes = [
            f"enode://{name}@127.0.0.1:{port}?discport=0&raftport={raft_port}"
            for (_, name), port, raft_port in zip(secrets, eth, raft, strict=True)
        ]
        first = self.write("genesis.json", files.genesis(chain))
        commands = []
        for number, (secret, _) in enumerate(secrets):
            home = self.folder / f"geth{number}"
            home.mkdir()
            (home / "static-nodes.json").write_text(json.dumps(nodes))
            base = ["--datadir", str(home)]
            self.run_geth(*base, "init", str(first))
            switches = {
                "nodekey": self.write(f"nodekey{number}", secret), "networkid": chain,
                "raftport": raft[number], "port": eth[number], "raftblocktime": 50, "http.vhosts": "*",
            }  # fmt: skip
            options = [part for name, value in switches.items() for part in (f"--{name}", str(value))]
            bare = ["--raft", "--http", "--nodiscover", "--ipcdisable", "--allow-insecure-unlock"]
            commands.append([self._geth, *base, *bare, *options])
        return commands


def call(port: int, method: str, *params: Any, limit: float = 30.0) -> Any:
    """The result of a JSON-RPC call at a node.

    @param limit: seconds that any one wait may take.
    @raise Refused: it answered with an error.
    """
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    with Client(port, limit) as client:
        said = json.loads(client.ask("POST", "/", body, "Content-Type: application/json\r\n").body)
    if "error" in said:
        raise Refused(f"{method}: {said['error']['message']}")
    return said["result"]
