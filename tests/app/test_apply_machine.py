"""Any sequence of configurations, requests, deaths and changes: nobody notices.

The normal run has 15 schedules; for more: C{QUORUMHA_SCHEDULES=10000 python -m pytest
tests/app/test_apply_machine.py}.
"""

from __future__ import annotations

import gc
import signal
from typing import Any
from weakref import WeakKeyDictionary, ref

from attrs import define, evolve, field
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from twisted.internet.defer import execute
from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.running import ReloadResult
from quorumha.app.kinds import parse_config
from quorumha.app.reload import Reloader
from quorumha.process.signals import SignalService
from quorumha.testing import (
    MemoryProxy,
    Message,
    Recorder,
    ScriptedUpstream,
    SimulatedTessera,
    TesseraStore,
    http_request,
    responses,
)
from quorumha.testing.http.plays import Play, Wait, respond
from tests.nightly import play
from tests.process.signalled import FakeProcess, FakeReactor

#: Nodes that may die; another one never does, and is in every pool, so that each request has its response.
MORTAL = "ab"
TESSERAS = "xy"
UPCHECK = http_request(b"GET", b"/upcheck")


@define
class Drawn:
    """A configuration.

    @ivar pools: the mortal nodes of each HTTP pool, in order.
    @ivar listeners: the pool and the kind of each listener.
    """

    pools: dict[str, str]
    listeners: dict[str, tuple[str, str]]
    checked: bool
    seconds: int
    tesseras: str
    tessera_pool: str
    hedge: bool

    def toml(self) -> str:
        used = {pool for pool, _ in self.listeners.values()}
        text = "stop_timeout = 2\n"
        for name in sorted(used):
            upstreams = ", ".join(f'"http://{node}:80"' for node in (*self.pools[name], "immortal"))
            text += f"[pools.{name}]\nupstreams = [{upstreams}]\nconnect_timeout = {self.seconds}\n"
            text += "" if self.checked else 'check = "off"\n'
        for name, (pool, serve) in self.listeners.items():
            port = {"l": 80, "m": 81, "n": 82}[name]
            text += f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "{serve}"\npool = "{pool}"\n'
        upstreams = ", ".join(f'"http://{node}:9101"' for node in self.tesseras)
        return text + (
            f"[pools.{self.tessera_pool}]\nupstreams = [{upstreams}]\n"
            f'[listeners.t]\nlisten = "tcp:9101"\nserve = "tessera-q2t"\npool = "{self.tessera_pool}"\n'
            'client_timeout = "none"\n' + ('hedge = "1s"\n' if self.hedge else "")
        )


MEMBERS = st.sampled_from(["", "a", "b", "ab", "ba"])
CONFIGURATIONS = st.builds(
    Drawn,
    pools=st.fixed_dictionaries({"p": MEMBERS, "q": MEMBERS}),
    listeners=st.dictionaries(
        st.sampled_from("lmn"), st.tuples(st.sampled_from("pq"), st.sampled_from(["http", "http", "tcp"]))
    ),
    checked=st.booleans(),
    seconds=st.integers(1, 2),
    tesseras=st.sampled_from(["x", "y", "xy", "yx"]),
    tessera_pool=st.sampled_from("tu"),
    hedge=st.booleans(),
)


@define(eq=False)
class Client:
    """One connection: a request at a time.

    @ivar listener: where it connected.
    @ivar sent: the targets, in order.
    @ivar left: its listener is gone, or became another: it asks no more.
    """

    recorder: Recorder
    listener: str
    sent: list[bytes] = field(factory=list)
    left: bool = False

    @property
    def got(self) -> list[Message]:
        return [one for one in responses(self.recorder) if one.complete]

    @property
    def waits(self) -> bool:
        return len(self.got) < len(self.sent)


