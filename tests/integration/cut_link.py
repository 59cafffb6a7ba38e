"""A link that can be cut: what stands between two machines, on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading

from bench.processes import LATE
from tests.integration.kept_port import KeptPort


class CutLink:
    """Passes bytes to C{to} both ways, until it is cut: then nothing passes, and nothing is closed.

    As with a cable that is drawn: what is sent lies in buffers, no connection ends, none is made; once it is
    mended, all goes on. Who connects while nobody listens at C{to} is not refused: it is closed.

    @ivar port: where it listens, on loopback.
    """

    def __init__(self, to: int) -> None:
        self._to = to
        self._kept = KeptPort()
        self.port = self._kept.port
        self._whole = threading.Event()
        self._whole.set()
        self._accepts_none = threading.Event()
        self._ended = False
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._fillers: list[socket.socket] = []
        self._listening = self._kept.listening_socket()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From now on nothing passes, and who connects waits.  Does nothing if it is cut already."""
        if not self._whole.is_set():
            return
        self._accepts_none.clear()
        self._whole.clear()
        # For the thread that waits for the next one.
        socket.create_connection(("127.0.0.1", self.port), LATE).close()
        assert self._accepts_none.wait(LATE)
        # The queue of those who are not accepted is full: the kernel drops whoever comes.
        self._listening.listen(0)
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def mend(self) -> None:
        """What was sent meanwhile arrives."""
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        if not self._ended:
            self._listening.listen(100)
        self._whole.set()

    def close(self) -> None:
        """End all that goes through, and listen no more."""
        with self._lock:
            self._ended = True
            sockets = [*self._sockets, self._listening]
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.mend()
        self._listening.close()
        self._kept.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._ended:
                client, _ = self._listening.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()
                if not self._whole.is_set():
                    self._accepts_none.set()
                    self._whole.wait()

    def _join(self, client: socket.socket) -> None:
        """Both ways, until each has ended."""
        self._whole.wait()
        with client:
            try:
                server = socket.create_connection(("127.0.0.1", self._to), LATE)
            except OSError:
                return
            with server:
                server.settimeout(None)
                with self._lock:
                    if self._ended:
                        return
                    self._sockets |= {client, server}
                other = threading.Thread(target=self._pass, args=(server, client), daemon=True)
                other.start()
                self._pass(client, server)
                other.join()
                with self._lock:
                    self._sockets -= {client, server}

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        """One way: bytes, then the end.  One that breaks off ends both ways."""
        how = socket.SHUT_WR
        try:
            while data := source.recv(65536):
                self._whole.wait()
                sink.sendall(data)
        except OSError:
            how = socket.SHUT_RDWR
        self._whole.wait()
        with contextlib.suppress(OSError):
            sink.shutdown(how)
