"""One scenario before one proxy: processes up, trouble, figures, processes down."""

from __future__ import annotations

import contextlib
import math
import tempfile
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, UNIXClientEndpoint
from twisted.internet.interfaces import IDelayedCall, IReactorTime, IStreamClientEndpoint
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from quorumha.testing.goquorum.geth_requests import GethRequests
from quorumha.testing.http.caller import Caller
from tests.integration.side_by_side.figures import Figures, figures_of
from tests.integration.side_by_side.load import Load
from tests.integration.side_by_side.nodes import Node
from tests.integration.side_by_side.proxy import Proxy
from tests.integration.side_by_side.scenarios import Scenario
from tests.integration.side_by_side.shared_store import SharedStore

#: Seconds that a process may take to listen.
START_LIMIT = 20.0
#: Seconds after the last import, for what a node still does on its own.
AFTERWARDS = 0.5


async def run(reactor: IReactorTime, scenario: Scenario, arm: str) -> list[Figures]:
    """Play it, and count.

    @return: one for the scenario, and one for its later part, if it has one.
    @raise NotStarted: a process did not listen.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quorumha-side-")))
        proxy = Proxy(arm, directory, scenario.limit, scenario.restart is not None, scenario.kept)
        stack.callback(proxy.end)
        store = SharedStore(directory / "database", "")
        stack.callback(store.close)
        url = f"http://127.0.0.1:{proxy.port}/"
        nodes = (
            Node("first", directory, directory / "database", url),
            Node("second", directory, directory / "database", url),
        )
        for node in nodes:
            stack.callback(node.kill)
            node.start()
        for node in nodes:
            await deferToThread(node.wait_listening, START_LIMIT)
        proxy.start(nodes)
        await deferToThread(proxy.wait_listening, START_LIMIT)
        await _serving(reactor, UNIXClientEndpoint(reactor, proxy.socket), stack)
        if proxy.rpc is not None:
            # An application that has its answer and stays connected.
            await _serving(reactor, TCP4ClientEndpoint(reactor, "127.0.0.1", proxy.rpc), stack)
        load = Load(reactor, proxy.socket, proxy.port, scenario.interval, scenario.outsiders, scenario.limit)
        stack.callback(load.stop)
        await load.start()
        for after, action, number in scenario.events:
            event = reactor.callLater(after, getattr(nodes[number], action))
            stack.callback(_cancel, event)
        restarting = (
            None if scenario.restart is None else deferLater(reactor, scenario.restart, _restart, proxy)
        )
        await load.run(scenario.seconds)
        if restarting is not None:
            await restarting
        await deferLater(reactor, AFTERWARDS)
        return _count(scenario, arm, load, store)


def _restart(proxy: Proxy) -> Deferred[None]:
    return Deferred.fromCoroutine(proxy.stop_and_start())


def _count(scenario: Scenario, arm: str, load: Load, store: SharedStore) -> list[Figures]:
    rows = store.made()
    if scenario.later is None:
        return [figures_of(scenario.name, arm, load, rows, load.begun, load.ended, math.inf)]
    after, name = scenario.later
    middle = load.begun + after
    return [
        figures_of(scenario.name, arm, load, rows, load.begun, middle, middle),
        figures_of(name, arm, load, rows, middle, load.ended, math.inf),
    ]


def _cancel(event: IDelayedCall) -> None:
    if event.active():
        event.cancel()


async def _serving(
    reactor: IReactorTime, endpoint: IStreamClientEndpoint, stack: contextlib.ExitStack
) -> None:
    """Return when somebody answers there: sockets that are kept take connections before that.

    @param stack: what ends the connection.
    @raise CallFailed: nobody does in time.
    """
    caller = Caller(reactor, endpoint, START_LIMIT, START_LIMIT)
    stack.callback(caller.close)
    await caller.ask(GethRequests().plain("/upcheck"))
