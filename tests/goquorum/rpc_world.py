"""L{RpcWorld}: nodes that share a key store, one proxy before them or two, and what clients were told."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from attrs import evolve
from twisted.logger import LogEvent, LogLevel, eventAsText, globalLogPublisher

from quorumha.goquorum.decide.facts import Behind
from quorumha.testing.fact_recorder import FactRecorder
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.rpc_visit import Method
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.memory_proxy import MemoryProxy, http_request
from tests.goquorum.rpc_calls import SIGNERS, Asked, Call, Client, Entry
from tests.goquorum.rpc_told import SECRET, ToldCalls

#: Accounts of nobody in particular.
ACCOUNTS = KEYS[:3]
#: Seconds that a client waits by the proxy's configuration.
CLIENT_TIMEOUT = 4.0
#: Seconds without a change after which every call has to succeed.
QUIET = 7.0
#: Seconds after which what a node took is in a block.
IN_A_BLOCK = 0.3
#: What may not be done twice.
ONCE = ("eth_sendTransaction", "personal_sendTransaction", "plugin@x_do")

CONFIG = """
[pools.quorum]
upstreams = [
  { name = "a1", endpoint = "http://10.0.0.21:8545" },
  { name = "a2", endpoint = "http://10.0.0.22:8545" },
]
check = { kind = "goquorum", interval = "300ms", timeout = "200ms", private_state = "5s" }
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "quorum"
client_timeout = "4s"
"""


_ONE: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)
_MANY: msgspec.json.Decoder[list[Entry]] = msgspec.json.Decoder(list[Entry])


class RpcWorld(ToldCalls):
    """The whole of it.

    @ivar changed_at: when something began or ceased to be wrong, by the clock; C{changes}: how often.
    """

    def __init__(self, proxies: int = 1) -> None:
        super().__init__()
        self.facts = FactRecorder()
        self.events: list[str] = []
        self.failures: list[str] = []
        self._observer: Any = self._logged
        globalLogPublisher.addObserver(self._observer)
        first = MemoryProxy(CONFIG, observers=self.facts.observers)
        self.net, self.network = first.net, first.network
        self.proxies = [first]
        if proxies == 2:
            self.proxies.append(
                MemoryProxy(
                    CONFIG, first.net, host="second", network=first.network, observers=self.facts.observers
                )
            )
        for proxy in self.proxies:
            proxy.simulate()
            proxy.start()
            # Two processes do not check at the same moment.
            self.net.advance(0.07)
        self.nodes: dict[str, SimulatedNode] = first.quorums
        self.refused: Counter[str] = Counter()
        for node in self.nodes.values():
            self._watch(node)
        self.net.advance(1.0)
        self.clients = [Client(self.proxies[n % proxies], n) for n in range(2 * proxies)]
        self.asked: list[Asked] = []
        self.changes = 0
        self.changed_at = -QUIET
        #: When a client got a response, by the clock.
        self.responded_at = 0.0

    @property
    def now(self) -> float:
        return self.net.clock.seconds()

    def _logged(self, event: LogEvent) -> None:
        text = eventAsText(event)
        self.events.append(text)
        if event.get("log_level") in (LogLevel.critical, LogLevel.error) or "log_failure" in event:
            self.failures.append(text)

    def _watch(self, node: SimulatedNode) -> None:
        """Count what it answers with an error: that was not done."""

        def watched(name: str, method: Method) -> Method:
            def call(visit: Any, asked: dict[str, Any], *more: Any) -> Any:
                try:
                    return method.call(visit, asked, *more)
                except RpcError:
                    self.refused[str(asked["data"])] += 1
                    raise

            return evolve(method, call=call)

        node.methods = {**node.methods, **{n: watched(n, node.methods[n]) for n in ONCE if n in node.methods}}
        node.replies["plugin@x_do"] = True

    # Trouble.

    def changed(self) -> None:
        """Something begins or ceases to be wrong."""
        self.changes += 1
        self.changed_at = self.now

    def well(self) -> bool:
        """Nothing was wrong for a while."""
        return (
            self.now - self.changed_at >= QUIET
            and len(self.proxies) == 1
            and all(node.runs and node.joined and not node.lag for node in self.network.nodes.values())
            and self.network.minter is not None
        )

    # Messages.

    def ask(self, client: Client, calls: list[Call], batch: bool = False) -> None:
        """Send them."""
        json = ",".join(call.json for call in calls)
        data = http_request(
            b"POST",
            b"/",
            (f"[{json}]" if batch else json).encode(),
            b"Content-Type: application/json",
            b"Authorization: Bearer " + SECRET.encode(),
        )
        well, behind = self.well(), len(self.facts.of(Behind))
        sent = self.net.connect(client.proxy.place_of("rpc"), f"192.0.2.{client.number + 1}")
        sent.write(data)
        self.asked.append(Asked(client, calls, batch, sent, self.now, self.changes if well else -1, behind))
        self.net.run()
        self.look()

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.net.advance(seconds)
        self.look()

    def look(self) -> None:
        """Take the responses that are there."""
        for asked in tuple(self.asked):
            if len(asked.sent.pieces) == asked.size:
                continue
            asked.size = len(asked.sent.pieces)
            response = asked.client.proxy.response(asked.sent, b"POST")
            if response is not None:
                self.asked.remove(asked)
                asked.sent.close()
                self._take(asked, response.status, response.body)
        late = [one for one in self.asked if self.now - one.at > CLIENT_TIMEOUT + 2.0]
        for one in late:
            self.wrong.append(f"no answer in time: {[call.json for call in one.calls]}")

    def _take(self, asked: Asked, status: int | None, body: bytes) -> None:
        due = [call for call in asked.calls if call.id]
        try:
            if not due:
                entries = []
                assert not body.strip(), body
            else:
                entries = _MANY.decode(body) if asked.batch else [_ONE.decode(body)]
        except msgspec.DecodeError as error:
            self.wrong.append(f"{error}: {status} {body!r}")
            return
        if [bytes(one.id).decode() for one in entries] != [call.id for call in due]:
            self.wrong.append(f"ids {[call.id for call in due]} were answered with {body!r}")
            return
        expected = 503 if not asked.batch and due and entries[0].code in (-32050, -32052) else 200
        if status != expected:
            self.wrong.append(f"status {status} of {body!r}")
        well = asked.changes == self.changes
        self.responded_at = self.now
        for call, entry in zip(due, entries, strict=True):
            call.check(entry, well)

    # What came of it.

    def before_start(self) -> None:
        """Let time pass before a node comes back, before two proxies.

        It may have a transaction in its journal which one proxy alone knows of; that one is mined in place
        of what the other had taken elsewhere meanwhile, unless this is in a block (not promised).
        """
        if len(self.proxies) == 2:
            self.go_on(IN_A_BLOCK)

    def heal(self) -> None:
        """Undo everything that is wrong."""
        self.before_start()
        self.changed()
        for node in self.network.nodes.values():
            node.faults.die_after_commit = node.faults.die_before_commit = False
            node.faults.lag = 0.0
            node.thaw()
            node.start()
            node.lag, node.joined = 0.0, True
        self.network.heal()
        self.network.gossip = 0.001

    def rest(self, most: float) -> None:
        """Let time pass until all have their responses.

        @raise AssertionError: they do not within so many seconds.
        """
        for _ in range(round(most / 0.1)):
            if not self.asked:
                return
            self.go_on(0.1)
        assert not self.asked, [call.json for one in self.asked for call in one.calls]

    def end(self) -> None:
        """Look at everything, once all is well again.

        @raise AssertionError: something does not hold.
        """
        self.heal()
        # Before two proxies no error is needless; there it is over with the last response.
        self.go_on(QUIET if len(self.proxies) == 1 else CLIENT_TIMEOUT)
        self.rest(3.0)
        for client in self.clients:
            for account in ACCOUNTS:
                self.ask(client, [self.send(client, account)])
            self.go_on(0.0)
        self.rest(3.0)
        # For what comes late: blocks, and whatever would be sent again.
        self.go_on(1.0)
        self.check()
        self._check_chain()
        self._check_nodes()
        self._check_words()
        for proxy in self.proxies:
            proxy.stop()

    def close(self) -> None:
        """Whatever came."""
        globalLogPublisher.removeObserver(self._observer)

    def check(self) -> None:
        """Nothing was seen that is wrong."""
        assert not self.wrong, self.wrong
        assert not self.failures, self.failures

    def _check_chain(self) -> None:
        mined: Counter[str] = Counter()
        for account in (*ACCOUNTS, *SIGNERS):
            transactions = self.network.transactions_of(account)
            mined.update(f"0x{one.data.hex()}" for one in transactions)
            nonces = [one.nonce for one in transactions]
            assert nonces == list(range(len(nonces))), (account, nonces)
        lost = [what for what, hash in self.acknowledged.items() if not self.network.included(hash)]
        assert not lost, ("acknowledged and lost", lost)
        hashes = Counter(self.acknowledged.values())
        assert not [one for one, times in hashes.items() if times > 1], ("one hash for two", hashes)
        assert not [one for one, times in mined.items() if times > 1], ("twice", mined)
        done = [one for one in self.undone if mined[one]]
        assert not done, ("not done, by what was said", done)

    def _check_nodes(self) -> None:
        """Nothing of which nobody knows what it does was sent to two, unless the first one refused."""
        sent: Counter[str] = Counter()
        for node in self.nodes.values():
            for request in node.rpc.requests:
                if b"endTransaction" not in request.body and b"plugin@" not in request.body:
                    continue
                said = msgspec.json.decode(request.body)
                for one in said if isinstance(said, list) else [said]:
                    if one["method"] in ONCE:
                        sent[one["params"][0]["data"]] += 1
        again = {one: times for one, times in sent.items() if times - self.refused[one] > 1}
        assert not again, ("sent again", again)

    def _check_words(self) -> None:
        """No parameter, result, password or token in a fact or in the log."""
        written = [*map(repr, self.facts.facts), *self.facts.lines(), *self.events]
        spoken = [one for one in written if SECRET in one]
        assert not spoken, spoken[:3]
