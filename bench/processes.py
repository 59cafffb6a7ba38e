"""Child processes: start one, know when it listens, weigh it, end it by its id.

The integration tests start their processes by this module too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

#: The checkout: where C{twistd} finds the plugin and C{-m} the packages.
ROOT = Path(__file__).resolve().parent.parent

#: Seconds that nothing takes but what is dead, however busy the machine is.
LATE = 60.0

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def begin_child() -> None:
    """Run in the child: it does not outlive a run that is itself killed, and takes the signals of a terminal.

    A run in the background, or under C{nohup}, ignores these, and so would all that it starts.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class NotStarted(Exception):
    """A process ended, or did not listen in time; the text holds what it said."""


#: Ports that were given: who is to listen there may be late, and the kernel gives one twice.
_given: deque[int] = deque(maxlen=1000)


def _is_ours(port: int) -> bool:
    """Workers that test beside each other have ports that differ."""
    worker, count = os.environ.get("PYTEST_XDIST_WORKER", ""), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "")
    # By pairs: Linux gives odd ones first to who binds, and even ones to who connects.
    return not (worker and count) or port // 2 % int(count) == int(worker.removeprefix("gw"))


def free_port() -> int:
    """A TCP port on loopback that the kernel says is free now, and that was not given lately."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given and _is_ours(port):
            _given.append(port)
            return port


def free_ports(count: int) -> list[int]:
    """So many different ports, as L{free_port}."""
    return [free_port() for _ in range(count)]


class Child:
    """One process that we started.

    @param arguments: the command and its arguments.
    @param log: the file that takes what it prints.
    @param environment: added to this process's own.
    @param keep_input: hold its standard input and output open as pipes.
    @param limit_files: descriptors it may have (C{None} = as we have).
    @param pass_files: descriptors of ours that it gets, under the same numbers.
    @param measured: by coverage, where this process is.  It starts slower, and what ends by a signal, as
        twistd does, saves nothing of it.
    @param user: the account that it runs as, where we are root (C{None} = as we do).
    @param folder: where it runs: one that C{user} may enter.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        keep_input: bool = False,
        limit_files: int | None = None,
        pass_files: Sequence[int] = (),
        measured: bool = False,
        user: str | None = None,
        folder: Path = ROOT,
    ) -> None:
        self.log = log
        self.name = Path(arguments[0]).name
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(environment or {})}
        if not measured:
            env.pop("COVERAGE_PROCESS_CONFIG", None)
        if limit_files is not None:
            arguments = ["sh", "-c", f'ulimit -n {limit_files}; exec "$@"', "sh", *arguments]
        with log.open("ab") as out:
            self.popen = subprocess.Popen(
                list(arguments),
                stdin=subprocess.PIPE if keep_input else subprocess.DEVNULL,
                stdout=subprocess.PIPE if keep_input else out,
                stderr=out,
                cwd=folder,
                env=env,
                # After the account has changed: the kernel forgets it then (prctl(2)).
                preexec_fn=begin_child,
                pass_fds=pass_files,
                user=user,
                extra_groups=None if user is None else (),
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def said(self) -> str:
        """The end of what it printed so far."""
        return self.log.read_text(errors="replace")[-2000:]

    def wait_listening(self, address: tuple[str, int] | str, limit: float = LATE) -> None:
        """Return when C{address} takes connections.

        @param address: host and port, or the path of a unix socket.
        @param limit: seconds.
        @raise NotStarted: it ended, or the limit passed.
        """
        end = time.monotonic() + limit
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        while time.monotonic() < end:
            if self.popen.poll() is not None:
                raise NotStarted(f"{self.name} ended with status {self.popen.returncode}: {self.said()}")
            with socket.socket(family) as probe:
                if probe.connect_ex(address) == 0:
                    return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(0.02)
        raise NotStarted(f"{self.name} did not listen on {address} within {limit} s: {self.said()}")

    def wait_said(self, text: str, limit: float = LATE) -> None:
        """Return when its log holds C{text}.

        @param limit: seconds.
        @raise AssertionError: it ended, or the limit passed.
        """
        self.wait_until(lambda: text in self.log.read_text(errors="replace"), f"said {text!r}", limit)

    def wait_until(self, holds: Callable[[], bool], what: str, limit: float = LATE) -> None:
        """Return when something holds that only this process brings about.

        @param what: it, for the error.
        @param limit: seconds.
        @raise AssertionError: it ended, or the limit passed.
        """
        end = time.monotonic() + limit
        while not holds():
            if self.popen.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{self.name}: not {what}: {self.said()}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(0.02)

    def lives_for(self, seconds: float) -> None:
        """Let it be for so long, where time that passes is what is asked for.

        @raise AssertionError: it ended meanwhile.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"{self.name} ended with status {self.popen.wait(seconds)}: {self.said()}")

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """It gets no turn, as a process whose machine does something else (SIGSTOP)."""
        self.popen.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.popen.send_signal(signal.SIGCONT)

    def tree(self) -> list[int]:
        """Its id and those of all its descendants that live."""
        found = [self.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found.extend(int(child) for child in (task / "children").read_text().split())
        return found

    def cpu_seconds(self) -> float:
        """CPU time, user and system, of the whole tree so far, in seconds."""
        return sum(_cpu_of(pid) for pid in self.tree())

    def rss(self) -> int:
        """Resident memory of the whole tree, in bytes."""
        return sum(_rss_of(pid) for pid in self.tree())

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait(LATE)
        self._close_pipes()

    def stop(self, sign: signal.Signals = signal.SIGTERM, limit: float = LATE) -> float:
        """Ask it to end; end it if it does not.

        @return: seconds it took.
        """
        begun = time.monotonic()
        if self.popen.poll() is None:
            self.popen.send_signal(sign)
            try:
                self.popen.wait(limit)
            except subprocess.TimeoutExpired:
                for pid in reversed(self.tree()[1:]):
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                self.popen.kill()
                self.popen.wait(LATE)
        self._close_pipes()
        return time.monotonic() - begun

    def _close_pipes(self) -> None:
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _cpu_of(pid: int) -> float:
    """Seconds of CPU of one process.

    C{schedstat} counts nanoseconds for each thread (kernel's
    C{Documentation/scheduler/sched-stats.rst}); C{stat} counts ticks, but also
    what threads and children that are gone have used (proc(5)).  The larger is taken.
    """
    precise = 0.0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            precise += int((task / "schedstat").read_text().split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        precise = 0.0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return precise
    tick = os.sysconf("SC_CLK_TCK")
    own = (int(fields[11]) + int(fields[12])) / tick
    gone_children = (int(fields[13]) + int(fields[14])) / tick
    if precise and abs(precise - own) < 0.1 + 0.1 * own:
        own = precise
    return own + gone_children


def _rss_of(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
