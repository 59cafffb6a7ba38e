"""A proxy in memory with an admin, and who asks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.fact_recorder import FactRecorder
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.recording import Recorder
from quorumha.testing.http_clients import http_request
from quorumha.testing.memory_proxy import MemoryProxy

TOKEN = "a-token-of-24-characters"
POOLS = """
[pools.nodes]
upstreams = [{ endpoint = "tcp:10.0.0.1:80", name = "a" }, { endpoint = "tcp:10.0.0.2:80", name = "b" }]
[listeners.rpc]
listen = "tcp:8545"
serve = "http"
pool = "nodes"
"""
#: Where its addresses are in memory.
SOCKET, LOOPBACK, PROBES = "unix:/run/q.sock", "proxy:9900", "proxy:9901"


class AdminCase(SynchronousTestCase):
    """Tests of a proxy with an admin.

    @ivar proxy: with a unix socket, a loopback address with a token, and probes.
    """

    #: Further keys of C{[admin]}.
    keys = ""

    def setUp(self) -> None:
        self.facts = FactRecorder()
        self.token_file = Path(self.mktemp())
        self.token_file.write_text(TOKEN, encoding="utf-8")
        self.token_file.chmod(0o600)
        self.proxy = MemoryProxy(self.toml(), observers=self.facts.observers)
        self.proxy.simulate()

    def toml(self, keys: str = "", pools: str = POOLS) -> str:
        """The configuration, with further keys of C{[admin]}."""
        return (
            f'{pools}\n[admin]\nlisten = ["unix:/run/q.sock", "tcp:9900:interface=127.0.0.1"]\n'
            f'probes = "tcp:9901"\ntoken_file = "{self.token_file}"\n{self.keys}{keys}'
        )

    def start(self, first_checks: float = 1.0) -> None:
        """Let it run, and end with the test."""
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        # The first checks.
        self.proxy.net.advance(first_checks)

    def client(self, data: bytes, to: str = SOCKET) -> Recorder:
        """One that has sent this."""
        client = self.proxy.net.connect(to)
        self.proxy.net.run()
        client.write(data)
        self.proxy.net.run()
        return client

    def ask(
        self,
        path: str,
        *fields: str,
        to: str = SOCKET,
        method: str = "GET",
        host: str = "localhost",
        body: bytes | None = None,
    ) -> Message:
        """The response, which is there at once."""
        lines = [field.encode() for field in fields]
        client = self.client(
            http_request(method.encode(), path.encode(), body, *lines, host=host.encode()), to
        )
        found = self.proxy.response(client, method.encode())
        assert found is not None, client.received
        return found

    def status_of(self, path: str, *fields: str, **how: Any) -> int:
        """The status of the response."""
        return self.ask(path, *fields, **how).status

    def document(self) -> Any:
        """The status document."""
        return json.loads(self.ask("/api/v1/status").body)
