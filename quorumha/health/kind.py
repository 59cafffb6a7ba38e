"""C{check = "connect"} and C{"http"}: what can be asked of any node."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from quorumha.config.kind import CheckKind
from quorumha.config.model import CheckConfig
from quorumha.config.values import UrlPath, setting, whole

# What asks is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from quorumha.health.probes import Probe
    from quorumha.pool.member import Member


def status(value: object) -> int:
    """A status of HTTP."""
    number = whole(value, 100)
    if number > 599:
        raise ValueError(f"{number} is not a status from 100 to 599")
    return number


Status = Annotated[int, "status", status]


@frozen
class HttpCheckConfig:
    """Keys of a check by an HTTP request."""

    path: UrlPath = setting("/upcheck", "What is asked for with `http`.")
    statuses: tuple[Status, ...] = setting((200,), "Which statuses are good with `http`.")
    body: str | None = setting(None, "Text that a good answer holds with `http`; any will do unless given.")


class Connect(CheckKind):
    """A connection; with TLS, a handshake."""

    name = "connect"
    rank = 1

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        return "a connection; good is who takes it, also a process that hangs"

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        from quorumha.health.probes import ConnectProbe

        return ConnectProbe(clock, check.timeout)


class HttpCheck(CheckKind):
    """A GET; status and body say what is good."""

    name = "http"
    model = HttpCheckConfig
    finds_hangs = True

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        asked: HttpCheckConfig = self.settings(check)
        body = f" with {asked.body!r} in it" if asked.body else ""
        return f"GET {asked.path}; good is {' or '.join(map(str, asked.statuses))}{body}"

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        from quorumha.health.http_probe import HttpProbe
        from quorumha.health.verdicts import expecting

        asked: HttpCheckConfig = self.settings(check)
        verdict_of = expecting(frozenset(asked.statuses), (asked.body or "").encode("utf-8"))
        return HttpProbe(clock, check.timeout, asked.path.encode("ascii"), verdict_of)


CONNECT, HTTP_CHECK = Connect(), HttpCheck()
