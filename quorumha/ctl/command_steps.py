"""What the commands that ask a running process have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from quorumha.ctl.admin_client import AdminClient, AdminResponse, CannotAsk
from quorumha.ctl.terminal import visible

#: Exit statuses: refused with a sentence; it cannot be asked; the configuration cannot be used.
REFUSED, CANNOT_ASK, EX_CONFIG = 1, 3, 78
#: Of the status document that is read here.
VERSION = 1


def status_document(admin: AdminClient) -> dict[str, Any]:
    """The status document of a process.

    @raise CannotAsk: there is none.
    """
    response = admin.ask("GET", "/api/v1/status")
    if not response.done:
        raise CannotAsk(f"{admin.where}: {response.sentence}")
    found = response.document
    if found.get("version") != VERSION:
        raise CannotAsk(
            f"{admin.where}: no status document of version {VERSION}; use the command that fits it"
        )
    return found


def ask_to(
    admin: AdminClient, path: str, query: Iterable[tuple[str, str]] = (), timeout: float = 10.0
) -> AdminResponse:
    """Ask for a change.

    @raise CannotAsk: the response is neither that it is done, nor why it is refused.
    """
    response = admin.ask("POST", f"/api/v1/{path}", query, timeout=timeout)
    if not response.done and response.status not in (400, 404, 409, 422):
        raise CannotAsk(f"{admin.where}: {response.sentence}")
    return response


def quoted(name: str) -> str:
    """The name of a pool or a member as a part of a path."""
    return quote(name, safe="", errors="surrogateescape")


def refused(sentence: str) -> int:
    """Say why; the exit status."""
    complain(sentence)
    return REFUSED


def unknown(what: str, wanted: str, names: list[str]) -> str:
    """That there is nothing of a name, and the nearest that there is."""
    from difflib import get_close_matches

    near = get_close_matches(wanted, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    return f"no {what} is called {wanted!r}; {hint}"


def print_lines(lines: Iterable[str]) -> None:
    """Print them."""
    text = "\n".join(lines) + "\n"
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    # A name may have letters that the terminal does not.
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def complain(text: str) -> None:
    """Say what is wrong."""
    print(f"quorumha: {visible(text)}", file=sys.stderr)
