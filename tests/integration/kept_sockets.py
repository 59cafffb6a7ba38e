"""A stand-in for systemd: it holds listening sockets and starts C{twistd} with them, again and again."""

from __future__ import annotations

import fcntl
import socket
import sys
from pathlib import Path

from bench.arms import twistd_command
from bench.processes import Child
from tests.integration.clients import Address

#: Becomes the command, with descriptors from 3 on and the variables that say so (sd_listen_fds(3)).
_BECOME = """
import os, sys
descriptors, names, *command = sys.argv[1:]
descriptors = [int(one) for one in descriptors.split(",")]
for place, one in enumerate(descriptors, 3):
    os.dup2(one, place)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(descriptors))
os.environ["LISTEN_FDNAMES"] = names
os.execv(command[0], command)
"""

#: Above all that the stand-in's child moves its descriptors to.
_OUT_OF_THE_WAY = 64


class Keeper:
    """Sockets by name, open as long as this is."""

    def __init__(self) -> None:
        self.sockets: dict[str, socket.socket] = {}

    def tcp(self, name: str) -> Address:
        """Listen at a port of loopback that the kernel chooses."""
        port: int = self._keep(name, socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        return port

    def unix(self, name: str, path: Path) -> Address:
        """Listen at a path."""
        self._keep(name, socket.AF_UNIX, str(path))
        return str(path)

    def _keep(self, name: str, family: int, address: object) -> socket.socket:
        made = socket.socket(family)
        made.bind(address)  # type: ignore[arg-type]  # either kind
        made.listen(128)
        self.sockets[name] = made
        return made

    def start(self, config: Path, log: Path) -> Child:
        """Start the service on them; it may not have begun to serve yet."""
        copies = [fcntl.fcntl(one, fcntl.F_DUPFD, _OUT_OF_THE_WAY) for one in self.sockets.values()]
        held = [socket.socket(fileno=copy) for copy in copies]
        try:
            numbers, names = ",".join(map(str, copies)), ":".join(self.sockets)
            command = [sys.executable, "-c", _BECOME, numbers, names, *twistd_command(config)]
            return Child(command, log, pass_files=copies)
        finally:
            for one in held:
                one.close()

    def close(self) -> None:
        """Let them go."""
        for one in self.sockets.values():
            one.close()
