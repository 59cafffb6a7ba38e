"""C{serve = "greet"} and C{check = "knock"}: all that a new kind takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from quorumha.config.kind import CheckKind, ListenerKind, MemoryUse
from quorumha.config.model import CheckConfig, Config, ListenerConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.tables import read_fields
from quorumha.config.values import Count, setting
from quorumha.health.probes import Probe
from quorumha.health.verdicts import GOOD, Verdict
from quorumha.net.drain import DrainingFactory
from quorumha.net.listener_part import Part
from quorumha.pool.pool import Member, UpstreamPool


@frozen
class GreetConfig:
    """Keys of a listener that greets."""

    greeting: str = setting("hello", "What a client is told.", formerly="word")
    times: Count = setting(1, "How often.")


@frozen
class KnockConfig:
    """Keys of a check that knocks."""

    knocks: Count = setting(3, "How often it knocks.")


class Knock(CheckKind):
    """Everybody is at home."""

    name = "knock"
    model = KnockConfig
    rank = 9
    finds_hangs = True

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        return f"{self.settings(check).knocks} knocks; good is who opens"

    def probe(
        self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]
    ) -> KnockProbe:
        return KnockProbe()


class KnockProbe(Probe):
    """Remembers whom it asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, member: Member) -> Deferred[Verdict]:
        self.asked.append(member.upstream.name)
        return succeed(GOOD)

    def stop(self) -> None:
        self.asked.clear()


KNOCK = Knock()


class GreetParts(Protocol):
    """What it needs of the process."""

    reactor: Any
    pools: dict[str, UpstreamPool]


class Greeter(TwistedProtocol):
    """Greets, and stays until it is told to leave."""

    factory: Greeting
    idle_since = 0.0
    quiet_since = 0.0

    def connectionMade(self) -> None:
        self.factory.connections.add(self)
        self.transport.write(self.factory.text)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.factory.ended(self)

    def end_idle(self) -> None:
        self.transport.loseConnection()

    def finish_soon(self, recent: float) -> None:
        self.end_idle()

    def cut(self) -> None:
        self.transport.abortConnection()


class Greeting(DrainingFactory[Greeter]):
    """Builds them."""

    protocol = Greeter

    def __init__(self, clock: IReactorTime, text: bytes) -> None:
        super().__init__(clock)
        self.text = text

    def turn(self, other: DrainingFactory[Any]) -> bool:
        """Whoever comes from now on is greeted otherwise."""
        if not isinstance(other, Greeting):
            return False
        self.text = other.text
        return True


class GreetPart(Part[Greeting]):
    """What a listener has that greets.

    @ivar told: what was asked of it, in order.
    """

    def __init__(self, factory: Greeting) -> None:
        super().__init__(factory)
        self.told: list[str] = []

    def start(self) -> None:
        self.told.append("start")

    def close(self) -> None:
        self.told.append("close")

    def stop(self) -> Deferred[None]:
        self.told.append("stop")
        return succeed(None)


class Greet(ListenerKind):
    """Needs a pool, though it only tells who is in it."""

    name = "greet"
    models = (GreetConfig,)
    unit = "greetings"

    def read(
        self, written: Mapping[str, Any], common: Mapping[str, Any], path: KeyPath, problems: Problems
    ) -> GreetConfig:
        if "pool" not in written:
            problems.add(path, "lacks `pool`: nobody to greet for")
        return GreetConfig(**read_fields(GreetConfig, written, path, problems))

    def check(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        if listener.settings.times > 3:
            problems.warn(("listeners", listener.name, "times"), "who says it so often is not believed")

    def auto_check(self, check: CheckConfig) -> CheckKind:
        return KNOCK

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        settings: GreetConfig = listener.settings
        return [f"says {settings.greeting!r} {settings.times} times"]

    def per_connection(self, listener: ListenerConfig) -> int:
        return 1024

    def memory(self, listener: ListenerConfig, config: Config) -> list[MemoryUse]:
        return [MemoryUse("greetings (greeting)", 5 << 20, listener.name)]

    def build(self, listener: ListenerConfig, parts: GreetParts) -> GreetPart:
        settings: GreetConfig = listener.settings
        members = parts.pools[listener.pool or ""].members
        text = " ".join([settings.greeting] * settings.times + [m.upstream.name for m in members])
        return GreetPart(Greeting(parts.reactor, text.encode("utf-8")))


GREET = Greet()
