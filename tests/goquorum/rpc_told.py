"""L{ToldCalls}: calls that clients of an L{RpcWorld<tests.goquorum.rpc_world>} make, and what comes back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from quorumha.goquorum.decide.facts import Behind
from quorumha.testing.fact_recorder import FactRecorder
from quorumha.testing.goquorum.rlp import keccak256
from quorumha.testing.goquorum.simulated_network import SimulatedNetwork
from quorumha.testing.memory_proxy import MemoryProxy
from tests.goquorum.rpc_calls import Call, Client, Entry

#: Part of everything that nobody is to read in a log: hexadecimal digits, so that it may stand anywhere.
SECRET = "5ec4e7ba11"


class ToldCalls:
    """Makes calls, each with what is looked at in its response.

    @ivar facts: what the proxies told of.
    @ivar wrong: what no response may say, and one said.
    """

    facts: FactRecorder
    network: SimulatedNetwork
    proxies: list[MemoryProxy]

    def __init__(self) -> None:
        self.number = 0
        #: Hashes that clients were told, by what they sent.
        self.acknowledged: dict[str, str] = {}
        #: Hashes by account and proxy.
        self.counts: Counter[tuple[str, int]] = Counter()
        #: Calls of accounts of which it is not known what became, by account.
        self.unknown: Counter[str] = Counter()
        #: What was said not to be done.
        self.undone: set[str] = set()
        self.wrong: list[str] = []

    def mark(self) -> str:
        """Data by which a call is known."""
        self.number += 1
        return f"0x{SECRET}{self.number:08x}"

    def send(self, client: Client, account: str, id: str = "1", password: bool = False) -> Call:
        """A transaction without a nonce."""
        mark = self.mark()
        self.unknown[account] += 1
        asked = {"from": account, "to": "0x" + "99" * 20, "gas": "0x15f90", "data": mark}
        more = ["pw"] if password else []

        def check(entry: Entry, well: bool) -> None:
            if entry.code != -32051:
                self.unknown[account] -= 1
            if entry.error is None:
                self.acknowledged[mark] = entry.result
                self.counts[account, self.proxies.index(client.proxy)] += 1
                return
            if entry.code != -32051:
                self.undone.add(mark)
            if well:
                self.wrong.append(f"a needless error: {entry.error}")

        method = "personal_sendTransaction" if password else "eth_sendTransaction"
        return Call(_call(method, [asked, *more], id), id, check)

    def signed(self, client: Client, id: str = "1") -> Call:
        """One that the client signed; the same again until it is told that it is there."""
        if not client.raw:
            client.raw = self.network.sign(
                client.signer, client.nonce, "0x" + "99" * 20, data=bytes.fromhex(self.mark()[2:])
            )
        raw = client.raw

        def check(entry: Entry, well: bool) -> None:
            if entry.error is None:
                self.acknowledged[raw] = entry.result
                if client.raw == raw:
                    client.raw, client.nonce = "", client.nonce + 1
            elif well:
                self.wrong.append(f"a needless error: {entry.error}")

        return Call(_call("eth_sendRawTransaction", [raw], id), id, check)

    def once(self, client: Client, id: str = "1") -> Call:
        """One of which nobody knows what it does."""
        return Call(_call("plugin@x_do", [{"data": self.mark()}], id), id, self._served)

    def digest(self, client: Client, id: str = "1") -> Call:
        """One whose answer says which call it was."""
        data = bytes.fromhex(self.mark()[2:])

        def check(entry: Entry, well: bool) -> None:
            if entry.error is None and entry.result != f"0x{keccak256(data).hex()}":
                self.wrong.append(f"another call's answer: {entry.result}")
            self._served(entry, well)

        return Call(_call("web3_sha3", [f"0x{data.hex()}"], id), id, check)

    def block(self, client: Client, id: str = "1", by: str = "number") -> Call:
        """The latest block, in two ways: it does not run backwards."""
        since, behind = client.latest, len(self.facts.of(Behind))

        def check(entry: Entry, well: bool) -> None:
            if entry.error is None:
                height = int(entry.result if by == "number" else entry.result["number"], 16)
                if height < since and len(self.facts.of(Behind)) == behind:
                    self.wrong.append(f"client {client.number} was at {since}, and got {height}")
                client.latest = height if height < since else max(client.latest, height)
            self._served(entry, well)

        if by == "number":
            return Call(_call("eth_blockNumber", [], id), id, check)
        return Call(_call("eth_getBlockByNumber", ["latest", False], id), id, check)

    def count(self, client: Client, account: str, id: str = "1") -> Call:
        """The next nonce: not below what was acknowledged before the same proxy.

        While it is not known what became of another call it may be: who takes over has the later ones, which
        wait for that one's nonce, and gives it away next.
        """
        least = self.counts[account, self.proxies.index(client.proxy)]

        def check(entry: Entry, well: bool) -> None:
            known = not self.unknown[account]
            if known and entry.error is None and int(entry.result, 16) < least:
                self.wrong.append(f"{least} acknowledged, and the next nonce is {entry.result}")
            self._served(entry, well)

        return Call(_call("eth_getTransactionCount", [account, "pending"], id), id, check)

    def unlock(self, client: Client, account: str, id: str = "1") -> Call:
        """With a password that is wrong: the node says so."""
        call = _call("personal_unlockAccount", [account, SECRET, None], id)
        return Call(call, id, lambda entry, well: None)

    def no_call(self, client: Client, id: str = "1") -> Call:
        """An entry that is none."""

        def check(entry: Entry, well: bool) -> None:
            if entry.code != -32600:
                self.wrong.append(f"no call, and the answer {entry}")

        return Call("5", "null", check)

    def _served(self, entry: Entry, well: bool) -> None:
        if well and entry.error is not None:
            self.wrong.append(f"a needless error: {entry.error}")


def _call(method: str, params: list[Any], id: str) -> str:
    said = f'"id":{id},' if id else ""
    return f'{{"jsonrpc":"2.0",{said}"method":"{method}","params":{msgspec.json.encode(params).decode()}}}'
