"""Tesseras of one party and their database, as real processes: what is done to simulated nodes, done to them.

The methods are those of L{tests.integration.side_by_side.nodes.Node}, so that its scenarios can be played.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from attrs import define

from bench.processes import Child


@define(eq=False)
class Database:
    """A database server in a process of its own."""

    _begin: Callable[[], Child]
    _child: Child | None = None

    def start(self) -> None:
        """Start it, if it does not run; it listens a little later."""
        if self._child is None:
            self._child = self._begin()

    def kill(self) -> None:
        """SIGKILL, if it runs: connections break, and new ones are refused."""
        if self._child is not None:
            self._child.kill()
            self._child = None


@define(eq=False)
class Tessera:
    """One Tessera.

    @ivar q2t: its port for GoQuorum.
    @ivar p2p: its port for other Tesseras.
    """

    q2t: int
    p2p: int
    _begin: Callable[[], Child]
    _database: Database
    _child: Child | None = None

    def start(self) -> None:
        """A new process; it listens seconds later."""
        self._child = self._begin()

    def start_slowly(self) -> None:
        """A real one knows its peers late without being told to."""
        self.start()

    def kill(self) -> None:
        """SIGKILL."""
        self._living().kill()

    def hang(self) -> None:
        """SIGSTOP."""
        self._living().popen.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self._living().popen.send_signal(signal.SIGCONT)

    def silence_database(self) -> None:
        """The party's database goes away; what Tessera makes of that is its own affair."""
        self._database.kill()

    def find_database(self) -> None:
        """It is there again."""
        self._database.start()

    def _living(self) -> Child:
        assert self._child is not None, "it was never started"
        return self._child
