"""L{ClientProcess}: what goes wrong in a client fails its test, and nothing of it stays."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from tests.web3.client_process import LIMIT, ClientProcess

START = """
from tests.web3.socket_client import Nodes, played
from tests.web3.socket_scenarios import CHECK
nodes = Nodes([])
"""


class ClientProcessTests(TestCase):
    """Short programs instead of web3.py."""

    timeout = 60

    def setUp(self) -> None:
        self.clock = Clock()
        self.asked: list[Any] = []

    def run_client(self, program: str) -> Deferred[None]:
        """Let one run to its end."""
        self.client = ClientProcess(
            self.clock, {"start": self.asked.append, "mine": lambda blocks: blocks + 1, "die": self.hang}
        )
        self.addCleanup(self.client.end)
        return self.client.run(reactor, "-c", START + program)

    def hang(self, name: str) -> Deferred[None]:
        """Until the client's time is over."""
        self.clock.advance(LIMIT)
        return Deferred()

    async def failure(self, program: str) -> str:
        """The text that a client fails with."""
        with self.assertRaises(AssertionError) as caught:
            await self.run_client(program)
        return str(caught.exception)

    async def test_orders(self) -> None:
        """Each is carried out here, and its result is there."""
        await self.run_client("nodes.start('a1')\nCHECK.assertEqual(nodes.mine(2), 3)\nplayed()")
        self.assertEqual(self.asked, ["a1"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    async def test_an_assertion(self) -> None:
        """Fails the test with its text, and with the orders before it."""
        said = await self.failure("CHECK.assertEqual(nodes.mine(2), 4)\nplayed()")
        self.assertIn("AssertionError: 3 != 4", said)
        self.assertIn("mine(2,)", said)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    async def test_an_order_that_fails(self) -> None:
        """Fails the client, with what was wrong here."""
        self.assertIn("mine('x',): TypeError", await self.failure("nodes.mine('x')"))

    async def test_an_end_before_all_is_played(self) -> None:
        """Is no success."""
        self.assertIn("not played to its end", await self.failure("nodes.mine(2)"))

    async def test_an_end_that_is_not_good(self) -> None:
        """Is none either, whatever the client has said."""
        self.assertIn("exit code 3", await self.failure("played()\nraise SystemExit(3)"))

    async def test_no_order(self) -> None:
        """A line that is none ends the client."""
        self.assertIn("not an order: b'hello'", await self.failure("print('hello', flush=True)\ninput()"))

    async def test_too_long(self) -> None:
        """It is killed, and what it has said is there."""
        said = await self.failure(
            "import sys\nprint('so far', file=sys.stderr, flush=True)\nnodes.die('a1')\nplayed()"
        )
        self.assertIn(f"not done in {LIMIT:g} s", said)
        self.assertIn("signal 9", said)
        self.assertIn("so far", said)
