"""L{SafeUNIXServerEndpoint}: a unix socket that only its owner may open, unless its mode says otherwise.

- The socket is bound at a hidden temporary name in the same folder, with no permission for anybody;
  owner and mode are set; then it gets its name. So there is no moment in which it is open too wide.
- The name is the socket itself, never a symbolic link: geth looks at it with C{lstat}.
- What a killed process left behind is replaced; a socket that somebody listens at is not, even if two
  processes start at the same time; no other kind of file is ever touched.
- On a clean stop the name is removed, if it is still ours.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from attrs import field, frozen
from twisted.internet import tcp
from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred, execute, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.internet.unix import Port
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.endpoints.socket_file import (
    check_name,
    give_name,
    identity_of,
    look_at,
    reason_of,
    remove_stale,
    set_owner,
    temporary_name,
)
from quorumha.errors import ListenError
from quorumha.net.accept import accept_bare

log = Logger()

#: Connections that wait to be accepted.  A client that does not block fails at once when there are more.
BACKLOG = 1024


@frozen
class Claim:
    """Who may open the socket.

    @ivar mode: permission bits.
    @ivar user, group: numeric; -1 leaves it as it is.
    """

    mode: int = 0o600
    user: int = -1
    group: int = -1


@frozen(eq=False, repr=False)
@implementer(IStreamServerEndpoint)
class SafeUNIXServerEndpoint:
    """Listens at a path; making one fails with L{ListenError} where no socket can have the name.

    @ivar bare: make transports of L{quorumha.net}.
    """

    _reactor: Any
    _path: str
    _claim: Claim = Claim()
    _backlog: int = BACKLOG
    _bare: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_name(self._path)

    def __repr__(self) -> str:
        return f"<listen at unix:{self._path}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen.

        @return: has fired with the port, or failed with L{ListenError}.
        """
        return execute(self._listen, protocolFactory)

    def _listen(self, factory: IProtocolFactory) -> IListeningPort:
        path = self._path
        try:
            stale = look_at(path)
            port = SafePort(self._reactor, path, factory, self._backlog)
            if self._bare:
                accept_bare(port)
            port.startListening()
            try:
                port.take_name(self._claim, stale)
            except BaseException:
                stopping = maybeDeferred(port.stopListening)
                stopping.addErrback(lambda failure: log.failure("closing a unix socket failed", failure))
                raise
        except OSError as error:
            raise ListenError(f"unix socket {path}: {reason_of(error)}") from error
        except CannotListenError as error:
            raise ListenError(f"unix socket {path}: {reason_of(error.socketError)}") from error
        return port


class SafePort(Port):
    """A port that is bound at a temporary name and moves to its own one."""

    def __init__(self, reactor: Any, path: str, factory: IProtocolFactory, backlog: int) -> None:
        self._temporary = temporary_name(path)
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._claim = Claim()
        super().__init__(os.fsencode(self._temporary), factory, backlog, mode=0, reactor=reactor)

    def startListening(self) -> None:
        """Bind at the temporary name, with no permission for anybody."""
        # A new socket file has the mode 0777 less the umask.  This is the reactor's thread, and its
        # other threads make no files.
        before = os.umask(0o777)
        try:
            super().startListening()  # type: ignore[no-untyped-call]  # Twisted has no types here
        finally:
            os.umask(before)

    def take_name(self, claim: Claim, stale: bool) -> None:
        """Set owner and mode, and move to the name.

        @param stale: there is a socket that nobody listens at.
        @raise ListenError: somebody else took the name meanwhile.
        """
        temporary = self._temporary
        set_owner(temporary, claim.user, claim.group, claim.mode)
        if stale:
            remove_stale(self._path)
        identity = identity_of(temporary)
        give_name(temporary, self._path)
        self._identity = identity
        self._claim = claim

    def give_to(self, user: int, group: int) -> None:
        """Let the user own the socket that the process will be (-1: as it is); what its claim names stays."""
        user = user if self._claim.user == -1 else -1
        group = group if self._claim.group == -1 else -1
        if (user, group) != (-1, -1) and identity_of(self._path) == self._identity:
            set_owner(self._path, user, group)

    def getHost(self) -> UNIXAddress:
        """The path by which clients know it."""
        return UNIXAddress(self._path)

    def remove_name(self) -> None:
        """Remove the name, if it is still ours."""
        if self._identity is not None and identity_of(self._path) == self._identity:
            try:
                os.unlink(self._path)
            except FileNotFoundError:
                pass
            except OSError as error:
                log.warn(
                    "unix socket {path} stays behind: {reason}; the next start replaces it",
                    event="socket-stays",
                    path=self._path,
                    reason=reason_of(error),
                )
        self._identity = None
        with suppress(OSError):
            os.unlink(self._temporary)

    def connectionLost(self, reason: Failure) -> None:
        """Remove the name, if it is still ours, and close."""
        self.remove_name()
        # Not the class above, which would remove the name that the socket was bound at.
        tcp.Port.connectionLost(self, reason)
