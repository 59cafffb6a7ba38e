"""From a call to its class, and to its answer."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.config import GoQuorumConfig
from quorumha.goquorum.decide.call import Call, unavailable
from quorumha.goquorum.decide.floors import Floors
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.rules import MethodRules
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.engine import Engine
from quorumha.goquorum.forward.reads import Reads
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.waits import Waits
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.testing.http.plays import respond
from tests.goquorum.forward.asked import PREFIX, Asked, RecordingSink


class Once:
    """A handling that answers at once, or not at all."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.got: list[tuple[str, str, bool]] = []

    async def respond(
        self, call: Call, rule: Rule, caller: Caller, deadline: float, *, stream: bool = False
    ) -> Reply:
        self.got.append((call.method, rule.call_class, stream))
        if not self.body:
            raise unavailable("no member can answer")
        return Reply(self.body)


class EngineTests(SynchronousTestCase):
    """One class of calls that is handled here, beside reads."""

    def engine(self, body: bytes = b"{}", deny: tuple[str, ...] = ()) -> Engine:
        self.asked = asked = Asked()
        self.once = Once(body)
        waits = Waits(WaitingRoom("l"), asked.pool, asked.net.clock)
        rules = MethodRules(GoQuorumConfig(deny=deny))
        return Engine(rules, Reads(asked.asker, waits, Floors(10)), {"once": self.once})

    def reply(self, engine: Engine, method: str, id: bytes = b"1", *, stream: bool = True) -> Reply:
        call = Call(id, method, b"[]")
        found: list[Reply] = []
        coroutine = engine.respond(call, self.asked.caller, 30.0, stream=stream)
        Deferred.fromCoroutine(coroutine).addCallback(found.append)
        self.asked.net.run()
        (reply,) = found
        return reply

    def test_by_class(self) -> None:
        """What nothing knows is of class C{once}."""
        engine = self.engine()
        self.assertEqual(self.reply(engine, "x_y").body, b"{}")
        self.assertEqual(self.once.got, [("x_y", "once", True)])
        self.asked.script("a", respond(200, PREFIX + b"5}\n"))
        self.assertEqual(self.reply(engine, "eth_chainId", stream=False).body, PREFIX + b"5}")

    def test_what_is_not_served(self) -> None:
        """As a node says it."""
        reply = self.reply(self.engine(deny=("eth_*",)), "eth_chainId")
        self.assertIn(b'"code":-32601', reply.body)
        self.assertEqual(reply.status, 200)

    def test_an_error_of_ours(self) -> None:
        """With the call's id, and its status."""
        reply = self.reply(self.engine(b""), "x_y", b'"a"')
        self.assertEqual(reply.status, 503)
        self.assertTrue(reply.body.startswith(b'{"jsonrpc":"2.0","id":"a","error":{"code":-32050'))

    def test_a_notification_has_no_answer(self) -> None:
        """It is executed, and nothing of it streams."""
        engine = self.engine()
        self.assertEqual(self.reply(engine, "x_y", b"").body, b"")
        self.assertEqual(self.once.got, [("x_y", "once", False)])
        self.assertEqual(self.reply(self.engine(b""), "x_y", b"").body, b"")

    def test_only_reads_take_the_short_way(self) -> None:
        """And only where they are served."""
        engine, sink = self.engine(deny=("eth_gasPrice",)), RecordingSink()
        self.asked.script("a", respond(200, PREFIX + b'"0x5"}\n'))
        ways = [
            engine.pass_on(Call(b"1", method, b"[]"), self.asked.caller, 30.0, sink, lambda outcome: None)
            for method in ("eth_chainId", "x_y", "eth_gasPrice")
        ]
        self.asked.net.run()
        self.assertEqual([way is not None for way in ways], [True, False, False])
        self.assertEqual(sink.body, PREFIX + b'"0x5"}\n')
