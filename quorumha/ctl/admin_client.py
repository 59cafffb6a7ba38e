"""L{AdminClient}: asks the admin of a running process."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

#: Where the admin is unless a command line or the environment says otherwise.
USUAL = "unix:/run/quorumha/admin.sock"
#: A response may be so long, in bytes; a longer one is not read to its end.
MOST = 64 * 1024**2


class CannotAsk(Exception):
    """There is no admin, or it does not listen to this user; the text says why, and what to do."""


class AdminResponse(NamedTuple):
    """What the admin said.

    @ivar where: its address, for messages.
    """

    status: int
    body: bytes
    where: str = ""

    @property
    def done(self) -> bool:
        """Whether what was asked for is done."""
        return 200 <= self.status < 300

    @property
    def document(self) -> dict[str, Any]:
        """The body's JSON.

        @raise CannotAsk: it is none.
        """
        found = self._parsed()
        if not isinstance(found, dict):
            where = self.where and f"{self.where}: "
            raise CannotAsk(
                f"{where}what responds is not the admin of quorumha: status {self.status}, and no JSON object"
            )
        return found

    def require_document(self) -> None:
        """See that it is the admin that responded.

        @raise CannotAsk: it is somebody else.
        """
        _ = self.document

    @property
    def sentence(self) -> str:
        """Why it is not done."""
        said = self._parsed()
        if isinstance(said, dict) and "error" in said:
            return str(said["error"])
        text = self.body.decode("utf-8", "replace").strip()
        return text or f"the admin responded {self.status}"

    def _parsed(self) -> object:
        """The body's JSON; None: it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def read_token(file: str) -> str:
    """The token in a file.

    @raise CannotAsk: it cannot be read, or is none.
    """
    try:
        with open(file, encoding="ascii") as opened:
            token = opened.read(4096).strip()
    except OSError as error:
        raise CannotAsk(f"the token file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        token = ""
    if not token.isprintable() or not token:
        raise CannotAsk(f"the token file {file} does not hold one line of plain text")
    return token


class AdminClient:
    """Asks one admin, by a connection for each request.

    @ivar where: its address, as it was given.
    """

    def __init__(self, where: str, token: str | None = None) -> None:
        """
        @param where: C{unix:PATH}, a path from the root, or C{http://HOST:PORT}.
        @raise ValueError: it is nothing of the kind.
        """
        self.where = where
        self._token = token
        self._path = where.removeprefix("unix:") if where.startswith(("unix:", "/")) else ""
        if self._path:
            return
        found = urlsplit(where)
        if (
            found.scheme not in ("http", "https")
            or not found.hostname
            or found.path.strip("/")
            or found.query
        ):
            raise ValueError(f"{where!r} is not an address of an admin; write unix:PATH or http://HOST:PORT")
        # An impossible port raises what is said above.
        self._tls, self._host = found.scheme == "https", found.hostname
        self._port = found.port or (443 if self._tls else 80)

    def _connection(self, timeout: float) -> HTTPConnection:
        if self._path:
            return _UnixConnection(self._path, timeout)
        if self._tls:
            from http.client import HTTPSConnection

            return HTTPSConnection(self._host, self._port, timeout=timeout)
        return HTTPConnection(self._host, self._port, timeout=timeout)

    def ask(
        self, method: str, path: str, query: Iterable[tuple[str, str]] = (), *, timeout: float = 10.0
    ) -> AdminResponse:
        """Ask for something.

        @param timeout: seconds, for each step.
        @raise CannotAsk: there is no response, or none to this user.
        """
        # A word that is no UTF-8 goes as the bytes that it is.
        words = urlencode(list(query), errors="surrogateescape")
        headers: Mapping[str, str] = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        connection = None
        try:
            connection = self._connection(timeout)
            connection.request(method, f"{path}?{words}" if words else path, headers=headers)
            got = connection.getresponse()
            response = AdminResponse(got.status, got.read(MOST), self.where)
        except OSError as error:
            raise CannotAsk(self._why_not(error, timeout)) from None
        except (HTTPException, UnicodeError) as error:
            raise CannotAsk(f"what listens at {self.where} does not speak HTTP: {error!r}") from None
        finally:
            if connection is not None:
                connection.close()
        if response.status == 401:
            said = "the token is wrong" if self._token else "it wants a token: give --token-file FILE"
            raise CannotAsk(f"{self.where}: {said} ({response.sentence})")
        if response.status == 403:
            # No token helps here.
            raise CannotAsk(f"{self.where}: {response.sentence}")
        if response.status == 421:
            raise CannotAsk(f"{self.where}: the admin has another name; add this one to its `hosts`")
        return response

    def _why_not(self, error: OSError, timeout: float) -> str:
        where, path = self.where, self._path
        running = "does it run, and does its configuration have [admin]?"
        if isinstance(error, TimeoutError):
            return f"{where}: no response in {timeout:g} s"
        if isinstance(error, FileNotFoundError):
            return f"{path}: there is no such socket; {running}"
        if isinstance(error, PermissionError):
            return f"{path}: you may not open it; its mode and group say who may{_owner_of(path)}"
        if isinstance(error, ConnectionRefusedError):
            return f"{where}: nobody listens there; {running}"
        return f"{where}: {error.strerror or error}"


def _owner_of(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f" ({stat.filemode(found.st_mode)}, group {found.st_gid})"
