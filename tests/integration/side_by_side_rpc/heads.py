"""L{Heads}: a client that subscribes to new heads, and again where its socket ends."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time

from attrs import define, field
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, RejectConnection, Request, TextMessage

#: Seconds after which it connects again.
AGAIN = 0.5
#: Nobody sets it.
_PAUSE = threading.Event()


@define
class Heads:
    """One client.

    @ivar heads: numbers in the order in which they came, with the time of each.
    @ivar sockets: how many it needed.
    """

    port: int
    heads: list[tuple[float, int]] = field(factory=list)
    sockets: int = 0

    def run(self, until: float) -> None:
        """Listen.

        @param until: by the monotonic clock.
        """
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                self._socket(until)
            _PAUSE.wait(min(AGAIN, max(until - time.monotonic(), 0.0)))

    def _socket(self, until: float) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 5) as wire:
            self.sockets += 1
            text = ""
            client = WSConnection(ConnectionType.CLIENT)
            wire.sendall(client.send(Request(host="proxy", target="/")))
            while (left := until - time.monotonic()) > 0:
                wire.settimeout(left)
                try:
                    data = wire.recv(65536)
                except TimeoutError:
                    return
                client.receive_data(data or None)
                for event in client.events():
                    if isinstance(event, AcceptConnection):
                        call = {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
                        wire.sendall(client.send(TextMessage(json.dumps(call))))
                    elif isinstance(event, (CloseConnection, RejectConnection)):
                        return
                    elif isinstance(event, TextMessage):
                        # Nodes write frames of 1,024 bytes.
                        text += event.data
                        if event.message_finished:
                            self._take(text)
                            text = ""
                if not data:
                    return

    def _take(self, text: str) -> None:
        said = json.loads(text)
        if said.get("method") == "eth_subscription":
            self.heads.append((time.monotonic(), int(said["params"]["result"]["number"], 16)))
