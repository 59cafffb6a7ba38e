"""What clients do: each one waits for its answer."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from typing import Any

from attrs import define, field

from tests.integration.clients import Client, Cut, Silent

#: Seconds that a client waits for an answer (web3.py).
LIMIT = 30.0
#: Seconds after which it asks again for what was not done.
AGAIN = 0.5
#: Nobody sets it.
_PAUSE = threading.Event()
_FIELDS = "Content-Type: application/json\r\n"


class Unanswered(Exception):
    """Nobody knows what became of it."""


@define
class Asking:
    """One client.

    @ivar said: what it was told that is no result, and how often.
    """

    port: int
    number: int
    said: Counter[str] = field(factory=Counter)
    longest: float = 0.0
    _client: Client | None = None

    def ask(self, method: str, *params: Any) -> dict[str, Any]:
        """The answer.

        @raise Unanswered: there is none that is JSON.
        """
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        begun = time.monotonic()
        try:
            if self._client is None or self._client.ended:
                self._client = Client(self.port, LIMIT)
            response = self._client.ask("POST", "/", body, _FIELDS)
            if (response.value("connection") or "").lower() == "close":
                self._drop()
            found: dict[str, Any] = json.loads(response.body)
        except (OSError, Cut, Silent, ValueError, AssertionError) as problem:
            self._drop()
            kind = "HTTP 5xx" if isinstance(problem, ValueError) else type(problem).__name__
            raise Unanswered(kind) from None
        finally:
            self.longest = max(self.longest, time.monotonic() - begun)
        return found

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


@define
class Sender(Asking):
    """Sends transactions without a nonce, one after the other.

    @ivar told: hashes, by the transactions' data.
    @ivar left: how many it has to send yet.
    """

    accounts: list[str] = field(factory=list)
    left: int = 0
    told: dict[str, str] = field(factory=dict)
    errors: int = 0
    in_doubt: int = 0

    def run(self) -> None:
        """Send all."""
        chosen = random.Random(self.number)
        while self.left:
            self.left -= 1
            self._send(chosen.choice(self.accounts), f"{self.number:04x}{self.left:08x}")

    def _send(self, account: str, mark: str) -> None:
        call = {"from": account, "to": "0x" + "99" * 20, "gas": "0x15f90", "data": "0x" + mark}
        end = time.monotonic() + LIMIT
        while True:
            try:
                found = self.ask("eth_sendTransaction", call)
            except Unanswered as problem:
                self.in_doubt += 1
                self.said[str(problem)] += 1
                return
            error = found.get("error")
            if error is None:
                self.told[mark] = found["result"]
                return
            if error["code"] == -32051:
                self.in_doubt += 1
                self.said["-32051"] += 1
                return
            self.errors += 1
            self.said[f"{error['code']} {error['message'][:60]}"] += 1
            if error["code"] not in (-32050, -32052) or time.monotonic() > end:
                return
            _PAUSE.wait(AGAIN)


@define
class Reader(Asking):
    """Reads what is latest, again and again."""

    reads: int = 0
    failed: int = 0
    backwards: int = 0
    _latest: int = 0

    def run(self, until: float) -> None:
        """Read.

        @param until: by the monotonic clock.
        """
        while time.monotonic() < until:
            self.reads += 1
            try:
                if self.reads % 2:
                    found = self.ask("eth_blockNumber")
                else:
                    found = self.ask("eth_getBlockByNumber", "latest", False)
            except Unanswered as problem:
                self.failed += 1
                self.said[str(problem)] += 1
                continue
            if "error" in found:
                self.failed += 1
                self.said[found["error"]["message"][:60]] += 1
                continue
            result = found["result"]
            height = int(result if isinstance(result, str) else result["number"], 16)
            self.backwards += height < self._latest
            self._latest = max(self._latest, height)
            _PAUSE.wait(0.005)
