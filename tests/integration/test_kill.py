"""Killing either Tessera during 1,000 POSTs through the unix socket: 1,000 answers, no error."""

from __future__ import annotations

import hashlib
import os
import queue
import threading

from bench.processes import LATE
from tests.integration.case import ProxyCase
from tests.integration.clients import Client, Cut, Silent
from tests.integration.stage import Stage
from tests.integration.topology import Listener, Topology, pool

_REQUESTS = 1000


def _build(stage: Stage) -> None:
    pools = (pool("tessera", stage.node("a").port, stage.node("b").port),)
    stage.play(Topology(pools, (Listener("q2t", "tessera", path=str(stage.directory / "tm.ipc")),)))


class Kill(ProxyCase):
    """SIGKILL to a real process while requests are under way."""

    builder = (_build,)

    def post_all(self, size: int, victims: tuple[str, ...]) -> None:
        """Four clients, kept connections, a node killed at each third of the way, revived between."""
        body = os.urandom(size)
        digest = hashlib.sha256(body).hexdigest()[:12]
        work: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in range(_REQUESTS):
            work.put(number)
        answers: list[str] = []
        problems: list[str] = []
        marks = {number: threading.Event() for number in (_REQUESTS // 3, 2 * _REQUESTS // 3)}

        def run() -> None:
            try:
                with Client(self.address("q2t")) as client:
                    while True:
                        number = work.get_nowait()
                        if number in marks:
                            marks[number].set()
                        answer = client.ask("POST", f"/send/{number}", body)
                        said = answer.body.decode("latin-1").split(" ", 1)[1:]
                        if answer.status != 200 or said != [f"POST /send/{number} {size} {digest}"]:
                            problems.append(f"{number}: {answer.status} {answer.body[:100]!r}")
                        answers.append(answer.value("x-node") or "")
            except queue.Empty:
                return
            except (Cut, Silent, OSError, AssertionError) as problem:
                problems.append(f"{type(problem).__name__}: {problem}")

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for mark, victim in zip(marks.values(), victims, strict=True):
            mark.wait(LATE)
            self.node(victim).kill()
            if victim != victims[-1] or len(set(victims)) == 1:
                self.node(victim).revive()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(len(answers), _REQUESTS)
        self.assertEqual(set(answers), {"a", "b"})

    def test_first_1_kb(self) -> None:
        self.post_all(1 << 10, ("a", "a"))

    def test_second_1_kb(self) -> None:
        self.post_all(1 << 10, ("b", "b"))

    def test_one_then_the_other_1_kb(self) -> None:
        self.post_all(1 << 10, ("a", "b"))

    def test_first_1_mb(self) -> None:
        self.post_all(1 << 20, ("a", "a"))

    def test_second_1_mb(self) -> None:
        self.post_all(1 << 20, ("b", "b"))
