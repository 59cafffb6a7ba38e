"""L{Administration}: the addresses at which a running process is looked at and changed.

They are listened on after those for clients, and given up last: who stops a process sees it end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from attrs import define, frozen
from twisted.internet.defer import Deferred, DeferredList, execute, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.logger import Logger

from quorumha.admin.guard import USUAL_HOSTS, Door
from quorumha.admin.own_site import AdminSite
from quorumha.admin.running import Running
from quorumha.admin.tree import AdminTree
from quorumha.config.addresses import Address
from quorumha.config.admin import is_loopback, is_unix, read_token
from quorumha.config.model import AdminConfig, ServerTLS
from quorumha.endpoints import Endpoints
from quorumha.endpoints.certificates import Certificates, InThread, ServerPolicy
from quorumha.endpoints.strings import HANDSHAKE_TIMEOUT, TLS_STAYS
from quorumha.endpoints.unix import SafePort
from quorumha.errors import ConfigError, ListenError
from quorumha.events import Listening, Observers
from quorumha.net.address_text import address_text
from quorumha.process.reactor_lag import LagService

log = Logger()


@define(eq=False)
class _Entrance:
    """One address.

    @ivar listen: its endpoint string.
    @ivar address: what that says.
    @ivar policy: how TLS is spoken there, once it listens; None: it is not.
    @ivar port: there while it listens.
    """

    listen: str
    address: Address
    tls: ServerTLS | None
    probes: bool
    site: AdminSite
    policy: ServerPolicy | None = None
    port: IListeningPort | None = None

    @property
    def place(self) -> tuple[str, bool]:
        """What it is known by over a change."""
        return self.listen, self.probes


@frozen
class Change:
    """New addresses are listened on.

    @ivar turn: call it to go on as the configuration says: addresses that are gone are given up.
    @ivar undo: or call this one, to give up the new ones.
    """

    turn: Callable[[], None]
    undo: Callable[[], None]


class Administration:
    """Listens where C{[admin]} says, and follows it when that changes."""

    def __init__(
        self,
        running: Running,
        reactor: Any,
        observers: Observers,
        endpoints: Endpoints,
        wall: Callable[[], float],
        certificates: Certificates,
        in_thread: InThread = execute,
    ) -> None:
        """
        @param wall: gives the seconds since the epoch.
        @param certificates: what the files of its C{tls} hold.
        @param in_thread: lets files be read while the process runs; at once unless given.
        """
        self._certificates = certificates
        self._in_thread = in_thread
        self._reactor, self._observers, self._endpoints = reactor, observers, endpoints
        self._running, self._wall = running, wall
        self._tree: AdminTree | None = None
        self._lag = LagService(reactor, running.process_numbers.lagged)
        self._entrances: list[_Entrance] = []
        self._closing: list[Deferred[Any]] = []
        #: Given up, with clients.
        self._left: list[AdminSite] = []

    async def check(self, admin: AdminConfig | None) -> None:
        """Look whether it can go on so while the process runs.  The files of its C{tls} were read before.

        @raise ConfigError: it cannot.
        """
        await self._in_thread(partial(_read, admin))
        wanted = {one.place: one for one in self._wanted(admin)}
        for one in self._entrances:
            new = wanted.get(one.place)
            if new is None and is_unix(one.address):
                raise ConfigError(
                    [
                        f"admin.listen: {one.listen} cannot be changed or left out while the process runs;"
                        " restart it, or leave this address as it was"
                    ]
                )
            if new is not None and (new.tls is None) != (one.tls is None):
                raise ConfigError([f"admin.tls: {TLS_STAYS}"])

    async def prepare(self, admin: AdminConfig | None, *, at_start: bool = False) -> Change:
        """Listen at new addresses, all or nothing; who comes there meanwhile is served.

        @param at_start: no thread runs yet, and nobody is held up.
        @raise ConfigError: the token cannot be read.
        @raise ListenError: an address cannot be had; nothing has changed.
        """
        # An address that was given up just now may be wanted again.
        await DeferredList(self._closing, consumeErrors=True)
        token = _read(admin) if at_start else await self._in_thread(partial(_read, admin))
        before = {one.place: one for one in self._entrances}
        entrances = [before.get(one.place, one) for one in self._wanted(admin)]
        fresh = [one for one in entrances if one.port is None]
        for one in fresh:
            one.site.door = _door(admin, one, token)
        await self._listen(fresh)

        def turn() -> None:
            gone = [one for one in self._entrances if one not in entrances]
            self._entrances = entrances
            for one in entrances:
                one.site.door = _door(admin, one, token)
                one.site.resource = self._root(admin, one.probes)
                if one.policy is not None and admin is not None and admin.tls is not None:
                    one.policy.take(admin.tls)
            for one in fresh:
                if one.port is not None:
                    name = "probes" if one.probes else "admin"
                    self._observers.notify(Listening(name, address_text(one.port.getHost())))
            self._give_up(gone)
            if bool(entrances) != bool(self._lag.running):
                # Nobody looks at it elsewhere.
                (self._lag.startService if entrances else self._lag.stopService)()

        return Change(turn, lambda: self._give_up(fresh))

    def _wanted(self, admin: AdminConfig | None) -> list[_Entrance]:
        if admin is None:
            return []
        addresses: list[tuple[str, Address | None, bool]] = [
            (listen, address, False) for listen, address in zip(admin.listen, admin.addresses, strict=True)
        ]
        if admin.probes is not None:
            addresses.append((admin.probes, admin.probes_address, True))
        found = []
        for listen, address, probes in addresses:
            assert address is not None, "what cannot be read was refused"
            tls = None if probes or is_unix(address) else admin.tls
            site = AdminSite(self._root(admin, probes), Door(), self._reactor, self._observers)
            found.append(_Entrance(listen, address, tls, probes, site))
        return found

    def _root(self, admin: AdminConfig | None, probes: bool) -> Any:
        if self._tree is None:
            self._tree = AdminTree(self._running, self._reactor, self._wall)
        if not probes:
            return self._tree.root
        return self._tree.probes(metrics=admin is not None and admin.metrics)

    async def _listen(self, fresh: Sequence[_Entrance]) -> None:
        try:
            for one in fresh:
                one.policy = None if one.tls is None else self._certificates.server(one.tls)
                endpoint = self._endpoints.listening(
                    self._reactor, one.listen, one.policy, lambda: HANDSHAKE_TIMEOUT
                )
                one.port = await endpoint.listen(one.site)
        except ListenError as error:
            self._give_up(fresh)
            raise ListenError(f"admin: {error}") from None
        except BaseException:
            self._give_up(fresh)
            raise

    def _give_up(self, entrances: Sequence[_Entrance]) -> None:
        """Listen there no more, and end who is there; one may have asked for that, and waits to hear it."""
        for one in entrances:
            port, one.port = one.port, None
            if port is not None:
                closing: Deferred[Any] = maybeDeferred(port.stopListening)
                closing.addErrback(lambda failure: log.failure("could not stop listening", failure))
                self._closing.append(closing)
                closing.addBoth(self._closed, closing)
            one.site.leave()
        self._left = [site for site in (*self._left, *(one.site for one in entrances)) if site.leaving]

    def _closed(self, _: object, closing: Deferred[Any]) -> None:
        self._closing.remove(closing)

    def _sockets(self) -> list[SafePort]:
        ports: list[object] = [one.port for one in self._entrances]
        return [port for port in ports if isinstance(port, SafePort)]

    def give_sockets(self, user: int, group: int) -> None:
        """Let its socket files belong to another user (numeric; -1: as it is)."""
        for port in self._sockets():
            port.give_to(user, group)

    def remove_sockets(self) -> None:
        """Remove its socket files at once, because the process ends without a stop."""
        for port in self._sockets():
            port.remove_name()

    async def stop(self) -> None:
        """Everything else has ended."""
        # Not when the ports are closed: a second signal may come before that.
        self.remove_sockets()
        entrances, self._entrances = self._entrances, []
        for one in entrances:
            port, one.port = one.port, None
            if port is not None:
                await maybeDeferred(port.stopListening)
            one.site.abort()
        for site in self._left:
            site.abort()
        if self._tree is not None:
            self._tree.stop()
        if self._lag.running:
            self._lag.stopService()


def _read(admin: AdminConfig | None) -> bytes | None:
    """The token, if there is one; and bring in what serves, which takes 25 ms."""
    if admin is not None:
        import quorumha.admin.exposition  # noqa: F401  # that is all of it
    if admin is None or admin.token_file is None:
        return None
    try:
        return read_token(admin.token_file)
    except ValueError as error:
        raise ConfigError([f"admin.token_file: {admin.token_file} cannot be used: {error}"]) from error


def _door(admin: AdminConfig | None, one: _Entrance, token: bytes | None) -> Door:
    if one.probes or admin is None:
        return Door()
    host = one.address.host or ""
    usual = {*USUAL_HOSTS, *({f"[{host}]" if ":" in host else host.lower()} - {""})}
    unix = is_unix(one.address)
    return Door(
        frozenset(admin.hosts or usual),
        own=not admin.hosts,
        secure=one.tls is not None,
        free=unix or is_loopback(one.address),
        trusted=unix,
        token=token,
        metrics=admin.metrics,
    )
