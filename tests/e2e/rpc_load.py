"""What clients do before real nodes, while one of these is in trouble, and what became of it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from itertools import pairwise

from attrs import define, field

from tests.e2e.processes import TookTooLong
from tests.e2e.rpc_network import RpcNetwork
from tests.integration.side_by_side_rpc.figures import Figures, of_chain, of_senders, told_to
from tests.integration.side_by_side_rpc.heads import Heads
from tests.integration.side_by_side_rpc.load import Sender

CLIENTS = 4
#: Seconds for which a node is killed, or stopped.
AWAY = {"killed": 3.0, "stopped": 6.0}
#: Seconds that a node's accounts stay locked after it is started again.
LOCKED = 1.0
#: Nobody sets it.
_PAUSE = threading.Event()


def kill_and_start(net: RpcNetwork, name: str) -> None:
    """Its accounts are unlocked late.

    Not in a thread that ends: the process would end with it.
    """
    net.kill(name)
    _PAUSE.wait(AWAY["killed"])
    net.start_node(name, unlock=False)
    net.until(lambda: bool(net.call(name, "eth_accounts")), f"{name} answers")
    _PAUSE.wait(LOCKED)
    net.unlock(name)


def stop_and_continue(net: RpcNetwork, name: str) -> None:
    """It does what it got."""
    with net.stopped(name):
        _PAUSE.wait(AWAY["stopped"])


_TROUBLE = {"killed": kill_and_start, "stopped": stop_and_continue}


def transactions(net: RpcNetwork, count: int, what: str) -> Figures:
    """So many without a nonce.

    @param what: happens to C{a1} when half of them are sent: C{"nothing"}, C{"killed"}, C{"stopped"}.
    """
    each = count // CLIENTS
    senders = [Sender(net.port, n, accounts=net.accounts, left=each) for n in range(CLIENTS)]
    threads = [threading.Thread(target=one.run, daemon=True) for one in senders]
    for thread in threads:
        thread.start()
    while sum(one.left for one in senders) > count / 2:
        _PAUSE.wait(0.002)
    if what in _TROUBLE:
        _TROUBLE[what](net, "a1")
    for thread in threads:
        thread.join(120)
    told = told_to(senders)
    # A transaction that came to the minter while there was none waits for the next one.
    net.make_blocks()
    with contextlib.suppress(TookTooLong):
        net.until(lambda: not of_chain(told, net.mined())["lost"], "all that was told is in blocks", 20.0)
    return of_senders(f"transactions, one {what}", "quorumha", senders, count, net.mined())


@define
class WholeHeads(Heads):
    """Keeps ids of subscriptions, and what links a head to the one before."""

    ids: set[str] = field(factory=set)
    links: list[tuple[str, str]] = field(factory=list)

    def _take(self, text: str) -> None:
        super()._take(text)
        said = json.loads(text)
        if said.get("method") == "eth_subscription":
            self.ids.add(said["params"]["subscription"])
            head = said["params"]["result"]
            self.links.append((head["parentHash"], head["hash"]))

    @property
    def linked(self) -> bool:
        """Each is the child of the one before."""
        return all(hash == parent for (_, hash), (parent, _) in pairwise(self.links))


def heads_over_two_deaths(net: RpcNetwork) -> tuple[WholeHeads, list[int]]:
    """C{a1} is killed and comes back, then C{a2} is.

    @return: the client; numbers of the blocks that there were from its first head to its last one.
    """
    net.make_blocks()
    client = WholeHeads(net.port)
    end = time.monotonic() + 2 * (AWAY["killed"] + LOCKED) + 16.0
    thread = threading.Thread(target=client.run, args=(end,), daemon=True)
    thread.start()
    for name in ("a1", "a2"):
        _PAUSE.wait(2.0)
        kill_and_start(net, name)
    thread.join(60)
    numbers = [number for _, number in client.heads]
    return client, list(range(numbers[0], numbers[-1] + 1)) if numbers else []
