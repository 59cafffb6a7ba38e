"""C{ServedRpc}: a C{goquorum-rpc} listener before simulated nodes, in memory."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.node_signs import NodeSigns
from quorumha.goquorum.forward.ask import Asker
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import Member
from quorumha.testing.fact_recorder import FactRecorder
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.recording import Recorder
from quorumha.testing.memory_proxy import MemoryProxy, http_request

CONFIG = """
[pools.quorum]
upstreams = [%s]
%s
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "quorum"
%s
"""

#: A check that any process answers which listens.
CHECK = 'check = { kind = "http", path = "/", interval = "200ms", timeout = "200ms" }\n'


class ServedRpc(SynchronousTestCase):
    """Members a1, a2, ... and one listener."""

    def serve(self, listener: str = "", pool: str = "", members: int = 2, check: str = CHECK) -> MemoryProxy:
        """
        @param listener: further lines of the listener; of the pool likewise.
        @param check: its line.
        """
        upstreams = ", ".join(
            f'{{ name = "a{n}", endpoint = "http://10.0.0.2{n}:8545" }}' for n in range(1, members + 1)
        )
        self.facts = FactRecorder()
        self.config = CONFIG % (upstreams, check + pool, listener)
        self.proxy = proxy = MemoryProxy(self.config, observers=self.facts.observers)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        self.clock = proxy.net.clock
        # Until the checks have found each.
        proxy.net.advance(1.0)
        return proxy

    def node(self, name: str) -> SimulatedNode:
        return self.proxy.quorums[name]

    def member(self, name: str) -> Member:
        return self.proxy.service.pools["quorum"].member(name)

    @property
    def asker(self) -> Asker:
        """The listener's."""
        asker: Asker = self.proxy.service.parts["rpc"].asker
        return asker

    @property
    def caller(self) -> Caller:
        """Some client of it."""
        head = RequestHead(b"POST", b"/", 1, b"proxy", [], [], 0, True)
        return Caller(Client(b"192.0.2.7"), head, b"192.0.2.7")

    def signs(self, name: str) -> NodeSigns:
        return signs_of(self.member(name))

    def asked(self, method: str) -> dict[str, int]:
        """How often each node did a call of this method."""
        return {name: len(node.seen.get(method, ())) for name, node in sorted(self.proxy.quorums.items())}

    def send(self, method: str, *params: Any, id: Any = 1, fields: tuple[bytes, ...] = ()) -> Recorder:
        """A client that has sent a call."""
        return self.proxy.client(rpc_request(method, *params, id=id, fields=fields))

    def got(self, client: Recorder) -> Message | None:
        return self.proxy.response(client, b"POST")

    def call(
        self, method: str, *params: Any, within: float = 0.1, fields: tuple[bytes, ...] = ()
    ) -> dict[str, Any]:
        """What a call is answered with."""
        response = self.proxy.ask(rpc_request(method, *params, fields=fields), within=within)
        self.status = response.status
        found: dict[str, Any] = json.loads(response.body)
        return found


def data_of(error: dict[str, Any]) -> dict[str, Any]:
    """The data of an error of the proxy's own, but for the id of the request, which it has to have."""
    data: dict[str, Any] = dict(error["data"])
    assert data.pop("requestId")
    return data


def rpc_request(method: str, *params: Any, id: Any = 1, fields: tuple[bytes, ...] = ()) -> bytes:
    """A call over HTTP."""
    call = {"jsonrpc": "2.0", "id": id, "method": method, "params": list(params)}
    body = json.dumps(call, separators=(",", ":")).encode()
    return http_request(b"POST", b"/", body, b"Content-Type: application/json", *fields)
