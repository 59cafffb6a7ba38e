"""C{[listeners.NAME]} and its routes: from tables to L{ListenerConfig}."""

from __future__ import annotations

from attrs import evolve, fields_dict

from quorumha.config.addresses import read_server
from quorumha.config.model import ForwardConfig, ListenerConfig, RouteConfig, ServerTLS
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import array, file_fields, missing, read_fields, table, unknown_keys
from quorumha.config.tessera import TESSERA_KEYS, read_tessera
from quorumha.config.tlsfiles import check_tls_files

FORWARD_KEYS = tuple(file_fields(ForwardConfig))
LISTENER_KEYS = (*file_fields(ListenerConfig), *FORWARD_KEYS, *TESSERA_KEYS)
ROUTE_KEYS = (*file_fields(RouteConfig), *FORWARD_KEYS)

#: What means something only where requests are understood.
HTTP_KEYS = (*(n for n, a in file_fields(ListenerConfig).items() if a.metadata.get("http")), *FORWARD_KEYS)


def read_listener(name: str, value: object, path: KeyPath, problems: Problems) -> ListenerConfig:
    """Read one listener; what is wrong is noted and left out."""
    written = table(value, path, problems)
    if written is None:
        return ListenerConfig(name, "")
    unknown_keys(written, LISTENER_KEYS, path, problems)
    missing(["listen"], written, path, problems)
    found = read_fields(ListenerConfig, written, path, problems, skip=("routes", "tls"))
    keys = read_fields(ForwardConfig, written, path, problems)
    forward = ForwardConfig(**keys)
    if "listen" in found:
        _check_address(found["listen"], "tls" in written, (*path, "listen"), problems)
    if "tls" in written:
        found["tls"] = _read_tls(written["tls"], (*path, "tls"), problems)
    if found.get("serve") == "tcp":
        for key in HTTP_KEYS:
            if key in written:
                problems.add(
                    (*path, key), 'means nothing with serve = "tcp", which does not look into the bytes'
                )
    elif str(found.get("serve")).startswith("tessera-"):
        found |= {"keys": keys, **read_tessera(written, path, problems)}
    elif "routes" in written:
        found["routes"] = _read_routes(
            written["routes"], found.get("pool"), forward, (*path, "routes"), problems
        )
    if not str(found.get("serve")).startswith("tessera-"):
        for key in TESSERA_KEYS:
            if key in written:
                problems.add((*path, key), 'means something only with serve = "tessera-q2t" and the like')
        if not {"pool", "routes"} & written.keys():
            problems.add(path, "has neither `pool` nor `routes`, so nobody would answer")
    return ListenerConfig(**{"name": name, "listen": "", "forward": forward, **found})


def _check_address(listen: str, has_tls: bool, path: KeyPath, problems: Problems) -> None:
    try:
        found = read_server(listen)
    except ValueError as error:
        problems.add(path, str(error))
        return
    if has_tls and found.prefix in ("ssl", "tls"):
        problems.add(path, "this endpoint brings TLS of its own beside `tls`; write tcp:PORT")


def _read_tls(value: object, path: KeyPath, problems: Problems) -> ServerTLS | None:
    written = table(value, path, problems)
    if written is None:
        return None
    unknown_keys(written, fields_dict(ServerTLS), path, problems)
    found = read_fields(ServerTLS, written, path, problems)
    cert, key = found.get("cert"), found.get("key")
    if "cert" not in written and "key" not in written:
        missing(["cert", "key"], written, path, problems)
    check_tls_files(found.get("client_ca"), cert, key, path, problems, ca_key="client_ca")
    return ServerTLS(cert or "", key or "", found.get("client_ca"))


def _read_routes(
    value: object, pool: str | None, forward: ForwardConfig, path: KeyPath, problems: Problems
) -> tuple[RouteConfig, ...]:
    written = array(value, path, problems)
    if isinstance(value, list) and not written:
        problems.add(path, "names no route")
    routes: list[RouteConfig] = []
    seen: dict[tuple[str, str], int] = {}
    for index, element in enumerate(written):
        at = (*path, index)
        keys = table(element, at, problems)
        if keys is None:
            routes.append(RouteConfig(""))
            continue
        unknown_keys(keys, ROUTE_KEYS, at, problems)
        missing(["path"], keys, at, problems)
        found = read_fields(RouteConfig, keys, at, problems)
        if "pool" not in keys and pool is None:
            problems.add(at, "lacks `pool`, and the listener has none")
        route = RouteConfig(
            **{
                "path": "",
                "pool": pool or "",
                "forward": evolve(forward, **read_fields(ForwardConfig, keys, at, problems)),
                **found,
            }
        )
        # As routing compares them: a prefix means the same with and without its last slash.
        same = (route.path if route.match == "exact" else route.path.rstrip("/") or "/", route.match)
        if route.path and same in seen:
            problems.add(
                (*at, "path"),
                f"{show(route.path)} is the path of routes[{seen[same]}] too, with the same `match`",
            )
        seen.setdefault(same, index)
        routes.append(route)
    return tuple(routes)
