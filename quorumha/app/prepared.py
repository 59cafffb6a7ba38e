"""L{Prepared}: what another configuration comes to, while nothing has changed yet.

Listening is all or nothing: when one address cannot be had, those already had are given back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from quorumha.app.assembly import Assembly
from quorumha.app.listener import Listener
from quorumha.app.process_parts import ProcessParts
from quorumha.app.short_turns import Turns
from quorumha.config.certificate_days import tls_tables
from quorumha.config.model import Config, ListenerConfig
from quorumha.endpoints.strings import TLS_STAYS
from quorumha.errors import ConfigError
from quorumha.events import Refused

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


def make_listener(process: ProcessParts, assembly: Assembly, config: ListenerConfig) -> Listener:
    """One that does not listen yet.

    @raise ConfigError: its endpoint, or a file that it needs, cannot be used.
    """

    def handshake_timeout() -> float:
        return listener.config.kind.handshake_timeout(listener.config)

    def refused(client: str, cause: str) -> None:
        process.observers.notify(Refused(listener.config.name, client, 0, cause))

    listening = process.endpoints.listening
    tls = None if config.tls is None else process.certificates.server(config.tls)
    endpoint = listening(process.reactor, config.listen, tls, handshake_timeout, refused)
    listener = Listener(config, endpoint, assembly.parts[config.name].factory, tls)
    return listener


async def prepare(
    process: ProcessParts, serves: Assembly, listeners: Collection[Listener], config: Config, turns: Turns
) -> Prepared:
    """Put everything together for another configuration, and change nothing.

    @param serves: what does now; C{listeners}: likewise.
    @raise ConfigError: it cannot be used.
    """
    if config.state_directory != serves.config.state_directory:
        raise ConfigError(
            ["state_directory: cannot be changed while the process runs; restart it, or leave it as it was"]
        )
    await process.certificates.read(tls_tables(config))
    assembly = Assembly(process, config, serves)
    await turns.pause()
    for _ in assembly.build():
        await turns.pause()
    kept = matched(listeners, config)
    for listener, one in kept.items():
        if (one.tls is None) != (listener.config.tls is None):
            raise ConfigError([f"listeners.{one.name}.tls: {TLS_STAYS}"])
    stays = {one.name for one in kept.values()}
    fresh: list[Listener] = []
    for name, one in config.listeners.items():
        if name not in stays:
            fresh.append(make_listener(process, assembly, one))
            await turns.pause()
    return Prepared(assembly, kept, fresh)


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


async def listen_all(listeners: Sequence[Listener], turns: Turns | None = None) -> None:
    """Listen everywhere, or nowhere.

    @param turns: of the reactor; without them all is done in one.
    @raise ListenError: an address cannot be had.
    """
    try:
        for listener in listeners:
            await listener.listen()
            if turns is not None:
                await turns.pause()
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
