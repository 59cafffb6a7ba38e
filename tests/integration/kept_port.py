"""A port that stays ours while nobody listens there."""

from __future__ import annotations

import socket


class KeptPort:
    """A port that the kernel chose, and that it gives to nobody else.

    It is bound and never listened on: it refuses, until a process listens there that sets C{SO_REUSEADDR}
    itself, as servers do (socket(7)). So a server may die and come again, and its port is still free.

    @param host: of which address; C{"0.0.0.0"}: of all.
    @ivar port: its number.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind((host, 0))
        self.port: int = self._held.getsockname()[1]

    def listening_socket(self) -> socket.socket:
        """One of our own that listens there."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((self._host, self.port))
        listening.listen(100)
        return listening

    def close(self) -> None:
        """It is free for all."""
        self._held.close()
