"""L{RpcNetwork}: three real GoQuorums in one raft, two of them with one key store behind quorumha.

C{a1} and C{a2} share ten accounts; C{b} is another party's, and is never in trouble unless a test says so.
There is no Tessera: transactions are public ones.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.arms import twistd_command
from bench.processes import Child, free_ports
from tests.e2e.processes import ALONE, Processes, call
from tests.integration.clients import ask

#: Seconds that all of it may take together.
BOUND = 400.0
NAMES = ("a1", "a2", "b")
ACCOUNTS = 10
#: Every namespace that checks and clients ask for.
NAMESPACES = "eth,net,web3,raft,debug,personal,txpool,rpc"
#: Blocks that are asked for in one message.
_AT_ONCE = 200

_CONFIG = """\
[pools.quorum]
upstreams = [
  {{ name = "a1", endpoint = "http://127.0.0.1:{a1}", websocket = "ws://127.0.0.1:{a1_ws}" }},
  {{ name = "a2", endpoint = "http://127.0.0.1:{a2}", websocket = "ws://127.0.0.1:{a2_ws}" }},
]

[listeners.rpc]
listen = "tcp:{port}:interface=127.0.0.1"
serve = "goquorum-rpc"
pool = "quorum"
{lines}
"""


class RpcNetwork(Processes):
    """The processes.

    @ivar port: of the proxy, on loopback.
    @ivar http: of each node, by name.
    @ivar accounts: of the key store that C{a1} and C{a2} share.
    """

    def __init__(self, folder: Path, geth: str, lines: str = "", chain: int = 10) -> None:
        """
        @param lines: further ones of the listener.
        @param chain: its id.
        """
        super().__init__(folder, geth, BOUND)
        ports = iter(free_ports(13))
        eth, raft = ([next(ports) for _ in NAMES] for _ in range(2))
        self.http = {name: next(ports) for name in NAMES}
        self._sockets = {name: next(ports) for name in NAMES}
        self.port = next(ports)
        self.accounts: list[str] = []
        self._lines = lines
        self._bases = dict(zip(NAMES, self.raft_homes(eth, raft, chain), strict=True))
        self._password = self.write("password", "")
        self._nodes: dict[str, Child] = {}
        self.proxy: Child | None = None
        self._others_account = ""
        self._wanted = threading.Event()

    def start(self) -> None:
        """Make accounts, and start everything."""
        for name, count in (("a", ACCOUNTS), ("b", 1)):
            store = str(self._store(name))
            for _ in range(count):
                secret = ["--password", str(self._password)]
                self.run_geth("account", "new", "--lightkdf", "--keystore", store, *secret)
        # Others first: one of them mints.
        for name in reversed(NAMES):
            self.start_node(name)
        for name in NAMES:
            self.until_ready(name)
        self.accounts = self.call("a1", "eth_accounts")
        (self._others_account,) = self.call("b", "eth_accounts")
        self._start_proxy()

    def stop(self) -> None:
        """End everything."""
        self._wanted.set()
        super().stop()

    def _store(self, name: str) -> Path:
        return self.folder / f"keys-{name[0]}"

    def start_node(self, name: str, namespaces: str = NAMESPACES, unlock: bool = True) -> None:
        """A new process; it answers a little later, and unlocks its accounts later still.

        @param namespaces: that its port has.
        @param unlock: by itself.
        """
        command = [*self._bases[name], "--keystore", str(self._store(name))]
        command += ["--http.port", str(self.http[name]), "--http.api", namespaces]
        command += ["--ws", "--ws.port", str(self._sockets[name]), "--ws.api", namespaces]
        if unlock:
            count = ACCOUNTS if name != "b" else 1
            command += ["--unlock", ",".join(map(str, range(count))), "--password", str(self._password)]
        self._nodes[name] = self.child(name, command, ALONE)

    def until_ready(self, name: str) -> None:
        """It answers, and knows others."""
        self.until(lambda: bool(self.call(name, "eth_accounts")), f"{name} answers")
        # After --unlock is done, it says so of the last one.
        self.until(lambda: self._signs(name), f"{name} has its accounts unlocked")

    def _signs(self, name: str) -> bool:
        try:
            return bool(self.call(name, "eth_sign", self.call(name, "eth_accounts")[-1], "0x00"))
        except AssertionError:
            return False

    def unlock(self, name: str) -> None:
        """All accounts, one after the other."""
        for account in self.accounts:
            self.call(name, "personal_unlockAccount", account, "", 0)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self._nodes[name].kill()

    @contextlib.contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """SIGSTOP, and then SIGCONT."""
        with self._nodes[name].suspended():
            yield

    def call(self, name: str, method: str, *params: Any, limit: float = 30.0) -> Any:
        """The result of a call at a node itself."""
        return call(self.http[name], method, *params, limit=limit)

    def _start_proxy(self) -> None:
        sockets = {f"{name}_ws": port for name, port in self._sockets.items()}
        text = _CONFIG.format(**self.http, **sockets, port=self.port, lines=self._lines)
        self.proxy = self.child("quorumha", twistd_command(self.write("quorumha.toml", text)))
        self.proxy.wait_listening(("127.0.0.1", self.port))
        self.until(lambda: bool(call(self.port, "eth_blockNumber")), "the proxy serves")

    def make_blocks(self) -> None:
        """Let some come, again and again, from now on: an idle raft mints none."""
        threading.Thread(target=self._make_blocks, daemon=True).start()

    def _make_blocks(self) -> None:
        asked = {"from": self._others_account, "to": "0x" + "88" * 20, "gas": "0x15f90"}
        while not self._wanted.wait(0.25):
            try:
                self.call("b", "eth_sendTransaction", asked)
            except (OSError, AssertionError):
                if self._wanted.is_set():
                    return

    def mined(self) -> list[tuple[str, int, str, str]]:
        """What blocks have of the shared accounts, as C{b} knows them: sender, nonce, data and hash."""
        height = int(self.call("b", "eth_blockNumber"), 16)
        found = []
        for first in range(0, height + 1, _AT_ONCE):
            calls = [
                {"jsonrpc": "2.0", "id": n, "method": "eth_getBlockByNumber", "params": [hex(n), True]}
                for n in range(first, min(first + _AT_ONCE, height + 1))
            ]
            body, fields = json.dumps(calls).encode(), "Content-Type: application/json\r\n"
            for said in json.loads(ask(self.http["b"], "POST", "/", body, fields).body):
                found += [
                    (one["from"], int(one["nonce"], 16), one["input"][2:], one["hash"])
                    for one in said["result"]["transactions"]
                ]
        return [one for one in found if one[0] in self.accounts]
