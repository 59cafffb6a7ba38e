"""C{serve = "tessera-q2t"} and its like, and C{check = "tessera"}."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from quorumha.config.kind import CheckKind, MemoryUse
from quorumha.config.model import CheckConfig, Config, ListenerConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.health.kind import HTTP_CHECK
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits, check_limits
from quorumha.http.server.kind import RequestKind
from quorumha.tessera.config import TesseraConfig, check_parties, read_tessera
from quorumha.tessera.knowledge.calls import PORTS

# What serves is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from quorumha.health.probes import Probe
    from quorumha.pool.member import Member
    from quorumha.tessera.listener import TesseraPart
    from quorumha.tessera.listener_state import TesseraParts

#: Bytes of one transaction that is known to exist, in a set.
KNOWN = 256


class DeepCheck(CheckKind):
    """A transaction that does not exist: who says 404 has looked."""

    name = "tessera"
    rank = 2
    finds_hangs = True
    deep = True

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        return "GET of a transaction that does not exist; good is 404, and 500 is a dead database"

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        """Asks on connections that it keeps."""
        from quorumha.tessera.health_probe import DeepProbe

        return DeepProbe(clock, check.timeout)


class UpCheck(CheckKind):
    """What C{auto} is for ports that do not look up transactions.  No file names it."""

    name = "http"
    finds_hangs = True
    by_node = True

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        """What is asked, and how it is known whether the databases behind the port answer."""
        alone = [name for name in upstreams if name not in elsewhere]
        known = cannot = (
            "a database that is away is not seen unless the port has GET /transaction, as Tessera's own has"
            " not (from Tessera 21.10 on /upcheck does not look at it)"
        )
        if len(alone) < len(upstreams):
            known = "whether the database answers is known from the deep check of another port of the same"
            known += f" node; of {', '.join(alone)} {cannot}" if alone else " node"
        return f"GET /upcheck; good is 200, and a database that it calls unavailable is dead; {known}"

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        """Asks for the transaction where the port turns out to have it, else only whether the port is up."""
        from quorumha.tessera.health_probe import WhereServedProbe

        return WhereServedProbe(clock, check.timeout, elsewhere)


class Tessera(RequestKind):
    """One of Tessera's ports: its calls are known, each with what may be done with it."""

    models = (TesseraConfig, ClientLimits, ForwardConfig)
    family = "tessera"

    def __init__(self, name: str, turn: int, check: CheckKind) -> None:
        """
        @param check: what C{auto} is for a pool that it serves from.
        """
        self.name = name
        self.turn = turn
        self._check = check

    def read(
        self, written: Mapping[str, Any], common: Mapping[str, Any], path: KeyPath, problems: Problems
    ) -> TesseraConfig:
        return read_tessera(written, path, problems)

    def check(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        """Note limits that are none, and parties that are alone."""
        settings: TesseraConfig = listener.settings
        check_limits(listener, settings.limits, settings.forward, problems)
        check_parties(listener, config, problems)

    def auto_check(self, check: CheckConfig) -> CheckKind:
        """The port's own, unless it is said what is to be asked for by HTTP."""
        written = HTTP_CHECK.settings(check) != HTTP_CHECK.settings(CheckConfig())
        return HTTP_CHECK if written and self._check is UP_CHECK else self._check

    def party(self, listener: ListenerConfig, config: Config) -> str | None:
        settings: TesseraConfig = listener.settings
        return settings.party

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """How long clients wait, what is done beside forwarding, and each call."""
        from quorumha.tessera.explained_calls import explain_calls

        return explain_calls(listener, config)

    def copies(self, listener: ListenerConfig) -> bool:
        """Party infos are copied to every member."""
        return any(call.call_class == "party-info" for call in PORTS[self.name].calls)

    def memory(self, listener: ListenerConfig, config: Config) -> Iterable[MemoryUse]:
        """As any listener that understands requests, and what is remembered of transactions and parties."""
        from quorumha.tessera.partyinfo import ledger

        yield from super().memory(listener, config)
        settings: TesseraConfig = listener.settings
        owner = f"listener {listener.name}"
        # Twice as many at most (L{ExistenceMemory}), once for each party.
        known = 2 * settings.existence_memory * KNOWN
        yield MemoryUse("transactions known to exist (existence_memory)", known, settings.party or owner)
        if self.copies(listener):
            yield MemoryUse("what other parties posted", ledger.SIZE, owner)

    def build(self, listener: ListenerConfig, parts: TesseraParts) -> TesseraPart:
        """A site with a resource for each call."""
        from quorumha.tessera.listener import TesseraPart

        return TesseraPart(listener, parts)


DEEP_CHECK, UP_CHECK = DeepCheck(), UpCheck()
#: At a stop what GoQuorum talks to goes before what other parties' Tesseras do: who is refused there once
#: forgets us for seconds (WIRE C 15).
Q2T = Tessera("tessera-q2t", 1, DEEP_CHECK)
P2P = Tessera("tessera-p2p", 2, UP_CHECK)
THIRD_PARTY = Tessera("tessera-thirdparty", 1, UP_CHECK)
