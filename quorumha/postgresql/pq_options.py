"""What libpq is told of one session, as the text that C{PQconnectStart} takes.

libpq takes what it is not told from variables (C{PGPASSWORD} and forty more) and from files in the home of
the user (C{.pgpass}, C{.postgresql/}).  Both belong to whoever uses psql, and would make the probe somebody
else: so everything that can be said is said.  Pure, but for L{without_variables}.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping, MutableMapping

from attrs import field, frozen

from quorumha.config.addresses import Address
from quorumha.config.model import ClientTLS

#: A name under which nothing can be: no file in place of one in the user's home.
NO_FILE = "/dev/null/none"

#: Where authorities that a system trusts are kept: Debian, Fedora and Red Hat, SUSE, Alpine and the BSDs.
#: libpq's own word C{system} is where the OpenSSL that psycopg brings was built, on another machine.
_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

#: What libpq knows no option for, and takes from variables: a section of a file of services, and what it
#: asks a server to set (C{EnvironmentOptions} in C{fe-connect.c}).
_VARIABLES = ("PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGDATESTYLE", "PGTZ", "PGGEQO")


@frozen
class Login:
    """As whom a database is asked.

    @ivar password: None: it has none.
    @ivar tls: None: as the server likes it, and nobody's certificate is checked.
    """

    user: str
    database: str
    password: bytes | None = field(default=None, repr=False)
    tls: ClientTLS | None = None


def conninfo(login: Login, where: Address, address: str | None, known: Collection[str]) -> bytes:
    """The text of one session.

    @param where: the endpoint of the member: host and port, or the path of a socket (L{socket_of}).
    @param address: the IP address that its host stands for: libpq looks up no name.
    @param known: the options that libpq has; others are left out.
    @raise ValueError: the endpoint names neither.
    """
    options = {
        "user": login.user,
        "password": "" if login.password is None else login.password.decode("utf-8", "surrogateescape"),
        "dbname": login.database,
        "application_name": "quorumha",
        **_target(login, where, address),
        **(_PLAIN if login.tls is None else _tls(login.tls)),
        **_OTHERS,
    }
    text = " ".join(f"{name}={_quoted(value)}" for name, value in options.items() if name in known)
    return text.encode("utf-8", "surrogateescape")


def socket_of(path: str) -> tuple[str, str] | None:
    """The folder and the port that a socket of PostgreSQL stands for; None: no socket of its is called so."""
    folder, _, name = path.rpartition("/")
    port = name.removeprefix(".s.PGSQL.")
    return (folder or "/", port) if port != name and port.isdecimal() else None


def _target(login: Login, where: Address, address: str | None) -> dict[str, str]:
    if where.path is not None:
        found = socket_of(where.path)
        if found is None:
            raise ValueError("no socket of PostgreSQL is called so")
        return {"host": found[0], "hostaddr": "", "port": found[1]}
    if not where.host or not where.port or not address:
        raise ValueError("it names no host")
    name = (login.tls.name if login.tls is not None else None) or where.host
    return {"host": name, "hostaddr": address, "port": str(where.port)}


#: Without the pool's C{tls}: encrypted where the server does that.  Nobody's certificate is checked, so a
#: server never gets the password in the clear, whoever it is.
_PLAIN = {
    "sslmode": "prefer",
    "sslrootcert": NO_FILE,
    "sslcert": NO_FILE,
    "sslkey": NO_FILE,
    "require_auth": "!password",
}


def _tls(tls: ClientTLS) -> dict[str, str]:
    """Its certificate must be for the host's name, or C{name}, of an authority that is trusted."""
    found = next((one for one in _AUTHORITIES if os.path.exists(one)), "system")
    return {
        "sslmode": "verify-full",
        "sslrootcert": tls.ca or found,
        "sslcert": tls.cert or NO_FILE,
        "sslkey": tls.key or NO_FILE,
        # Empty it would mean: none of them.
        "require_auth": "scram-sha-256,md5,password,none",
    }


#: The same for every session: what libpq does unless it is told otherwise.
_OTHERS = {
    "passfile": NO_FILE,
    "client_encoding": "UTF8",
    "options": "",
    "connect_timeout": "0",
    "channel_binding": "prefer",
    "gssencmode": "disable",
    "krbsrvname": "postgres",
    "gsslib": "",
    "gssdelegation": "0",
    "sslnegotiation": "postgres",
    "sslcompression": "0",
    "sslcertmode": "allow",
    "sslcrl": NO_FILE,
    "sslcrldir": "",
    "sslsni": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "ssl_max_protocol_version": "",
    "requirepeer": "",
    "min_protocol_version": "3.0",
    "max_protocol_version": "3.0",
    "target_session_attrs": "any",
    "load_balance_hosts": "disable",
}


def _quoted(value: str) -> str:
    """As C{conninfo_parse} reads it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextlib.contextmanager
def without_variables(environ: MutableMapping[str, str] | None = None) -> Iterator[None]:
    """While libpq is called: what it takes from variables, as it knows no option for it, is not there."""
    environ = os.environ if environ is None else environ
    taken: Mapping[str, str] = {name: environ.pop(name) for name in _VARIABLES if name in environ}
    try:
        yield
    finally:
        environ.update(taken)
