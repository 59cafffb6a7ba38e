"""L{Proxy}: the process under test; it may be stopped and started anew on the same addresses."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from twisted.internet.threads import deferToThread

from bench.processes import Child, free_ports
from tests.integration.kept_sockets import Keeper
from tests.integration.side_by_side import arms

#: Seconds that each may take to end when it is asked to, then it is killed: as the units do that Debian
#: ships for nginx and we for quorumha.
STOP_LIMIT = {"nginx": 5.0, "quorumha": 15.0}


class Proxy:
    """One of the two proxies.

    @ivar socket: the path where GoQuorum finds it.
    @ivar port: on loopback, where the other party does.
    @ivar rpc: on loopback, where applications do: a relay; None: it has none.
    """

    def __init__(self, arm: str, directory: Path, limit: float | None, relay: bool, kept: bool) -> None:
        """
        @param limit: seconds that GoQuorum waits; None: without end.
        @param relay: applications are there.
        @param kept: the sockets are made and held by somebody else, as systemd does it.
        """
        self.socket = str(directory / "tm.ipc")
        self._arm, self._directory, self._limit = arm, directory, limit
        self._keeper = Keeper() if kept else None
        if self._keeper is None:
            self.port, rpc = free_ports(2)
        else:
            self._keeper.unix("q2t", directory / "tm.ipc")
            self.port, rpc = (int(self._keeper.tcp(name)) for name in ("p2p", "rpc"))
        self.rpc = rpc if relay else None
        self._child: Child | None = None
        self._nodes: arms.Pair | None = None
        self._whole = self._tables = ""

    def also(self, whole: str, tables: str) -> None:
        """Say more to quorumha when it starts.

        @param whole: keys of the whole; C{tables}: of its configuration, as TOML.
        """
        self._whole, self._tables = whole, tables

    def start(self, nodes: arms.Pair) -> None:
        """A new process; it listens a little later."""
        self._nodes = nodes
        if self._arm == "nginx":
            self._child = arms.start_recipe(nodes, self.socket, self.port, self.rpc, self._directory)
            return
        own = arms.own_sockets(self.socket, self.port, self.rpc or 0)
        listens = own if self._keeper is None else arms.KEPT
        file, log = self._directory / "quorumha.toml", self._directory / "quorumha.log"
        usual = arms.quorumha_config(nodes, listens, self._limit, self.rpc is not None)
        file.write_text(self._whole + usual + self._tables)
        start = arms.start_quorumha if self._keeper is None else self._keeper.start
        self._child = start(file, log)

    def wait_listening(self, limit: float) -> None:
        """Return when it takes connections, of GoQuorum and of the other party.

        @param limit: seconds.
        @raise NotStarted: it does not.
        """
        assert self._child is not None, "it does not run"
        self._child.wait_listening(self.socket, limit)
        self._child.wait_listening(("127.0.0.1", self.port), limit)

    async def stop_and_start(self) -> None:
        """What C{systemctl restart} does: ask it to end, wait for that, start the next at once."""
        await deferToThread(self.stop)
        self.start_anew()

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        child = self._child
        assert child is not None, "it does not run"
        # nginx: what C{nginx -s quit} sends; with SIGTERM it would cut what is under way.
        child.popen.send_signal(signal.SIGQUIT if self._arm == "nginx" else signal.SIGTERM)
        try:
            child.popen.wait(STOP_LIMIT[self._arm])
        except subprocess.TimeoutExpired:
            arms.end(child)

    def start_anew(self) -> None:
        """The next process, at the same addresses and before the same nodes.

        Not by a thread that ends: the process would end with it.
        """
        assert self._nodes is not None, "it never ran"
        if self._arm == "nginx":
            # Killed, it leaves the path behind; units remove it before a start.
            Path(self.socket).unlink(missing_ok=True)
        self.start(self._nodes)

    def end(self) -> None:
        """Kill it, and let go of the sockets."""
        if self._child is not None:
            arms.end(self._child)
        if self._keeper is not None:
            self._keeper.close()
