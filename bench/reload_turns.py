"""How long a reload holds the reactor: 50 pools of 4 members, 200 listeners.

    python -m bench.reload_turns

runs a proxy in this process, on real sockets, and lets it take one file after another.  Each row is one
reload: how many turns of the reactor it took, the longest, and all of them together.  A turn is what the
reactor does between two looks at its sockets; CPU time of its thread, which other processes do not
stretch.  Nothing must be seen of a reload: no turn over 20 ms, 100 ms
together.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater, react
from twisted.logger import globalLogBeginner

from quorumha.app.kinds import load_config
from quorumha.app.reload import make_reloader
from quorumha.app.service import make_service
from quorumha.process.frozen_objects import freeze_objects

POOLS, MEMBERS, LISTENERS = 50, 4, 200


def text(
    port: int, members: int = MEMBERS, listeners: int = LISTENERS, more: str = "", keys: str = ""
) -> str:
    """A file.

    @param port: of the node that stands for all.
    @param more: keys of each pool.
    @param keys: of each listener.
    """
    parts = ["max_connections = 100\n"]
    for pool in range(POOLS):
        upstreams = ", ".join(
            f'{{ endpoint = "tcp:127.0.0.1:{port}", name = "m{pool}-{member}" }}' for member in range(members)
        )
        parts.append(f'[pools.p{pool}]\nupstreams = [{upstreams}]\n{more}check.interval = "20s"\n')
    for number in range(listeners):
        serve = ("http", "tcp")[number % 2]
        parts.append(
            f'[listeners.l{number}]\nlisten = "tcp:0:interface=127.0.0.1"\nserve = "{serve}"\n'
            f'pool = "p{number % POOLS}"\n{keys}'
        )
    return "".join(parts)


@define
class Watch:
    """How long each turn takes."""

    turns: list[float] = field(factory=list)

    def at(self, reactor: Any) -> None:
        run = reactor.runUntilCurrent

        def timed() -> None:
            began = time.thread_time()
            run()
            self.turns.append(time.thread_time() - began)

        reactor.runUntilCurrent = timed


async def measure(reactor: Any) -> None:
    globalLogBeginner.beginLoggingTo([lambda event: None], redirectStandardIO=False)
    node = reactor.listenTCP(0, Factory.forProtocol(Protocol), interface="127.0.0.1")
    port = node.getHost().port
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "quorumha.toml"
        file.write_text(text(port))
        service = make_service(reactor, load_config(file, os.environ))
        freeze_objects()
        service.startService()
        reloader = make_reloader(reactor, service, str(file))
        await deferLater(reactor, 2.0)
        watch = Watch()
        watch.at(reactor)
        print(f"{POOLS} pools of {MEMBERS}, {LISTENERS} listeners")
        print(f"{'what changes':34} {'changes':>8} {'turns':>6} {'longest':>10} {'together':>10}")
        for what, content in (
            ("nothing", text(port)),
            ("a key of each pool", text(port, more='connect_timeout = "2s"\n')),
            ("each pool shrinks", text(port, 3)),
            ("each pool grows", text(port)),
            ("a key of each listener", text(port, keys="max_connections = 50\n")),
            ("20 listeners go", text(port, listeners=LISTENERS - 20)),
            ("20 listeners come", text(port)),
            ("a wrong file", text(port) + "nonsense = 1\n"),
        ):
            file.write_text(content)
            await deferLater(reactor, 0.3)
            watch.turns.clear()
            result = await reloader.reload()
            # The turn that this is in counts as well.
            await deferLater(reactor, 0)
            # What is shorter is the reactor's own.
            turns = [one for one in watch.turns if one > 0.0005]
            longest, together = max(turns, default=0.0) * 1000, sum(turns) * 1000
            shown = str(len(result.changes)) if result.taken else "refused"
            print(f"{what:34} {shown:>8} {len(turns):6} {longest:7.1f} ms {together:7.1f} ms")
        await service.stopService()
    await node.stopListening()


if __name__ == "__main__":
    react(lambda reactor: Deferred.fromCoroutine(measure(reactor)))
