"""L{Prepared}: what another configuration comes to, while nothing has changed yet.

Listening is all or nothing: when one address cannot be had, those already had are given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from quorumha.app.assembly import Assembly
from quorumha.app.listener import Listener
from quorumha.config.model import Config, ListenerConfig

log = Logger()


@frozen
class Applied:
    """Another configuration serves.

    @ivar before: what served until then.
    """

    before: Config
    config: Config


@frozen
class Prepared:
    """What a configuration comes to.

    @ivar kept: the listeners that go on, and as what.
    @ivar fresh: those that do not listen yet.
    """

    assembly: Assembly
    kept: Mapping[Listener, ListenerConfig]
    fresh: Sequence[Listener]


def matched(listeners: Iterable[Listener], config: Config) -> dict[Listener, ListenerConfig]:
    """The listeners whose addresses stay, and as what they go on: by name, and the rest as it comes."""
    found: dict[Listener, ListenerConfig] = {}
    left = dict(config.listeners)
    for by_name in (True, False):
        at: dict[str, list[Listener]] = {}
        for listener in listeners:
            if listener not in found:
                at.setdefault(listener.config.listen, []).append(listener)
        for name, one in list(left.items()):
            same = [x for x in at.get(one.listen, ()) if x.config.name == name or not by_name]
            if same:
                at[one.listen].remove(same[0])
                found[same[0]] = left.pop(name)
    return found


async def listen_all(listeners: Sequence[Listener]) -> None:
    """Listen everywhere, or nowhere.

    @raise ListenError: an address cannot be had.
    """
    try:
        for listener in listeners:
            await listener.listen()
    except BaseException:
        close_soon(listeners)
        raise


def close_soon(listeners: Sequence[Listener]) -> None:
    """Take nobody new; not waited for: whoever asked shall hear of it at once."""
    Deferred.fromCoroutine(close_all(listeners)).addErrback(
        lambda failure: log.failure("could not stop listening", failure)
    )


async def close_all(listeners: Sequence[Listener]) -> None:
    """Take nobody new."""
    for listener in listeners:
        await listener.close()
