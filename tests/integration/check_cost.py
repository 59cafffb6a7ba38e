"""What the checks of two real databases cost: C{python -m tests.integration.check_cost}.

First the CPU of a whole process that checks them each 500 ms, with that of one that does not check them
beside it, and of a loop that does nothing but ask by libpq in the same seconds: less is not to be had, and it
says what the machine takes for waking up, for its sockets, and for caches that others have filled.

Then the turns of a reactor while one of them hangs, is gone, and comes back, each with a login: how long the
longest one was, and how much of that was CPU.
"""

from __future__ import annotations

import argparse
import contextlib
import select
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import define
from psycopg.pq import PGconn
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from bench.arms import twistd_command
from bench.processes import Child, free_port
from quorumha.pool.member import Member
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.check_config import PostgresCheckConfig
from quorumha.postgresql.pq_probe import PqProbe
from quorumha.postgresql.role_query import QUERY
from quorumha.testing import MemoryTopology
from tests.integration.admin_process import UnixConnection
from tests.integration.database_pair import PROBE, PROBE_PASSWORD, DatabasePair

#: Of a core, and seconds: what is allowed on a machine that does nothing else.
MOST_CPU, LONGEST_TURN = 0.001, 0.005

_FILE = """
state_directory = "{folder}"
[admin]
listen = "unix:{folder}.sock"
[pools.db]
upstreams = ["tcp:127.0.0.1:{a}", "tcp:127.0.0.1:{b}"]
check = {check}
[listeners.db]
listen = "tcp:{port}:interface=127.0.0.1"
serve = "{serve}"
pool = "db"
"""


def password_of(folder: Path) -> Path:
    """A file with the probe's password."""
    password = folder / "password"
    password.write_text(PROBE_PASSWORD)
    password.chmod(0o600)
    return password


@contextlib.contextmanager
def _process(name: str, folder: Path, pair: DatabasePair, serve: str, check: str) -> Iterator[Child]:
    file, port = folder / f"{name}.toml", free_port()
    ports = {"a": pair.a.port, "b": pair.b.port}
    file.write_text(_FILE.format(folder=folder / name, check=check, serve=serve, port=port, **ports))
    child = Child(twistd_command(file), folder / f"{name}.log")
    try:
        child.wait_listening(("127.0.0.1", port))
        yield child
    finally:
        child.stop()


def _asked(socket: Path) -> float:
    """How many checks a process has made."""
    connection = UnixConnection(str(socket))
    connection.request("GET", "/metrics", headers={"Host": "localhost"})
    text = connection.getresponse().read().decode("ascii")
    connection.close()
    return sum(
        float(one.split()[-1]) for one in text.splitlines() if one.startswith("quorumha_checks_total{")
    )


def warm(pair: DatabasePair, folder: Path, seconds: float) -> float:
    """CPU that one query costs where a process puts some hundred each second; in seconds."""
    check = f'{{ kind = "postgresql", interval = "5ms", password_file = "{password_of(folder)}" }}'
    with _process("often", folder, pair, "postgresql", check) as checked:
        checked.lives_for(2)
        before, count = checked.cpu_seconds(), _asked(folder / "often.sock")
        checked.lives_for(seconds)
        return (checked.cpu_seconds() - before) / (_asked(folder / "often.sock") - count)


def bare_loop(pair: DatabasePair, seconds: float) -> float:
    """CPU that one query costs who asks both databases each 500 ms, and does nothing else; in seconds."""
    place = f"host=127.0.0.1 user={PROBE} password={PROBE_PASSWORD} dbname=postgres port="
    asked = [PGconn.connect(f"{place}{one.port}".encode()) for one in (pair.a, pair.b)]
    begun, rounds = time.process_time(), round(2 * seconds)
    for _ in range(rounds):
        # Nobody says anything now.
        select.select([one.socket for one in asked], [], [], 0.5)
        for one in asked:
            one.send_query(QUERY)
        waiting = {one.socket: one for one in asked}
        while waiting:
            for ready in select.select(list(waiting), [], [])[0]:
                one = waiting[ready]
                one.consume_input()
                if not one.is_busy():
                    while one.get_result() is not None:
                        pass
                    del waiting[ready]
    spent = time.process_time() - begun
    for one in asked:
        one.finish()
    return spent / rounds / len(asked)


