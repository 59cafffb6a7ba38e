"""Run a soak and print what came of it: see L{tests.integration.soak}."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.integration.soak.abuse import Abuser
from tests.integration.soak.regular import Regular, served
from tests.integration.soak.trouble import Trouble
from tests.integration.soak.world import World

#: Seconds within which everything has to be back at its base: the longest limit, and some more.
BACK_WITHIN = 90.0
#: Descriptors more than at the base that say nothing: kept connections come and go.
SLACK = 12
#: Memory that may be more than at the base: what Python keeps of its largest moment, in bytes.
GROWTH = 96 * 1024 * 1024


def soak(
    seconds: float, seed: int, abusers: int, quiet: float, directory: Path
) -> tuple[dict[str, object], list[str]]:
    """Play it.

    @param quiet: seconds of regular clients alone, before the base is taken and after the trouble.
    @return: the figures, and what is wrong with them.
    """
    world = World(directory)
    wrong: list[str] = []
    try:
        world.wait()
        over, peace = threading.Event(), threading.Event()
        kinds = (("http", world.http), ("http", world.http), ("q2t", world.socket))
        clients = [Regular(kind, where, over, seed + n) for n, (kind, where) in enumerate(kinds)]
        with served(clients, over):
            over.wait(quiet)
            base, resident = world.descriptors(), world.proxy.rss()
            rogues = [Abuser(world, peace, seed + n) for n in range(abusers)]
            trouble = Trouble(world, peace, seed)
            watch = Watch(world, peace, seconds)
            for one in (*rogues, watch):
                one.start()
            # Here, and not in a thread: a process dies with the thread that started it.
            trouble.run()
            for one in (*rogues, watch):
                one.join(30)
            # Whoever was in trouble last is found well again, and everyone goes on being served.
            over.wait(quiet)
        begun = time.monotonic()
        while world.descriptors() > base + SLACK and time.monotonic() - begun < BACK_WITHIN:
            world.proxy.lives_for(0.5)
        back, after, at_last = time.monotonic() - begun, world.descriptors(), world.proxy.rss()
        misdeeds: Counter[str] = Counter()
        for rogue in rogues:
            misdeeds.update(rogue.done)
        failed = [(one.kind, *what) for one in clients for what in one.seen.lost]
        hopeless = [f for f in failed if f[0] == "q2t" and _overlaps(f[1], f[2], trouble.nobody)]
        lost = [f for f in failed if f not in hopeless]
        told = Counter(f"{kind} {what}" for kind, _, _, what in lost)
        if told:
            wrong.append(f"lost: {told.most_common(8)}")
        if after > base + SLACK:
            wrong.append(f"descriptors: {base} before, {after} after")
        if at_last > resident + GROWTH:
            wrong.append(f"memory: {resident >> 20} MiB before, {at_last >> 20} MiB after")
        figures: dict[str, object] = {
            "seconds": seconds,
            "asked": {k: sum(c.seen.asked for c in clients if c.kind == k) for k in ("http", "q2t")},
            "lost": len(lost),
            "told an error while no Tessera was there": len(hopeless),
            "slowest, s": round(max(one.seen.slowest for one in clients), 2),
            "descriptors before, at most, after": (base, watch.descriptors, after),
            "MiB before, at most, after": (resident >> 20, watch.memory >> 20, at_last >> 20),
            "back at the base after, s": round(back, 1),
            "troubles": trouble.done,
            "misdeeds": dict(misdeeds),
        }
        return figures, wrong
    finally:
        world.close()


def _overlaps(begun: float, ended: float, spans: list[tuple[float, float]]) -> bool:
    return any(begun <= last and ended >= first for first, last in spans)


class Watch(threading.Thread):
    """Ends the trouble after so many seconds.

    @ivar descriptors: the most that there were.
    @ivar memory: bytes, likewise.
    """

    def __init__(self, world: World, peace: threading.Event, seconds: float) -> None:
        super().__init__(daemon=True)
        self.descriptors = self.memory = 0
        self._world = world
        self._peace = peace
        self._ends = time.monotonic() + seconds

    def run(self) -> None:
        while time.monotonic() < self._ends:
            self.descriptors = max(self.descriptors, self._world.descriptors())
            self.memory = max(self.memory, self._world.proxy.rss())
            self._peace.wait(0.5)
        self._peace.set()


def main() -> int:
    """The command.

    @return: its exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.integration.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="of trouble (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what is chosen (%(default)s)")
    parser.add_argument("--abusers", type=int, default=12, help="clients that misbehave (%(default)s)")
    parser.add_argument("--quiet", type=float, default=5.0, help="seconds before and after (%(default)s)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quorumha-soak-") as directory:
        figures, wrong = soak(chosen.seconds, chosen.seed, chosen.abusers, chosen.quiet, Path(directory))
    for name, value in figures.items():
        print(f"{name}: {value}")
    for text in wrong:
        print(f"wrong: {text}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
