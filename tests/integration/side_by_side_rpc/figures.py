"""What was measured, as numbers, and as a table: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from tests.integration.side_by_side_rpc.load import Sender


@frozen
class Figures:
    """One scenario before one proxy.

    @ivar calls: transactions, reads, or heads that there were.
    @ivar acknowledged: of transactions: a hash was told; of the others: answered.
    @ivar lost: acknowledged, and in no block; of heads: missed.
    @ivar twice: in blocks more than once; of heads: told more than once.
    @ivar errors: what clients were told of what was not done.
    @ivar in_doubt: no answer, or one that says that nobody knows.
    @ivar most_in_doubt: of one client.
    @ivar gaps: accounts with a nonce that was left out.
    @ivar backwards: reads whose latest block was below one that the client had seen.
    @ivar longest: seconds that one call waited, or that no head came.
    @ivar said: what clients were told that is no result, and how often; of heads: how many sockets it took.
    """

    scenario: str
    proxy: str
    calls: int
    acknowledged: int
    lost: int = 0
    twice: int = 0
    errors: int = 0
    in_doubt: int = 0
    most_in_doubt: int = 0
    gaps: int = 0
    backwards: int = 0
    longest: float = 0.0
    said: dict[str, int] = field(factory=dict)


def of_chain(told: Mapping[str, str], mined: Iterable[tuple[str, int, str, str]]) -> dict[str, int]:
    """What became of transactions.

    @param told: hashes that clients were told, by the transactions' data.
    @param mined: sender, nonce, data and hash of what is in blocks.
    """
    mined = list(mined)
    hashes = {hash for _, _, _, hash in mined}
    times = Counter(data for _, _, data, _ in mined)
    nonces: dict[str, list[int]] = {}
    for sender, nonce, _, _ in mined:
        nonces.setdefault(sender, []).append(nonce)
    return {
        "lost": sum(hash not in hashes for hash in told.values()),
        "twice": sum(count > 1 for count in times.values()),
        "gaps": sum(sorted(found) != list(range(len(found))) for found in nonces.values()),
    }


def of_senders(
    scenario: str,
    proxy: str,
    senders: Sequence[Sender],
    calls: int,
    mined: Iterable[tuple[str, int, str, str]],
) -> Figures:
    """What became of the transactions of some clients.

    @param mined: as for L{of_chain}.
    """
    told = told_to(senders)
    return Figures(
        scenario,
        proxy,
        calls,
        len(told),
        errors=sum(one.errors for one in senders),
        in_doubt=sum(one.in_doubt for one in senders),
        most_in_doubt=max(one.in_doubt for one in senders),
        longest=round(max(one.longest for one in senders), 2),
        said=dict(sum((one.said for one in senders), Counter())),
        **of_chain(told, mined),
    )


def told_to(senders: Iterable[Sender]) -> dict[str, str]:
    """The hashes that clients were told, by the transactions' data."""
    return {mark: hash for one in senders for mark, hash in one.told.items()}


_COLUMNS = {
    "what happens": "scenario",
    "proxy": "proxy",
    "calls": "calls",
    "acknowledged": "acknowledged",
    "lost": "lost",
    "twice": "twice",
    "errors": "errors",
    "unknown": "in_doubt",
    "backwards": "backwards",
    "longest wait, s": "longest",
}


def table(found: Iterable[Figures]) -> str:
    """As Markdown."""
    lines = ["| " + " | ".join(_COLUMNS) + " |", "| --- | --- |" + " ---: |" * (len(_COLUMNS) - 2)]
    for one in found:
        cells: list[Any] = [getattr(one, name) for name in _COLUMNS.values()]
        cells[-1] = f"{one.longest:.1f}"
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def broken(found: Iterable[Figures]) -> list[str]:
    """What does not hold for quorumha, in words."""
    wrong = []
    for one in found:
        if one.proxy != "quorumha":
            continue
        for name in ("lost", "twice", "gaps", "backwards"):
            if getattr(one, name):
                wrong.append(f"{one.scenario}: {getattr(one, name)} {name}")
        if one.most_in_doubt > 1:
            wrong.append(f"{one.scenario}: a client has {one.most_in_doubt} unknown outcomes")
    return wrong
