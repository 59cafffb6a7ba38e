"""The proxies under test: quorumha by the real C{twistd}, nginx for comparison."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path

from bench.arms import twistd_command
from bench.processes import LATE, Child, NotStarted, free_port
from bench.upstreams import start_nginx
from tests.integration import nginx_config, toml
from tests.integration.clients import Address
from tests.integration.topology import Topology

#: The arm that tests run against; C{tests.integration.compare} runs them once for each.
ARM_VARIABLE = "QUORUMHA_TEST_ARM"


def chosen_arm() -> str:
    """C{"quorumha"}, unless the environment says C{"nginx"}."""
    return os.environ.get(ARM_VARIABLE, "quorumha")


def why_not(arm: str) -> str | None:
    """Why an arm cannot run on this machine, if it cannot."""
    if arm == "nginx" and shutil.which("nginx") is None:
        return "nginx is not installed"
    return None


class Proxy:
    """One running proxy.

    @ivar addresses: where each listener is, by name.
    """

    def __init__(
        self,
        topology: Topology,
        directory: Path,
        arm: str | None = None,
        addresses: dict[str, Address] | None = None,
        limit_files: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """
        @param environment: more variables.
        """
        self.environment = environment or {}
        self.topology = topology
        self.directory = directory
        self.arm = arm or chosen_arm()
        self.addresses: dict[str, Address] = addresses or {
            one.name: one.path or free_port() for one in topology.listeners
        }
        self._limit_files = limit_files
        self.child = self._launch()

    def _launch(self) -> Child:
        self.directory.mkdir(parents=True, exist_ok=True)
        if self.arm == "nginx":
            body = nginx_config.render(self.topology, self.addresses, self.directory)
            if self._limit_files is not None:
                # nginx sets its own limit, for the worker as for itself.
                body = f"worker_rlimit_nofile {self._limit_files};\n" + body
            return start_nginx("nginx", self.directory, body)
        config = self.directory / "quorumha.toml"
        config.write_text(toml.render(self.topology, self.addresses))
        log = self.directory / "quorumha.log"
        return Child(twistd_command(config), log, self.environment, limit_files=self._limit_files)

    def wait(self, limit: float = LATE) -> Proxy:
        """Return when every listener takes connections.

        @raise NotStarted: one does not; everything is stopped again.
        """
        try:
            for address in self.addresses.values():
                self.child.wait_listening(
                    address if isinstance(address, str) else ("127.0.0.1", address), limit
                )
        except NotStarted:
            self.child.stop()
            raise
        return self

    def drain_signal(self) -> signal.Signals:
        """The signal that asks for a graceful stop: nginx calls that QUIT."""
        return signal.SIGQUIT if self.arm == "nginx" else signal.SIGTERM

    def stop(self) -> float:
        """Ask it to stop; seconds it took."""
        return self.child.stop(self.drain_signal())

    def kill(self) -> None:
        """SIGKILL, to the whole tree."""
        workers = self.child.tree()[1:]
        # The first one first: it would start a worker in place of one that is gone.
        self.child.kill()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
