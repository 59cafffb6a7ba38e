"""C{[listeners.NAME]}: from a table to L{ListenerConfig}.  Its kind reads what is the kind's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quorumha.config.addresses import Address, read_server
from quorumha.config.kind import Kinds, ListenerKind
from quorumha.config.model import ListenerConfig, ServerTLS
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.tables import file_fields, former_names, read_fields, table
from quorumha.config.tls_files import read_tls
from quorumha.config.values import one_of


def read_listener(
    name: str, value: object, path: KeyPath, problems: Problems, kinds: Kinds
) -> ListenerConfig:
    """Read one listener; what is wrong is noted and left out."""
    written = table(value, path, problems, ListenerConfig, *kinds.listener_models(), needs=["listen"])
    if written is None:
        written, problems = {}, Problems()
    kind = _kind(written, path, problems, kinds)
    found = read_fields(ListenerConfig, written, path, problems, skip=("serve", "tls"))
    if "listen" in found:
        found["address"] = _read_address(found["listen"], "tls" in written, (*path, "listen"), problems)
    if "tls" in written:
        found["tls"] = read_tls(ServerTLS, written["tls"], (*path, "tls"), problems)
    if written.get("serve", kind.name) == kind.name:
        # Else nobody knows what it serves.
        _check_keys(kind, written, path, problems, kinds)
    found.setdefault("idle_timeout", kind.idle_timeout(found.get("listen", "")))
    settings = kind.read(written, found, path, problems)
    return ListenerConfig(
        **{"name": name, "listen": "", **found, "serve": kind.name, "kind": kind, "settings": settings}
    )


def _kind(written: Mapping[str, Any], path: KeyPath, problems: Problems, kinds: Kinds) -> ListenerKind:
    if "serve" in written:
        try:
            return kinds.listener(one_of(written["serve"], [kind.name for kind in kinds.listeners]))
        except ValueError as error:
            problems.add((*path, "serve"), str(error))
    return kinds.listeners[0]


def _check_keys(
    kind: ListenerKind, written: Mapping[str, Any], path: KeyPath, problems: Problems, kinds: Kinds
) -> None:
    """Note the keys of other kinds."""
    own = _names(kind)
    for key in (key for key in written if key not in own):
        others = [other.name for other in kinds.listeners if key in _names(other)]
        if others:
            theirs = ", ".join(f'"{other}"' for other in others)
            problems.add((*path, key), f'means nothing with serve = "{kind.name}", only with {theirs}')


def _names(kind: ListenerKind) -> set[str]:
    return {name for model in kind.models for name in (*file_fields(model), *former_names(model))}


def _read_address(listen: str, has_tls: bool, path: KeyPath, problems: Problems) -> Address | None:
    try:
        found = read_server(listen)
        if has_tls and found.brings_tls:
            raise ValueError("this endpoint brings TLS of its own beside `tls`; write tcp:PORT")
    except ValueError as error:
        problems.add(path, str(error))
        return None
    return found
