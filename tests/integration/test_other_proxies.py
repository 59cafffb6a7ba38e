"""Two real proxies before a real pair, of which one sees half: what the other one has seen fences it."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.processes import free_port
from tests.integration.database_case import SHORT_HOLD, DatabaseCase, pool, relay
from tests.integration.proxies import Proxy

CAUSE = "another proxy has seen timeline"


class OtherProxiesTests(DatabaseCase):
    """C{seeing} reaches both databases; C{half} by links, of which the standby's is cut."""

    def setUp(self) -> None:
        super().setUp()
        self.probes = free_port()
        self.started("seeing", self.probes)

    def started(self, name: str, probes: int, **keys: Any) -> Proxy:
        """A proxy with one listener of this name, which other proxies may ask.

        @param keys: of its pool.
        """
        folder = Path(tempfile.mkdtemp(prefix="quorumha-test-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        admin = {"listen": f"unix:{folder}/admin.sock", "probes": f"tcp:{probes}:interface=127.0.0.1"}
        databases = pool(self.pair, folder, name, **keys)
        proxy = relay(folder, databases, holds={name: SHORT_HOLD}, admin=admin)
        self.addCleanup(proxy.kill)
        return proxy

    def half(self) -> Proxy:
        """One that asks the other one, and is asked by nobody."""
        others = [f"http://127.0.0.1:{self.probes}"]
        # What the case says of its proxy is from now on of this one.
        self.proxy = self.started("half", free_port(), by_link=True, other_proxies=others)
        self.mark = 0
        return self.proxy

    def test_promotion_that_one_sees(self) -> None:
        """The sessions of the one that does not see it are ended, and nobody writes to the old primary after
        that, though it works; once the new one is reached, they go there."""
        self.half()
        writer = self.writer("half")
        self.pair.standby.link.cut()
        old, new, _ = self.promote()
        self.says(CAUSE)
        cut = time.time()
        writer.trouble()
        self.assertIn(CAUSE, self.refused(self.where("half")))
        self.assertIn("proxy http://127.0.0.1:", self.ran("status"))
        self.assertTrue(old.primary)
        new.link.mend()
        writer.more(new)
        self.moved_once(writer, old, new)
        self.assertEqual(self.late_rows(old, cut), [])

    def test_empty_disk(self) -> None:
        """One that is started for the first time, and reaches the old primary alone, lets nobody write."""
        self.pair.standby.link.cut()
        _, new, _ = self.promote()
        self.half()
        self.assertIn(CAUSE, self.refused(self.where("half")))
        new.link.mend()
        self.writer("half")
