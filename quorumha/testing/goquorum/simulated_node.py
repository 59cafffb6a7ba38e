"""L{SimulatedNode}: one GoQuorum of a L{SimulatedNetwork<quorumha.testing.goquorum.simulated_network>}.

It answers as 24.4.1 does over HTTP and WebSocket.  What is its own: its pool, with the nonces that it gives
away; its journal; which accounts are unlocked; filters and subscriptions; how far it has come in the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field
from twisted.internet.interfaces import IReactorTCP

from quorumha.testing.goquorum.account_methods import ACCOUNT_METHODS
from quorumha.testing.goquorum.chain_methods import CHAIN_METHODS
from quorumha.testing.goquorum.key_store import KeyStore
from quorumha.testing.goquorum.node_filters import NodeFilters
from quorumha.testing.goquorum.node_ledger import NodeLedger
from quorumha.testing.goquorum.node_methods import NODE_METHODS
from quorumha.testing.goquorum.node_places import MemoryPlace, NodePlace, TcpPlace
from quorumha.testing.goquorum.node_port import NodePort
from quorumha.testing.goquorum.rlp import keccak256
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.rpc_visit import Methods
from quorumha.testing.http.faults import Faults
from quorumha.testing.net.memory import MemoryTopology

METHODS: Methods = {**CHAIN_METHODS, **ACCOUNT_METHODS, **NODE_METHODS}
#: Namespaces as the captured nodes had them.
MODULES = ("admin", "debug", "eth", "miner", "net", "personal", "raft", "rpc", "txpool", "web3")


@define(eq=False)
class SimulatedNode(NodeLedger):
    """One node; made by the network's C{add}.

    @ivar life: how often it was started.
    @ivar unlocked: accounts that it signs for.
    @ivar seen: the parameters of every call that it did, by method, batches taken apart.
    @ivar replies: what it says to a method instead, until taken away: a value, an error, or a callable
        that gets the parameters.
    @ivar modules: namespaces that it has.
    @ivar syncing: what C{eth_syncing} says.
    @ivar psis: private states that it has; None: it takes any, as without MPS.
    @ivar tokens: what each token may call, as patterns; None: nobody is asked for one.
    @ivar coinbase: an address.
    @ivar ptm: it has a Tessera.
    @ivar private_state: what makes its private state; another value differs.
    @ivar cors: origins for which C{Access-Control-Allow-Origin} is said; empty: none, and no C{Vary}.
    @ivar origins: origins that may open a WebSocket; C{"*"}: any.
    @ivar vhosts: names that C{Host} may have; an address always may, C{"*"} lets all pass.
    @ivar faults: see L{Faults}; a death by fault is L{die}.
    @ivar rpc: its port for HTTP, and for WebSocket where one asks to upgrade; a factory to listen with.
    @ivar websocket: its port for WebSocket alone.
    """

    raft_id: int
    store: KeyStore
    learner: bool = False
    vhosts: Sequence[str] = ("*",)
    cors: Sequence[str] = ()
    origins: Sequence[str] = ()
    coinbase: str = "0x" + "0" * 40
    keep: bool = True
    ptm: bool = False
    unlocked: set[str] = field(factory=set, init=False, repr=False)
    seen: dict[str, list[Any]] = field(factory=dict, init=False, repr=False)
    replies: dict[str, Any | RpcError | Callable[[Any], Any]] = field(factory=dict, init=False, repr=False)
    methods: Methods = field(default=METHODS, init=False, repr=False)
    modules: set[str] = field(factory=lambda: set(MODULES), init=False, repr=False)
    syncing: Any = field(default=False, init=False)
    psis: set[str] | None = field(default=None, init=False)
    tokens: dict[str, tuple[str, ...]] | None = field(default=None, init=False, repr=False)
    private_state: bytes = field(default=b"", init=False)
    faults: Faults = field(factory=Faults, init=False)
    filters: NodeFilters = field(init=False, repr=False)
    rpc: NodePort = field(init=False, repr=False)
    websocket: NodePort = field(init=False, repr=False)
    on_syncing: list[Callable[[Any], None]] = field(factory=list, init=False, repr=False)
    life: int = field(default=0, init=False)
    _given: int = field(default=0, init=False)
    _places: list[NodePlace] = field(factory=list, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.filters = NodeFilters(self)
        self.rpc, self.websocket = NodePort(self, self.keep), NodePort(self, self.keep, http=False)
        self.faults.on_death = self.die

    def new_id(self, kind: bytes = b"") -> str:
        """An id as filters and subscriptions have: 128 bits, which no other node makes."""
        self._given += 1
        seed = b"%b %d %d %b" % (self.name.encode(), self.life, self._given, kind)
        return "0x" + keccak256(seed)[:16].hex().lstrip("0")

    # Life.

    def listen(self, net: MemoryTopology, *places: str) -> None:
        """Listen at the first place with C{rpc}, at others with C{websocket}; they go and come with it."""
        for index, place in enumerate(places):
            net.listen(place, self.websocket if index else self.rpc)
            self.at(net, place)

    def listen_tcp(self, reactor: IReactorTCP, port: int = 0, *, websocket: bool = False) -> int:
        """Listen at a port of the loopback interface, which goes and comes with it: its number.

        @param port: 0: whichever is free.
        @param websocket: for WebSocket alone.
        @raise CannotListenError: somebody else listens there.
        """
        place = TcpPlace(reactor, self.websocket if websocket else self.rpc, port)
        place.begin()
        self._places.append(place)
        return place.number

    def at(self, net: MemoryTopology, place: str) -> None:
        """It listens there already: the place goes and comes with it."""
        self._places.append(MemoryPlace(net, place))

    def die(self) -> None:
        """As C{kill -9}: what is not in its journal or in the chain is gone."""
        if not self.alive:
            return
        self.alive = self.frozen = False
        for place in self._places:
            place.kill()
        for port in (self.rpc, self.websocket):
            port.abort_connections()
        self.faults.refuse = True
        self.forget()
        self.filters = NodeFilters(self)
        self.unlocked.clear()
        self.on_syncing.clear()
        self.network.raft.restarted(self)
        self.network.life_changed()

    def start(self, unlock_after: float = 0.0) -> None:
        """Run again, with the journal.

        @param unlock_after: seconds after which its accounts are unlocked; it answers before.
        """
        if self.alive:
            return
        self.alive, self.faults.refuse = True, False
        self.life += 1
        for place in self._places:
            place.revive()
        self.network.life_changed()
        self.read_journal()
        if unlock_after:
            self.clock.callLater(unlock_after, self._unlock, self.life)
        else:
            self._unlock(self.life)

    def _unlock(self, life: int) -> None:
        if self.alive and life == self.life:
            self.unlocked.update(self.store.accounts)

    def freeze(self) -> None:
        """As C{kill -STOP}: it does nothing, and notices nothing, until L{thaw}."""
        if self.runs:
            self.frozen = True
            for place in self._places:
                place.hang()
            self.network.life_changed()

    def thaw(self) -> None:
        """As C{kill -CONT}: it does what it got meanwhile, what other nodes said first."""
        if self.frozen:
            self.frozen = False
            self.network.life_changed()
            self.read_inbox()
            for place in self._places:
                place.revive()

    def announce_syncing(self, state: Any) -> None:
        """It has begun or ended to sync; subscribers hear of it.

        @param state: False, or what C{eth_syncing} says.
        """
        self.syncing = state
        for notify in tuple(self.on_syncing):
            notify(state)