def cost(pair: DatabasePair, folder: Path, seconds: float) -> tuple[float, str]:
    """The share of a core that the checks take, and that in words."""
    check = f'{{ kind = "postgresql", password_file = "{password_of(folder)}" }}'
    with (
        _process("without", folder, pair, "tcp", '"off"') as without,
        _process("with", folder, pair, "postgresql", check) as checked,
    ):
        # What follows a start is over.
        checked.lives_for(5)
        begun = time.monotonic()
        before = checked.cpu_seconds(), without.cpu_seconds()
        bare = bare_loop(pair, seconds)
        seconds = time.monotonic() - begun
        spent = checked.cpu_seconds() - before[0], without.cpu_seconds() - before[1]
    asked, share = 4 * seconds, (spent[0] - spent[1]) / seconds
    return share, (
        f"{100 * spent[0] / seconds:.3f} % of a core with checks, {100 * spent[1] / seconds:.3f} % without;"
        f" {1e6 * (spent[0] - spent[1]) / asked:.0f} us for each of {asked:.0f} queries\n"
        f"a bare loop of libpq: {1e6 * bare:.0f} us"
    )


@define
class Turns:
    """How long turns of a reactor were, and how much of that was CPU, in seconds."""

    longest: float = 0.0
    cpu: float = 0.0
    count: int = 0

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """A part of a turn that is looked at."""

        def run(*arguments: Any) -> Any:
            begun = time.perf_counter(), time.thread_time()
            try:
                return call(*arguments)
            finally:
                self.count += 1
                self.longest = max(self.longest, time.perf_counter() - begun[0])
                self.cpu = max(self.cpu, time.thread_time() - begun[1])

        return run

    def __str__(self) -> str:
        return f"{1e3 * self.longest:.2f} ms, {1e3 * self.cpu:.2f} ms of CPU at most, in {self.count} turns"


async def _hang(pair: DatabasePair, reactor: Any, folder: Path) -> tuple[float, str]:
    turns, said, longest = Turns(), [], 0.0
    reactor.runUntilCurrent = turns.timed(reactor.runUntilCurrent)
    reactor._doReadOrWrite = turns.timed(reactor._doReadOrWrite)
    probe = PqProbe(reactor, 1.0, PostgresCheckConfig(PROBE, str(password_of(folder))))
    endpoint = MemoryTopology().client_endpoint("x:1")
    where = Member(Upstream("a", endpoint, address=f"tcp:127.0.0.1:{pair.a.port}"))
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("healthy", lambda: None),
        ("hangs", pair.a.hang),
        ("goes on", pair.a.resume),
        ("killed", pair.a.kill),
        ("started", pair.a.start),
    )
    for name, step in steps:
        step()
        # That turn was the step's.
        await deferLater(reactor, 0)
        turns.longest, turns.cpu, turns.count = 0.0, 0.0, 0
        faults = []
        for _ in range(6):
            fault = (await probe.ask(where)).fault
            faults.append(fault or "healthy")
        longest = turns.longest if name == "hangs" else longest
        said.append(f"  {name}: {turns}; {', '.join(dict.fromkeys(faults))}")
    probe.stop()
    return longest, "\n".join(said)


def turns(pair: DatabasePair, folder: Path) -> tuple[float, str]:
    """The longest turn of a reactor while a database hangs, in seconds; and all that in words."""
    from twisted.internet import reactor as found

    reactor: Any = found
    said: list[Any] = []
    running = Deferred.fromCoroutine(_hang(pair, reactor, folder))
    running.addBoth(said.append).addBoth(lambda _: reactor.stop())
    reactor.run()
    if isinstance(said[0], Failure):
        said[0].raiseException()
    found: tuple[float, str] = said[0]
    return found


def main(arguments: list[str] | None = None) -> None:
    """Print both."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.check_cost", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of which CPU is counted")
    chosen = parser.parse_args(arguments)
    pair = DatabasePair()
    try:
        with tempfile.TemporaryDirectory(prefix="quorumha-test-") as name:
            share, text = cost(pair, Path(name), chosen.seconds)
            print(f"checks of two databases: {text}", flush=True)
            often = warm(pair, Path(name), chosen.seconds / 3)
            print(
                f"asked often: {1e6 * often:.0f} us a query, {400 * often:.3f} % of a core at four a second"
            )
            longest, text = turns(pair, Path(name))
            print(f"longest turn while a database\n{text}")
    finally:
        pair.close()
    if share >= MOST_CPU or longest >= LONGEST_TURN:
        raise SystemExit(
            f"wanted: less than {100 * MOST_CPU:g} %, and {1e3 * LONGEST_TURN:g} ms while it hangs"
        )


if __name__ == "__main__":
    main()
