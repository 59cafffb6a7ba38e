"""C{Web3Case}: a C{goquorum-rpc} listener, simulated nodes on real ports, clients over HTTP in a thread."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.threads import blockingCallFromThread, deferToThread
from twisted.trial.unittest import SkipTest, TestCase
from zope.interface import implementer

from quorumha.app.kinds import parse_config
from quorumha.app.service import make_service
from quorumha.testing import KEYS, SimulatedNetwork, SimulatedNode
from tests.web3.payment import payment

T = TypeVar("T")

CONFIG = """
[pools.quorum]
upstreams = [
  {{ name = "a1", endpoint = "http://127.0.0.1:{a1}" }},
  {{ name = "a2", endpoint = "http://127.0.0.1:{a2}" }},
]
check = {{ kind = "goquorum", interval = "100ms", timeout = "500ms" }}

[listeners.rpc]
listen = "tcp:0:interface=127.0.0.1"
serve = "goquorum-rpc"
pool = "quorum"
{lines}
"""


@implementer(IReactorTime)
class NodesClock:
    """The reactor's, for nodes: what they have still planned when a test is over is taken back."""

    def __init__(self, clock: IReactorTime) -> None:
        self.seconds = clock.seconds
        self._clock = clock
        self._planned: list[IDelayedCall] = []

    def callLater(self, delay: float, call: Callable[..., Any], *args: Any, **more: Any) -> IDelayedCall:
        """As the interface says."""
        planned: IDelayedCall = self._clock.callLater(delay, call, *args, **more)
        self._planned = [one for one in self._planned if one.active()]
        self._planned.append(planned)
        return planned

    def getDelayedCalls(self) -> list[IDelayedCall]:
        """As the interface says."""
        return [one for one in self._planned if one.active()]

    def end(self) -> None:
        """Nothing happens any more."""
        for one in self.getDelayedCalls():
            one.cancel()


class Web3Case(TestCase):
    """Two nodes with one key store, one of another party, and a proxy.

    @ivar network: of the nodes; only the reactor's thread may touch it.
    @ivar accounts: of the key store, as web3.py writes addresses.
    @ivar url: where the proxy is; C{socket_url}: for WebSockets.
    """

    timeout = 60

    def setUp(self) -> None:
        if find_spec("web3") is None:
            raise SkipTest("web3 is not installed: it comes with the extra `web3`")
        from web3 import Web3

        self.accounts = [Web3.to_checksum_address(key) for key in KEYS[:10]]
        self._clock = NodesClock(reactor)
        self.network = SimulatedNetwork(self._clock, block_time=0.05)
        # The first one mints: that none of ours has to be elected keeps tests short.
        for name in ("other", "other-2"):
            self.network.add(name)
        self.nodes = {name: self.network.add(name, KEYS[:10]) for name in ("a1", "a2")}

    async def serve(self, lines: str = "") -> None:
        """Start the proxy.

        @param lines: further lines of the listener.
        """
        ports = {name: node.listen_tcp(reactor) for name, node in self.nodes.items()}
        service = make_service(reactor, parse_config(CONFIG.format(**ports, lines=lines), "q.toml", {}))
        self.service = service
        self.addCleanup(self._end)
        service.startService()
        await service.started
        port = service.listening["rpc"].port  # type: ignore[attr-defined]
        self.url, self.socket_url = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"

    async def _end(self) -> None:
        for node in self.nodes.values():
            node.thaw()
        await self.service.stopService()
        for node in self.nodes.values():
            node.die()
        self._clock.end()

    async def in_thread(self, client: Callable[..., T], *arguments: Any) -> T:
        """What a client comes to."""
        found: T = await deferToThread(client, *arguments)
        return found

    def at_once(self, what: Callable[..., T], *arguments: Any) -> T:
        """Do something in the reactor's thread, on behalf of a client."""
        found: T = blockingCallFromThread(reactor, what, *arguments)
        return found

    def web3(self, **settings: Any) -> Any:
        """A client over HTTP.

        @param settings: as for C{requests}, such as C{timeout}.
        """
        from web3 import Web3
        from web3.middleware import ExtraDataToPOAMiddleware

        w3 = Web3(Web3.HTTPProvider(self.url, request_kwargs=settings))
        w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        return w3

    def payment(self, account: str, **fields: Any) -> dict[str, Any]:
        """A transaction without a nonce."""
        return payment(account, self.accounts[-1], **fields)

    def home(self, account: str) -> SimulatedNode:
        """The node that gets its calls; in the reactor's thread."""
        from quorumha.goquorum.decide.home import home_order

        members = self.service.pools["quorum"].members
        return self.nodes[home_order(bytes.fromhex(account[2:]), members)[0].name]

    def away(self, node: SimulatedNode) -> SimulatedNode:
        """The other one."""
        return self.nodes["a2" if node.name == "a1" else "a1"]

    def is_up(self, name: str) -> Deferred[None]:
        """Fires when the checks find a node up; in the reactor's thread."""
        pool, found = self.service.pools["quorum"], Deferred[None]()
        member = pool.member(name)

        def look(_: object = None) -> None:
            if not member.health.down and not found.called:
                found.callback(None)

        found.addCallback(lambda _: stop())
        stop = pool.watch(look)
        look()
        return found

    def nonces(self, account: str) -> list[int]:
        """Of its transactions that were mined; in the reactor's thread."""
        return [one.nonce for one in self.network.transactions_of(account)]
