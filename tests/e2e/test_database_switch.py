"""The primary database of a pair of Tesseras hangs, and the other one is promoted, on real nodes.

    GETH=/path/to/geth TESSERA_JAR=/path/to/tessera.jar python -m pytest -s tests/e2e/test_database_switch.py

PostgreSQL must be installed, and its JDBC driver beside Tessera's jar where that has none.  It takes three
minutes, and prints what was measured.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from urllib.parse import quote

import attrs
from twisted.trial.unittest import SkipTest

from tests.e2e.case import RealNodesCase
from tests.e2e.database_network import ROLE, DatabaseNetwork, driver, make_database, payloads
from tests.e2e.load import Load
from tests.e2e.network import STARTS
from tests.integration.clients import ask
from tests.integration.database import why_no_database
from tests.integration.database_pair import DatabasePair
from tests.integration.side_by_side.scenarios import Scenario

#: Sessions that it serves.  One that waits for a standby that never comes does not see that its client
#: has gone, and acknowledges nothing.
_SERVED = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND wait_event IS DISTINCT FROM 'SyncRep'"

#: Private transactions a second: of party A, and of party B to it.
SENDS, PUSHES = 5.0, 2.0

#: Seconds from the load's beginning.  The lease (3 s) is over before a person promotes.
HANGS, PROMOTED, BACK, END = 5.0, 10.0, 22.0, 35.0


class DatabaseSwitchTests(RealNodesCase):
    """Private transactions go on all the while, in the two Tesseras' one database."""

    def setUp(self) -> None:
        super().setUp()
        if reason := why_no_database():
            raise SkipTest(reason)
        if driver(os.environ["TESSERA_JAR"]) is None:
            raise SkipTest("set PGJDBC to the path of PostgreSQL's JDBC driver")
        # Each Tessera may open seven pools of ten.
        self.pair = DatabasePair({"max_connections": "200"})
        self.addCleanup(self.pair.close)
        make_database(self.pair.primary)
        self.net = self.network(DatabaseNetwork, pair=self.pair)
        self.pair.synchronous()
        load = Load(self.net)
        self.net.until(load.is_quick, "private transactions are quick", STARTS)

    def test_hung_primary_and_promotion(self) -> None:
        """No GoQuorum exits, and every hash that was acknowledged can be read from both Tesseras."""
        old, new = self.pair.primary, self.pair.standby
        load = Load(self.net, SENDS, PUSHES)
        acts = ((HANGS, old.hang), (PROMOTED, self.pair.promote), (BACK, old.resume))
        rows = load.play(Scenario("database hung, other one promoted", "", END), "quorumha", acts)
        print("".join(f"\n{json.dumps(attrs.asdict(row))}" for row in rows))
        begun = min(call.begun for call in load.calls)
        late = [call for call in load.calls if call.begun > begun + BACK and not call.error]
        self.assertGreater(len(late), 0)
        for number, geth in enumerate(self.net.geths):
            self.assertIs(geth.popen.poll(), None, f"geth {number}: {geth.said()}")
        keys = {key: self.payload(key) for key in load.acknowledged}
        print(f"{len(keys)} acknowledged")
        for number in (0, 1):
            lost = [key for key, payload in keys.items() if not self.readable(number, payload)]
            self.assertEqual(lost, [], f"Tessera {number}")
            unknown = [key for key in keys if not self.has_code(number, key)]
            self.assertEqual(unknown, [], f"geth {number}")
        # Nothing is in the old one alone, and nobody is there.
        self.assertEqual(payloads(old) - payloads(new), set())
        self.assertEqual(set(keys.values()) - payloads(new), set())
        self.assertEqual(old.ask(_SERVED, ROLE), [(0,)])

    def payload(self, key: str) -> bytes:
        """The hash of a transaction's payload, once every geth has its block."""
        for number in range(3):
            self.net.until(
                lambda number=number: self.net.call(number, "eth_getTransactionReceipt", key) is not None,
                f"geth {number} has the block of {key}",
            )
        said: str = self.net.call(2, "eth_getTransactionByHash", key)["input"]
        return bytes.fromhex(said[2:])

    def readable(self, number: int, payload: bytes) -> bool:
        """Whether a Tessera gives it to its GoQuorum."""
        target = f"/transaction/{quote(b64encode(payload), safe='')}"
        return ask(self.net.tesseras[number].q2t, "GET", target).status == 200

    def has_code(self, number: int, key: str) -> bool:
        """Whether a geth executed it: it has the contract in its private state."""
        contract = self.net.call(number, "eth_getTransactionReceipt", key)["contractAddress"]
        return str(self.net.call(number, "eth_getCode", contract, "latest")) != "0x"
