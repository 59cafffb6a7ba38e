"""An upstream in a process of its own: it notes what reaches it, and misbehaves to order.

C{python -m tests.integration.upstream_process NAME PORT}.  It speaks HTTP on
C{PORT} of loopback with blocking sockets, a thread a connection.  Orders come as JSON lines on
standard input; each gets one JSON line back.  It ends when standard input does.

Steps of a script: C{["answer"]}, C{["send", text]}, C{["fill", bytes]}, C{["drip", text, seconds]},
C{["wait", seconds]}, C{["hang"]}, C{["close"]}, C{["reset"]}, C{["read", bytes]}.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from functools import partial
from typing import Any

from tests.integration.upstream_requests import NotHttp, Stream, end_by_reset, response_to


class Upstream:
    """All state of the process, under one condition.

    @ivar records: one dictionary for each request, in the order their heads came.
    @ivar hidden: heads in which the hidden request's target was seen.
    """

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self.changed = threading.Condition()
        #: Counts what could be sent of large responses.
        self.pieces = 0
        self.records: list[dict[str, Any]] = []
        self.hidden = 0
        self.garbage: list[str] = []
        self.accepted = 0
        self.open: dict[int, socket.socket] = {}
        self.scripts: list[dict[str, Any]] = []
        self.listening: socket.socket | None = None

    def listen(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = listening.getsockname()[1]
        self.listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            if listening is not self.listening:
                # Closing a descriptor does not wake a thread that waits in accept().
                taken.close()
                return
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.changed:
                self.accepted += 1
                number = self.accepted
                self.open[number] = taken
                self.changed.notify_all()
            threading.Thread(target=self._serve, args=(number, taken), daemon=True).start()

    def _take(self, at: str) -> dict[str, Any] | None:
        """The script for this moment, if one is ordered; a script lasts for its C{times}."""
        with self.changed:
            for script in self.scripts:
                if script["at"] == at and script.get("times", 1) != 0:
                    script["times"] = script.get("times", 1) - 1
                    return script
        return None

    def _serve(self, number: int, taken: socket.socket) -> None:
        stream = Stream(taken)
        try:
            if (script := self._take("accept")) is not None and not self._play(script, stream, None):
                return
            while (record := stream.read_head()) is not None:
                record["connection"] = number
                self._note(record)
                script = self._take("head")
                if script is None:
                    stream.read_body(record)
                    with self.changed:
                        self.hidden += stream.take_hidden()
                        self.changed.notify_all()
                    script = self._take("request") or {"steps": [["answer"]]}
                if not self._play(script, stream, record):
                    return
        except NotHttp as problem:
            with self.changed:
                self.garbage.append(str(problem))
        except OSError:
            pass
        finally:
            with self.changed:
                self.hidden += stream.take_hidden()
                self.open.pop(number, None)
                self.changed.notify_all()
            with contextlib.suppress(OSError):
                taken.close()

    def _note(self, record: dict[str, Any]) -> None:
        with self.changed:
            self.records.append(record)
            self.changed.notify_all()

    def _play(self, script: dict[str, Any], stream: Stream, record: dict[str, Any] | None) -> bool:
        """Do the steps.

        @return: whether the connection goes on.
        """
        taken = stream.taken
        for step, *rest in script["steps"]:
            if step == "answer" and record is not None:
                if not response_to(self.name, record, stream, self.sent):
                    return False
            elif step == "send":
                taken.sendall(rest[0].encode("latin-1"))
            elif step == "fill":
                piece = b"x" * 65536
                for start in range(0, rest[0], len(piece)):
                    taken.sendall(piece[: rest[0] - start])
            elif step == "drip":
                for letter in rest[0]:
                    taken.sendall(letter.encode("latin-1"))
                    stream.wait_for_end(rest[1])
            elif step == "wait":
                stream.wait_for_end(rest[0])
            elif step == "read":
                stream.read_some(rest[0])
            elif step == "hang":
                # Until the other side ends it; what it sends meanwhile stays unread.
                stream.wait_for_end()
                return False
            elif step == "close":
                return False
            elif step == "reset":
                end_by_reset(taken)
                return False
        return True

    def order(self, order: dict[str, Any]) -> Any:
        """Obey one order; what comes back is its answer."""
        what = order["do"]
        if what == "script":
            with self.changed:
                self.scripts.append(dict(order["script"]))
        elif what == "clear":
            with self.changed:
                self.records.clear()
                self.scripts.clear()
                self.garbage.clear()
                self.hidden = 0
        elif what == "seen":
            with self.changed:
                return {
                    "records": self.records,
                    "hidden": self.hidden,
                    "garbage": self.garbage,
                    "accepted": self.accepted,
                    "open": len(self.open),
                }
        elif what == "wait":
            return self._wait(order)
        elif what == "drop":
            with self.changed:
                for taken in self.open.values():
                    with contextlib.suppress(OSError):
                        taken.shutdown(socket.SHUT_RDWR)
        elif what == "refuse" and self.listening is not None:
            closing, self.listening = self.listening, None
            with contextlib.suppress(OSError):
                closing.shutdown(socket.SHUT_RDWR)
            closing.close()
        elif what == "listen" and self.listening is None:
            self.listen()
        return {}

    def _wait(self, order: dict[str, Any]) -> bool:
        """Until so many requests are here, or so few connections are open."""

        def true() -> bool:
            if "open" in order:
                return len(self.open) <= order["open"]
            if "accepted" in order:
                return self.accepted >= order["accepted"]
            whole = [record for record in self.records if record["complete"] or not order.get("complete")]
            return len(whole) >= order["count"]

        with self.changed:
            if "quiet" not in order:
                return self.changed.wait_for(true, order["limit"])
            while self.changed.wait_for(partial(self._more_than, self.pieces), order["quiet"]):
                pass
            return True

    def _more_than(self, pieces: int) -> bool:
        return self.pieces > pieces

    def sent(self) -> None:
        """One more piece of a large response could be sent."""
        with self.changed:
            self.pieces += 1
            self.changed.notify_all()


def main() -> None:
    upstream = Upstream(sys.argv[1], int(sys.argv[2]))
    upstream.listen()
    print(json.dumps({"port": upstream.port}), flush=True)
    for line in sys.stdin:
        print(json.dumps(upstream.order(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
