"""What is wrong, or risky, with a pool's C{other_proxies}.  Pure."""

from __future__ import annotations

from ipaddress import ip_address

from quorumha.config.addresses import Address
from quorumha.config.admin import is_loopback, is_unix
from quorumha.config.model import AdminConfig, PoolConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.postgresql.config import proxy_pools

#: Listened on, at every address of one family.
_ANY = ("", "0.0.0.0", "::")


def check_proxies(pool: PoolConfig, admin: AdminConfig | None, problems: Problems) -> None:
    """Note others that are this proxy itself, or cannot be asked; and that none of them can ask this one."""
    path: KeyPath = ("pools", pool.name, "other_proxies")
    addresses = () if admin is None else (admin.probes_address, *admin.addresses)
    own = [one for one in addresses if one is not None and not is_unix(one)]
    places = [one.upstreams[0] for one in proxy_pools(pool)]
    for place in places:
        if place.address is not None and any(_leads_to(place.address, one) for one in own):
            problems.add(path, f"{show(place.name)} is this proxy itself; name the others alone")
        if place.tls and pool.tls is not None and pool.tls.name is not None:
            problems.add(
                path,
                f"{show(place.name)}: the pool's `tls` has a `name`, and no other proxy's certificate is for"
                " that one; leave `name` out, or write http://",
            )
    beside = bool(own) and all(place.address is not None and is_loopback(place.address) for place in places)
    if places and not beside and all(is_loopback(one) for one in own):
        what = "listens at loopback addresses alone" if own else "has no address for that"
        problems.warn(
            path,
            f"they cannot ask this one, which {what}: write"
            ' `probes = "tcp:9901"` in `[admin]`, and name this one there',
        )


def _leads_to(there: Address, own: Address) -> bool:
    """Whether who dials the one comes to the other, as far as that is written."""
    if there.port != own.port:
        return False
    if own.host in _ANY or own.host is None:
        return is_loopback(there)
    return _same(there.host or "", own.host) or (is_loopback(there) and is_loopback(own))


def _same(one: str, other: str) -> bool:
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return one.lower() == other.lower()