class ApplyMachine(RuleBasedStateMachine):
    """See the module."""

    @initialize(drawn=CONFIGURATIONS)
    def build(self, drawn: Drawn) -> None:
        self.number = 0
        self.drawn = drawn
        proxy = self.proxy = MemoryProxy(drawn.toml())
        self.net = proxy.net
        self.nodes = {name: ScriptedUpstream(self.net.clock) for name in (*MORTAL, "immortal")}
        for name, node in self.nodes.items():
            node.then = self.play
            self.net.listen(f"{name}:80", node)
        store = TesseraStore()
        self.tesseras = {name: SimulatedTessera(self.net.clock, store, name=name) for name in TESSERAS}
        for name, tessera in self.tesseras.items():
            self.net.listen(f"{name}:9101", tessera.q2t)
        self.file = ""
        load = lambda serves: parse_config(self.file, "q.toml", {})  # noqa: E731  # short
        reloader = Reloader(proxy.service, "q.toml", load, execute)
        proxy.service.operations.reloads = reloader.reload
        self.process, self.reactor = FakeProcess(), FakeReactor()
        SignalService(self.reactor, process=self.process, reload=reloader.reload).startService()
        for begin in self.reactor.begin:
            begin()
        proxy.start()
        self.clients: list[Client] = []
        self.waiting: list[Recorder] = []
        self.dead: set[str] = set()
        self.deaths = 0
        #: Of each pool object, its counts when it was looked at last.
        self.counts: WeakKeyDictionary[Any, list[int]] = WeakKeyDictionary()
        self.traces: list[tuple[str, Any]] = []
        self.trace()

    @staticmethod
    def play(request: Message) -> Play:
        """What was asked for, perhaps a little later."""
        made = respond(200, request.target)
        return evolve(made, steps=(Wait(0.7), *made.steps)) if b"slow" in request.target else made

    def trace(self) -> None:
        """Remember what follows from this configuration, weakly."""
        service = self.proxy.service
        self.traces.append(("assembly", ref(service._assembly)))
        for kind, found in (("pool", service.pools), ("part", service.parts)):
            self.traces += [(f"{kind} {name}", ref(one)) for name, one in found.items()]

    # What the operator does.

    @rule(drawn=CONFIGURATIONS)
    def apply(self, drawn: Drawn) -> None:
        self.proxy.apply(drawn.toml())
        self.changed(drawn)

    def changed(self, drawn: Drawn) -> None:
        """Another one serves."""
        before, self.drawn = self.drawn, drawn
        self.proxy.config = self.proxy.service.config
        for client in self.clients:
            was, now = (one.listeners.get(client.listener) for one in (before, drawn))
            if now is None or was is None or now[1] != was[1]:
                client.left = True
        self.trace()

    @rule(drawn=CONFIGURATIONS)
    def refused(self, drawn: Drawn) -> None:
        """One that cannot be had."""
        text = drawn.toml() + f'[listeners.x]\nlisten = "tcp:99"\npool = "{drawn.tessera_pool}"\n'
        place = self.net.listen("proxy:99", self.nodes["a"])
        config = self.proxy.service.config
        try:
            self.proxy.apply(text)
        except Exception:
            assert self.proxy.service.config is config
        else:
            raise AssertionError("it was taken")
        place.stopListening()

    @rule(
        drawn=CONFIGURATIONS,
        asked=st.lists(st.sampled_from(["signal", "command", "dry run"]), min_size=1, max_size=3),
        wrong=st.sampled_from(["", "", 'nonsense = "', "nonsense = 1\n", "taken"]),
    )
    def reload(self, drawn: Drawn, asked: list[str], wrong: str) -> None:
        """The file is another one, right or wrong; and whoever asks at once, and in which way."""
        config, place = self.proxy.service.config, self.net.listen("proxy:98", self.nodes["a"])
        taken = f'[listeners.x]\nlisten = "tcp:98"\nserve = "tcp"\npool = "{drawn.tessera_pool}"\n'
        self.file = drawn.toml() + taken if wrong == "taken" else wrong + drawn.toml()
        results: list[ReloadResult] = []
        for way in asked:
            if way == "signal":
                self.process.get(signal.SIGHUP)
            else:
                reloading = self.proxy.service.operations.reload(dry_run=way == "dry run")
                reloading.addCallback(results.append)
        self.reactor.turn()
        self.net.run()
        place.stopListening()
        really = asked.count("signal") + asked.count("command")
        for result, way in zip(results, (way for way in asked if way != "signal"), strict=True):
            # A dry run listens nowhere, so it cannot see that an address is another's.
            assert result.taken == (not wrong or (wrong == "taken" and way == "dry run")), result
        if really and not wrong:
            assert self.proxy.service.config == parse_config(self.file, "q.toml", {})
            self.changed(drawn)
        else:
            assert self.proxy.service.config is config

    # What nodes do.

    @precondition(lambda self: not self.dead & set(MORTAL))
    @rule(name=st.sampled_from(MORTAL))
    def dies(self, name: str) -> None:
        self.net.kill(f"{name}:80")
        self.dead.add(name)
        self.deaths += 1

    @rule(name=st.sampled_from(TESSERAS))
    def tessera_dies(self, name: str) -> None:
        if name not in self.dead:
            self.net.kill(f"{name}:9101")
            self.dead.add(name)

    @rule()
    def all_live(self) -> None:
        for name in self.dead:
            self.net.revive(f"{name}:{80 if name in MORTAL else 9101}")
        self.dead.clear()

    # What clients do.

    @precondition(lambda self: self.drawn.listeners)
    @rule(data=st.data(), slow=st.booleans())
    def connects(self, data: st.DataObject, slow: bool) -> None:
        listener = data.draw(st.sampled_from(sorted(self.drawn.listeners)))
        self.clients.append(Client(self.net.connect(self.proxy.place_of(listener)), listener))
        self.net.run()
        self.ask(self.clients[-1], slow)

    @precondition(lambda self: self.idle())
    @rule(data=st.data(), slow=st.booleans())
    def asks_again(self, data: st.DataObject, slow: bool) -> None:
        self.ask(data.draw(st.sampled_from(self.idle())), slow)

    def idle(self) -> list[Client]:
        return [one for one in self.clients if not one.left and not one.waits]

    def ask(self, client: Client, slow: bool) -> None:
        self.number += 1
        client.sent.append(b"/%d%b" % (self.number, b"-slow" if slow else b""))
        client.recorder.write(http_request(b"POST", client.sent[-1], b"body"))
        self.net.run()

    @rule()
    def asks_tessera(self) -> None:
        self.waiting.append(self.proxy.client(UPCHECK, "t"))

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0]))
    def waits(self, seconds: float) -> None:
        self.net.advance(seconds)

    # What must hold.

    @invariant()
    def counters_never_fall(self) -> None:
        for pool in self.proxy.service.pools.values():
            now = [value for _, value in sorted(numbers(pool.counters).items())]
            before = self.counts.setdefault(pool, now)
            assert all(new >= old for new, old in zip(now, before, strict=True)), (pool.name, before, now)
            self.counts[pool] = now

    @invariant()
    def each_has_its_own(self) -> None:
        for client in self.clients:
            for message, target in zip(client.got, client.sent, strict=False):
                if message.status == 200:
                    assert message.body == target, (message.body, target)

    def teardown(self) -> None:
        self.all_live()
        self.net.advance(40)
        for client in self.clients:
            # A relayed connection whose node died has ended with it.
            if not (client.waits and client.recorder.how_it_ended and self.deaths):
                assert not client.waits, (client.listener, client.sent, client.got)
            assert all(message.status == 200 for message in client.got), client.got
        seen = [request.target for node in self.nodes.values() for request in node.requests]
        twice = {target for target in seen if seen.count(target) > 1 and target != b"/upcheck"}
        assert not twice or self.deaths, twice
        for waiting in self.waiting:
            (message,) = responses(waiting)
            assert message.status == 200, message
        for client in self.clients:
            if client.recorder.how_it_ended is None:
                client.recorder.close()
        for waiting in self.waiting:
            waiting.close()
        self.net.advance(3)
        assert len(self.proxy.service.retired) == 0
        self.nothing_leaks()
        self.proxy.stop()
        assert not self.net.clock.getDelayedCalls()

    def nothing_leaks(self) -> None:
        service = self.proxy.service
        # The ends of connections in memory know each other.
        for recorder in (*self.waiting, *(client.recorder for client in self.clients)):
            recorder.transport = None
        for node in (*self.nodes.values(), *(one.q2t for one in self.tesseras.values())):
            node.connections.clear()
        gc.collect()
        live = {id(service._assembly), *map(id, service.pools.values()), *map(id, service.parts.values())}
        left = [name for name, trace in self.traces if (one := trace()) is not None and id(one) not in live]
        assert not left, left


def numbers(counters: Any) -> dict[str, int]:
    names = getattr(type(counters), "__slots__", None) or vars(counters)
    found = {name: getattr(counters, name) for name in names if not name.startswith("_")}
    return {name: value for name, value in found.items() if isinstance(value, int)}


class MachineTests(SynchronousTestCase):
    """See the module."""

    def test_schedules(self) -> None:
        play(ApplyMachine, 15, night=400)
