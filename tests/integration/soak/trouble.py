"""One trouble after another: a living node can answer at each moment, but while both Tesseras are away."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable

from tests.integration.soak.abuse import crowd
from tests.integration.soak.world import World

#: Seconds of peace after each trouble: time for who was away to be found well again.
PEACE = 2.5
#: Seconds within which a Tessera that listens again is found by its checks.
FOUND_WITHIN = 1.5
#: Hours, in seconds, that the wall clock is moved by.
STEPS = (0.0, 3600.0, -3600.0, 86400.0)


class Trouble:
    """See the module.

    @ivar done: how many of each kind.
    @ivar now: the trouble that was begun last.
    @ivar nobody: from when to when, by the clock, no Tessera could answer.
    """

    def __init__(self, world: World, stop: threading.Event, seed: int) -> None:
        self.done: dict[str, int] = {}
        self.nobody: list[tuple[float, float]] = []
        self.now = ""
        self._world = world
        self._over = stop
        self._random = random.Random(seed)

    def run(self) -> None:
        """Until it is stopped; everything is well again at the end."""
        troubles: list[Callable[[], None]] = [
            self.node_dies,
            self.node_hangs,
            self.node_drips,
            self.node_resets,
            self.tessera_dies,
            self.tessera_hangs,
            self.both_tesseras_away,
            self.database_away,
            self.crowd,
            self.clock_steps,
        ]
        while not self._over.is_set():
            self._random.shuffle(troubles)
            for trouble in troubles:
                self.now = trouble.__name__
                trouble()
                self.done[trouble.__name__] = self.done.get(trouble.__name__, 0) + 1
                if self._over.wait(PEACE):
                    return

    def node_dies(self) -> None:
        node = self._random.choice(self._world.web)
        node.kill()
        self._over.wait(2.0)
        node.revive()

    def node_hangs(self) -> None:
        node = self._random.choice(self._world.web)
        assert node.child is not None
        node.child.popen.send_signal(signal.SIGSTOP)
        self._over.wait(4.0)
        node.child.popen.send_signal(signal.SIGCONT)

    def node_drips(self) -> None:
        node = self._random.choice(self._world.web)
        response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        node.script({"at": "request", "steps": [["drip", response, 0.02]]}, 50)
        self._over.wait(3.0)
        node.clear()

    def node_resets(self) -> None:
        node = self._random.choice(self._world.web)
        node.script({"at": "request", "steps": [[self._random.choice(("reset", "close"))]]}, 50)
        self._over.wait(3.0)
        node.clear()

    def tessera_dies(self) -> None:
        node = self._random.choice(self._world.tesseras)
        node.kill()
        self._over.wait(2.0)
        node.start()

    def tessera_hangs(self) -> None:
        node = self._random.choice(self._world.tesseras)
        node.hang()
        self._over.wait(4.0)
        node.go_on()

    def both_tesseras_away(self) -> None:
        begun = time.monotonic()
        for node in self._world.tesseras:
            node.kill()
        self._over.wait(0.5)
        for node in self._world.tesseras:
            node.start()
        self._world.wait_for_tesseras()
        self.nobody.append((begun, time.monotonic() + FOUND_WITHIN))

    def database_away(self) -> None:
        node = self._random.choice(self._world.tesseras)
        node.lose_database()
        self._over.wait(2.0)
        node.find_database()

    def crowd(self) -> None:
        crowd(self._world, self._over)

    def clock_steps(self) -> None:
        self._world.step_clock(self._random.choice(STEPS))
        self._over.wait(1.0)
