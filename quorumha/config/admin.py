"""C{[admin]}: from a table to L{AdminConfig}; and the token, which is never part of a configuration."""

from __future__ import annotations

import re
from ipaddress import ip_address

from quorumha.config.addresses import Address, read_server
from quorumha.config.model import AdminConfig, ServerTLS
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.secret_file import read_secret_file
from quorumha.config.spelling import show
from quorumha.config.tables import read_fields, table
from quorumha.config.tls_files import read_tls

#: Characters that a token has at least.
SHORTEST_TOKEN = 16
#: And at most: what is longer is some other file.
LONGEST_TOKEN = 4096

#: Of endpoint strings.
_PREFIXES = "tcp, tcp6, unix, systemd"


def read_admin(value: object, problems: Problems) -> AdminConfig | None:
    """Read the table; what is wrong is noted and left out."""
    path: KeyPath = ("admin",)
    written = table(value, path, problems, AdminConfig, needs=["listen"])
    if written is None:
        return None
    found = read_fields(AdminConfig, written, path, problems, skip=("tls",))
    if "tls" in written:
        found["tls"] = read_tls(ServerTLS, written["tls"], (*path, "tls"), problems)
    many = isinstance(written.get("listen"), list)
    addresses = [
        _read_address(one, (*path, "listen", index) if many else (*path, "listen"), problems)
        for index, one in enumerate(found.get("listen", ()))
    ]
    probes = None
    if "probes" in found:
        probes = _read_address(found["probes"], (*path, "probes"), problems)
    if "token_file" in found:
        try:
            read_token(found["token_file"])
        except ValueError as error:
            problems.add((*path, "token_file"), f"{show(found['token_file'], 4096)} cannot be used: {error}")
    admin = AdminConfig(
        **{"listen": (), **found, "addresses": tuple(addresses), "probes_address": probes},
    )
    _check(admin, set(written), many, problems)
    return admin


def _read_address(listen: str, path: KeyPath, problems: Problems) -> Address | None:
    try:
        found = read_server(listen)
        if found.proxied or found.text.prefix not in _PREFIXES.split(", "):
            raise ValueError(f"{show(listen)}: the admin takes {_PREFIXES}, with `tls` beside it")
    except ValueError as error:
        problems.add(path, str(error))
        return None
    return found


def _check(admin: AdminConfig, keys: set[str], many: bool, problems: Problems) -> None:
    path: KeyPath = ("admin",)
    anywhere = [address for address in admin.addresses if address is not None and not is_unix(address)]
    lacking = [f"`{key}`" for key in ("tls", "token_file") if key not in keys]
    for index, address in enumerate(admin.addresses):
        if address is not None and not is_unix(address) and not is_loopback(address) and lacking:
            problems.add(
                (*path, "listen", index) if many else (*path, "listen"),
                f"{show(admin.listen[index])} can be reached from other machines, and lacks"
                f" {' and '.join(lacking)}; give it, or listen at a unix socket or a loopback address,"
                " as tcp:9900:interface=127.0.0.1",
            )
    if admin.probes_address is not None and is_unix(admin.probes_address):
        problems.add((*path, "probes"), f"{show(admin.probes or '')}: probes come over TCP; write tcp:PORT")
    if keys >= {"listen"} and None not in admin.addresses and not anywhere:
        for key in ("tls", "token_file"):
            if key in keys:
                problems.warn((*path, key), "comes to nothing: `listen` names unix sockets alone")


def is_unix(address: Address) -> bool:
    """Whether it is a unix socket, of our own or given by systemd."""
    return address.path is not None or address.text.named.get("domain") == "UNIX"


def is_loopback(address: Address) -> bool:
    """Whether only processes of this machine reach it."""
    if address.given is not None or address.host is None:
        return False
    if address.host == "localhost":
        return True
    try:
        return ip_address(address.host).is_loopback
    except ValueError:
        return False


def read_token(name: str) -> bytes:
    """The token in a file, without white space around it.

    @raise ValueError: it is none, or others may know it; the text says why, without name and token.
    """
    token = read_secret_file(name).strip()
    if not SHORTEST_TOKEN <= len(token) <= LONGEST_TOKEN:
        raise ValueError(f"a token has {SHORTEST_TOKEN} or more characters, and {LONGEST_TOKEN} at most")
    if not re.fullmatch(rb"[!-~]+", token):
        raise ValueError("a token is one line of letters, digits and signs, without a space")
    return token
