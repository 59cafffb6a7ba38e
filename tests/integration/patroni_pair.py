"""Two real Patronis, each with its PostgreSQL, and the etcd that has their lock: all on loopback."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.processes import LATE, Child
from tests.integration.database import ACCOUNT, account, programs, why_no_database
from tests.integration.kept_port import KeptPort

#: Opt-in: these take a minute.
VARIABLE = "QUORUMHA_PATRONI"

#: The lock is lost so many seconds after its holder was last heard of.
TTL = 5

_CONFIG = """\
scope: pair
name: {name}
restapi: {{listen: "{host}:{api}", connect_address: "{host}:{api}"}}
{api_of_etcd}: {{host: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    {{ttl: {ttl}, loop_wait: 1, retry_timeout: 2, maximum_lag_on_failover: 1048576, synchronous_mode: true,
      postgresql: {{use_pg_rewind: true, parameters: {{wal_log_hints: "on"}}}}}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}, no-sync]
postgresql:
  listen: "{host}:{port}"
  connect_address: "{host}:{port}"
  data_dir: "{data}"
  bin_dir: "{programs}"
  pgpass: "{data}.pgpass"
  pg_hba: ["host replication all 127.0.0.0/8 trust", "host all all 127.0.0.0/8 trust"]
  authentication:
    superuser: {{username: postgres, password: postgres}}
    replication: {{username: replicator, password: replicator}}
  parameters: {{fsync: "off", shared_buffers: 16MB, unix_socket_directories: "{folder}"}}
"""


def why_no_patroni() -> str | None:
    """Why these tests do not run, if so."""
    if not os.environ.get(VARIABLE):
        return f"takes a minute: {VARIABLE}=1, with Debian's patroni and etcd-server"
    for program in ("patroni", "etcd"):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian: apt-get install patroni etcd-server)"
    return why_no_database()


class PatroniNode:
    """One Patroni and its PostgreSQL: one machine, with an address of its own.

    @param values: what is the same for all, by its name in the configuration.
    @ivar port: the database's; C{api}: where Patroni is asked.
    """

    def __init__(self, name: str, host: str, api: int, folder: Path, values: Mapping[str, object]) -> None:
        self.name, self.host, self.api = name, host, api
        self._folder = folder
        self.data = folder / f"data-{name}"
        # Of all addresses: it says which of two it is.
        self._kept = KeptPort("0.0.0.0")
        self.port = self._kept.port
        self._config = folder / f"{name}.yml"
        own = {"name": name, "host": host, "api": api, "port": self.port, "data": self.data}
        more = {"programs": programs(), "folder": folder, "ttl": TTL}
        self._config.write_text(_CONFIG.format(**values, **own, **more))
        self._child: Child | None = None
        self._hung: list[int] = []

    def start(self) -> None:
        """Start Patroni, that starts its database."""
        patroni = shutil.which("patroni")
        assert patroni is not None
        log = self._folder / f"{self.name}.log"
        self._child = Child([patroni, str(self._config)], log, user=account(), folder=self._folder)

    def ask(self, path: str = "/patroni") -> dict[str, Any] | None:
        """What its Patroni says; None: nothing."""
        with contextlib.suppress(OSError, ValueError):
            opened = urllib.request.urlopen(f"http://{self.host}:{self.api}{path}", timeout=2)
            with opened as response:
                found: dict[str, Any] = json.load(response)
                return found
        return None

    @property
    def leads(self) -> bool:
        """Whether it has the lock, and its database is a primary."""
        return self.ask("/primary") is not None

    def switch_to(self, other: PatroniNode) -> None:
        """A planned switch: return when Patroni says that it is done."""
        body = json.dumps({"leader": self.name, "candidate": other.name}).encode()
        asked = urllib.request.Request(f"http://{self.host}:{self.api}/switchover", body)
        with urllib.request.urlopen(asked, timeout=LATE) as response:
            assert response.status == 200, response.read()

    def wait_until(self, what: str, path: str, **values: object) -> None:
        """Return when what it says at a path has these values."""

        def holds() -> bool:
            said = self.ask(path)
            return said is not None and all(said.get(name) == value for name, value in values.items())

        assert self._child is not None
        self._child.wait_until(holds, what)

    def hang(self) -> None:
        """Nothing of this machine gets a turn."""
        self._hung = self._all()
        for pid in self._hung:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        for pid in self._hung:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._hung = []

    def kill(self) -> None:
        """As if this machine lost its power."""
        for pid in self._all():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._child is not None:
            self._child.kill()
        self._hung = []

    def close(self) -> None:
        """It is killed, and its port is free."""
        self.kill()
        self._kept.close()

    def _all(self) -> list[int]:
        """Its processes: the database is no child of Patroni's, so that it outlives it."""
        found = self._child.tree() if self._child is not None and self._child.popen.poll() is None else []
        with contextlib.suppress(OSError, IndexError):
            first = int((self.data / "postmaster.pid").read_text().split()[0])
            if f"{self.data}".encode() in Path(f"/proc/{first}/cmdline").read_bytes():
                found.append(first)
                for task in Path(f"/proc/{first}/task").iterdir():
                    found += map(int, (task / "children").read_text().split())
        return found


class PatroniPair:
    """Both nodes, one of which leads.

    @param by: how etcd is asked: C{"etcd"} or C{"etcd3"}.
    @ivar api: the port of each Patroni, at its host.
    """

    def __init__(self, by: str = "etcd") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="quorumha-test-"))
        if account() is not None:
            shutil.chown(self.folder, ACCOUNT)
        #: For etcd's clients and its peers, and for both Patronis: members of a pool have one port for these.
        self._kept = [KeptPort(), KeptPort(), KeptPort("0.0.0.0")]
        client, peers, _ = (f"http://127.0.0.1:{one.port}" for one in self._kept)
        etcd = shutil.which("etcd")
        assert etcd is not None
        options = {
            "data-dir": self.folder / "etcd",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "enable-v2": "true",
            "initial-cluster": f"default={peers}",
        }
        command = [etcd, *(f"--{name}={value}" for name, value in options.items())]
        self._store = Child(command, self.folder / "etcd.log")
        port, self.api = self._kept[0].port, self._kept[2].port
        values = {"etcd": port, "api_of_etcd": by}
        self.nodes = [
            PatroniNode(name, host, self.api, self.folder, values)
            for name, host in (("a", "127.0.0.1"), ("b", "127.0.0.2"))
        ]
        # The databases are nobody's children: nobody but we ends them.
        atexit.register(self.close)
        try:
            self._store.wait_listening(("127.0.0.1", port))
            for node in self.nodes:
                node.start()
                node.wait_until("running", "/health", state="running")
            self.synchronous()
        except BaseException:
            self.close()
            raise

    @property
    def leader(self) -> PatroniNode:
        """Who leads."""
        return next(node for node in self.nodes if node.leads)

    def other(self, node: PatroniNode) -> PatroniNode:
        """The one beside it."""
        return next(one for one in self.nodes if one is not node)

    def synchronous(self) -> None:
        """Return when what the leader acknowledges is at the other one, too."""
        self.other(self.leader).wait_until("synchronous", "/synchronous", state="running")

    def close(self) -> None:
        """All are killed, and nothing of them is left."""
        atexit.unregister(self.close)
        for node in self.nodes:
            node.close()
        self._store.kill()
        for kept in self._kept:
            kept.close()
        shutil.rmtree(self.folder, ignore_errors=True)
