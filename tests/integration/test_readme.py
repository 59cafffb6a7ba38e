"""The README's configuration and the commands below it, run as they stand but for the addresses."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

from twisted.internet.threads import deferToThread

from bench.processes import LATE, ROOT
from tests.documents import blocks
from tests.integration.example_case import ExampleCase, Network


class ReadmeTests(ExampleCase):
    """What stands under "Use it"."""

    async def configuration(self) -> str:
        """The README's TOML, with this test's addresses in place of those that stand there."""
        (block,) = [b for b in blocks("toml") if b.page == "README.md"]
        net = Network()
        tesseras = [await self.address(tessera.q2t) for tessera in net.tesseras]
        quorums = [await self.address(quorum.rpc) for quorum in net.quorums]
        text = block.text
        for shown, used in (
            ("10.0.0.11:9101", tesseras[0]),
            ("10.0.0.12:9101", tesseras[1]),
            ("10.0.0.21:22000", quorums[0]),
            ("10.0.0.22:22000", quorums[1]),
            ("/var/lib/quorum/tm.ipc", self.socket("q2t")),
            ('"tcp:22000"', f'"unix:{self.socket("rpc")}"'),
        ):
            self.assertIn(shown, text)
            text = text.replace(shown, used)
        return text

    async def test_check_and_run(self) -> None:
        """It passes C{quorumha check}, C{twistd} runs it, and both listeners answer."""
        shown = [b.text.splitlines() for b in blocks("sh") if b.page == "README.md"]
        (commands,) = [lines for lines in shown if lines[0].startswith("quorumha check ")]
        check, run = (shlex.split(line) for line in commands)
        config = self.folder / check[-1]
        config.write_text(await self.configuration(), encoding="utf-8")
        checked = await deferToThread(
            subprocess.run,
            [sys.executable, "-m", *check],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=LATE,
        )
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertEqual(run, ["twistd", "--nodaemon", "quorumha", "--config", config.name])
        child = await self.start(config, {"UNUSED_1": "q2t", "UNUSED_2": "rpc"})
        self.assertEqual((await self.ask("q2t", "GET", "/upcheck")).status, 200)
        call = b'{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}'
        said = await self.ask("rpc", "POST", "/", call, "Content-Type: application/json\r\n")
        self.assertIn(b'"result"', said.body)
        await self.stopped_cleanly(child)
