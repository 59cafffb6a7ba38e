"""What a subscription is to, and how its client hears of it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.head_carry_over import HeadCarryOver
from quorumha.goquorum.decide.log_carry_over import LogCarryOver
from quorumha.goquorum.decide.subscription import Subscription


class SubscriptionTests(SynchronousTestCase):
    """Each kind."""

    def made(self, name: str, namespace: str = "eth") -> Subscription:
        return Subscription.of(Call(b"1", f"{namespace}_subscribe", b'["%b"]' % name.encode()), name, 10)

    def test_what_is_carried_over(self) -> None:
        """Heads and logs; two more are made again; nothing else moves."""
        self.assertIsInstance(self.made("newHeads").carry, HeadCarryOver)
        self.assertIsInstance(self.made("logs").carry, LogCarryOver)
        for name in ("newHeads", "logs", "syncing", "newPendingTransactions"):
            self.assertTrue(self.made(name).moves, name)
        for one in (self.made("peerEvents", "admin"), self.made("newHeads", "debug"), self.made("other")):
            self.assertIsNone(one.carry)
            self.assertFalse(one.moves)

    def test_message(self) -> None:
        """As a node writes it, with the id that the client knows."""
        made = self.made("traceChain", "debug")
        made.known_as("0x1")
        self.assertEqual(
            made.message(b'{"a":1}'),
            b'{"jsonrpc":"2.0","method":"debug_subscription","params":{"subscription":"0x1","result":{"a":1}}}\n',
        )
