"""Real nodes on loopback: two Tesseras of one party behind a proxy, a third party, three GoQuorums.

Party A: geth 0 and 1, both at the proxy's socket; Tessera 0 and 1, one key pair, one database in an
H2 server of its own process, so that a Tessera's death is not the database's.
Party B: geth 2 and Tessera 2, without a proxy, with a database of their own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.processes import Child, free_ports
from tests.e2e import files
from tests.e2e.nodes import Database, Tessera
from tests.e2e.processes import Processes, Refused, call
from tests.integration.clients import Address, ask
from tests.integration.side_by_side.proxy import Proxy

#: Seconds that all of it may take together.
BOUND = 900.0
#: Seconds that one Tessera may take to start: 15 on a machine that does nothing else.
STARTS = 180.0


class Network(Processes):
    """The processes.

    @ivar proxy: between party A's geths and Tesseras, and in front of these.
    @ivar tesseras: 0 and 1 are the pair.
    @ivar geths: 0 and 1 are beside the pair.
    @ivar keys: of party A and party B.
    """

    def __init__(
        self,
        folder: Path,
        geth: str,
        jar: str,
        arm: str = "quorumha",
        limit: float | None = 5.0,
        relay: bool = False,
        kept: bool = False,
    ) -> None:
        """
        @param arm: and the rest: see L{Proxy}.
        @param limit: seconds that party A's geths wait for Tessera: 5 (C{PRIVATE_CONFIG}), or None
            (C{--ptm.socket}).
        """
        super().__init__(folder, geth, BOUND)
        self.geths: list[Child] = []
        self.keys = [files.KeyPair.fresh(), files.KeyPair.fresh()]
        self.proxy = Proxy(arm, folder, limit, relay, kept)
        self._jar, self._limit = jar, limit
        ports = iter(free_ports(17))
        self._raft, self._eth, self._http = ([next(ports) for _ in range(3)] for _ in range(3))
        self._databases = [self._database(name, next(ports)) for name in ("a", "b")]
        self.tesseras = [self._tessera(number, next(ports), next(ports)) for number in range(3)]

    def start(self) -> None:
        """Start everything, in the order in which each finds what it needs."""
        self._start_databases()
        for number, tessera in enumerate(self.tesseras):
            tessera.start()
            self.until(lambda port=tessera.q2t: self._says_up(port), f"Tessera {number} is up", STARTS)
        self._start_proxy()
        self.until(lambda: self._says_up(self.proxy.socket), "the proxy serves")
        for number in (0, 1):
            self.until(
                lambda number=number: files.url(self.tesseras[2].p2p) in self._parties(number),
                "party B is known",
            )
        self._start_geths()

    def stop(self) -> None:
        """End everything."""
        super().stop()
        self.proxy.end()

    def call(self, number: int, method: str, *params: Any, limit: float = 30.0) -> Any:
        """The result of a JSON-RPC call at a geth.

        @param limit: seconds that any one wait may take.
        @raise AssertionError: it answered with an error.
        """
        try:
            return call(self._http[number], method, *params, limit=limit)
        except Refused as problem:
            raise AssertionError(f"geth {number}, {problem}") from None

    def _start_databases(self) -> None:
        for _, database in self._databases:
            database.start()
        for port, _ in self._databases:
            self._children[0].wait_listening(("127.0.0.1", port), 30)

    def _start_proxy(self) -> None:
        self.proxy.start((self.tesseras[0], self.tesseras[1]))

    def _jdbc(self, name: str, port: int) -> str:
        """Where a party's Tesseras find their database.

        @param port: of the party's H2 server.
        """
        return f"jdbc:h2:tcp://127.0.0.1:{port}/./{name}"

    def _java(self) -> list[str]:
        """How a Tessera is started, up to its arguments."""
        return ["java", "-Xmx256M", "-jar", self._jar]

    def _database(self, name: str, port: int) -> tuple[int, Database]:
        tools = ["java", "-cp", self._jar, "org.h2.tools.Server"]
        where = ["-tcp", "-tcpPort", str(port), "-ifNotExists", "-baseDir", str(self.folder)]
        return port, Database(lambda: self.child(f"h2-{name}", [*tools, *where]))

    def _tessera(self, number: int, q2t: int, p2p: int) -> Tessera:
        def begin() -> Child:
            pair = number < 2
            database = self._jdbc("a" if pair else "b", port)
            advertised = self.proxy.port if pair else p2p
            others = [self.tesseras[2].p2p if pair else self.proxy.port]
            keys = self.keys[0 if pair else 1]
            text = files.tessera(keys, database, q2t, p2p, advertised, others)
            config = self.write(f"tessera{number}.json", text)
            return self.child(f"tessera{number}", [*self._java(), "-configfile", str(config)])

        port, of = self._databases[0 if number < 2 else 1]
        return Tessera(q2t, p2p, begin, of)

    def _start_geths(self) -> None:
        empty = self.write("password", "")
        for number, base in enumerate(self.raft_homes(self._eth, self._raft)):
            home = str(self.folder / f"geth{number}")
            self.run_geth("--datadir", home, "account", "new", "--lightkdf", "--password", str(empty))
            command = [*base, "--http.port", str(self._http[number]), "--http.api", "eth,net,raft"]
            command += ["--unlock", "0", "--password", str(empty)]
            tessera: dict[str, str] = {}
            if number == 2:
                command += ["--ptm.url", files.url(self.tesseras[2].q2t)]
            elif self._limit is None:
                command += ["--ptm.socket", self.proxy.socket]
            else:
                tessera["PRIVATE_CONFIG"] = self.proxy.socket
            self.geths.append(self.child(f"geth{number}", command, tessera))
        for number in range(3):
            self.until(
                lambda number=number: self.call(number, "raft_role") != "", f"geth {number} is in the cluster"
            )

    @staticmethod
    def _says_up(address: Address) -> bool:
        return ask(address, "GET", "/upcheck").status == 200

    def _parties(self, number: int) -> set[str]:
        said = json.loads(ask(self.tesseras[number].p2p, "GET", "/partyinfo").body)
        return {key["url"].rstrip("/") for key in said["keys"]}
