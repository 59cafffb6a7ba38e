"""What a kind is: what may stand after C{serve =} of a listener, or as C{kind} of a pool's check.

A kind is one object.  It says what it is called and which keys it has, reads them, says what is wrong or
risky, explains what follows, and builds what serves or asks.  Nothing else compares names of kinds.  Its keys
are the fields of attrs classes: see L{setting<quorumha.config.values.setting>}.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import astuple, frozen

from quorumha.config.problems import KeyPath, Problems
from quorumha.config.tables import file_fields, value_of

if TYPE_CHECKING:
    from quorumha.config.model import CheckConfig, Config, ListenerConfig, PoolConfig, UpstreamConfig


@frozen
class PoolUse:
    """One place of a listener that sends requests or connections to a pool.

    @ivar label: which of them, for a reader; empty: all.
    @ivar path: where the pool is named, below the listener; empty: in the listener itself.
    @ivar mirror: who gets copies: C{"others"}, or the name of a pool.
    """

    pool: str
    label: str = ""
    path: KeyPath = ()
    mirror: str | None = None


@frozen
class MemoryUse:
    """Memory that a listener allows beside its connections.

    @ivar what: what it is for, with the key that sets it; rows of one text are added up.
    @ivar size: bytes; None: no limit.
    @ivar owner: whose it is: what several listeners share is counted once; None: the process's.
    """

    what: str
    size: int | None
    owner: Hashable = None


class ListenerKind:
    """What may stand after C{serve =}.

    @cvar name: what a file calls it.
    @cvar models: the classes whose fields are its keys in C{[listeners.NAME]}.
    @cvar pool_keys: keys of a pool that mean something only to it.
    @cvar unused_keys: keys of a pool, and of its members, that come to nothing with it, each with the reason.
    @cvar pool_models: the classes whose fields are keys of a pool only with it.
    @cvar member_models: the classes whose fields are keys of an element of C{upstreams} only with it.
    @cvar turn: when its listeners end at a stop: those of the lowest number first.
    @cvar keeps_bodies: it keeps bodies of requests in the replay budget.
    @cvar unit: what a pool's counters count for it.
    @cvar own_tls: what it relays brings its own TLS: its members are dialled without the pool's C{tls}, which
        is for checks alone.
    @cvar family: members of pools whose kinds are of one family may be ports of one node; None: never.
    """

    name: str
    models: tuple[type, ...] = ()
    pool_keys: tuple[str, ...] = ()
    unused_keys: Mapping[str, str] = {}
    pool_models: tuple[type, ...] = ()
    member_models: tuple[type, ...] = ()
    turn = 0
    keeps_bodies = False
    unit = "requests"
    own_tls = False
    family: str | None = None

    def read(
        self, written: Mapping[str, Any], common: Mapping[str, Any], path: KeyPath, problems: Problems
    ) -> Any:
        """Read its keys; what is wrong is noted and left out.

        @param written: the listener's table; who else's keys stand there is seen to already.
        @param common: the values that every listener has, as far as they could be read.
        @param path: the table's key path.
        @return: what becomes C{ListenerConfig.settings}: a frozen value that can be compared.
        """
        return None

    def check(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        """Note what is wrong, or probably not meant, in the configuration as a whole."""

    def check_kept(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        """Note what was kept on disk and would be refused at a start."""

    def uses(self, listener: ListenerConfig) -> Iterable[PoolUse]:
        """Every place of a listener that names a pool."""
        return [] if listener.pool is None else [PoolUse(listener.pool)]

    def idle_timeout(self, listen: str) -> float:
        """Seconds that a connection may stay idle unless a file says otherwise; 0: no limit."""
        return 0.0

    def handshake_timeout(self, listener: ListenerConfig) -> float:
        """Seconds that a client has for TLS, and a balancer for the PROXY header; 0: no limit."""
        return 10.0

    def auto_check(self, check: CheckConfig) -> CheckKind | None:
        """How a pool that it serves from is checked with C{auto}; None: as any pool."""
        return None

    def party(self, listener: ListenerConfig, config: Config) -> str | None:
        """Whose nodes stand behind it, where a file says so: two parties never have one node."""
        return None

    def member_places(self, upstream: UpstreamConfig) -> Mapping[str, UpstreamConfig]:
        """Further places at which a member is dialled, by what they are for: what its keys name."""
        return {}

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """What its clients may expect, in lines."""
        return []

    def explain_pool(self, pool: PoolConfig) -> list[str]:
        """What its C{pool_keys} come to, in lines."""
        return []

    def per_connection(self, listener: ListenerConfig) -> int:
        """Bytes that one of its connections holds at most, on both sides, TLS and objects apart."""
        return 0

    def memory(self, listener: ListenerConfig, config: Config) -> Iterable[MemoryUse]:
        """What it allows to be held beside that."""
        return []

    def log_lines(self) -> Any:
        """What the log says of the kind's own facts, and of those of its checks: a
        L{LogLines<quorumha.logs.log_lines.LogLines>}; None: it has none.
        """
        return None

    def build(self, listener: ListenerConfig, parts: Any) -> Any:
        """Make what serves a listener.  Nothing begins before its start.

        @param parts: what the process has: an L{Assembly<quorumha.app.assembly.Assembly>}.
        @return: a L{Part<quorumha.net.listener_part.Part>}.
        """
        raise NotImplementedError


class CheckKind:
    """What may stand as C{kind} of a pool's check, beside C{auto} and C{off}.

    @cvar name: what a file calls it.
    @cvar model: the class whose fields are its keys, beside those of all checks.
    @cvar rank: of what the listeners of a pool want for C{auto}, the highest is taken.
    @cvar finds_hangs: it finds a process that takes connections and never responds.
    @cvar deep: what it finds out of the node counts at all ports of the node.
    @cvar says_role: its verdicts say whether a member may be written to.
    @cvar by_node: what it asks of a port depends on whether such a check is made at another port of the node.
    @cvar usual: keys of all checks that are otherwise with it unless given, with their values.
    """

    name: str
    model: type | None = None
    rank = 0
    finds_hangs = False
    deep = False
    by_node = False
    says_role = False
    usual: Mapping[str, Any] = {}

    @property
    def keys(self) -> list[str]:
        """The names of its keys."""
        return [] if self.model is None else list(file_fields(self.model))

    def settings(self, check: CheckConfig) -> Any:
        """The values of its keys."""
        assert self.model is not None
        return value_of(self.model, check.keys)

    def check(self, pool: PoolConfig, path: KeyPath, problems: Problems) -> None:
        """Note what is wrong, or probably not meant, where it is asked of a pool.

        @param path: of the pool's C{check}.
        """

    def member_places(self, upstream: UpstreamConfig, check: CheckConfig) -> Mapping[str, UpstreamConfig]:
        """Further places at which a member is asked, by what they are for; TLS is spoken there as to it."""
        return {}

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        """What is asked, and which response is good.

        @param upstreams: the members' names.
        @param elsewhere: those whom a deep check of another port watches.
        """
        raise NotImplementedError

    def probe_key(self, check: CheckConfig) -> Hashable:
        """What is asked: by the values of its keys.  Equal questions at the same address are asked once."""
        return None if self.model is None else astuple(self.settings(check))

    def probe(self, clock: Any, check: CheckConfig, elsewhere: Callable[[Any], bool]) -> Any:
        """Make what asks: a L{Probe<quorumha.health.probes.Probe>}.

        @param elsewhere: whether a deep check of another port of its node watches a member, now.
        """
        raise NotImplementedError


@frozen
class Kinds:
    """The kinds that a configuration may name.

    @ivar listeners: the first is meant where a listener does not say C{serve}.
    @ivar checks: the first is what C{auto} comes to where no listener knows better.
    """

    listeners: tuple[ListenerKind, ...]
    checks: tuple[CheckKind, ...]

    def listener(self, name: str) -> ListenerKind:
        """The kind of this name, which there must be."""
        return {kind.name: kind for kind in self.listeners}[name]

    def check(self, name: str) -> CheckKind | None:
        """The kind of this name, if there is one."""
        return {kind.name: kind for kind in self.checks}.get(name)

    def listener_models(self) -> Iterator[type]:
        """All that have keys of listeners, each once."""
        yield from dict.fromkeys(model for kind in self.listeners for model in kind.models)

    def pool_models(self) -> Iterator[type]:
        """All that have keys of pools, each once."""
        yield from dict.fromkeys(model for kind in self.listeners for model in kind.pool_models)

    def member_models(self) -> Iterator[type]:
        """All that have keys of members, each once."""
        yield from dict.fromkeys(model for kind in self.listeners for model in kind.member_models)

    def check_models(self) -> Iterator[type]:
        """All that have keys of checks, each once."""
        yield from dict.fromkeys(kind.model for kind in self.checks if kind.model is not None)
