"""Who may ask the admin what: pure policy.

What is looked at, in this order: the C{Host}, for a page that a browser loaded from another name may have had
that name lead here (DNS rebinding); where a change comes from, for such a page may send forms here; what the
path allows; how large the body is; and last the token.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from attrs import frozen

#: Bytes that the body of a request may have.
BODY_LIMIT = 64 * 1024
#: Seconds until a wrong token, or none, has its response: guessing takes time.
TOKEN_DELAY = 0.2

#: What C{Host} may say unless the configuration says otherwise, beside the address that is listened on.
USUAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")

#: Methods that change nothing.
READING = (b"GET", b"HEAD")
#: What is read without a token from anywhere.
PROBES = (b"livez", b"readyz", b"startupz", b"writerz")
METRICS = b"metrics"


@frozen
class Door:
    """What an address that the admin listens on is like.

    @ivar hosts: what C{Host} may say, without ports, in lower case; None: anything.
    @ivar own: likewise the address at which a client reached us: a name that leads here is none.
    @ivar secure: TLS is spoken.
    @ivar free: nobody but this machine reaches it, so reading is free.
    @ivar trusted: it is a unix socket, whose mode is the permission to change things.
    @ivar token: what else is; None: there is none.
    @ivar metrics: they are read without a token, wherever reading needs one.
    """

    hosts: frozenset[str] | None = None
    own: bool = False
    secure: bool = False
    free: bool = False
    trusted: bool = False
    token: bytes | None = None
    metrics: bool = True


@frozen
class Asked:
    """What of a request says who asks; fields as they stand there, None without.

    @ivar area: the first segment of its path, decoded.
    @ivar own_host: the address at which its client reached us; empty: it has none.
    @ivar size: bytes of its body.
    """

    method: bytes
    area: bytes
    host: bytes | None = None
    origin: bytes | None = None
    fetch_site: bytes | None = None
    authorization: bytes | None = None
    own_host: str = ""
    size: int = 0


@frozen
class Refusal:
    """Why not.

    @ivar allow: the methods that its path allows, where it is another one.
    @ivar wrong_token: a token was sent, and it is not ours.
    """

    status: int
    cause: str
    allow: tuple[bytes, ...] = ()
    wrong_token: bool = False

    @property
    def delay(self) -> float:
        """Seconds until it is said."""
        return TOKEN_DELAY if self.status == 401 else 0.0


def refusal(asked: Asked, door: Door, methods: Sequence[bytes] | None) -> Refusal | None:
    """Why a request is refused; None: it is not.

    @param methods: what its path allows; None: there is no such path.
    """
    if not _host_is_ours(asked, door):
        return Refusal(
            421, "the Host of this request is not one of ours; `hosts` of [admin] names those that are"
        )
    changes = asked.method not in READING
    if changes and not _same_origin(asked, door):
        return Refusal(403, "a page of another origin may change nothing here")
    if methods is None:
        return Refusal(404, "there is nothing at this path")
    if asked.method not in methods:
        return Refusal(405, f"this path allows {b', '.join(methods).decode('ascii')}", tuple(methods))
    if asked.size > BODY_LIMIT:
        return Refusal(413, f"a body here has {BODY_LIMIT} bytes at most")
    return _lacks_token(asked, door, changes)


def _lacks_token(asked: Asked, door: Door, changes: bool) -> Refusal | None:
    if door.trusted:
        return None
    if asked.authorization is not None and door.token is not None:
        if hmac.compare_digest(asked.authorization, b"Bearer " + door.token):
            return None
        return Refusal(401, "this is not the token", wrong_token=True)
    if not changes and _read_by_all(asked.area, door):
        return None
    if door.token is None:
        what = "changed" if changes else "read"
        return Refusal(
            403,
            f"this can be {what} at the admin's unix socket alone: [admin] has no `token_file`",
        )
    return Refusal(401, "this needs the token: Authorization: Bearer TOKEN")


def _read_by_all(area: bytes, door: Door) -> bool:
    if area == METRICS:
        return door.metrics
    return door.free or area in PROBES


def host_name(field: bytes) -> str:
    """The host that a Host field names, without its port, in lower case."""
    text = field.decode("latin-1").lower()
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdecimal() and (":" not in name or name.endswith("]")) else text


def _host_is_ours(asked: Asked, door: Door) -> bool:
    if door.hosts is None:
        return True
    if asked.host is None:
        return False
    name = host_name(asked.host)
    return name in door.hosts or (door.own and bool(asked.own_host) and name == asked.own_host)


def _same_origin(asked: Asked, door: Door) -> bool:
    if asked.fetch_site not in (None, b"same-origin", b"none"):
        return False
    if asked.origin is None:
        return True
    scheme = b"https" if door.secure else b"http"
    return asked.host is not None and asked.origin.lower() == b"%b://%b" % (scheme, asked.host.lower())
