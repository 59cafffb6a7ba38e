"""L{Certificates}: what the files of C{tls} tables hold, for all who speak TLS; and what they get of it.

The files are read again (L{Certificates.look}): new connections get what is new, and those that are there
keep what they have.  A context that is in use is never changed; another one takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from attrs import define, field, frozen
from OpenSSL.SSL import Connection, Context
from twisted.internet.defer import Deferred, DeferredLock, execute, succeed
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
)
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.certificate_facts import CertificateRefused, CertificateTaken
from quorumha.endpoints.table_files import TableFiles, TLSTable, read_files, stamps_of
from quorumha.endpoints.tls import client_creator, server_context
from quorumha.errors import ConfigError

#: Calls something that takes long, such as reading a file.
InThread = Callable[[Callable[[], Any]], Deferred[Any]]
Creators = Mapping[str | None, IOpenSSLClientConnectionCreator]
Stamps = Mapping[str, Hashable]


@define(eq=False)
class _Table:
    """One table in use.

    @ivar context: of who listens with it.
    @ivar clients: those who dial with it, by the name that they check.
    @ivar refused: the stamps of files that cannot be used.
    """

    tls: TLSTable
    stamps: Stamps
    files: TableFiles
    context: Context | None
    clients: WeakValueDictionary[str | None, ClientPolicy] = field(factory=WeakValueDictionary, init=False)
    refused: Stamps | None = field(default=None, init=False)


@define(eq=False)
@implementer(IOpenSSLServerConnectionCreator)
class ServerPolicy:
    """How a listener speaks TLS, as its table says and its files hold now."""

    _certificates: Certificates
    _table: _Table

    def take(self, tls: ServerTLS) -> None:
        """Speak it as another table says, from the next connection on.

        @raise ConfigError: as L{Certificates.use}, which was not called before.
        """
        self._table = self._certificates.use(tls)

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> Connection:
        """Make the TLS connection of one client."""
        context = self._table.context
        assert context is not None, "the table of a listener"
        return Connection(context, None)


@define(eq=False)
@implementer(IOpenSSLClientConnectionCreator)
class ClientPolicy:
    """How one host is spoken to, as its table says and the files hold now."""

    creator: IOpenSSLClientConnectionCreator

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> Connection:
        """Make the TLS connection of one dial."""
        return self.creator.clientConnectionForTLS(tlsProtocol)


@frozen
class _Found:
    """What became of the files of a table.

    @ivar files: what they hold; None: the same as before, or they cannot be used.
    @ivar creators: for those who dialled with the table when it was looked at.
    @ivar problem: why they cannot be used; empty: they can.
    """

    table: _Table
    stamps: Stamps
    files: TableFiles | None = None
    context: Context | None = None
    creators: Creators = field(factory=dict)
    problem: str = ""


class Certificates:
    """What the files of tables hold that are in use.

    @ivar ends: until when the certificates in each file hold, in seconds since the epoch, by file.
    """

    def __init__(
        self,
        notify: Callable[[object], object] = lambda fact: None,
        in_thread: InThread = execute,
    ) -> None:
        """
        @param notify: called with L{CertificateTaken} and L{CertificateRefused}.
        @param in_thread: lets files be read; at once unless given.
        """
        self._notify = notify
        self._in_thread = in_thread
        self._tables: dict[TLSTable, _Table] = {}
        self._looking = DeferredLock()
        self.ends: dict[str, float] = {}

    @property
    def has_files(self) -> bool:
        """Whether there is any file to look at."""
        return any(table.stamps for table in self._tables.values())

    def use(self, tls: TLSTable) -> _Table:
        """Read the files of a table, unless that was done before.

        @raise ConfigError: one cannot be used.
        """
        if tls not in self._tables:
            self._tables[tls] = _read(tls)
        return self._tables[tls]

    def read(self, tables: Iterable[TLSTable]) -> Deferred[None]:
        """Likewise, of several, without holding up anybody.

        @return: fails with L{ConfigError} where a file cannot be used.
        """
        lacking = {tls for tls in tables if tls not in self._tables}

        def take(found: dict[TLSTable, _Table]) -> None:
            self._tables = found | self._tables

        if not lacking:
            return succeed(None)
        return self._in_thread(lambda: {tls: _read(tls) for tls in lacking}).addCallback(take)

    def server(self, tls: ServerTLS) -> ServerPolicy:
        """For who listens.

        @raise ConfigError: a file cannot be used.
        """
        return ServerPolicy(self, self.use(tls))

    def client(self, tls: ClientTLS, host: str | None = None) -> ClientPolicy:
        """For who dials; as L{client_creator}.

        @raise ConfigError: a file cannot be used, or there is no name to check.
        """
        table, name = self.use(tls), tls.name or host
        policy = table.clients.get(name)
        if policy is None:
            policy = table.clients[name] = ClientPolicy(client_creator(tls, name, table.files))
        return policy

    def keep(self, tables: Iterable[TLSTable]) -> None:
        """These tables are left; what uses another one still does, and its files are not read again."""
        left = set(tables)
        for tls in self._tables.keys() - left:
            del self._tables[tls]
        self._note_ends()

    def _note_ends(self) -> None:
        self.ends.clear()
        for table in self._tables.values():
            self.ends.update(table.files.ends)

    def look(self, *, always: bool = False) -> Deferred[None]:
        """Look at the files, and use what changed.

        @param always: read them whatever their stamps are.
        """
        return self._looking.run(lambda: Deferred.fromCoroutine(self._look(always)))

    async def _look(self, always: bool) -> None:
        work = [(table, dict(table.clients)) for table in self._tables.values() if table.stamps]
        if not work:
            return
        found = await self._in_thread(lambda: [x for x in map(partial(_looked, always=always), work) if x])
        for one in found:
            self._take(one)
        self._note_ends()

    def _take(self, found: _Found) -> None:
        table = found.table
        if self._tables.get(table.tls) is not table:
            # It was given up meanwhile.
            return
        if found.problem:
            if table.refused != found.stamps:
                self._notify(CertificateRefused(tuple(found.stamps), found.problem))
            table.stamps = table.refused = found.stamps
            return
        table.stamps, table.refused = found.stamps, None
        if found.files is None:
            return
        before = table.files.digests
        table.files, table.context = found.files, found.context
        for name, policy in list(table.clients.items()):
            creator = found.creators.get(name)
            if creator is None and isinstance(table.tls, ClientTLS):
                # It came meanwhile.
                creator = client_creator(table.tls, name, found.files)
            if creator is not None:
                policy.creator = creator
        changed = tuple(name for name, digest in found.files.digests.items() if before.get(name) != digest)
        self._notify(CertificateTaken(changed, min(found.files.ends.values())))


def _read(tls: TLSTable) -> _Table:
    # First: what changes meanwhile is seen at the next look.
    stamps = stamps_of(tls)
    files = read_files(tls)
    return _Table(tls, stamps, files, server_context(tls, files) if isinstance(tls, ServerTLS) else None)


def _looked(work: tuple[_Table, Mapping[str | None, ClientPolicy]], always: bool) -> _Found | None:
    """What became of a table's files; None: nothing.  Not in the reactor's thread."""
    table, clients = work
    tls, stamps = table.tls, stamps_of(table.tls)
    if stamps == table.stamps and not always:
        return None
    try:
        files = read_files(tls)
        if files.digests == table.files.digests:
            return _Found(table, stamps)
        if isinstance(tls, ServerTLS):
            return _Found(table, stamps, files, server_context(tls, files))
        creators = {name: client_creator(tls, name, files) for name in clients}
        return _Found(table, stamps, files, None, creators)
    except ConfigError as error:
        return _Found(table, stamps, problem="; ".join(error.problems))
