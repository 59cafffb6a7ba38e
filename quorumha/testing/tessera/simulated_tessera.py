"""L{SimulatedTessera}: a Tessera node that answers as Tessera 20.10 does, statuses and texts included.

    store = TesseraStore()
    first, second = (SimulatedTessera(net.clock, store, url="http://proxy:9001/") for _ in range(2))
    net.listen("t1:9101", first.q2t)
    net.listen("t2:9101", second.q2t)

Several nodes share one store and one set of keys, or read copies of their own
(L{quorumha.testing.ReplicatedStore}); each has its own peer table, in memory only, as the real ones have.
What is simulated: the paths, statuses, fields and bodies.  What is not: cryptography (a toy stands in for
it), and the network between parties: what would be pushed to others is kept in C{state.pushed}.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from quorumha.testing.http.faults import Faults
from quorumha.testing.http.message_reader import BadMessage, Message
from quorumha.testing.http.node import NodeFactory, NodeResponse
from quorumha.testing.tessera import groups as tessera_groups
from quorumha.testing.tessera import p2p as tessera_p2p
from quorumha.testing.tessera import q2t as tessera_q2t
from quorumha.testing.tessera import third_party as tessera_third_party
from quorumha.testing.tessera.media_types import in_asked_type, require_known_types
from quorumha.testing.tessera.payloads import BadBytes
from quorumha.testing.tessera.state import OWN_KEY, Refusal, Route, Store, TesseraState, Visit, key_text, text
from quorumha.testing.tessera.store import DuplicateKey, NoSuchRow, StoreDead, TesseraStore

#: What Tessera 20.10.1 says in the C{Server} field.
BANNER = b"Jetty(9.4.33.v20201020)"

#: What is answered without the database.
_IN_MEMORY = (b"/version", b"/partyinfo", b"/keys", b"/encodedpayload", b"/groups/resident")

TO_GOQUORUM: tuple[Route, ...] = (*tessera_q2t.ROUTES, *tessera_groups.ROUTES)


class SimulatedTessera:
    """One node: three ports over one state.

    @ivar state: see L{TesseraState}.
    @ivar faults: see L{Faults}; C{database_dead} is this node's own way to the database, C{store.dead}
        the database itself.
    @ivar q2t: the port for GoQuorum; a factory to listen with.
    @ivar p2p: the port for other Tessera nodes.
    @ivar third_party: the port for applications.
    """

    def __init__(
        self,
        clock: IReactorTime,
        store: Store,
        url: str = "http://127.0.0.1:9001/",
        keys: tuple[bytes, ...] = (OWN_KEY,),
        keep: bool = True,
        name: str = "",
        recover: bool = False,
    ) -> None:
        """
        @param store: the database, or this node's own copy of it.
        @param url: what it advertises.
        @param keys: its own public keys, the default one first.
        @param keep: its ports remember every request.
        @param name: what the store's journal calls it.
        @param recover: started with C{--recover}.
        """
        self.state = TesseraState(store, url, keys, recover=recover, name=name)
        self.faults = Faults(needs_database=self._needs_database)
        self.q2t, self.p2p, self.third_party = (
            NodeFactory(clock, self._core(routes), self.faults, BANNER, keep)
            for routes in (
                (*tessera_q2t.ROUTES, *tessera_groups.ROUTES),
                tessera_p2p.ROUTES,
                tessera_third_party.ROUTES,
            )
        )

    @property
    def ports(self) -> tuple[NodeFactory, NodeFactory, NodeFactory]:
        """All three."""
        return self.q2t, self.p2p, self.third_party

    def restart(self, recover: bool = False) -> None:
        """Forget what a process keeps in memory: the peer table, and requests that it had read.

        @param recover: it comes back in recovery mode.
        """
        self.state.parties.clear()
        self.state.recover = recover
        for port in self.ports:
            port.abort_connections()

    def _needs_database(self, request: Message) -> bool:
        path = request.target.partition(b"?")[0]
        if path == b"/upcheck":
            return tessera_third_party.looks_at_database(self.state.version)
        return not path.startswith(_IN_MEMORY)

    def _core(self, own: tuple[Route, ...]) -> Callable[[Message], NodeResponse]:
        every = (*own, *tessera_third_party.EVERYWHERE)
        routes = [(method, re.compile(pattern), call) for method, pattern, call in every]

        def core(request: Message) -> NodeResponse:
            path = request.target.split(b"?", 1)[0].decode("latin-1")
            known = False
            for method, pattern, call in routes:
                match = pattern.fullmatch(path)
                if match is None:
                    continue
                known = True
                if method == request.method:
                    return self._response(call, request, match.group(1) if pattern.groups else "")
            # Its exception mappers make 500 of a wrong method.
            return text("HTTP 405 Method Not Allowed", 500) if known else text("HTTP 404 Not Found", 404)

        return core

    def _response(
        self, call: Callable[[Visit], NodeResponse], request: Message, argument: str
    ) -> NodeResponse:
        store = TesseraStore(dead=True) if self.faults.loses_database(request) else self.state.store
        try:
            require_known_types(request, self.state.api_versions or ())
            return in_asked_type(request, call(Visit(self.state, store, request, argument)))
        except Refusal as refusal:
            return text(str(refusal), refusal.status)
        except StoreDead:
            return text("Internal Exception: the connection attempt to the database failed", 500)
        except DuplicateKey as row:
            error = "ERROR: duplicate key value violates unique constraint"
            return text(f"{error} ({key_text(row.args[0])})", 500)
        except NoSuchRow as row:
            return text(f"Message with hash {key_text(row.args[0])} was not found", 404)
        except (BadBytes, BadMessage, ValueError, KeyError, TypeError) as problem:
            return text(f"Cannot be read: {type(problem).__name__}", 400)
