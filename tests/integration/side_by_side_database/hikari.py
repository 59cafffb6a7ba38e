"""The client that Tessera has, in a process of its own: pgjdbc with HikariCP, by C{HikariWriter.java}."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from bench.processes import LATE, Child
from tests.integration.side_by_side_database.figures import Failed, Row

#: A folder with C{HikariCP*.jar}, C{postgresql*.jar} and C{slf4j-api*.jar} to be used instead of Debian's.
FOLDER = "QUORUMHA_JARS"

_DEBIAN = Path("/usr/share/java")
_JARS = ("HikariCP", "postgresql", "slf4j-api")
_SOURCE = Path(__file__).with_name("HikariWriter.java")


@lru_cache
def jars() -> dict[str, Path]:
    """Those that there are, by name: of the folder that the environment names, else of Debian."""
    folders = [Path(os.environ[FOLDER])] if FOLDER in os.environ else []
    found: dict[str, Path] = {}
    for name in _JARS:
        for folder in (*folders, _DEBIAN):
            # The longest name says which release it is.
            for path in sorted(folder.glob(f"{name}-[0-9]*.jar"), key=lambda path: len(path.name))[-1:]:
                found.setdefault(name, path)
    return found


@lru_cache
def why_not() -> str | None:
    """Why this client cannot run here, if it cannot."""
    for program in ("java", "javac"):
        if shutil.which(program) is None:
            return f"no {program} (Debian: apt-get install default-jdk-headless)"
    if lacking := [name for name in _JARS if name not in jars()]:
        debian = "apt-get install libpostgresql-jdbc-java libhikaricp-java"
        return f"no jar of {', '.join(lacking)} (Debian: {debian}; or those in the folder {FOLDER})"
    return None


@lru_cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    """The folder with the client's classes; it is there as long as this process."""
    folder = tempfile.TemporaryDirectory(prefix="quorumha-test-")
    command = ["javac", "-cp", _path(), "-d", folder.name, str(_SOURCE)]
    subprocess.run(command, check=True, timeout=LATE)
    return folder


def _path(*more: str) -> str:
    return ":".join((*more, *map(str, jars().values())))


def version() -> str:
    """What runs."""
    return f"{jars()['postgresql'].stem.replace('postgresql-', 'pgjdbc ')}, {jars()['HikariCP'].stem}"


class HikariWriters:
    """Some threads with one pool.

    @param hosts: C{HOST:PORT}, or several of them with commas.
    @param names: one of each thread.
    """

    def __init__(self, hosts: str, names: Sequence[str], log: Path) -> None:
        more = "targetServerType=primary&connectTimeout=5&loginTimeout=15&tcpKeepAlive=true"
        url = f"jdbc:postgresql://{hosts}/postgres?{more}"
        self.names = tuple(names)
        command = ["java", "-cp", _path(_compiled().name), _SOURCE.stem, url, "postgres", *names]
        self._child = Child(command, log)

    def wait_for(self, count: int) -> None:
        """Return when each has written so many rows."""
        for name in self.names:
            self._child.wait_until(lambda name=name: self._count(name) >= count, f"{name} writes")  # type: ignore[misc]

    def _count(self, name: str) -> int:
        return self._child.log.read_text(errors="replace").count(f"row {name} ")

    def end(self) -> tuple[list[Row], list[Failed]]:
        """Write no more; what became of all rows."""
        self._child.kill()
        *lines, _ = self._child.log.read_text(errors="replace").split("\n")
        return parsed(lines)


def parsed(lines: Sequence[str]) -> tuple[list[Row], list[Failed]]:
    """What the client printed."""
    rows, failed = [], []
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "row":
            name, number, port, sent, at = rest.split(" ")
            rows.append(Row(name, int(number), int(port), int(sent) / 1e6, int(at) / 1e6))
        elif kind == "error":
            name, _, _, at, state, text = rest.split(" ", 5)
            failed.append(Failed(name, int(at) / 1e6, state, text))
    return rows, failed
